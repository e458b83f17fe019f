import type { Clock } from "../../support/clock.ts";

const FAILURES = 5;
const REST_MS = 60_000;

/**
 * Keeps a provider that is down from being asked again for each segment of a film: after five failures in a row it rests
 * for a minute, then one call is let through to see.
 */
export class Breaker {
  readonly #clock: Clock;
  #failures = 0;
  #openedAtMs: number | null = null;
  #trying = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True: make the call and tell how it went. */
  admit(): boolean {
    if (this.#openedAtMs === null) return true;
    if (this.#trying || this.#clock.monotonicMs() - this.#openedAtMs < REST_MS) return false;
    this.#trying = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openedAtMs = null;
    this.#trying = false;
  }

  failed(): void {
    this.#failures += 1;
    this.#trying = false;
    if (this.#failures >= FAILURES) this.#openedAtMs = this.#clock.monotonicMs();
  }

  /** The call ended in a way that says nothing about the provider's health. */
  undecided(): void {
    this.#trying = false;
  }
}
