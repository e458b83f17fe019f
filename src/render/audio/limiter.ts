/**
 * A look-ahead limiter for true peaks. The gain needed at each sample is known 5 ms before it is due: its sliding
 * minimum, released exponentially and averaged over the same 5 ms, arrives exactly in time and has no corner,
 * so nothing clips and nothing clicks. FFmpeg's `alimiter` looks at sample peaks only and would have to run on
 * an oversampled copy of the whole film.
 */
import { OVERSHOOT_BOUND, samplePeak, TAPS_AFTER, TAPS_BEFORE, truePeakAt } from "./true-peak.ts";

/** 5 ms. */
const RAMP_SAMPLES = 240;
/** The ramp's first and last entry both see the peak they lead to. */
const WINDOW = RAMP_SAMPLES + 1;
const RELEASE_SAMPLES = 0.08 * 48_000;
/** Output lags the input by this many samples. */
export const LIMITER_DELAY_SAMPLES = RAMP_SAMPLES + TAPS_AFTER;

/** Takes and gives interleaved stereo blocks; feed `LIMITER_DELAY_SAMPLES` of silence to get the end out. */
export class TruePeakLimiter {
  readonly #ceiling: number;
  readonly #release = 1 - Math.exp(-1 / RELEASE_SAMPLES);
  /** Input still needed: TAPS_BEFORE of context, then what has not been given out, then the new block. */
  #input: Float32Array = new Float32Array((TAPS_BEFORE + LIMITER_DELAY_SAMPLES) * 2);
  /** Sliding minimum: a queue of (index, gain) with rising gains, in a ring. */
  readonly #queueIndex = new Float64Array(512);
  readonly #queueGain = new Float64Array(512);
  #queueHead = 0;
  #queueTail = 0;
  readonly #ramp = new Float64Array(RAMP_SAMPLES).fill(1);
  #rampSum = RAMP_SAMPLES;
  #rampAt = 0;
  /** Entries of the ramp below 1; at 0 the signal passes bit for bit. */
  #rampActive = 0;
  #held = 1;
  #previousNeed = 1;
  #index = 0;

  /** @param ceiling linear true peak that the output keeps under */
  constructor(ceiling: number) {
    this.#ceiling = ceiling;
  }

  /** Replaces `block[0..count)` by the signal of `LIMITER_DELAY_SAMPLES` samples ago, limited. */
  process(block: Float32Array, count: number): void {
    const history = TAPS_BEFORE + LIMITER_DELAY_SAMPLES;
    const total = history + count;
    if (this.#input.length < total * 2) {
      const larger = new Float32Array(total * 2);
      larger.set(this.#input.subarray(0, history * 2));
      this.#input = larger;
    }
    const input = this.#input;
    input.set(block.subarray(0, count * 2), history * 2);
    // The newest position whose interpolation is complete.
    const firstKnown = history - TAPS_AFTER;
    const step = 32;
    for (let from = 0; from < count; from += step) {
      const to = Math.min(count, from + step);
      const low = (firstKnown + from - TAPS_BEFORE) * 2;
      const high = (firstKnown + to + TAPS_AFTER) * 2;
      const quiet = samplePeak(input, low, high) * OVERSHOOT_BOUND <= this.#ceiling;
      for (let i = from; i < to; i++) {
        const peak = quiet ? 0 : truePeakAt(input, firstKnown + i);
        const gain = this.#nextGain(peak > this.#ceiling ? this.#ceiling / peak : 1);
        // This sample is RAMP_SAMPLES older than the newest known peak.
        const source = (TAPS_BEFORE + i) * 2;
        block[i * 2] = (input[source] as number) * gain;
        block[i * 2 + 1] = (input[source + 1] as number) * gain;
      }
    }
    input.copyWithin(0, count * 2, total * 2);
  }

  #nextGain(need: number): number {
    const index = this.#index++;
    // A peak between two samples binds both of them.
    const both = Math.min(need, this.#previousNeed);
    this.#previousNeed = need;
    if (both >= 1 && this.#held >= 1 && this.#rampActive === 0 && this.#queueHead === this.#queueTail)
      return 1;
    const minimum = this.#slide(index, both);
    const held = this.#held + (1 - this.#held) * this.#release;
    // Exponential release never arrives; the last 0.0009 dB are given at once.
    this.#held = Math.min(minimum, held > 0.9999 ? 1 : held);
    const leaving = this.#ramp[this.#rampAt] as number;
    this.#ramp[this.#rampAt] = this.#held;
    this.#rampAt = (this.#rampAt + 1) % RAMP_SAMPLES;
    this.#rampSum += this.#held - leaving;
    this.#rampActive += (this.#held < 1 ? 1 : 0) - (leaving < 1 ? 1 : 0);
    if (this.#rampActive === 0) this.#rampSum = RAMP_SAMPLES;
    return this.#rampActive === 0 ? 1 : this.#rampSum / RAMP_SAMPLES;
  }

  /** Minimum of the last WINDOW needs. Needs of 1 are not queued: an empty queue means 1. */
  #slide(index: number, need: number): number {
    const mask = this.#queueIndex.length - 1;
    while (
      this.#queueHead !== this.#queueTail &&
      (this.#queueIndex[this.#queueHead] as number) <= index - WINDOW
    ) {
      this.#queueHead = (this.#queueHead + 1) & mask;
    }
    if (need < 1) {
      while (
        this.#queueHead !== this.#queueTail &&
        (this.#queueGain[(this.#queueTail - 1) & mask] as number) >= need
      ) {
        this.#queueTail = (this.#queueTail - 1) & mask;
      }
      this.#queueIndex[this.#queueTail] = index;
      this.#queueGain[this.#queueTail] = need;
      this.#queueTail = (this.#queueTail + 1) & mask;
    }
    return this.#queueHead === this.#queueTail ? 1 : (this.#queueGain[this.#queueHead] as number);
  }
}
