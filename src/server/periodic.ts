import type { Clock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";

/** Does `work` now and then every `periodMs`, counted from its end. @returns stops it, and waits for what is going on */
export function periodically(
  clock: Clock,
  periodMs: number,
  work: () => Promise<void>,
  onTrouble: (error: ReelburstError) => void,
): () => Promise<void> {
  let stopped = false;
  let cancel = (): void => {};
  let running: Promise<void> = Promise.resolve();
  const turn = (): void => {
    running = work()
      .catch((error: unknown) => onTrouble(ReelburstError.from(error)))
      .finally(() => {
        if (!stopped) cancel = clock.after(periodMs, turn);
      });
  };
  turn();
  return async () => {
    stopped = true;
    cancel();
    await running;
  };
}
