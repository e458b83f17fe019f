import type { ResolvedJob } from "../check-job.ts";
import type { Job, JobCounts, JobState, JobStatus } from "../job.ts";
import type { JobChange, Lease } from "../queue.ts";

/** One row of the table that a database would keep. */
export interface StoredJob extends ResolvedJob {
  readonly id: string;
  /** Rises with every job enqueued. */
  readonly number: number;
  status: JobStatus;
  attempts: number;
  /** Of the current attempt; null unless active. */
  token: string | null;
  /** Current lease's length; kept for heartbeats. */
  leaseMs: number;
  /** On the monotonic clock: when the lease runs out (active) or the delay is over (retrying). Infinity: never. */
  dueMs: number;
}

export function toJob(job: StoredJob): Job {
  const { id, queue, group, key, data, priority, retry, attempts } = job;
  return { ...job.status, id, queue, group, key, data, priority, retry, attempts };
}

export function toLease(job: StoredJob, token: string, workerId: string): Lease {
  return {
    jobId: job.id,
    token,
    queue: job.queue,
    group: job.group,
    key: job.key,
    data: job.data,
    attempt: job.attempts,
    lastAttempt: job.attempts > job.retry.limit,
    workerId,
    leaseMs: job.leaseMs,
  };
}

export function toChange(job: StoredJob): JobChange {
  const { id, queue, group, key, attempts } = job;
  return { jobId: id, queue, group, key, state: job.status.state, attempts };
}

export function countStates(jobs: Iterable<StoredJob>): JobCounts {
  const counts: Record<JobState, number> = {
    queued: 0,
    active: 0,
    retrying: 0,
    completed: 0,
    failed: 0,
    canceled: 0,
  };
  for (const job of jobs) counts[job.status.state]++;
  return counts;
}
