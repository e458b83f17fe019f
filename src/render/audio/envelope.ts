/**
 * A sound's level over time, coarse enough to keep and fine enough to tell one narration from another, or from itself
 * moved by a syllable.
 */
import { type Envelope, SOUND_SAMPLE_RATE } from "./sound-plan.ts";

/** 50 ms: a syllable is four of them. An hour is 72 kB. */
export const ENVELOPE_WINDOW_SAMPLES = SOUND_SAMPLE_RATE / 20;
/**
 * Samples are summed before they are squared: what is left is mostly below 2 kHz. Coders drop treble as they please,
 * and by whole decibels of a hiss; the syllables of a voice stand below.
 */
const SUMMED_SAMPLES = 24;
const STEPS_PER_DB = 2;
const FLOOR_DB = -100;
/** Below this a coder may do as it likes: nobody hears the difference. */
const HEARD_DB = -50;
/** One window may differ without end (silence against a click); the mean must not hang on it. */
const MOST_DB = 20;
/** 5 s: long enough for a mean, short enough that one wrong scene does not vanish among many right ones. */
const STRETCH_WINDOWS = 100;
/** Fewer audible windows say nothing. */
const LEAST_WINDOWS = 10;
/** 1 s either way. */
const MOST_LAG = 20;

export class EnvelopeMeter {
  readonly #levels: number[] = [];
  #left = 0;
  #right = 0;
  #squares = 0;
  #count = 0;

  /** @param frames samples a channel; with stride 2 and one array, interleaved stereo */
  push(left: Float32Array, right: Float32Array, stride: number, from: number, frames: number): void {
    for (let frame = from; frame < from + frames; frame++) {
      this.#left += left[frame * stride] as number;
      this.#right += right[frame * stride + stride - 1] as number;
      if (++this.#count % SUMMED_SAMPLES !== 0) continue;
      this.#squares += this.#left * this.#left + this.#right * this.#right;
      this.#left = 0;
      this.#right = 0;
      if (this.#count === ENVELOPE_WINDOW_SAMPLES) this.#close();
    }
  }

  /** The last, unfinished window is left out. */
  finish(): Envelope {
    return Buffer.from(this.#levels).toString("base64");
  }

  #close(): void {
    const db = 10 * Math.log10(this.#squares / (2 * ENVELOPE_WINDOW_SAMPLES * SUMMED_SAMPLES));
    this.#levels.push(Math.min(255, Math.max(0, Math.round((db - FLOOR_DB) * STEPS_PER_DB))));
    this.#squares = 0;
    this.#count = 0;
  }
}

export interface EnvelopeDifference {
  /** Of the 5 s that differ most: the mean difference of their audible windows, and where they begin. */
  readonly worstDb: number;
  readonly worstAtSeconds: number;
  /** What the sound would have to be moved by to fit clearly better; 0 when it stands where it belongs. */
  readonly lagSeconds: number;
}

export function compareEnvelopes(seen: Envelope, expected: Envelope): EnvelopeDifference {
  const [a, b] = [Buffer.from(seen, "base64"), Buffer.from(expected, "base64")];
  let [worstDb, worstAt] = [0, 0];
  for (let start = 0; start < b.length; start += STRETCH_WINDOWS) {
    const { meanDb, windows } = meanDifference(a, b, 0, start, start + STRETCH_WINDOWS);
    if (windows >= Math.min(LEAST_WINDOWS, b.length) && meanDb > worstDb)
      [worstDb, worstAt] = [meanDb, start];
  }
  const whole = (lag: number): number => meanDifference(a, b, lag, MOST_LAG, b.length - MOST_LAG).meanDb;
  const here = whole(0);
  let [best, bestLag] = [here, 0];
  for (let lag = -MOST_LAG; lag <= MOST_LAG; lag++) {
    const there = whole(lag);
    if (there < best) [best, bestLag] = [there, lag];
  }
  const moved = best < here / 2 && here - best > 0.5;
  const seconds = (windows: number): number => (windows * ENVELOPE_WINDOW_SAMPLES) / SOUND_SAMPLE_RATE;
  return { worstDb, worstAtSeconds: seconds(worstAt), lagSeconds: moved ? seconds(bestLag) : 0 };
}

/** Windows of `b` in [start, end) against those of `a` that stand `lag` later. */
function meanDifference(
  a: Uint8Array,
  b: Uint8Array,
  lag: number,
  start: number,
  end: number,
): { meanDb: number; windows: number } {
  const heard = (HEARD_DB - FLOOR_DB) * STEPS_PER_DB;
  let sum = 0;
  let windows = 0;
  for (let at = Math.max(0, start); at < Math.min(end, b.length); at++) {
    // What is missing counts as silence; the film's length is looked at elsewhere.
    const x = a[at + lag] ?? 0;
    const y = b[at] as number;
    if (Math.max(x, y) < heard) continue;
    sum += Math.min(MOST_DB, Math.abs(Math.max(x, heard) - Math.max(y, heard)) / STEPS_PER_DB);
    windows += 1;
  }
  return { meanDb: windows === 0 ? 0 : sum / windows, windows };
}
