import type { Clock } from "../../support/clock.ts";

/** Keys in their order; one that was refused is left alone for a while. */
export class KeyRing {
  readonly #keys: readonly (string | null)[];
  readonly #readyAtMs: number[];
  readonly #clock: Clock;

  /** @param keys null: the provider needs none, and this ring never runs empty but by a limit of rate */
  constructor(keys: readonly string[] | null, clock: Clock) {
    this.#keys = keys ?? [null];
    this.#readyAtMs = this.#keys.map(() => Number.NEGATIVE_INFINITY);
    this.#clock = clock;
  }

  /** The first key that may be used now. */
  take(): { readonly index: number; readonly key: string | null } | null {
    const now = this.#clock.monotonicMs();
    const index = this.#readyAtMs.findIndex((ready) => ready <= now);
    return index < 0 ? null : { index, key: this.#keys[index] ?? null };
  }

  coolDown(index: number, forMs: number): void {
    const until = this.#clock.monotonicMs() + forMs;
    this.#readyAtMs[index] = Math.max(this.#readyAtMs[index] ?? 0, until);
  }

  /** How long until some key may be used; null when there is no key at all. */
  waitMs(): number | null {
    if (this.#keys.length === 0) return null;
    return Math.max(0, Math.min(...this.#readyAtMs) - this.#clock.monotonicMs());
  }
}
