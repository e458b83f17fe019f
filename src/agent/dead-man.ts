/**
 * Ends a rented machine whose controller is gone. It is fed by authenticated traffic alone, so that whoever knocks at
 * the port without a key cannot keep the machine running at somebody's cost.
 */
import type { CancelTimer, Clock } from "../support/clock.ts";

export interface DeadManOptions {
  readonly clock: Clock;
  /** Silence after which the machine ends. */
  readonly idleMs: number;
  /** From the start, in any case; null: no such limit. */
  readonly lifetimeMs: number | null;
  /** Once. */
  readonly onExpire: (why: "idle" | "lifetime") => void;
  /** With every meal, but not more often than every `FED_EVERY_MS`: a timer outside of this process is fed by it. */
  readonly onFed?: () => void;
}

const FED_EVERY_MS = 1000;

export class DeadMan {
  readonly #options: DeadManOptions;
  readonly #startedMs: number;
  #fedMs: number;
  #toldMs = Number.NEGATIVE_INFINITY;
  #cancel: CancelTimer = () => {};

  constructor(options: DeadManOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonicMs();
    this.#fedMs = this.#startedMs;
    this.#wait();
  }

  feed(): void {
    this.#fedMs = this.#options.clock.monotonicMs();
    if (this.#fedMs - this.#toldMs < FED_EVERY_MS) return;
    this.#toldMs = this.#fedMs;
    this.#options.onFed?.();
  }

  get remainingMs(): number {
    const { clock, idleMs, lifetimeMs } = this.#options;
    const endMs = Math.min(this.#fedMs + idleMs, this.#startedMs + (lifetimeMs ?? Number.POSITIVE_INFINITY));
    return Math.max(0, endMs - clock.monotonicMs());
  }

  stop(): void {
    this.#cancel();
  }

  /** One timer that looks again when it fires: feeding is for every piece of every body and must cost nothing. */
  #wait(): void {
    this.#cancel = this.#options.clock.after(this.remainingMs, () => {
      if (this.remainingMs > 0) this.#wait();
      else this.#options.onExpire(this.#isIdle() ? "idle" : "lifetime");
    });
  }

  #isIdle(): boolean {
    return this.#options.clock.monotonicMs() - this.#fedMs >= this.#options.idleMs;
  }
}
