/**
 * Time comes in from outside, so that leases, backoff and collection can be tested on virtual time.
 *
 * Two readings, because they answer different questions: `now` stamps records and is compared with file times
 * (it may step when the administrator or NTP sets the clock); `monotonicMs` measures spans and never steps, so
 * a clock set back an hour neither expires a lease nor keeps one alive.
 */
export interface Clock {
  /** Wall time, milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds since an arbitrary start; only differences mean anything. */
  monotonicMs(): number;
  /** Calls `callback` once, at least `delayMs` from now. Returns a function that takes it back. */
  after(delayMs: number, callback: () => void): CancelTimer;
}

export type CancelTimer = () => void;

/** Node fires at once when asked for more than this (a signed 32-bit number of milliseconds, 24.8 days). */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    let timer: NodeJS.Timeout;
    const arm = (remainingMs: number): void => {
      const waitMs = Math.min(Math.max(0, remainingMs), MAX_TIMER_MS);
      timer = setTimeout(() => {
        if (remainingMs > waitMs) arm(remainingMs - waitMs);
        else callback();
      }, waitMs);
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};
