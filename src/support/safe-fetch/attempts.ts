import { sleep } from "../abort.ts";
import type { Clock } from "../clock.ts";
import { ReelburstError } from "../errors.ts";
import type { Random } from "../random.ts";
import type { AttemptOptions, SafeResponse } from "./contract.ts";
import { statusError } from "./fetch-errors.ts";

const DEFAULT_ATTEMPTS = 4;
const BASE_DELAY_MS = 500;
const MAX_DELAY_MS = 20_000;
/** A server that wants more patience than this is told as a failure: the caller has better things to hold open. */
const MAX_RETRY_AFTER_MS = 60_000;

/** An answer that was not a success. */
class StatusError extends ReelburstError {
  /** What the server asked for; null when nothing. */
  readonly retryAfterMs: number | null;

  constructor(error: ReelburstError, retryAfterMs: number | null) {
    super(error.code, error.message, error);
    this.retryAfterMs = retryAfterMs;
  }
}

/** @throws ReelburstError for every answer that is not 2xx (nor 304 to a condition); the answer is let go. */
export function requireSuccess(response: SafeResponse, now: number): void {
  const error = response.status === 304 ? null : statusError(response.url, response.status);
  if (error === null) return;
  response.discard();
  throw new StatusError(error, parseRetryAfter(response.headers["retry-after"], now));
}

/** Seconds, or a date. Milliseconds from `now`, never negative; null when it is neither. */
export function parseRetryAfter(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  if (/^\s*\d+\s*$/.test(text)) return Number(text) * 1000;
  const date = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

export interface AttemptTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal | undefined;
}

/** Does `work` again while its errors say that this may help: full jitter, but never sooner than the server asked for. */
export async function withAttempts<Result>(
  work: () => Promise<Result>,
  { attempts = DEFAULT_ATTEMPTS, onRetry }: AttemptOptions,
  { clock, random, signal }: AttemptTools,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ReelburstError) || !error.retryable || attempt >= attempts) throw error;
      const asked = error instanceof StatusError ? (error.retryAfterMs ?? 0) : 0;
      if (asked > MAX_RETRY_AFTER_MS) throw error;
      const ceiling = Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (attempt - 1));
      const delayMs = asked + Math.floor(random() * (ceiling + 1));
      onRetry?.(error, delayMs);
      await sleep(delayMs, { signal, clock });
    }
  }
}
