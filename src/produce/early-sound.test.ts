import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SoundPlan } from "../render/audio/sound-plan.ts";
import { FileChunkCache } from "../storage/file/file-chunk-cache.ts";
import { systemClock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import type { ProduceContext } from "./context.ts";
import { EarlySound } from "./early-sound.ts";
import type { Prepared } from "./prepare.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-early-sound-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const voice = { pcm: "digest", startSample: 0, sampleCount: 48_000, volume: 1 };
const sound = {
  sampleRate: 48_000,
  totalSamples: 48_000,
  voices: [voice],
  music: null,
} as unknown as SoundPlan;

function start(
  mix: (signal: AbortSignal) => Promise<unknown>,
  outer = new AbortController().signal,
): EarlySound {
  const prepared = {
    production: {},
    plan: {
      cuts: [
        { sound, stretches: [] },
        { sound: { ...sound, totalSamples: 96_000 }, stretches: [] },
      ],
    },
    gathered: { scenes: [], soundtrack: null },
  } as unknown as Prepared;
  const context = {
    runner: { run: (_: string, __: unknown, { signal }: { signal: AbortSignal }) => mix(signal) },
    cache: new FileChunkCache({ folder: path.join(folder, "cache"), clock: systemClock }),
    tempRoot: folder,
    audioBitrate: () => 128_000,
    signal: outer,
  } as unknown as ProduceContext;
  return new EarlySound(prepared, context);
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = (): void => reject(new ReelburstError("ABORTED", "Stopped."));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });

describe("EarlySound", () => {
  test("what mixing fails with ends the rendering and is what the user reads", async () => {
    const early = start(async () => {
      throw new ReelburstError("DISK_FULL", "The disk is full.");
    });
    await expect(early.finish()).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(early.signal.aborted).toBe(true);
    expect(early.failure?.code).toBe("DISK_FULL");
  });

  test("stopped, it ends its work and has failed with nothing", async () => {
    const early = start(untilAborted);
    await early.stop();
    expect(early.failure).toBeNull();
    await expect(early.finish()).resolves.toBeUndefined();
  });

  test("an abort from outside reaches it", async () => {
    const outer = new AbortController();
    const early = start(untilAborted, outer.signal);
    outer.abort();
    await early.finish();
    expect(early.failure).toBeNull();
    expect(early.signal.aborted).toBe(true);
  });
});
