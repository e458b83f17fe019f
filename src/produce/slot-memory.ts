/**
 * Memory of the slots that all productions of a process share. A render of its own chooses its number of slots by what
 * its film needs; here films of all sizes come to the same slots, and a large one takes the room of several.
 */
import { abortError, whenAborted } from "../support/abort.ts";

/**
 * What a slot needs at its worst, a cross-fade of two large pictures: 540 MB at 1080p, 1.9 GB at 8k (1.44 GB were
 * seen there).
 */
export function bytesPerSlot({ width, height }: { readonly width: number; readonly height: number }): number {
  return 450e6 + 45 * width * height;
}

export class SlotMemory {
  readonly #totalBytes: number;
  readonly #waiting: (() => void)[] = [];
  #takenBytes = 0;

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /**
   * In order of arrival. What is larger than all there is gets all of it, alone.
   * @returns a function that gives it back
   * @throws ReelburstError the signal's reason
   */
  async take(
    format: { readonly width: number; readonly height: number },
    signal: AbortSignal,
  ): Promise<() => void> {
    const bytes = Math.min(bytesPerSlot(format), this.#totalBytes);
    await new Promise<void>((resolve, reject) => {
      let stop = (): void => {};
      const look = (): void => {
        if (this.#takenBytes + bytes > this.#totalBytes) return;
        this.#takenBytes += bytes;
        this.#waiting.shift();
        stop();
        resolve();
        this.#next();
      };
      this.#waiting.push(look);
      if (this.#waiting[0] === look) look();
      if (!this.#waiting.includes(look)) return;
      stop = whenAborted(signal, () => {
        this.#waiting.splice(this.#waiting.indexOf(look), 1);
        reject(abortError(signal));
        this.#next();
      });
    });
    return () => {
      this.#takenBytes -= bytes;
      this.#next();
    };
  }

  /** Whoever has waited longest, so that a large one is not passed by for ever. */
  #next(): void {
    this.#waiting[0]?.();
  }
}
