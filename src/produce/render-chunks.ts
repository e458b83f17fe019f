/**
 * The executor loop: fetch a job, run it, verify and store the result, complete the job. One loop per
 * slot. What the cache already holds is not rendered again; what is rendered is in the cache before its
 * job counts as done, so a killed run goes on where it was.
 */
import path from "node:path";
import type { JobQueue } from "../jobs/queue.ts";
import type { PlacedChunk } from "../render/plan.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { ChunkFacts } from "../render/process/tasks/render-chunk.ts";
import type { ChunkCache } from "../storage/chunk-cache.ts";
import { ReelburstError, type SerializedError } from "../support/errors.ts";
import type { InputMarks } from "./input-marks.ts";

export const LOCAL_QUEUE = "local";
const LEASE_MS = 60_000;
const RETRY_LIMIT = 2;

/** A chunk that is on disk. */
export interface RenderedChunk {
  readonly path: string;
  readonly facts: Omit<ChunkFacts, "thumbnail">;
  readonly thumbnail: Uint8Array;
  readonly cached: boolean;
  readonly attempts: number;
}

export interface RenderChunksContext {
  readonly productionId: string;
  readonly runner: TaskRunner;
  readonly cache: ChunkCache;
  readonly queue: JobQueue;
  readonly tempRoot: string;
  /** Digest -> path of pictures and fonts. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly marks: Pick<InputMarks, "requireUnchanged">;
  /** Where a scene stands in the user's file. */
  readonly pathOf: (sceneId: string) => string;
  readonly signal: AbortSignal;
  /** true: go on with the other scenes when one cannot be rendered. */
  readonly skipFailedScenes: boolean;
  readonly onChunk: (chunk: PlacedChunk, change: ChunkChange) => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

export type ChunkChange =
  | { readonly kind: "cached" }
  | { readonly kind: "started"; readonly attempt: number }
  | { readonly kind: "frames"; readonly frames: number }
  | { readonly kind: "retrying"; readonly attempt: number; readonly error: SerializedError }
  | { readonly kind: "done" };

export interface RenderChunksResult {
  readonly chunks: ReadonlyMap<string, RenderedChunk>;
  /** Scenes with a chunk that could not be rendered, with the reason. */
  readonly failedScenes: ReadonlyMap<string, ReelburstError>;
  /** When each slot finished its last chunk, in seconds from the first; slots that rendered nothing are missing. */
  readonly slotEndSeconds: readonly number[];
}

/** Takes every chunk that the cache holds. */
export async function takeCached(
  chunks: readonly PlacedChunk[],
  cache: ChunkCache,
): Promise<Map<string, RenderedChunk>> {
  const found = new Map<string, RenderedChunk>();
  for (const chunk of chunks) {
    if (found.has(chunk.key)) continue;
    const entry = await cache.get(chunk.key);
    if (entry === null) continue;
    const meta = readMeta(entry.meta);
    // Drawn from another plan, or by a version that did not say from which, or did not measure what it drew.
    if (meta.facts.key !== chunk.key || meta.facts.quality === undefined) await cache.discard(chunk.key);
    else found.set(chunk.key, { ...meta, path: entry.path, cached: true, attempts: 0 });
  }
  return found;
}

/** @throws ReelburstError the first scene's failure, unless failed scenes are skipped; ABORTED */
export async function renderChunks(
  chunks: readonly PlacedChunk[],
  context: RenderChunksContext,
): Promise<RenderChunksResult> {
  const done = await takeCached(chunks, context.cache);
  const missing = new Map<string, PlacedChunk>();
  for (const chunk of chunks) {
    if (done.has(chunk.key)) context.onChunk(chunk, { kind: "cached" });
    else missing.set(chunk.key, chunk);
  }
  const failedScenes = new Map<string, ReelburstError>();
  if (missing.size === 0) return { chunks: done, failedScenes, slotEndSeconds: [] };

  await context.queue.enqueue(
    [...missing.values()].map((chunk) => ({
      queue: LOCAL_QUEUE,
      group: context.productionId,
      key: chunk.key,
      data: { chunkKey: chunk.key },
      retry: { limit: RETRY_LIMIT, baseDelayMs: 200, maxDelayMs: 5000 },
    })),
  );
  const slotEnds = new Map<number, number>();
  const begun = context.now();
  let remaining = missing.size;
  const finished = new AbortController();
  const signal = AbortSignal.any([context.signal, finished.signal]);
  let fatal: ReelburstError | null = null;
  const giveUp = (error: ReelburstError): void => {
    fatal ??= error;
    finished.abort(error);
  };

  const loop = async (slot: number): Promise<void> => {
    while (!signal.aborted && remaining > 0) {
      const lease = await context.queue.fetch({
        queue: LOCAL_QUEUE,
        workerId: `slot-${slot}`,
        leaseMs: LEASE_MS,
        signal,
      });
      if (lease === null) return;
      const chunk = missing.get(lease.key) as PlacedChunk;
      if (failedScenes.has(chunk.sceneId)) {
        // Its scene is left out of the film: nothing to draw.
        if ((await context.queue.complete(lease, null)) === "completed" && --remaining === 0)
          finished.abort();
        continue;
      }
      // Whoever lost the lease stops: another one is at this chunk already.
      const lost = new AbortController();
      const heartbeat = setInterval(() => {
        void context.queue.heartbeat(lease).then((answer) => answer === "stale" && lost.abort());
      }, LEASE_MS / 3);
      try {
        context.onChunk(chunk, { kind: "started", attempt: lease.attempt });
        const rendered = await renderOne(
          chunk,
          slot,
          lease.attempt,
          AbortSignal.any([signal, lost.signal]),
          context,
        );
        // The result is stored under its content's name, so it counts even when the lease was lost meanwhile;
        // then whoever holds the job now will end it.
        done.set(chunk.key, rendered);
        slotEnds.set(slot, (context.now() - begun) / 1000);
        context.onChunk(chunk, { kind: "done" });
        const outcome = await context.queue.complete(lease, { frames: rendered.facts.frames });
        if (outcome === "completed" && --remaining === 0) finished.abort();
      } catch (thrown) {
        if (signal.aborted) {
          await context.queue.release(lease);
          return;
        }
        const known = ReelburstError.from(thrown, "RENDER_INTERNAL");
        const ofFilm = watermarkError(chunk, known, context.inputs);
        const error = ofFilm ?? sceneError(chunk, context.pathOf(chunk.sceneId), known);
        const outcome = await context.queue.fail(lease, error.toJSON());
        if (outcome === "stale") continue;
        if (outcome === "retrying") {
          context.onChunk(chunk, { kind: "retrying", attempt: lease.attempt, error: error.toJSON() });
        } else if (context.skipFailedScenes && ofFilm === null && !isWholeMachine(error)) {
          failedScenes.set(chunk.sceneId, error);
          if (--remaining === 0) finished.abort();
        } else {
          giveUp(error);
        }
      } finally {
        clearInterval(heartbeat);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: context.runner.slots }, (_, slot) => loop(slot)));
  } catch (error) {
    giveUp(ReelburstError.from(error));
  } finally {
    await context.queue.forget(context.productionId);
  }
  if (context.signal.aborted) throw new ReelburstError("ABORTED", "Stopped on request.");
  if (fatal !== null) throw fatal;
  return { chunks: done, failedScenes, slotEndSeconds: [...slotEnds.values()] };
}

