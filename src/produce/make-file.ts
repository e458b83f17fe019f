/** The last step of every file: sound, assembly, the gate, and only then its name. */
import { rmSync } from "node:fs";
import path from "node:path";
import { passGate } from "../render/assemble/gate.ts";
import { type MixedSound, withPcmPaths } from "../render/audio/sound-plan.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { ChunkCache } from "../storage/chunk-cache.ts";
import { publishFile, temporaryBeside } from "../support/atomic-file.ts";
import { ReelburstError } from "../support/errors.ts";
import { digestOf } from "../support/hash.ts";
import type { Gathered } from "./gather.ts";
import type { CutPlan, ProductionPlan } from "./plan-film.ts";
import type { RenderedChunk } from "./render-chunks.ts";
import type { SoundStretch } from "./video-sound.ts";

/** Raise when mixing changes, so that old mixes are not used again. */
const MIX_VERSION = 1;

export interface MakeFileContext {
  readonly runner: TaskRunner;
  readonly cache: ChunkCache;
  readonly tempRoot: string;
  readonly signal: AbortSignal;
  readonly audioBitrate: number;
}

export interface MixedFile {
  readonly path: string;
  readonly mixed: MixedSound;
}

/** Mixes a cut's sound, or takes it from the cache. null for a film without any sound. */
export async function mixCut(
  cut: CutPlan,
  gathered: Gathered,
  context: MakeFileContext,
): Promise<MixedFile | null> {
  if (cut.sound.voices.length === 0 && cut.sound.music === null) return null;
  const key = `mix-${digestOf({ version: MIX_VERSION, plan: cut.sound, bitrate: context.audioBitrate })}`;
  const known = await context.cache.get(key);
  if (known !== null) return { path: known.path, mixed: known.meta["mixed"] as MixedSound };
  const pcm = new Map<string, string>();
  const sounds = gathered.scenes.flatMap((scene) => [scene.audio, scene.video?.sound ?? null]);
  for (const sound of [...sounds, gathered.soundtrack]) {
    if (sound !== null) pcm.set(sound.digest, sound.pcmPath);
  }
  for (const stretch of cut.stretches) {
    pcm.set(stretch.pcm, await stretched(stretch, pcm.get(stretch.from) ?? stretch.from, context));
  }
  const outPath = path.join(context.tempRoot, `${key}.m4a`);
  const mixed = await context.runner.run(
    "mixSound",
    {
      plan: withPcmPaths(cut.sound, (digest) => pcm.get(digest) ?? digest),
      outPath,
      bitrate: context.audioBitrate,
    },
    { signal: context.signal },
  );
  const entry = await context.cache.put(key, outPath, { mixed });
  return { path: entry.path, mixed };
}

/** The PCM of a sound made longer or shorter, from the cache or made now. */
async function stretched(stretch: SoundStretch, from: string, context: MakeFileContext): Promise<string> {
  const key = `pcm-${stretch.pcm}`;
  const known = await context.cache.get(key);
  if (known !== null) return known.path;
  const outPath = path.join(context.tempRoot, `${key}.pcm`);
  await context.runner.run("stretchSound", { ...stretch, path: from, outPath }, { signal: context.signal });
  return (await context.cache.put(key, outPath, {})).path;
}

/**
 * Joins, reads back, checks and publishes one file.
 *
 * @param beforePublish makes what goes with the file, from the checked file under its temporary name: when
 *   that fails, nothing is there that looks finished
 * @returns its size in bytes
 */
export async function makeFile(
  cut: CutPlan,
  plan: ProductionPlan,
  chunks: ReadonlyMap<string, RenderedChunk>,
  sound: MixedFile | null,
  target: string,
  context: MakeFileContext,
  beforePublish: (partial: string) => Promise<void>,
): Promise<number> {
  const rendered = cut.chunks.map((chunk) => chunks.get(chunk.key) as RenderedChunk);
  for (const chunk of cut.chunks) await requireIntact(chunk.key, chunks, context.cache);
  const partial = temporaryBeside(target);
  try {
    await context.runner.run(
      "assemble",
      {
        chunks: rendered.map((chunk) => ({ path: chunk.path, frames: chunk.facts.frames })),
        audioPath: sound?.path ?? null,
        fps: plan.format.fps,
        outPath: partial,
      },
      { signal: context.signal },
    );
    const facts = await context.runner.run(
      "inspectFilm",
      { path: partial, chunkStarts: cut.chunks.map((chunk) => chunk.startFrame) },
      { signal: context.signal },
    );
    passGate(facts, {
      format: plan.format,
      totalFrames: cut.timeline.totalFrames,
      totalSamples: cut.timeline.totalSamples,
      chunks: cut.chunks,
      rendered: rendered.map((chunk) => chunk.facts),
      soundPeak: sound === null ? null : 10 ** ((sound.mixed.truePeakDb ?? -200) / 20),
    });
    await beforePublish(partial);
    await publishFile(partial, target);
    return facts.sizeBytes;
  } finally {
    rmSync(partial, { force: true });
  }
}

/** The gate decodes keyframes only; what happened to a chunk since it was rendered or found is looked for here. */
async function requireIntact(
  key: string,
  chunks: ReadonlyMap<string, RenderedChunk>,
  cache: ChunkCache,
): Promise<void> {
  const entry = await cache.get(key);
  if (entry !== null && entry.path === chunks.get(key)?.path) return;
  throw new ReelburstError(
    "CHUNK_DAMAGED",
    "A rendered part was damaged or removed before the film was put together.",
    {
      retryable: true,
      hint: "Leave the cache folder alone while a film is made.",
    },
  );
}
