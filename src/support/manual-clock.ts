import type { CancelTimer, Clock } from "./clock.ts";

interface ManualTimer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. Timers fire in order of due time, then of creation. */
export class ManualClock implements Clock {
  #elapsedMs = 0;
  #wallMs: number;
  #created = 0;
  readonly #timers = new Set<ManualTimer>();

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#wallMs = startMs;
  }

  now(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    const timer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#created++, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many timers wait. A test that expects none finds leaks with it. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Sets the wall clock as an administrator would: no timer notices. */
  stepWall(byMs: number): void {
    this.#wallMs += byMs;
  }

  /**
   * Moves time on and runs what falls due, letting promises settle before, between and after, so that a chain
   * of sleeps inside the span runs as it would in real time.
   */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#elapsedMs + byMs;
    await settlePromises();
    for (let next = this.#nextDue(endMs); next !== undefined; next = this.#nextDue(endMs)) {
      this.#timers.delete(next);
      this.#moveTo(next.dueMs);
      next.callback();
      await settlePromises();
    }
    this.#moveTo(endMs);
  }

  #moveTo(elapsedMs: number): void {
    this.#wallMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }

  #nextDue(endMs: number): ManualTimer | undefined {
    let next: ManualTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > endMs) continue;
      if (
        next === undefined ||
        timer.dueMs < next.dueMs ||
        (timer.dueMs === next.dueMs && timer.order < next.order)
      )
        next = timer;
    }
    return next;
  }
}

/** One turn of the event loop: every promise chain that needs no I/O has run to its end after it. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