async function renderOne(
  chunk: PlacedChunk,
  slot: number,
  attempt: number,
  signal: AbortSignal,
  context: RenderChunksContext,
): Promise<RenderedChunk> {
  const outPath = path.join(context.tempRoot, `${chunk.key}-${slot}.mp4`);
  const needed = [
    ...chunk.plan.layers.map((layer) => layer.picture.digest),
    ...chunk.plan.fonts,
    chunk.plan.watermark?.digest ?? "",
  ];
  const inputs = Object.fromEntries(
    needed.filter((digest) => digest !== "").map((digest) => [digest, context.inputs[digest] ?? ""]),
  );
  const { thumbnail, ...facts } = await context.runner.run(
    "renderChunk",
    { plan: chunk.plan, inputs, outPath },
    { signal, onProgress: ({ done: frames }) => context.onChunk(chunk, { kind: "frames", frames }) },
  );
  if (facts.frames !== chunk.plan.frameCount) {
    throw new ReelburstError(
      "CHUNK_INCOMPLETE",
      `${facts.frames} of ${chunk.plan.frameCount} frames were rendered.`,
      { retryable: true },
    );
  }
  for (const file of Object.values(inputs)) await context.marks.requireUnchanged(file);
  const entry = await context.cache.put(chunk.key, outPath, {
    facts,
    thumbnail: Buffer.from(thumbnail).toString("base64"),
  });
  return { path: entry.path, facts, thumbnail, cached: false, attempts: attempt };
}

function readMeta(meta: Readonly<Record<string, unknown>>): Pick<RenderedChunk, "facts" | "thumbnail"> {
  return {
    facts: meta["facts"] as RenderedChunk["facts"],
    thumbnail: Buffer.from(meta["thumbnail"] as string, "base64"),
  };
}

function sceneError(chunk: PlacedChunk, scenePath: string, error: ReelburstError): ReelburstError {
  if (isWholeMachine(error)) return error;
  return new ReelburstError(error.code, `${chunk.sceneId}: ${error.message}`, {
    path: error.path ?? scenePath,
    hint: error.hint,
    retryable: error.retryable,
    cause: error,
  });
}

/** The scene that is drawn first can do nothing for a watermark that is found damaged only then. */
function watermarkError(
  chunk: PlacedChunk,
  error: ReelburstError,
  inputs: Readonly<Record<string, string>>,
): ReelburstError | null {
  const file = inputs[chunk.plan.watermark?.digest ?? ""];
  const isPicture = chunk.plan.layers.some((layer) => inputs[layer.picture.digest] === file);
  if (file === undefined || error.path !== file || isPicture) return null;
  return new ReelburstError(error.code, error.message, {
    path: `watermark.src (${file})`,
    hint: error.hint,
    retryable: error.retryable,
    cause: error,
  });
}

/** Leaving out a scene does not help against these. */
function isWholeMachine(error: ReelburstError): boolean {
  return ["DISK_FULL", "NO_WRITE_PERMISSION", "ENCODER_UNAVAILABLE", "OUTPUT_NOT_WRITABLE"].includes(
    error.code,
  );
}
