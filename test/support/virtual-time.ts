import type { CancelTimer, Clock } from "../../src/support/clock.ts";

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that jumps to the next timer whenever nothing else is going on. Unlike `ManualClock`, it waits for requests:
 * `busy` says how many are under way, over a real socket or not.
 */
export class VirtualTime implements Clock {
  #elapsedMs = 0;
  #wallOffsetMs: number;
  #order = 0;
  #busy = 0;
  readonly #timers = new Set<Timer>();
  readonly #quietTurns: number;

  constructor({ startMs = Date.UTC(2026, 10, 21), quietTurns = 6 } = {}) {
    this.#wallOffsetMs = startMs;
    this.#quietTurns = quietTurns;
  }

  now(): number {
    return this.#wallOffsetMs + this.#elapsedMs;
  }

  /** Time as the cloud has it: nobody sets its clock. */
  readonly trueNow = (): number => Date.UTC(2026, 10, 21) + this.#elapsedMs;

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    const timer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  stepWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Counts the requests of an SDK handler. */
  counting<H extends object>(handler: H): H {
    const { handle } = handler as { handle: (...all: unknown[]) => Promise<unknown> };
    const counted = async (...all: unknown[]): Promise<unknown> => {
      this.#busy++;
      try {
        return await handle.apply(handler, all);
      } finally {
        this.#busy--;
      }
    };
    return Object.assign(Object.create(handler) as H, { handle: counted });
  }

  /** Lets time pass until `work` has come to its end. @throws RangeError after `limitMs` of virtual time. */
  async run<T>(work: Promise<T>, limitMs = 7 * 24 * 3_600_000): Promise<T> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    work.then(over, over);
    const endMs = this.#elapsedMs + limitMs;
    let idleTurns = 0;
    for (;;) {
      await this.#quiet();
      if (isOver) return work;
      const next = this.#next();
      if (next === undefined) {
        // The SDK loads parts of itself at its first call: that is neither a timer nor a request.
        if (++idleTurns > 2_000) throw new RangeError("Nothing is going to happen any more.");
        await new Promise((resolve) => setTimeout(resolve, 2));
        continue;
      }
      if (next.dueMs > endMs) throw new RangeError("It takes too long.");
      idleTurns = 0;
      this.#fire(next);
    }
  }

  /** Lets so much time pass, with everything that falls due. */
  async pass(byMs: number): Promise<void> {
    const endMs = this.#elapsedMs + byMs;
    await this.#quiet();
    for (let next = this.#next(); next !== undefined && next.dueMs <= endMs; next = this.#next()) {
      this.#fire(next);
      await this.#quiet();
    }
    this.#elapsedMs = endMs;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueMs);
    timer.callback();
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (
        next === undefined ||
        timer.dueMs < next.dueMs ||
        (timer.dueMs === next.dueMs && timer.order < next.order)
      ) {
        next = timer;
      }
    }
    return next;
  }

  async #quiet(): Promise<void> {
    for (let turns = 0; turns < this.#quietTurns; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#busy > 0) turns = -1;
    }
  }
}
