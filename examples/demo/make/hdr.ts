/** A picture in linear light, three floats a pixel, no upper limit: brightness 8 is a lamp, not white. */
import { clamp, mix } from "./noise.ts";

export type Rgb = readonly [r: number, g: number, b: number];

/** `#rrggbb` (sRGB) -> linear light, times `gain`. */
export function hex(color: string, gain = 1): Rgb {
  const channel = (at: number): number => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return gain * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  };
  return [channel(1), channel(3), channel(5)];
}

export const blend = (a: Rgb, b: Rgb, t: number): Rgb => [
  mix(a[0], b[0], t),
  mix(a[1], b[1], t),
  mix(a[2], b[2], t),
];
export const add = (a: Rgb, b: Rgb, gain = 1): Rgb => [
  a[0] + b[0] * gain,
  a[1] + b[1] * gain,
  a[2] + b[2] * gain,
];
export const scale = (a: Rgb, gain: number): Rgb => [a[0] * gain, a[1] * gain, a[2] * gain];

/** Colours at positions 0..1, with smooth joins. */
export function gradient(stops: readonly (readonly [position: number, color: Rgb])[], t: number): Rgb {
  const last = stops.length - 1;
  for (let i = 0; i < last; i++) {
    const [from, a] = stops[i] as (typeof stops)[number];
    const [to, b] = stops[i + 1] as (typeof stops)[number];
    if (t <= to) {
      const s = clamp((t - from) / (to - from));
      return blend(a, b, s * s * (3 - 2 * s) * 0.6 + s * 0.4);
    }
  }
  return (stops[last] as (typeof stops)[number])[1];
}

export class HdrImage {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;

  constructor(width: number, height: number, data = new Float32Array(width * height * 3)) {
    this.width = width;
    this.height = height;
    this.data = data;
  }

  /** Calls `shade` with pixel centres, rows `from`..`to`. */
  paint(shade: (x: number, y: number, under: Rgb) => Rgb, from = 0, to = this.height): void {
    const { width, data } = this;
    for (let y = from; y < to; y++) {
      for (let x = 0; x < width; x++) {
        const at = (y * width + x) * 3;
        const under: Rgb = [data[at] as number, data[at + 1] as number, data[at + 2] as number];
        const color = shade(x + 0.5, y + 0.5, under);
        data[at] = color[0];
        data[at + 1] = color[1];
        data[at + 2] = color[2];
      }
    }
  }

  /** Bilinear, clamped at the edges; pixel coordinates. */
  sample(x: number, y: number): Rgb {
    const px = clamp(x - 0.5, 0, this.width - 1.001);
    const py = clamp(y - 0.5, 0, this.height - 1.001);
    const ix = Math.floor(px);
    const iy = Math.floor(py);
    const fx = px - ix;
    const fy = py - iy;
    const a = (iy * this.width + ix) * 3;
    const b = a + this.width * 3;
    const d = this.data;
    const channel = (c: number): number =>
      mix(
        mix(d[a + c] as number, d[a + 3 + c] as number, fx),
        mix(d[b + c] as number, d[b + 3 + c] as number, fx),
        fy,
      );
    return [channel(0), channel(1), channel(2)];
  }

  addAt(x: number, y: number, color: Rgb, gain: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = (Math.floor(y) * this.width + Math.floor(x)) * 3;
    this.data[at] = (this.data[at] as number) + color[0] * gain;
    this.data[at + 1] = (this.data[at + 1] as number) + color[1] * gain;
    this.data[at + 2] = (this.data[at + 2] as number) + color[2] * gain;
  }

  map(change: (color: Rgb) => Rgb): HdrImage {
    const copy = new HdrImage(this.width, this.height, this.data.slice());
    copy.paint((_x, _y, under) => change(under));
    return copy;
  }

  /** Three box blurs, close to a Gaussian of this sigma. */
  blurred(sigmaX: number, sigmaY = sigmaX): HdrImage {
    const result = new HdrImage(this.width, this.height, this.data.slice());
    const spare = new Float32Array(this.data.length);
    for (let pass = 0; pass < 3; pass++) {
      boxBlur(result.data, spare, this.width, this.height, 3, this.width * 3, Math.round(sigmaX));
      boxBlur(spare, result.data, this.height, this.width, this.width * 3, 3, Math.round(sigmaY));
    }
    return result;
  }
}

/** Along runs of `length` samples `step` apart; `lines` runs, `stride` apart. */
function boxBlur(
  from: Float32Array,
  to: Float32Array,
  length: number,
  lines: number,
  step: number,
  stride: number,
  radius: number,
): void {
  if (radius < 1) {
    to.set(from);
    return;
  }
  const weight = 1 / (radius * 2 + 1);
  for (let line = 0; line < lines; line++) {
    for (let c = 0; c < 3; c++) {
      const base = line * stride + c;
      const at = (index: number): number => from[base + clamp(index, 0, length - 1) * step] as number;
      let sum = 0;
      for (let k = -radius; k <= radius; k++) sum += at(k);
      for (let i = 0; i < length; i++) {
        to[base + i * step] = sum * weight;
        sum += at(i + radius + 1) - at(i - radius);
      }
    }
  }
}
