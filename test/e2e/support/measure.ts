/** Measures on decoded frames and samples. */
import type { Sound } from "../../fixtures/wav.ts";
import { sound } from "../../fixtures/wav.ts";
import type { DecodedFilm, DecodedFrame } from "./decoded-film.ts";
import type { Rgb } from "./studio.ts";

/** Pixels from the frame's top left corner. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Size = Pick<DecodedFilm, "width" | "height">;

/** Mean colour of an area, BT.709 limited range to full-range RGB, unrounded. */
export function meanRgb(frame: DecodedFrame, size: Size, area: Area): Rgb {
  const half = {
    x: area.x >> 1,
    y: area.y >> 1,
    width: Math.max(1, area.width >> 1),
    height: Math.max(1, area.height >> 1),
  };
  const y = ((mean(frame.y, size.width, area) - 16) * 255) / 219;
  const u = ((mean(frame.u, size.width / 2, half) - 128) * 255) / 224;
  const v = ((mean(frame.v, size.width / 2, half) - 128) * 255) / 224;
  return [y + 1.5748 * v, y - 0.187324 * u - 0.468124 * v, y + 1.8556 * u];
}

/** Largest distance of any channel. */
export function colourDistance(a: Rgb, b: Rgb): number {
  return Math.max(...a.map((value, channel) => Math.abs(value - (b[channel] as number))));
}

export function meanLuma(frame: DecodedFrame, size: Size, area: Area = { x: 0, y: 0, ...size }): number {
  return mean(frame.y, size.width, area);
}

function mean(plane: Uint8Array, stride: number, area: Area): number {
  let sum = 0;
  for (let y = area.y; y < area.y + area.height; y++) {
    for (let x = area.x; x < area.x + area.width; x++) sum += plane[y * stride + x] as number;
  }
  return sum / (area.width * area.height);
}

/** Pixels whose luma differs by more than `threshold`: how many, and the rectangle around them (null: none). */
export function difference(
  a: DecodedFrame,
  b: DecodedFrame,
  size: Size,
  threshold: number,
): { pixels: number; bounds: Area | null } {
  return ink(size, (at) => Math.abs((a.y[at] as number) - (b.y[at] as number)) > threshold);
}

/** Pixels for which `is` holds (given their index in the luma plane), and the rectangle around them. */
export function ink(size: Size, is: (at: number) => boolean): { pixels: number; bounds: Area | null } {
  let [left, top, right, bottom, pixels] = [size.width, size.height, 0, 0, 0];
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      if (!is(y * size.width + x)) continue;
      pixels += 1;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  return {
    pixels,
    bounds: pixels === 0 ? null : { x: left, y: top, width: right - left, height: bottom - top },
  };
}

const PULSE_RADIUS = 48;

/** A band-limited click, 2 ms long, that lossy codecs keep in place. */
function pulse(offset: number): number {
  const t = offset / 10;
  return Math.cos(2 * Math.PI * 0.25 * t) * Math.exp(-0.5 * (t * 1.2) ** 2);
}

/** `base` (mono) with clicks added at the samples given. */
export function withClicks(base: Sound, at: readonly number[], amplitude: number): Sound {
  return sound(base.sampleRate, 1, base.samples.length, (frame) => {
    const near = at.find((click) => Math.abs(frame - click) <= PULSE_RADIUS);
    return (base.samples[frame] as number) + (near === undefined ? 0 : amplitude * pulse(frame - near));
  });
}

/** Where within `radius` samples of `near` the click stands, by correlation with its own shape. */
export function findClick(samples: Float32Array, near: number, radius: number): number {
  let found = near;
  let most = Number.NEGATIVE_INFINITY;
  for (let at = near - radius; at <= near + radius; at++) {
    let sum = 0;
    for (let offset = -PULSE_RADIUS; offset <= PULSE_RADIUS; offset++)
      sum += (samples[(at + offset) * 2] ?? 0) * pulse(offset);
    if (sum > most) [most, found] = [sum, at];
  }
  return found;
}

/** Largest absolute sample of either channel in [from, end). */
export function peakBetween(samples: Float32Array, from: number, end: number): number {
  let peak = 0;
  for (let index = from * 2; index < end * 2; index++) peak = Math.max(peak, Math.abs(samples[index] ?? 0));
  return peak;
}

/** Largest step from one sample to the next in [from, end), left channel. */
export function largestStep(samples: Float32Array, from: number, end: number): number {
  let step = 0;
  for (let index = Math.max(1, from); index < end; index++) {
    step = Math.max(step, Math.abs((samples[index * 2] ?? 0) - (samples[index * 2 - 2] ?? 0)));
  }
  return step;
}
