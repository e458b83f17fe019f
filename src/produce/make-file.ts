/** The last step of every file: sound, assembly, the gate, and only then its name. */
import { rmSync } from "node:fs";
import path from "node:path";
import { type GateExpectation, gateProblems, looksFor, refuseFilm } from "../render/assemble/gate.ts";
import { type MixedSound, withPcmPaths } from "../render/audio/sound-plan.ts";
import type { PlacedChunk } from "../render/plan.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { FilmFacts, InspectedChunk } from "../render/process/tasks/inspect-film.ts";
import type { ChunkCache } from "../storage/chunk-cache.ts";
import { publishFile, temporaryBeside } from "../support/atomic-file.ts";
import { ReelburstError } from "../support/errors.ts";
import { digestOf, sha256File } from "../support/hash.ts";
import type { RenderedChunk } from "./draw-chunk.ts";
import { writingInto } from "./full-disk.ts";
import type { Gathered } from "./gather.ts";
import type { CutPlan, ProductionPlan } from "./plan-film.ts";
import type { SoundStretch } from "./video-sound.ts";

/** Raise when mixing changes, or what is noted of a mix, so that old mixes are not used again. */
const MIX_VERSION = 3;
/** Raise when what is read of a film, or how, changes. */
const INSPECT_VERSION = 1;

export type MixContext = Omit<MakeFileContext, "sample">;

export interface MakeFileContext {
  readonly runner: TaskRunner;
  readonly cache: ChunkCache;
  readonly tempRoot: string;
  readonly signal: AbortSignal;
  readonly audioBitrate: number;
  /** Chunks that the gate decodes to their end. */
  readonly sample: ReadonlySet<PlacedChunk>;
}

export interface MixedFile {
  /** In the cache. */
  readonly key: string;
  readonly path: string;
  readonly mixed: MixedSound;
}

/** The name of a cut's sound in the cache; null for a film without any sound. */
export function mixKey({ sound }: CutPlan, bitrate: number): string | null {
  if (sound.voices.length === 0 && sound.music === null) return null;
  return `mix-${digestOf({ version: MIX_VERSION, plan: sound, bitrate })}`;
}

/** Mixes a cut's sound, or takes it from the cache. null for a film without any sound. */
export async function mixCut(
  cut: CutPlan,
  gathered: Gathered,
  context: MixContext,
): Promise<MixedFile | null> {
  const key = mixKey(cut, context.audioBitrate);
  if (key === null) return null;
  const known = await context.cache.get(key);
  if (known !== null) return { key, path: known.path, mixed: known.meta["mixed"] as MixedSound };
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
  return { key, path: entry.path, mixed };
}

/** The name of a stretched sound in the cache. */
export function stretchKey({ pcm }: SoundStretch): string {
  return `pcm-${pcm}`;
}

/** The PCM of a sound made longer or shorter, from the cache or made now. */
async function stretched(stretch: SoundStretch, from: string, context: MixContext): Promise<string> {
  const key = stretchKey(stretch);
  const known = await context.cache.get(key);
  if (known !== null) return known.path;
  const outPath = path.join(context.tempRoot, `${key}.pcm`);
  await context.runner.run("stretchSound", { ...stretch, path: from, outPath }, { signal: context.signal });
  return (await context.cache.put(key, outPath, {})).path;
}

/** A joined file that has not got its name yet. */
export interface PartialFile {
  readonly path: string;
  readonly sha256: string;
}

/** What goes with a file. */
export interface Companions {
  /** Called beside the gate, so nothing may be published yet. */
  readonly draw: (partial: PartialFile) => Promise<void>;
  /** Called when the file has passed the gate: if this fails, nothing is there that looks finished. */
  readonly publish: () => Promise<void>;
}

/**
 * Joins, reads back, checks and publishes one file.
 *
 * @returns what was read back from it
 */
export async function makeFile(
  cut: CutPlan,
  plan: ProductionPlan,
  chunks: ReadonlyMap<string, RenderedChunk>,
  sound: MixedFile | null,
  target: string,
  context: MakeFileContext,
  companions: Companions | null,
): Promise<FilmFacts> {
  const rendered = cut.chunks.map((chunk) => chunks.get(chunk.key) as RenderedChunk);
  for (const chunk of cut.chunks) await requireIntact(chunk.key, chunks, context.cache);
  const partial = temporaryBeside(target);
  const write = async (): Promise<FilmFacts> => {
    const parts = rendered.map((chunk) => ({ path: chunk.path, frames: chunk.facts.frames }));
    const joining = { chunks: parts, audioPath: sound?.path ?? null, fps: plan.format.fps, outPath: partial };
    await context.runner
      .run("assemble", joining, { signal: context.signal })
      .catch(async (error: unknown) => {
        const place =
          error instanceof ReelburstError ? parts.findIndex(({ path: file }) => file === error.path) : -1;
        const culprit = cut.chunks[place];
        if (culprit !== undefined) await context.cache.discard(culprit.key);
        throw error;
      });
    const planned: GateExpectation = {
      format: plan.format,
      totalFrames: cut.timeline.totalFrames,
      totalSamples: cut.timeline.totalSamples,
      chunks: cut.chunks,
      sample: context.sample,
      rendered: rendered.map((chunk) => chunk.facts),
      sound: sound?.mixed ?? null,
    };
    const joined: PartialFile = { path: partial, sha256: await sha256File(partial) };
    const [inspected, drawn] = await Promise.allSettled([
      inspect(joined, looksFor(planned), context),
      companions?.draw(joined),
    ]);
    const { facts, key: factsKey } = settledValue(inspected);
    const problems = gateProblems(facts, planned);
    if (problems.length > 0) {
      // Read anew the next time, should what was kept of an earlier reading be to blame.
      await context.cache.discard(factsKey);
      // What is to blame would be taken from the cache again by every later run. When frames are lost or out of time,
      // the joining is to blame, and what a chunk seems to show says nothing of it.
      const joined = problems.every(({ culprit }) => culprit !== null);
      for (const { culprit } of joined ? problems : []) {
        if (culprit === "sound" && sound !== null) await context.cache.discard(sound.key);
        else if (culprit !== null && culprit !== "sound") await context.cache.discard(culprit.chunk);
      }
      refuseFilm(problems);
    }
    await context.cache.putMeta(factsKey, { facts });
    settledValue(drawn);
    await companions?.publish();
    await publishFile(partial, target);
    return facts;
  };
  try {
    return await writingInto(path.dirname(target), write);
  } finally {
    rmSync(partial, { force: true });
  }
}

/**
 * Reads a joined file back. The same bytes looked at in the same places show the same, so what they showed when they
 * passed the gate is taken from the cache; the gate itself judges anew.
 */
async function inspect(
  file: PartialFile,
  chunks: readonly InspectedChunk[],
  context: MakeFileContext,
): Promise<{ key: string; facts: FilmFacts }> {
  const key = `facts-${digestOf({ of: "film", version: INSPECT_VERSION, sha256: file.sha256, chunks })}`;
  const known = await context.cache.get(key);
  if (known !== null) return { key, facts: known.meta["facts"] as FilmFacts };
  const looking = { path: file.path, chunks };
  const facts = await context.runner.run("inspectFilm", looking, { signal: context.signal });
  return { key, facts };
}

function settledValue<Value>(settled: PromiseSettledResult<Value>): Value {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

/** The gate decodes a sample only; what happened to a chunk since it was rendered or found is looked for here. */
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
