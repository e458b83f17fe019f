/** Token buckets, one for each caller. Pure of clocks: the time comes with each call. */
export class RateLimiter {
  readonly #perMinute: number;
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** @returns 0 when the request may pass, else the seconds to wait */
  take(caller: string, nowMs: number): number {
    const bucket = this.#buckets.get(caller) ?? { tokens: this.#perMinute, atMs: nowMs };
    const perMs = this.#perMinute / 60_000;
    const tokens = Math.min(this.#perMinute, bucket.tokens + Math.max(0, nowMs - bucket.atMs) * perMs);
    const passes = tokens >= 1;
    this.#buckets.set(caller, { tokens: passes ? tokens - 1 : tokens, atMs: nowMs });
    // A bucket that nobody touched for a minute is full again and need not be remembered.
    if (this.#buckets.size > 10_000) {
      for (const [name, { atMs }] of this.#buckets) if (atMs < nowMs - 60_000) this.#buckets.delete(name);
    }
    return passes ? 0 : Math.ceil((1 - tokens) / perMs / 1000);
  }
}
