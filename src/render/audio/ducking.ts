/**
 * How loud music may be at each moment: 19 dB under the voice while someone speaks, 12 dB under it in pauses
 * of more than a second. Computed over the whole film before mixing, so the music makes room before a word
 * begins; a side-chain compressor (FFmpeg's `sidechaincompress`) reacts after it, and pumps between words.
 */
import { fromDecibels } from "./levels.ts";
import { raisedCosine } from "./voice.ts";

/** 10 ms. */
export const DUCK_HOP_SAMPLES = 480;
const UNDER_SPEECH_DB = 19;
const UNDER_SPEECH_IN_PAUSES_DB = 12;
/** The `volume` at which music sits exactly at these distances. */
const DEFAULT_MUSIC_VOLUME = 0.15;
/** Very quiet music is not blown up into noise. */
const MAX_MUSIC_GAIN_DB = 20;

const HOPS_PER_SECOND = 48_000 / DUCK_HOP_SAMPLES;
const LONG_PAUSE_HOPS = HOPS_PER_SECOND;
const ATTACK_HOPS = 0.15 * HOPS_PER_SECOND;
const RELEASE_HOPS = 0.6 * HOPS_PER_SECOND;
/** A hop this far under the speech's loudness is a breath or room tone. */
const ACTIVE_UNDER_SPEECH_DB = 20;
const ACTIVE_FLOOR_DB = -60;

/** Hops, end exclusive. */
interface SpeechSpan {
  readonly start: number;
  readonly end: number;
}

/** Collects the mean square of every 10 ms of the voices; 4 bytes a hop, 2.9 MB for two hours. */
export class SpeechLevels {
  readonly hops: Float32Array;
  #hop = 0;
  #filled = 0;
  #sum = 0;

  constructor(totalSamples: number) {
    this.hops = new Float32Array(Math.ceil(totalSamples / DUCK_HOP_SAMPLES));
  }

  /** Interleaved stereo blocks, in order. */
  push(samples: Float32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const left = samples[i * 2] as number;
      const right = samples[i * 2 + 1] as number;
      this.#sum += left * left + right * right;
      if (++this.#filled === DUCK_HOP_SAMPLES) this.#close();
    }
  }

  finish(): Float32Array {
    if (this.#filled > 0) this.#close();
    return this.hops;
  }

  #close(): void {
    this.hops[this.#hop++] = this.#sum / (2 * this.#filled);
    this.#sum = 0;
    this.#filled = 0;
  }
}

/** Where someone speaks. Pauses up to a second belong to the speech around them. */
export function findSpeech(hops: Float32Array, speechLufs: number | null): SpeechSpan[] {
  if (speechLufs === null) return [];
  const threshold = 10 ** (Math.max(ACTIVE_FLOOR_DB, speechLufs - ACTIVE_UNDER_SPEECH_DB) / 10);
  const spans: { start: number; end: number }[] = [];
  for (let hop = 0; hop < hops.length; hop++) {
    if ((hops[hop] as number) <= threshold) continue;
    const last = spans.at(-1);
    if (last !== undefined && hop - last.end <= LONG_PAUSE_HOPS) last.end = hop + 1;
    else spans.push({ start: hop, end: hop + 1 });
  }
  return spans;
}

/**
 * Gain at every hop boundary (one more than hops), relative to the level under speech: 1 while someone speaks,
 * up to 7 dB more in long pauses. Falls over the 150 ms before speech, rises over the 600 ms after it.
 */
export function duckCurve(spans: readonly SpeechSpan[], hopCount: number): Float32Array {
  const rise = UNDER_SPEECH_DB - UNDER_SPEECH_IN_PAUSES_DB;
  const decibels = new Float32Array(hopCount + 1).fill(rise);
  const lower = (hop: number, fraction: number) => {
    if (hop < 0 || hop > hopCount) return;
    decibels[hop] = Math.min(decibels[hop] as number, rise * raisedCosine(fraction));
  };
  for (const span of spans) {
    for (let k = 1; k <= ATTACK_HOPS; k++) lower(span.start - k, k / ATTACK_HOPS);
    for (let hop = span.start; hop <= span.end; hop++) lower(hop, 0);
    for (let k = 1; k <= RELEASE_HOPS; k++) lower(span.end + k, k / RELEASE_HOPS);
  }
  return decibels.map(fromDecibels);
}

/**
 * Linear gain that puts the music under the voice.
 *
 * @param speechLufs loudness of the narration; null without one: then `volume` is a plain gain
 * @param musicLufs loudness of the music file; null when it is too short or too quiet to say
 */
export function duckedMusicGain(volume: number, speechLufs: number | null, musicLufs: number | null): number {
  if (speechLufs === null || musicLufs === null) return volume;
  const gainDb = Math.min(MAX_MUSIC_GAIN_DB, speechLufs - UNDER_SPEECH_DB - musicLufs);
  return fromDecibels(gainDb) * (volume / DEFAULT_MUSIC_VOLUME);
}
