/** One chunk drawn, verified and stored under its key: what whoever executes a job does with it. */
import type { ChunkPlan } from "../render/plan.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { ChunkFacts } from "../render/process/tasks/render-chunk.ts";
import type { CacheEntry, ChunkCache } from "../storage/chunk-cache.ts";
import { ReelburstError } from "../support/errors.ts";

/** A chunk that is on disk. */
export interface RenderedChunk {
  readonly path: string;
  readonly facts: Omit<ChunkFacts, "thumbnail">;
  readonly thumbnail: Uint8Array;
  readonly cached: boolean;
  readonly attempts: number;
}

export interface ChunkToDraw {
  readonly key: string;
  readonly plan: ChunkPlan;
  /** Digest -> path of what `digestsOf` names. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Absolute; nobody else writes there. */
  readonly outPath: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly onFrames: (frames: number) => void;
  /** The last look before the result is kept: throws when it must not be. */
  readonly beforeStore: () => Promise<void>;
}

/** Digests of every file that drawing a chunk needs. */
export function digestsOf(plan: ChunkPlan): string[] {
  const needed = [
    ...plan.layers.map((layer) => layer.picture.digest),
    ...plan.fonts,
    plan.watermark?.digest ?? "",
  ];
  return [...new Set(needed)].filter((digest) => digest !== "");
}

/** @throws ReelburstError what drawing fails with; CHUNK_INCOMPLETE; what `beforeStore` throws */
export async function drawChunk(
  { runner, cache }: { readonly runner: TaskRunner; readonly cache: ChunkCache },
  chunk: ChunkToDraw,
): Promise<RenderedChunk> {
  const { key, plan, inputs, outPath, signal } = chunk;
  const { thumbnail, ...facts } = await runner.run(
    "renderChunk",
    { plan, inputs, outPath },
    { signal, onProgress: ({ done }) => chunk.onFrames(done) },
  );
  if (facts.frames !== plan.frameCount) {
    throw new ReelburstError(
      "CHUNK_INCOMPLETE",
      `${facts.frames} of ${plan.frameCount} frames were rendered.`,
      {
        retryable: true,
      },
    );
  }
  await chunk.beforeStore();
  const entry = await cache.put(key, outPath, {
    facts,
    thumbnail: Buffer.from(thumbnail).toString("base64"),
  });
  return { path: entry.path, facts, thumbnail, cached: false, attempts: chunk.attempt };
}

/** A chunk out of the cache; null for what is not there or does not say enough, which is then made again. */
export async function takeChunk(key: string, cache: ChunkCache): Promise<RenderedChunk | null> {
  const entry = await cache.get(key);
  if (entry === null) return null;
  const chunk = readEntry(entry);
  // Drawn from another plan, or by a version that did not say from which, or did not measure what it drew.
  if (chunk.facts.key === key && chunk.facts.quality !== undefined) return chunk;
  await cache.discard(key);
  return null;
}

function readEntry({ path, meta }: CacheEntry): RenderedChunk {
  return {
    path,
    facts: meta["facts"] as RenderedChunk["facts"],
    thumbnail: Buffer.from(meta["thumbnail"] as string, "base64"),
    cached: true,
    attempts: 0,
  };
}
