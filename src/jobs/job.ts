import type { SerializedError } from "../support/errors.ts";
import type { RetryPolicy } from "./retry.ts";

/** What a job may carry: it must survive a database column unchanged. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

export interface NewJob {
  /** Which pool's executors may take it: "local", "ec2-spot". */
  readonly queue: string;
  /** What it belongs to, usually a production's id: the unit of fair share, of counting and of canceling. */
  readonly group: string;
  /** Its name within the group. Enqueuing the same key again changes nothing. */
  readonly key: string;
  /** Copied as JSON at once; keep it small and name large things by hash. */
  readonly data: JsonValue;
  /** Integer; higher goes first, across groups. Default 0. */
  readonly priority?: number;
  /** Missing fields come from `DEFAULT_RETRY_POLICY`. */
  readonly retry?: Partial<RetryPolicy>;
}

/**
 * The life of a job:
 *
 * ```text
 * queued ── fetch ──> active ── complete ───────────────> completed
 *   ^                   │ ├──── fail, out of tries ─────> failed
 *   │                   │ └──── fail or lost lease ──> retrying ── fetch, after its delay ──> active
 *   └──── release ──────┘       anything open ── cancel ─> canceled
 * ```
 */
export type JobStatus =
  | { readonly state: "queued" }
  | { readonly state: "active"; readonly workerId: string }
  /** Waits for its backoff delay. `error` is why. */
  | { readonly state: "retrying"; readonly error: SerializedError }
  | { readonly state: "completed"; readonly output: JsonValue }
  /** Not tried again: the error was not retryable, or the tries are used up. */
  | { readonly state: "failed"; readonly error: SerializedError }
  | { readonly state: "canceled" };

export type JobState = JobStatus["state"];

/** Nothing changes a job in one of these states any more. */
export function isFinal(state: JobState): boolean {
  switch (state) {
    case "completed":
    case "failed":
    case "canceled":
      return true;
    case "queued":
    case "active":
    case "retrying":
      return false;
  }
}

/** A job as it stands at the moment of asking. */
export type Job = JobStatus & {
  readonly id: string;
  readonly queue: string;
  readonly group: string;
  readonly key: string;
  readonly data: JsonValue;
  readonly priority: number;
  readonly retry: RetryPolicy;
  /** Attempts started and not given back by `release`. A lost lease counts. */
  readonly attempts: number;
};

/** How many jobs are in each state. */
export type JobCounts = Readonly<Record<JobState, number>>;

/** `open` jobs may still change; 0 means the group has come to its end. */
export function countOpen(counts: JobCounts): number {
  return counts.queued + counts.active + counts.retrying;
}
