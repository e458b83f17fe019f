/** Fetching sounds: decoded once, kept as PCM in the cache. */
import path from "node:path";
import type { DecodedAudio } from "../render/audio/sound-plan.ts";
import { MAX_AUDIO_SECONDS } from "../render/process/limits.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { ChunkCache } from "../storage/chunk-cache.ts";
import { digestOf } from "../support/hash.ts";
import type { InputMarks } from "./input-marks.ts";

/** Raise when decoding changes, so that old results are not used again. */
export const GATHER_VERSION = 4;

/** What reading an input needs of the world. */
export interface ReadContext {
  readonly runner: TaskRunner;
  readonly cache: ChunkCache;
  readonly tempRoot: string;
  readonly signal: AbortSignal;
}

export interface GatheredSound {
  readonly digest: string;
  /** Raw 48 kHz stereo float PCM in the cache. */
  readonly pcmPath: string;
  readonly facts: DecodedAudio;
}

/** Name of a sound's decoded PCM in the cache. */
export function pcmKey(digest: string): string {
  return `pcm-${digestOf({ version: GATHER_VERSION, digest })}`;
}

/**
 * @param originSeconds for the sound of a video: where in the file it is to begin. `digest` then names file and
 *   beginning, since as narration the same file begins with its first sample
 */
export async function readSound(
  src: string,
  digest: string,
  marks: InputMarks,
  context: ReadContext,
  originSeconds?: number,
): Promise<GatheredSound> {
  const key = pcmKey(digest);
  const known = await context.cache.get(key);
  if (known !== null) return { digest, pcmPath: known.path, facts: known.meta["facts"] as DecodedAudio };
  const outPath = path.join(context.tempRoot, `${key}.pcm`);
  const facts = await context.runner.run(
    "decodeAudio",
    {
      path: src,
      outPath,
      limits: { maxDurationSeconds: MAX_AUDIO_SECONDS, maxOutputBytes: MAX_AUDIO_SECONDS * 48_000 * 8 },
      ...(originSeconds === undefined ? {} : { originSeconds }),
    },
    { signal: context.signal },
  );
  await marks.requireUnchanged(src);
  const entry = await context.cache.put(key, outPath, { facts });
  return { digest, pcmPath: entry.path, facts };
}
