import { sleep } from "../../support/abort.ts";
import type { Clock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { Random } from "../../support/random.ts";

export interface Patience {
  readonly clock: Clock;
  readonly random: Random;
  /** How long a database may be away before its error is the caller's. */
  readonly patienceMs: number;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Asks again while the database is away or two transactions collide. Right for statements that may be done twice:
 * all of the queue's compare and set, and an answer that was lost with its connection comes out as "stale", "already
 * there", or as a lease that nobody holds and that runs out.
 */
export async function withPatience<Result>(patience: Patience, ask: () => Promise<Result>): Promise<Result> {
  const { clock, random, patienceMs } = patience;
  const giveUpMs = clock.monotonicMs() + patienceMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await ask();
    } catch (error) {
      const worthIt = error instanceof ReelburstError && error.retryable;
      if (!worthIt || clock.monotonicMs() + pauseMs > giveUpMs) throw error;
      await sleep(pauseMs * (0.5 + random() / 2), { clock });
    }
  }
}
