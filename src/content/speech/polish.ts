import type { Pcm } from "./pcm.ts";

/** Speech level while someone speaks; the film's own loudness is set later, over all of it. */
const SPEECH_RMS = 10 ** (-20 / 20);
const PEAK = 10 ** (-2 / 20);

/** Rumble off, boxiness down, presence up, then one level for all segments. Times stay as they are. */
export function polish({ sampleRate, samples }: Pcm): Pcm {
  let voice = filter(samples, highPass(75, sampleRate));
  voice = filter(voice, bell(320, 0.9, -2.5, sampleRate));
  if (sampleRate > 12_000) voice = filter(voice, bell(3_600, 0.8, 3, sampleRate));
  const gain = SPEECH_RMS / Math.max(1e-4, spokenRms(voice, sampleRate));
  const out = new Float32Array(voice.length);
  for (let i = 0; i < out.length; i++) {
    const value = (voice[i] as number) * gain;
    // A soft knee: only a few plosives reach it.
    out[i] = Math.abs(value) < PEAK * 0.7 ? value : knee(value);
  }
  return { sampleRate, samples: out };
}

function knee(value: number): number {
  const start = PEAK * 0.7;
  const over = (Math.abs(value) - start) / (PEAK - start);
  return Math.sign(value) * (start + (PEAK - start) * Math.tanh(over));
}

/** RMS of the 20 ms windows that are within 30 dB of the loudest. */
function spokenRms(samples: Float32Array, sampleRate: number): number {
  const powers = windowPowers(samples, Math.round(sampleRate * 0.02));
  const loudest = Math.max(...powers, 1e-12);
  const spoken = powers.filter((power) => power > loudest / 1000);
  return Math.sqrt(spoken.reduce((sum, power) => sum + power, 0) / Math.max(1, spoken.length));
}

/** Mean square of each window of so many samples. */
export function windowPowers(samples: Float32Array, size: number): number[] {
  const powers: number[] = [];
  for (let at = 0; at + size <= samples.length; at += size) {
    let sum = 0;
    for (let i = at; i < at + size; i++) sum += (samples[i] as number) ** 2;
    powers.push(sum / size);
  }
  return powers;
}

type Biquad = readonly [b0: number, b1: number, b2: number, a1: number, a2: number];

/** Both after Robert Bristow-Johnson's "Cookbook formulae for audio EQ biquad filter coefficients". */
function highPass(hertz: number, rate: number): Biquad {
  const w = (2 * Math.PI * hertz) / rate;
  const alpha = Math.sin(w) / (2 * Math.SQRT1_2);
  const cos = Math.cos(w);
  const a0 = 1 + alpha;
  return [(1 + cos) / 2 / a0, -(1 + cos) / a0, (1 + cos) / 2 / a0, (-2 * cos) / a0, (1 - alpha) / a0];
}

function bell(hertz: number, q: number, decibels: number, rate: number): Biquad {
  const amplitude = 10 ** (decibels / 40);
  const w = (2 * Math.PI * hertz) / rate;
  const alpha = Math.sin(w) / (2 * q);
  const cos = Math.cos(w);
  const a0 = 1 + alpha / amplitude;
  return [
    (1 + alpha * amplitude) / a0,
    (-2 * cos) / a0,
    (1 - alpha * amplitude) / a0,
    (-2 * cos) / a0,
    (1 - alpha / amplitude) / a0,
  ];
}

function filter(samples: Float32Array, [b0, b1, b2, a1, a2]: Biquad): Float32Array {
  const out = new Float32Array(samples.length);
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i] as number;
    const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    out[i] = y;
  }
  return out;
}
