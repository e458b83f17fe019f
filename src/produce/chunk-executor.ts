/**
 * The executor of a service's process: one loop a slot takes chunks from the shared queue, whichever production they
 * belong to, fetches what they are drawn from, draws them, and keeps them where all machines find them.
 */
import path from "node:path";
import type { JsonValue } from "../jobs/job.ts";
import type { JobQueue, Lease } from "../jobs/queue.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { ChunkCache } from "../storage/chunk-cache.ts";
import { sleep } from "../support/abort.ts";
import type { Clock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import { isWholeMachine } from "./chunk-failure.ts";
import type { ChunkInputs } from "./chunk-inputs.ts";
import { CHUNK_QUEUE, readChunkJob, readJobKey } from "./chunk-job.ts";
import type { ChunkProgress } from "./chunk-progress.ts";
import { digestsOf, drawChunk, takeChunk } from "./draw-chunk.ts";
import { withoutPlaces } from "./queued-chunks.ts";
import type { SlotMemory } from "./slot-memory.ts";
import { leaseLost, type WorkStop, workOnJobs } from "./work-on-jobs.ts";

export interface ChunkExecutorParts {
  readonly queue: JobQueue;
  readonly inputs: ChunkInputs;
  readonly progress: ChunkProgress;
  readonly runner: TaskRunner;
  /** Shared by all machines. */
  readonly cache: ChunkCache;
  readonly memory: SlotMemory;
  readonly workerId: string;
  readonly slots: number;
  readonly leaseMs: number;
  /** Of this process. */
  readonly tempRoot: string;
  readonly clock: Clock;
  /** Takes places of this machine out of a text that others will read. */
  readonly hide: (text: string) => string;
  readonly onTrouble: (error: ReelburstError) => void;
}

export interface ChunkExecutor {
  /** What is being drawn here. */
  active(): readonly { readonly productionId: string; readonly key: string }[];
  /** Chunks finished since the start. */
  readonly finished: number;
  /** Takes no more, gives back what is being drawn, and resolves when all is still. */
  drain(): Promise<void>;
}

const TROUBLE_PAUSE_MS = 1000;
/** After a full disk: another machine may have room, and takes the next attempt meanwhile. */
const MACHINE_PAUSE_MS = 5000;

const DRAINING = new ReelburstError("SERVER_DRAINING", "The process is going down.", { retryable: true });

export function startChunkExecutor(parts: ChunkExecutorParts): ChunkExecutor {
  const { queue, clock } = parts;
  const drain = new AbortController();
  const running = new Map<string, { readonly lease: Lease; readonly stop: WorkStop }>();
  let finished = 0;
  // Canceled, or given to another: known here long before the next heartbeat.
  const stopListening = queue.subscribe(({ jobId, state, attempts }) => {
    const job = running.get(jobId);
    if (job !== undefined && (state !== "active" || attempts !== job.lease.attempt))
      job.stop.abort(leaseLost());
  });
  const loop = async (slot: number): Promise<void> => {
    while (!drain.signal.aborted) {
      try {
        await workOnJobs({
          queue,
          queueName: CHUNK_QUEUE,
          workerId: parts.workerId,
          leaseMs: parts.leaseMs,
          signal: drain.signal,
          work: async (lease, stop) => {
            running.set(lease.jobId, { lease, stop });
            try {
              return await carryOut(lease, slot, stop, parts);
            } finally {
              running.delete(lease.jobId);
            }
          },
          describe: (_, error) => describe(error, parts),
          onEnd: (_, end) => {
            if (end.outcome === "completed") finished += 1;
            if ("error" in end && isWholeMachine(end.error)) throw end.error;
          },
        });
        return;
      } catch (error) {
        const known = ReelburstError.from(error);
        parts.onTrouble(known);
        const pauseMs = isWholeMachine(known) ? MACHINE_PAUSE_MS : TROUBLE_PAUSE_MS;
        await sleep(pauseMs, { clock, signal: drain.signal }).catch(() => {});
      }
    }
  };
  const loops = Array.from({ length: parts.slots }, (_, slot) => loop(slot));
  return {
    active: () =>
      [...running.values()].map(({ lease: { group, data } }) => ({ productionId: group, key: keyOf(data) })),
    get finished() {
      return finished;
    },
    drain: async () => {
      drain.abort(DRAINING);
      await Promise.all(loops);
      stopListening();
    },
  };
}

async function carryOut(
  lease: Lease,
  slot: number,
  { signal }: WorkStop,
  parts: ChunkExecutorParts,
): Promise<JsonValue> {
  const { plan, key } = readChunkJob(lease.data);
  const drawnBy = { worker: parts.workerId };
  // Asked for anew although it was said to be made: what is kept of it is not what the leader can read.
  if (readJobKey(lease.key).generation > 0) await parts.cache.discard(key);
  // An attempt whose worker died between storing the chunk and saying so.
  else if ((await takeChunk(key, parts.cache)) !== null) return { frames: plan.frameCount, ...drawnBy };
  const inputs = await parts.inputs.obtain(digestsOf(plan), signal);
  try {
    const giveBack = await parts.memory.take(plan.format, signal);
    try {
      const { facts } = await drawChunk(parts, {
        key,
        plan,
        inputs: inputs.files,
        outPath: path.join(parts.tempRoot, `${key}-${slot}.mp4`),
        attempt: lease.attempt,
        signal,
        onFrames: (frames) => parts.progress.report(lease.group, key, frames),
        beforeStore: async () => {
          await inputs.requireUnchanged();
          // A machine that was asleep past its lease learns of it here, not after its result is kept.
          if (signal.aborted || (await parts.queue.heartbeat(lease)) === "stale") throw leaseLost();
        },
      });
      return { frames: facts.frames, ...drawnBy };
    } finally {
      giveBack();
    }
  } catch (error) {
    throw withoutPlaces(ReelburstError.from(error, "RENDER_INTERNAL"), inputs.files);
  } finally {
    await inputs.release();
  }
}

function describe(error: ReelburstError, { hide }: ChunkExecutorParts): ReelburstError {
  return new ReelburstError(error.code, hide(error.message), {
    // What one machine has no room or no encoder for, another may do.
    retryable: error.retryable || isWholeMachine(error),
    path: error.path === undefined ? undefined : hide(error.path),
    hint: error.hint,
    cause: error,
  });
}

function keyOf(data: JsonValue): string {
  const key = (data as { readonly key?: unknown } | null)?.key;
  return typeof key === "string" ? key : "";
}
