/** One pass over a music file: how loud it is and where its sound begins and ends. */
import { LoudnessMeter } from "./loudness.ts";
import { type AudibleRange, LOOP_SILENCE_PEAK } from "./music-bed.ts";
import { samplePeak } from "./true-peak.ts";

export class MusicScan {
  readonly #meter = new LoudnessMeter();
  #start = -1;
  #end = 0;
  #position = 0;

  /** Interleaved stereo blocks, in order. */
  push(samples: Float32Array, count: number): void {
    this.#meter.push(samples, count);
    if (samplePeak(samples, 0, count * 2) > LOOP_SILENCE_PEAK) {
      if (this.#start < 0) this.#start = this.#position + firstLoud(samples, count);
      this.#end = this.#position + lastLoud(samples, count) + 1;
    }
    this.#position += count;
  }

  loudness(): number | null {
    return this.#meter.integrated();
  }

  audible(): AudibleRange {
    return this.#start < 0 ? { start: 0, end: 0 } : { start: this.#start, end: this.#end };
  }
}

function isLoud(samples: Float32Array, sample: number): boolean {
  return samplePeak(samples, sample * 2, sample * 2 + 2) > LOOP_SILENCE_PEAK;
}

function firstLoud(samples: Float32Array, count: number): number {
  let sample = 0;
  while (sample < count - 1 && !isLoud(samples, sample)) sample++;
  return sample;
}

function lastLoud(samples: Float32Array, count: number): number {
  let sample = count - 1;
  while (sample > 0 && !isLoud(samples, sample)) sample--;
  return sample;
}
