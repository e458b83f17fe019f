import type { Random } from "../support/random.ts";

/** When and how often a failed job is tried again. Plain data: it is stored with the job. */
export interface RetryPolicy {
  /** Retries after the first attempt; 2 means at most three attempts. 0: never. */
  readonly limit: number;
  /** Longest possible wait after the first failed attempt. */
  readonly baseDelayMs: number;
  /** What that wait is multiplied by after each further attempt; 1 keeps it fixed. */
  readonly factor: number;
  /** No wait is longer than this. */
  readonly maxDelayMs: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  limit: 2,
  baseDelayMs: 1_000,
  factor: 2,
  maxDelayMs: 60_000,
};

export type RetryDecision = { readonly retry: false } | { readonly retry: true; readonly delayMs: number };

/**
 * What becomes of a job whose attempt failed.
 * @param attempt number of the attempt that failed, from 1.
 * @param retryable whether another attempt could end differently.
 */
export function decideRetry(
  policy: RetryPolicy,
  attempt: number,
  retryable: boolean,
  random: Random,
): RetryDecision {
  if (!retryable || attempt > policy.limit) return { retry: false };
  return { retry: true, delayMs: retryDelayMs(policy, attempt, random) };
}

/**
 * Full jitter: uniform between 0 and the ceiling. Jobs that failed together (a machine died, a service went away)
 * come back spread out; half jitter, the usual alternative, still leaves a second wave at half the ceiling.
 * Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: Random): number {
  return Math.floor(random() * (retryCeilingMs(policy, attempt) + 1));
}

/** Longest wait after attempt number `attempt` (from 1) failed. */
export function retryCeilingMs(policy: RetryPolicy, attempt: number): number {
  const grown = policy.baseDelayMs * policy.factor ** (attempt - 1);
  // Infinity (a huge attempt) and NaN (0 times Infinity) both end here.
  return Math.floor(Math.min(policy.maxDelayMs, Number.isNaN(grown) ? 0 : grown));
}
