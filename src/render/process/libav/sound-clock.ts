/** Keeps decoded sound to the clock of its file, for sound that belongs to a picture. */
import { AV_NOPTS_VALUE } from "node-av/constants";
import type { Frame } from "node-av/lib";
import type { Fraction } from "../../../spec/production.ts";
import { SOUND_SAMPLE_RATE } from "../../audio/sound-plan.ts";

/** Time stamps that run ahead of the samples by more are a gap in the recording, not rounding. */
const GAP_SECONDS = 0.04;
const SILENCE_BLOCK_SAMPLES = SOUND_SAMPLE_RATE;

export class SoundClock {
  /** Samples of silence put in, less those left out. */
  shiftedSamples = 0;
  /** Where the first sample given out stands. */
  readonly #originSeconds: number;
  /** When the next decoded frame is due; null before the first. */
  #dueSeconds: number | null = null;
  #silence = 0;
  #skip = 0;

  constructor(originSeconds: number) {
    this.#originSeconds = originSeconds;
  }

  get owesSilence(): boolean {
    return this.#silence > 0;
  }

  /** Silence that is due before the frame last seen, some at a time; null when none is. */
  takeSilence(): Float32Array | null {
    if (this.#silence === 0) return null;
    const count = Math.min(this.#silence, SILENCE_BLOCK_SAMPLES);
    this.#silence -= count;
    return new Float32Array(count * 2);
  }

  /** How many of the next `count` samples stand before the origin. */
  takeSkip(count: number): number {
    const skipped = Math.min(this.#skip, count);
    this.#skip -= skipped;
    return skipped;
  }

  /** Compares a frame's time stamp with the samples so far. */
  see(frame: Frame, timeBase: Fraction): void {
    const due = this.#dueSeconds ?? this.#originSeconds;
    const at = frame.pts === AV_NOPTS_VALUE ? due : (Number(frame.pts) * timeBase.num) / timeBase.den;
    const isFirst = this.#dueSeconds === null;
    const jumps = isFirst || at - due > GAP_SECONDS;
    if (jumps) {
      const shift = Math.round((at - due) * SOUND_SAMPLE_RATE);
      this.shiftedSamples += shift;
      // A gap before the origin is left out like the sound around it.
      const unheard = Math.min(this.#skip, Math.max(0, shift));
      this.#skip += shift < 0 ? -shift : -unheard;
      this.#silence = Math.max(0, shift) - unheard;
    }
    this.#dueSeconds = (jumps ? at : due) + frame.nbSamples / frame.sampleRate;
  }
}
