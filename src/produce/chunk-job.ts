/** A chunk as a job that any machine can do. Pure. */
import type { Job, JsonValue, NewJob } from "../jobs/job.ts";
import { chunkKey } from "../render/chunk-key.ts";
import { type ChunkPlan, ENGINE_VERSION } from "../render/plan.ts";
import { ReelburstError } from "../support/errors.ts";

/**
 * What travels: the frozen plan, which names its inputs by the digests of their content. No paths, which mean nothing
 * elsewhere, and nothing secret.
 */
export interface ChunkJob {
  readonly version: 1;
  readonly key: string;
  readonly plan: ChunkPlan;
}

/**
 * Jobs of one engine: a machine with another one would make other bytes, so it never sees them. During an upgrade each
 * server's productions are drawn by those of its own version.
 */
export const CHUNK_QUEUE = `chunks/${ENGINE_VERSION}`;

/** A lost lease counts as an attempt, and machines come and go: more tries than a render of its own takes. */
const RETRY = { limit: 4, baseDelayMs: 200, factor: 2, maxDelayMs: 5000 };

/** @param generation how often this group had a job for the chunk that came to its end without one */
export function chunkJob(group: string, key: string, plan: ChunkPlan, generation: number): NewJob {
  const data: ChunkJob = { version: 1, key, plan };
  return {
    queue: CHUNK_QUEUE,
    group,
    key: generation === 0 ? key : `${key}.${generation}`,
    data: data as unknown as JsonValue,
    retry: RETRY,
  };
}

export function readJobKey(jobKey: string): { readonly key: string; readonly generation: number } {
  const [key = "", generation = "0"] = jobKey.split(".");
  return { key, generation: Number(generation) };
}

/** The last job of each chunk, by the chunk's key. */
export function latestJobs(jobs: readonly Job[]): Map<string, Job & { readonly generation: number }> {
  const latest = new Map<string, Job & { readonly generation: number }>();
  for (const job of jobs) {
    const { key, generation } = readJobKey(job.key);
    if ((latest.get(key)?.generation ?? -1) < generation) latest.set(key, { ...job, generation });
  }
  return latest;
}

/** @throws ReelburstError JOB_INVALID: its result would be stored under a name that is not its own */
export function readChunkJob(data: JsonValue): ChunkJob {
  const job = data as unknown as ChunkJob | null;
  if (job?.version === 1 && job.plan?.engine === ENGINE_VERSION && chunkKey(job.plan) === job.key) return job;
  throw new ReelburstError("JOB_INVALID", "The job is no chunk of this engine, or its plan was altered.");
}
