/** Frames done, over chunks that advance, fail and start again. Time comes from outside. */

const WINDOW_MS = 8000;
/** Before this much is measured a speed says more about starting up than about rendering. */
const MIN_SECONDS = 2;
const MIN_FRAMES = 5;

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

  /**
   * Speed over the last seconds, so that the estimate follows what the machine does now. It is measured from the
   * first frames on: the processes' start is paid once and would be taken for slowness.
   */
  measure(): { fps: number | null; etaSeconds: number | null } {
    if (this.#samples.length === 0 && this.#sum <= 0) return { fps: null, etaSeconds: null };
    const now = this.#now();
    this.#samples.push({ at: now, frames: this.#sum });
    while (this.#samples.length > 2 && (this.#samples[1] as { at: number }).at < now - WINDOW_MS)
      this.#samples.shift();
    const oldest = this.#samples[0] as { at: number; frames: number };
    const seconds = (now - oldest.at) / 1000;
    const frames = this.#sum - oldest.frames;
    if (seconds < MIN_SECONDS || frames < MIN_FRAMES) return { fps: null, etaSeconds: null };
    const fps = frames / seconds;
    return { fps, etaSeconds: (this.framesTotal - this.framesRendered) / fps };
  }
}
