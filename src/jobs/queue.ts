import type { SerializedError } from "../support/errors.ts";
import type { Job, JobCounts, JobState, JsonValue, NewJob } from "./job.ts";

/**
 * The durable queue, as everything else sees it.
 *
 * Every backend (memory now, SQL later) passes `test/contracts/job-queue.contract.ts`. Each method is one statement
 * or one short transaction on a table of jobs, so nothing here needs more than a database gives:
 *
 * - **At least once, committed once.** A job may run twice (a lease is lost while its worker lives on); only the
 *   holder of the current lease can end it. `complete`, `fail`, `release` and `heartbeat` are compare-and-set on
 *   (job id, attempt token, state active, lease not run out). Who comes late is told "stale" and must drop its work;
 *   that is an everyday answer, not an error.
 * - **A lease runs out by the queue's own clock**, at the very moment, whether or not anybody has looked. An attempt
 *   counts from `fetch`, so a job that kills its worker uses up its tries like any other.
 * - **Order**: higher priority first; among equal ones the groups take turns (least recently served first); within a
 *   group, first in first out. Jobs do not depend on each other; whoever needs an order enqueues the next stage.
 *
 * Every method but `fetch` and `close` throws `QUEUE_CLOSED` after `close`.
 */
export interface JobQueue {
  /**
   * Adds jobs, all or none. Idempotent: a key its group already has is left as it is, whatever its state.
   * @returns for each job given, in order, its id and whether this call created it.
   * @throws {ReelburstError} `JOB_INVALID`.
   */
  enqueue(jobs: readonly NewJob[]): Promise<readonly EnqueuedJob[]>;

  /**
   * Takes the next job and leases it. Waits until there is one.
   * @returns null when the signal aborted, the queue was closed, or `waitMs` passed.
   */
  fetch(request: FetchRequest): Promise<Lease | null>;

  /** Prolongs the lease to `leaseMs` from now. Call it every third of `leaseMs`; on "stale" stop the work. */
  heartbeat(lease: Lease): Promise<"ok" | "stale">;

  /** Ends the job with its result. Store large results first and name them here by hash. */
  complete(lease: Lease, output: JsonValue): Promise<"completed" | "stale">;

  /** Ends the attempt. "retrying": it comes back after a backoff delay; "failed": it does not. */
  fail(lease: Lease, error: SerializedError): Promise<"retrying" | "failed" | "stale">;

  /** Gives the job back untouched (the worker drains): available at once, in its old place, the attempt not counted. */
  release(lease: Lease): Promise<"released" | "stale">;

  /**
   * Cancels what is still open of a group, or only the keys named (the loser of a duplicated straggler). Leases on
   * it become stale. @returns how many jobs were canceled.
   */
  cancel(group: string, keys?: readonly string[]): Promise<number>;

  /** Deletes a group and all it remembers. Open jobs go too; leases on them become stale. */
  forget(group: string): Promise<void>;

  /** Counts of one group; all 0 for one that is not known. */
  status(group: string): Promise<JobCounts>;

  /** Counts over all groups of one queue: what scaling and backpressure look at. */
  backlog(queue: string): Promise<JobCounts>;

  /** Every job of a group, in the order it was enqueued. */
  jobs(group: string): Promise<readonly Job[]>;

  /**
   * Hears of changes, soon after they are committed and in order for each job. A hint, not a record: a backend may
   * skip states that passed quickly, and a listener sees nothing from before it subscribed. Whoever must know asks
   * `status`. The listener must not throw. @returns a function that stops it.
   */
  subscribe(listener: (change: JobChange) => void): () => void;

  /** Waiting and later fetches get null. Finish or release the leases first: what is left out comes back by expiry. */
  close(): Promise<void>;
}

export interface EnqueuedJob {
  readonly id: string;
  readonly key: string;
  readonly created: boolean;
}

export interface FetchRequest {
  readonly queue: string;
  /** Who takes it; shown, never compared. */
  readonly workerId: string;
  /** How long the worker may be silent. */
  readonly leaseMs: number;
  /** Longest wait for a job; 0 looks once. Default: no limit. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** The right to end one attempt of one job, with all that is needed to run it. Plain data. */
export interface Lease {
  readonly jobId: string;
  /** Unique to this attempt: only its holder may end it. */
  readonly token: string;
  readonly queue: string;
  readonly group: string;
  readonly key: string;
  readonly data: JsonValue;
  /** From 1. */
  readonly attempt: number;
  /** No retry follows when this attempt fails. */
  readonly lastAttempt: boolean;
  readonly workerId: string;
  readonly leaseMs: number;
}

export interface JobChange {
  readonly jobId: string;
  readonly queue: string;
  readonly group: string;
  readonly key: string;
  readonly state: JobState;
  readonly attempts: number;
}

/** Why an attempt ended when its worker fell silent. Retryable: usually the worker's end, not the job's fault. */
export const LEASE_LOST: SerializedError = {
  code: "LEASE_LOST",
  message: "The worker fell silent and its work was given to another.",
  retryable: true,
};
