/** What happens when the cache is not left alone between rendering and publishing. */
import { createHash } from "node:crypto";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProductionState } from "../../src/produce/events.ts";
import type { ProductionInput } from "../../src/spec/schema.ts";
import { sound } from "../fixtures/wav.ts";
import { Studio } from "./support/studio.ts";

let studio: Studio;
let input: ProductionInput;
let whole: string;

beforeAll(async () => {
  studio = await Studio.open();
  await studio.flat("red.png", [200, 30, 30]);
  await studio.flat("blue.png", [30, 30, 200]);
  await studio.wav(
    "voice.wav",
    sound(48_000, 1, 96_000, (frame) => 0.3 * Math.sin((2 * Math.PI * 440 * frame) / 48_000)),
  );
  input = {
    scenes: [
      { image: "red.png", audio: "voice.wav" },
      { image: "blue.png", duration: 2 },
    ],
  };
  whole = digest((await studio.render(input, { cache: "whole" })).output);
});

afterAll(() => studio.close());

const cached = (kind: string, ending: string): string[] =>
  globSync(studio.at(`damaged/chunks/entries/*/${kind}-*.${ending}`)).toSorted();

/** Renders with a warm cache and does something to it at the given state. */
async function renderWhile(state: ProductionState, harm: () => void) {
  await studio.render(input, { cache: "damaged" });
  let done = false;
  return studio.render(input, {
    cache: "damaged",
    onEvent: (event) => {
      if (done || event.type !== "state" || event.state !== state) return;
      done = true;
      harm();
    },
  });
}

describe("a film is whole although", () => {
  test("a cached chunk is damaged behind its keyframe", async () => {
    const { output, result } = await renderWhile("assembling", () => {
      const file = cached("chunk", "data")[0] as string;
      const bytes = readFileSync(file);
      for (let at = bytes.length - 900; at < bytes.length - 800; at++)
        bytes[at] = (bytes[at] as number) ^ 0x5a;
      writeFileSync(file, bytes);
    });
    expect(digest(output)).toBe(whole);
    expect(result.chunks).toMatchObject({ total: 2, rendered: 1 });
  });

  test("a cached chunk is deleted", async () => {
    const { output } = await renderWhile("assembling", () => rmSync(cached("chunk", "data")[0] as string));
    expect(digest(output)).toBe(whole);
  });

  test("all decoded and mixed sound is deleted", async () => {
    const { output } = await renderWhile("rendering", () => {
      for (const kind of ["pcm", "mix"]) for (const file of cached(kind, "*")) rmSync(file);
    });
    expect(digest(output)).toBe(whole);
  });
});

function digest(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
