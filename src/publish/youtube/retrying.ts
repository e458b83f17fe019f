import { sleep } from "../../support/abort.ts";
import type { Clock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { Random } from "../../support/random.ts";
import { YouTubeError } from "./api-error.ts";

const BASE_MS = 1000;
const MAX_MS = 64_000;
/** Who asks for more is told as a failure: the next run goes on where this one stopped. */
const MAX_ASKED_MS = 5 * 60_000;

export interface Patience {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Failures in a row without progress before the last one is thrown. */
  readonly attempts: number;
  readonly onRetry: (error: ReelburstError, delayMs: number) => void;
}

/** Waits before another attempt, or throws: full jitter, doubled each time, never sooner than the server asked for. */
export async function waitOrThrow(error: unknown, failures: number, patience: Patience): Promise<void> {
  if (!(error instanceof ReelburstError) || !error.retryable || failures >= patience.attempts) throw error;
  const askedMs = error instanceof YouTubeError ? error.retryAfterMs : 0;
  if (askedMs > MAX_ASKED_MS) throw error;
  const ceilingMs = Math.min(MAX_MS, BASE_MS * 2 ** (failures - 1));
  const delayMs = askedMs + Math.floor(patience.random() * (ceilingMs + 1));
  patience.onRetry(error, delayMs);
  await sleep(delayMs, { signal: patience.signal, clock: patience.clock });
}

/** For requests that may be sent twice without harm. */
export async function retrying<Result>(work: () => Promise<Result>, patience: Patience): Promise<Result> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      await waitOrThrow(error, failures, patience);
    }
  }
}
