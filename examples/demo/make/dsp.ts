/** Small pieces of signal processing. All work on mono Float32Array at a known rate. */

/** Windowed-sinc interpolation by a whole factor. */
export function upsample(input: Float32Array, factor: number): Float32Array {
  const half = 24;
  const output = new Float32Array(input.length * factor);
  for (let phase = 0; phase < factor; phase++) {
    const taps = Float64Array.from({ length: half * 2 }, (_, k) => {
      const x = k - half + 1 - phase / factor;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / half);
      return (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)) * window;
    });
    for (let i = 0; i < input.length; i++) {
      let sum = 0;
      for (let k = 0; k < taps.length; k++) sum += (input[i + k - half + 1] ?? 0) * (taps[k] as number);
      output[i * factor + phase] = sum;
    }
  }
  return output;
}

export type Biquad = readonly [b0: number, b1: number, b2: number, a1: number, a2: number];

/** Audio EQ Cookbook (R. Bristow-Johnson). */
export function highPass(frequency: number, q: number, rate: number): Biquad {
  const w = (2 * Math.PI * frequency) / rate;
  const alpha = Math.sin(w) / (2 * q);
  const c = Math.cos(w);
  const a0 = 1 + alpha;
  return [(1 + c) / 2 / a0, -(1 + c) / a0, (1 + c) / 2 / a0, (-2 * c) / a0, (1 - alpha) / a0];
}

export function lowPass(frequency: number, q: number, rate: number): Biquad {
  const w = (2 * Math.PI * frequency) / rate;
  const alpha = Math.sin(w) / (2 * q);
  const c = Math.cos(w);
  const a0 = 1 + alpha;
  return [(1 - c) / 2 / a0, (1 - c) / a0, (1 - c) / 2 / a0, (-2 * c) / a0, (1 - alpha) / a0];
}

export function peak(frequency: number, q: number, decibels: number, rate: number): Biquad {
  const w = (2 * Math.PI * frequency) / rate;
  const alpha = Math.sin(w) / (2 * q);
  const gain = 10 ** (decibels / 40);
  const c = Math.cos(w);
  const a0 = 1 + alpha / gain;
  return [
    (1 + alpha * gain) / a0,
    (-2 * c) / a0,
    (1 - alpha * gain) / a0,
    (-2 * c) / a0,
    (1 - alpha / gain) / a0,
  ];
}

export function filter(signal: Float32Array, [b0, b1, b2, a1, a2]: Biquad): Float32Array {
  const output = new Float32Array(signal.length);
  let x1 = 0;
  let x2 = 0;
  let y1 = 0;
  let y2 = 0;
  for (let i = 0; i < signal.length; i++) {
    const x = signal[i] as number;
    const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    output[i] = y;
  }
  return output;
}

export function peakOf(signal: Float32Array): number {
  let top = 0;
  for (const value of signal) top = Math.max(top, Math.abs(value));
  return top;
}

/** RMS over the parts that are not silence (10 ms blocks above -45 dB of full scale). */
export function activeRms(signal: Float32Array, rate: number): number {
  const block = Math.round(rate / 100);
  let sum = 0;
  let count = 0;
  for (let at = 0; at + block <= signal.length; at += block) {
    let energy = 0;
    for (let i = at; i < at + block; i++) energy += (signal[i] as number) ** 2;
    if (energy / block < 10 ** -4.5) continue;
    sum += energy;
    count += block;
  }
  return count === 0 ? 0 : Math.sqrt(sum / count);
}
