import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DecodedAudio } from "../../src/render/audio/sound-plan.ts";
import { DEFAULT_LIMITS } from "../../src/render/process/limits.ts";
import { RenderProcess } from "../../src/render/process/render-process.ts";
import { encodeAudio } from "../fixtures/encode-audio.ts";
import { hostileSounds } from "../fixtures/hostile-sound-list.ts";
import { constantFlac, pcmMp4, silentOpus } from "../fixtures/hostile-sounds.ts";
import { sine } from "../fixtures/wav.ts";

const SECONDS = 48_000;
const MOST_BYTES = 300e6;
let folder: string;
let child: RenderProcess;
const tone = Int16Array.from(sine(SECONDS, 1, 24_000, 440, 0.5).samples, (value) => value * 32_767);

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-hostile-"));
  // Nothing here may write more than this: less than the ten hours that some of these files hold.
  child = new RenderProcess({
    limits: { ...DEFAULT_LIMITS, fileBytes: 60e6 },
    tempRoot: folder,
    compileCache: null,
  });
});
afterAll(async () => {
  await child.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => path.join(folder, name);

async function decode(
  name: string,
  bytes: Uint8Array,
): Promise<DecodedAudio & { readonly samples: Float32Array }> {
  const outPath = at("out.pcm");
  writeFileSync(at(name), bytes);
  try {
    const limits = { maxDurationSeconds: 3 * 3600, maxOutputBytes: 3 * 3600 * SECONDS * 8 };
    const facts = (await child.run("decodeAudio", { path: at(name), outPath, limits })) as DecodedAudio;
    const pcm = readFileSync(outPath);
    return { ...facts, samples: new Float32Array(pcm.buffer, pcm.byteOffset, pcm.length / 4) };
  } catch (error) {
    expect(existsSync(outPath), name).toBe(false);
    throw error;
  } finally {
    rmSync(at(name));
    rmSync(outPath, { force: true });
  }
}

const codeOf = (name: string, bytes: Uint8Array): Promise<string> =>
  decode(name, bytes).then(
    () => "OK",
    (error: { code: string }) => error.code,
  );

test.for(hostileSounds())("%s", async ([name, bytes, outcome]) => {
  expect(await codeOf(name, bytes)).toBe(outcome);
});

test.for(["mka", "ts", "avi", "wma", "flv", "nut", "w64"])(
  "a real .%s named .mp3 is refused",
  async (extension) => {
    const file = at(`real.${extension}`);
    const encoder = ["avi", "wma", "flv", "w64"].includes(extension) ? "libmp3lame" : "aac";
    encodeAudio(sine(SECONDS, 1, 12_000, 440, 0.5), encoder, file);
    const bytes = readFileSync(file);
    rmSync(file);
    expect(await codeOf("real.mp3", bytes)).toBe("FORMAT_NOT_ALLOWED");
  },
);

describe("ten hours in less than a megabyte", () => {
  test.for([
    ["honest.flac", constantFlac(26_400, 26_400 * 65_535)],
    ["unknown.flac", constantFlac(26_400, 0)],
    ["lying.flac", constantFlac(26_400, SECONDS)],
    ["lying.opus", silentOpus(1500, { granule: 48_000n })],
    ["edited.m4a", pcmMp4(tone, { edits: Array.from({ length: 30_000 }, () => [24_000, 0] as const) })],
  ] as const)("%s is refused as too long before its samples fill the disk", async ([name, bytes]) => {
    expect(bytes.length).toBeLessThan(1.3e6);
    expect(await codeOf(name, bytes)).toBe("AUDIO_TOO_LONG");
  });

  test("one that is long and within the limit is still read to its end", async () => {
    const { sampleCount } = await decode("longer-than-stated.flac", constantFlac(100, SECONDS));
    expect(sampleCount).toBe(100 * 65_535);
  });
});

describe("MP4 that points elsewhere", () => {
  test("a sample table in another file is not followed", async () => {
    const canary = at("canary.raw");
    writeFileSync(canary, Buffer.from(tone.buffer));
    // The time of reading is kept only when it is older than the time of writing: first that it is kept at all.
    utimesSync(canary, 1, 2);
    readFileSync(canary);
    const watched = statSync(canary).atimeMs !== 1000;
    utimesSync(canary, 1, 2);
    expect(await codeOf("outside.m4a", pcmMp4(tone, { externalPath: canary }))).toBe("AUDIO_TRUNCATED");
    // A URL is not even looked at: what the table points to in the file itself is taken.
    const { samples } = await decode("url.m4a", pcmMp4(tone, { externalPath: `file://${canary}` }));
    expect(samples.length).toBeGreaterThan(0);
    if (watched) expect(statSync(canary).atimeMs).toBe(1000);
    rmSync(canary);
    // The same file with its samples inside is sound.
    expect(await codeOf("inside.m4a", pcmMp4(tone))).toBe("OK");
  });

  test("an edit list is obeyed: what it leaves out is not heard", async () => {
    const cut = await decode("edit.m4a", pcmMp4(tone, { edits: [[12_000, 6000]] }));
    expect(Math.abs(cut.sampleCount - 12_000)).toBeLessThanOrEqual(1024);
  });
});

test("nothing is left of all this", () => {
  expect(child.alive).toBe(true);
  expect(child.peakBytes).toBeLessThan(MOST_BYTES);
  expect(readdirSync(folder)).toEqual([]);
});
