/** Narration: each voice at its own absolute sample, with edges that do not click. */

import type { PcmSource } from "./pcm-source.ts";
import type { VoicePlacement } from "./sound-plan.ts";
import { samplePeak } from "./true-peak.ts";

/** 5 ms. */
export const DECLICK_SAMPLES = 240;
/** An edge whose first millisecond stays under -60 dBFS needs no fade. */
const EDGE_SAMPLES = 48;
const SILENCE_PEAK = 0.001;

export interface Voice {
  readonly startSample: number;
  readonly endSample: number;
  readonly volume: number;
  readonly source: PcmSource;
  /** 0 where the recording begins or ends in silence: its samples then pass unchanged. */
  readonly fadeInSamples: number;
  readonly fadeOutSamples: number;
}

/** Cuts the voice at the film's end and decides which edges need a fade. */
export function prepareVoice(placement: VoicePlacement, source: PcmSource, totalSamples: number): Voice {
  const length = Math.max(0, Math.min(placement.sampleCount, totalSamples - placement.startSample));
  const fade = Math.min(DECLICK_SAMPLES, length >> 1);
  const edge = Math.min(EDGE_SAMPLES, length);
  const buffer = new Float32Array(EDGE_SAMPLES * 2);
  source.read(0, edge, buffer, 0);
  const loudStart = samplePeak(buffer, 0, edge * 2) > SILENCE_PEAK;
  source.read(length - edge, edge, buffer, 0);
  const loudEnd = samplePeak(buffer, 0, edge * 2) > SILENCE_PEAK;
  return {
    startSample: placement.startSample,
    endSample: placement.startSample + length,
    volume: placement.volume,
    source,
    fadeInSamples: loudStart ? fade : 0,
    fadeOutSamples: loudEnd ? fade : 0,
  };
}

/** Adds what the voice contributes to film samples `start..start+count` to `out`; `scratch` is as large as `out`. */
export function addVoice(
  voice: Voice,
  start: number,
  count: number,
  out: Float32Array,
  scratch: Float32Array,
): void {
  const from = Math.max(start, voice.startSample);
  const to = Math.min(start + count, voice.endSample);
  if (from >= to || voice.volume === 0) return;
  voice.source.read(from - voice.startSample, to - from, scratch, 0);
  const fadeInEnd = voice.startSample + voice.fadeInSamples;
  const fadeOutStart = voice.endSample - voice.fadeOutSamples;
  for (let at = from, i = 0, o = (from - start) * 2; at < to; at++, i += 2, o += 2) {
    let gain = voice.volume;
    if (at < fadeInEnd) gain *= raisedCosine((at - voice.startSample + 0.5) / voice.fadeInSamples);
    if (at >= fadeOutStart) gain *= raisedCosine((voice.endSample - at - 0.5) / voice.fadeOutSamples);
    out[o] = (out[o] as number) + gain * (scratch[i] as number);
    out[o + 1] = (out[o + 1] as number) + gain * (scratch[i + 1] as number);
  }
}

/** 0..1 -> 0..1 without corners. */
export function raisedCosine(x: number): number {
  return x <= 0 ? 0 : x >= 1 ? 1 : 0.5 - 0.5 * Math.cos(Math.PI * x);
}
