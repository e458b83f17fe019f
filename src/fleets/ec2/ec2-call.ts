import { sleep } from "../../support/abort.ts";
import type { Clock } from "../../support/clock.ts";
import type { Random } from "../../support/random.ts";
import { isTransient, toError } from "./ec2-error.ts";

export interface CallContext {
  readonly clock: Clock;
  readonly random: Random;
}

const TRIES = 5;
const FIRST_WAIT_MS = 500;

/**
 * Calls that may be repeated, repeated on what passes: throttling, 5xx, no answer, a clock that was wrong. Full jitter,
 * so that a hundred machines that were refused together do not come back together.
 * @throws {ReelburstError} the last failure.
 */
export async function callAgain<T>(
  { clock, random }: CallContext,
  call: () => Promise<T>,
  {
    signal,
    worthIt = isTransient,
  }: { readonly signal?: AbortSignal | undefined; worthIt?: (thrown: unknown) => boolean } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (thrown) {
      if (attempt === TRIES || !worthIt(thrown)) throw toError(thrown);
      await sleep(Math.floor(random() * FIRST_WAIT_MS * 2 ** attempt), { clock, signal });
    }
  }
}
