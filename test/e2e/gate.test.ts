/** Films whose chunks or sound are not what was planned, made by exchanging entries of the cache: none is published. */
import { createHash } from "node:crypto";
import { copyFileSync, globSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Notice } from "../../src/produce/events.ts";
import type { ProductionInput } from "../../src/spec/schema.ts";
import type { CacheMeta } from "../../src/storage/chunk-cache.ts";
import { FileChunkCache } from "../../src/storage/file/file-chunk-cache.ts";
import { systemClock } from "../../src/support/clock.ts";
import { paint } from "../fixtures/synthetic-pictures.ts";
import { babble, sine } from "../fixtures/wav.ts";
import { Studio } from "./support/studio.ts";

let studio: Studio;
let whole: string;

/** Two pictures of the same mean brightness. */
const input: ProductionInput = {
  output: { width: 320, height: 180 },
  scenes: [
    { image: "up.png", audio: "voice.wav", subtitles: "a.srt", duration: 2.5, transition: "none" },
    { image: "down.png", audio: "other.wav", duration: 2.5, transition: "none" },
  ],
};
const bare: ProductionInput = {
  ...input,
  scenes: input.scenes.map(({ subtitles: _subtitles, ...scene }) => scene) as ProductionInput["scenes"],
};

beforeAll(async () => {
  studio = await Studio.open();
  for (const [name, up] of [
    ["up", true],
    ["down", false],
  ] as const) {
    await studio.picture(
      `${name}.png`,
      paint(320, 180, (_, y) => {
        const level = 40 + (180 * (up ? y : 180 - y)) / 180;
        return [level, level, level];
      }),
    );
  }
  await studio.wav("voice.wav", babble(48_000, 96_000, 0.3));
  await studio.wav("other.wav", sine(48_000, 1, 96_000, 300, 0.2));
  await studio.write("a.srt", "1\n00:00:00,200 --> 00:00:01,700\nThe river keeps its own time\n");
  whole = digest((await studio.render(input, { cache: "whole" })).output);
  await studio.render(bare, { cache: "bare" });
});

afterAll(() => studio.close());

interface Entry {
  readonly key: string;
  readonly meta: CacheMeta;
  readonly file: string;
}

function entries(cache: string, kind: string): Entry[] {
  return globSync(studio.at(`${cache}/chunks/entries/*/${kind}-*.json`)).map((record) => {
    const { key, meta, data } = JSON.parse(readFileSync(record, "utf8"));
    return { key, meta, file: path.join(path.dirname(record), data) };
  });
}

function captioned(cache: string, wanted: boolean): Entry {
  const found = entries(cache, "chunk").filter(
    ({ meta }) => (meta["facts"] as { captionFrames: number }).captionFrames > 0 === wanted,
  );
  expect(found).toHaveLength(1);
  return found[0] as Entry;
}

/** The first scene's chunk without its captions; the second's is the same in both films. */
function bareFirst(): Entry {
  const second = captioned("whole", false).key;
  return entries("bare", "chunk").find(({ key }) => key !== second) as Entry;
}

/** A fresh cache that holds what the film needs, but one entry's file and facts are others. */
async function renderWith(cache: string, key: string, put: { file: string; meta: CacheMeta }) {
  await studio.render(input, { cache, output: `${cache}/first.mp4` });
  const store = new FileChunkCache({ folder: studio.at(`${cache}/chunks`), clock: systemClock });
  await store.discard(key);
  copyFileSync(put.file, studio.at("exchanged"));
  await store.put(key, studio.at("exchanged"), put.meta);
  const notices: Notice[] = [];
  const { output, result } = await studio.render(input, {
    cache,
    output: `${cache}/film.mp4`,
    onEvent: (event) => {
      if (event.type === "notice") notices.push(event.notice);
    },
  });
  return { output, result, codes: notices.map(({ code }) => code) };
}

describe("the film is refused and made again from what is right when", () => {
  test("a chunk lies in the cache under another one's key, its record with it", async () => {
    const { output, result, codes } = await renderWith(
      "c1",
      captioned("whole", false).key,
      captioned("whole", true),
    );
    expect(codes).toContain("CACHE_ENTRY_DAMAGED");
    expect(result.chunks).toMatchObject({ rendered: 1, cached: 1 });
    expect(digest(output)).toBe(whole);
  });

  test("a chunk holds another picture of the same brightness", async () => {
    const wanted = captioned("whole", false);
    const { output, codes } = await renderWith("c2", wanted.key, {
      file: bareFirst().file,
      meta: wanted.meta,
    });
    expect(codes).toContain("CACHE_ENTRY_DAMAGED");
    expect(digest(output)).toBe(whole);
  });

  test("a chunk was drawn without its captions", async () => {
    const wanted = captioned("whole", true);
    const { output, codes } = await renderWith("c3", wanted.key, {
      file: bareFirst().file,
      meta: wanted.meta,
    });
    expect(codes).toContain("CACHE_ENTRY_DAMAGED");
    expect(digest(output)).toBe(whole);
  });

  test("the sound is that of another film of the same length", async () => {
    const [wanted] = entries("whole", "mix") as [Entry];
    const reversed = { ...input, scenes: [...input.scenes].reverse() };
    await studio.render(reversed, { cache: "reversed" });
    const [other] = entries("reversed", "mix") as [Entry];
    expect(other.key).not.toBe(wanted.key);
    const { output, codes } = await renderWith("c4", wanted.key, { file: other.file, meta: wanted.meta });
    expect(codes).toContain("CACHE_ENTRY_DAMAGED");
    expect(digest(output)).toBe(whole);
  });
});

test("a record that was renamed to another key is not taken", async () => {
  await studio.render(input, { cache: "renamed" });
  const [a, b] = [true, false].map((wanted) => captioned("renamed", wanted)) as [Entry, Entry];
  const recordOf = ({ key, file }: Entry): string => path.join(path.dirname(file), `${key}.json`);
  renameSync(recordOf(a), studio.at("kept"));
  renameSync(recordOf(b), recordOf(a));
  renameSync(studio.at("kept"), recordOf(b));
  const { output, result } = await studio.render(input, { cache: "renamed" });
  expect(result.chunks).toMatchObject({ rendered: 2, cached: 0 });
  expect(digest(output)).toBe(whole);
});

function digest(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
