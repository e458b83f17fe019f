import { rgbOf } from "./card-colors.ts";
import type { CardBackground } from "./card-plan.ts";

/** Steps of 8-bit luma. One hides bands in the picture itself; an encoder smooths that away, and leaves some of this. */
const GRAIN = 2;

/**
 * One colour in slow light from one side, as interleaved 8-bit RGB.
 *
 * Only luma changes. In 8-bit video a colour that changes slowly has steps nearly twice as large as luma's, and
 * encoders flatten what dither would hide them: light of another colour came out as rings of hues.
 *
 * The grain is a hash of the place, so the same card is the same picture everywhere.
 */
export function paintBackground(background: CardBackground, width: number, height: number): Uint8Array {
  const { lightX, lightY, light, shade } = background;
  const [red, green, blue] = rgbOf(background.base);
  const rgb = new Uint8Array(width * height * 3);
  const long = Math.max(width, height);
  const reach = Math.hypot(Math.max(lightX, 1 - lightX) * width, Math.max(lightY, 1 - lightY) * height);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = x + 0.5 - lightX * width;
      const dy = y + 0.5 - lightY * height;
      const distance = Math.sqrt(dx * dx + dy * dy);
      // Light from a lamp falls off like this; a smooth step to nothing would show as the edge of a disc.
      const far = distance / (0.62 * long);
      const luma = light / (1 + far * far) ** 2 - shade * smooth(distance / reach);
      const change = luma + GRAIN * dither(x, y) + 0.5;
      rgb[at++] = clamp(red + change);
      rgb[at++] = clamp(green + change);
      rgb[at++] = clamp(blue + change);
    }
  }
  return rgb;
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, Math.floor(value)));
}

/** 0..1, flat at both ends. */
function smooth(share: number): number {
  const t = Math.min(1, Math.max(0, share));
  return t * t * (3 - 2 * t);
}

/** -1..1, triangular: the sum of two hashes, whose noise has the same strength on every value. */
function dither(x: number, y: number): number {
  const seed = (Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca6b)) | 0;
  return (hash(seed) - hash(seed ^ 0x5bd1e995)) / 4294967296;
}

function hash(seed: number): number {
  let value = Math.imul(seed ^ (seed >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
  return (value ^ (value >>> 16)) >>> 0;
}
