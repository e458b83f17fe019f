const WINDOW_MS = 4000;
/** Chunks report in bursts: a rate over less than this jumps about. */
const MIN_SPAN_MS = 500;

/** Frames per second over the last seconds, from running totals. */
export class RateMeter {
  #samples: { readonly atMs: number; readonly frames: number }[] = [];

  record(atMs: number, frames: number): void {
    const last = this.#samples.at(-1);
    // A retry starts over: the old samples say nothing about it.
    if (last !== undefined && frames < last.frames) this.#samples = [];
    this.#samples.push({ atMs, frames });
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? 0) < atMs - WINDOW_MS)
      this.#samples.shift();
  }

  /** Null until it can be told. */
  rate(): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.atMs - first.atMs < MIN_SPAN_MS) return null;
    return ((last.frames - first.frames) * 1000) / (last.atMs - first.atMs);
  }
}
