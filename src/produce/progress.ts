/** Frames done, over chunks that advance, fail and start again. Time comes from outside. */

const WINDOW_MS = 8000;

export class RenderProgress {
  readonly framesTotal: number;
  readonly #cachedFrames: number;
  readonly #now: () => number;
  readonly #chunks = new Map<string, number>();
  readonly #samples: { at: number; frames: number }[] = [];
  #sum = 0;

  /** @param now milliseconds, monotonic */
  constructor(framesTotal: number, cachedFrames: number, now: () => number) {
    this.framesTotal = framesTotal;
    this.#cachedFrames = cachedFrames;
    this.#now = now;
    this.#samples.push({ at: now(), frames: 0 });
  }

  get framesRendered(): number {
    return this.#cachedFrames + this.#sum;
  }

  set(chunk: string, frames: number): void {
    this.#sum += frames - (this.#chunks.get(chunk) ?? 0);
    this.#chunks.set(chunk, frames);
  }

  of(chunk: string): number {
    return this.#chunks.get(chunk) ?? 0;
  }

  /** Speed over the last seconds, so that the estimate follows what the machine does now. */
  measure(): { fps: number | null; etaSeconds: number | null } {
    const now = this.#now();
    this.#samples.push({ at: now, frames: this.#sum });
    while (this.#samples.length > 2 && (this.#samples[1] as { at: number }).at < now - WINDOW_MS)
      this.#samples.shift();
    const oldest = this.#samples[0] as { at: number; frames: number };
    const seconds = (now - oldest.at) / 1000;
    const frames = this.#sum - oldest.frames;
    if (seconds < 0.2 || frames <= 0) return { fps: null, etaSeconds: null };
    const fps = frames / seconds;
    return { fps, etaSeconds: (this.framesTotal - this.framesRendered) / fps };
  }
}
