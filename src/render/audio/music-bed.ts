/** Music over the whole film: looped without a seam, faded at both ends, following a gain curve. */
import { DUCK_HOP_SAMPLES } from "./ducking.ts";
import type { PcmSource } from "./pcm-source.ts";
import type { MusicPlacement } from "./sound-plan.ts";
import { DECLICK_SAMPLES, raisedCosine } from "./voice.ts";

/** 50 ms: long enough to hide the change, short enough to keep a beat. */
export const LOOP_OVERLAP_SAMPLES = 2400;
/** Anything shorter than 100 ms would be a tone, not music. */
const SHORTEST_LOOP_SAMPLES = 4800;
/** What lies under -60 dBFS at the ends of the file is left out of a loop; it would be heard as a gap. */
export const LOOP_SILENCE_PEAK = 0.001;

/** The part of the file that sounds: first audible sample and the one after the last. */
export interface AudibleRange {
  readonly start: number;
  readonly end: number;
}

export interface MusicBed {
  /** Adds film samples `start..start+count` to `out`; `scratch` is as large as `out`. */
  add(start: number, count: number, out: Float32Array, scratch: Float32Array): void;
}

/**
 * @param gain linear, applied throughout
 * @param curve extra gain at every 10 ms boundary of the film, or null
 */
export function createMusicBed(
  placement: MusicPlacement,
  source: PcmSource,
  audible: AudibleRange,
  totalSamples: number,
  gain: number,
  curve: Float32Array | null,
): MusicBed {
  const loops =
    placement.loop &&
    placement.sampleCount < totalSamples &&
    audible.end - audible.start >= SHORTEST_LOOP_SAMPLES;
  const first = loops ? audible.start : 0;
  const length = loops ? audible.end - audible.start : placement.sampleCount;
  const overlap = loops ? Math.min(LOOP_OVERLAP_SAMPLES, length >> 2) : 0;
  // Every round but the last is followed by the next one `overlap` samples early.
  const period = length - overlap;
  const end = loops ? totalSamples : Math.min(totalSamples, length);
  const fadeIn = Math.max(DECLICK_SAMPLES, placement.fadeInSamples);
  const fadeOut = Math.max(DECLICK_SAMPLES, placement.fadeOutSamples);
  const crossfade = crossfadeGains(source, first, length, overlap);

  const readLooped = (start: number, count: number, into: Float32Array, tail: Float32Array) => {
    let done = 0;
    while (done < count) {
      const round = loops ? Math.floor((start + done) / period) : 0;
      const within = start + done - round * period;
      const step = Math.min(count - done, (loops ? period : length) - within);
      source.read(first + within, step, into, done);
      if (round > 0 && within < overlap) {
        const mixed = Math.min(step, overlap - within);
        source.read(first + period + within, mixed, tail, 0);
        for (let i = 0; i < mixed; i++) {
          const rising = crossfade.rising[within + i] as number;
          const falling = crossfade.falling[within + i] as number;
          const at = (done + i) * 2;
          into[at] = rising * (into[at] as number) + falling * (tail[i * 2] as number);
          into[at + 1] = rising * (into[at + 1] as number) + falling * (tail[i * 2 + 1] as number);
        }
      }
      done += step;
    }
  };

  const tail = new Float32Array(overlap * 2);
  return {
    add(start, count, out, scratch) {
      const used = Math.min(start + count, end) - start;
      if (used <= 0 || gain === 0) return;
      readLooped(start, used, scratch, tail);
      for (let i = 0; i < used; i++) {
        const at = start + i;
        let level = gain;
        if (curve !== null) level *= curveAt(curve, at);
        if (at < fadeIn) level *= raisedCosine((at + 0.5) / fadeIn);
        if (at >= end - fadeOut) level *= raisedCosine((end - at - 0.5) / fadeOut);
        out[i * 2] = (out[i * 2] as number) + level * (scratch[i * 2] as number);
        out[i * 2 + 1] = (out[i * 2 + 1] as number) + level * (scratch[i * 2 + 1] as number);
      }
    },
  };
}

function curveAt(curve: Float32Array, sample: number): number {
  const hop = Math.floor(sample / DUCK_HOP_SAMPLES);
  const fraction = sample / DUCK_HOP_SAMPLES - hop;
  const here = curve[hop] as number;
  return here + fraction * ((curve[hop + 1] as number) - here);
}

/**
 * Equal-power gains, corrected for how alike the two ends are: with correlation r the power of
 * a·cos + b·sin is 1 + r·sin 2θ, so a steady tone would swell by 3 dB in the middle of a plain equal-power fade.
 */
function crossfadeGains(
  source: PcmSource,
  first: number,
  length: number,
  overlap: number,
): { rising: Float32Array; falling: Float32Array } {
  const rising = new Float32Array(overlap);
  const falling = new Float32Array(overlap);
  if (overlap === 0) return { rising, falling };
  const head = new Float32Array(overlap * 2);
  const tail = new Float32Array(overlap * 2);
  source.read(first, overlap, head, 0);
  source.read(first + length - overlap, overlap, tail, 0);
  let product = 0;
  let headPower = 0;
  let tailPower = 0;
  for (let i = 0; i < head.length; i++) {
    const a = head[i] as number;
    const b = tail[i] as number;
    product += a * b;
    headPower += a * a;
    tailPower += b * b;
  }
  const correlation = headPower * tailPower > 0 ? Math.max(0, product / Math.sqrt(headPower * tailPower)) : 0;
  for (let i = 0; i < overlap; i++) {
    const angle = ((i + 0.5) / overlap) * (Math.PI / 2);
    const power = 1 / Math.sqrt(1 + correlation * Math.sin(2 * angle));
    rising[i] = Math.sin(angle) * power;
    falling[i] = Math.cos(angle) * power;
  }
  return { rising, falling };
}
