/** EC2's throttling: a bucket that fills at a rate up to its size. */
export class Bucket {
  readonly #size: number;
  readonly #perSecond: number;
  #tokens: number;
  #atMs: number | null = null;

  constructor(size: number, perSecond: number) {
    this.#size = size;
    this.#perSecond = perSecond;
    this.#tokens = size;
  }

  take(nowMs: number): boolean {
    const elapsedMs = nowMs - (this.#atMs ?? nowMs);
    this.#atMs = nowMs;
    this.#tokens = Math.min(this.#size, this.#tokens + (elapsedMs / 1_000) * this.#perSecond);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
