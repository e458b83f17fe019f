import { rgbOf } from "./card-colors.ts";
import type { CardBackground } from "./card-plan.ts";

/**
 * A slow gradient with light from one side, as interleaved 8-bit RGB. Between two neighbouring 8-bit values a dither
 * of one step decides: without it, a dark gradient at 1080p shows bands some 50 pixels wide.
 *
 * The dither is a hash of the place, so the same card is the same picture everywhere.
 */
export function paintBackground(background: CardBackground, width: number, height: number): Uint8Array {
  const { lightX, lightY, glowStrength } = background;
  const [from, to, glow] = [rgbOf(background.from), rgbOf(background.to), rgbOf(background.glow)];
  const rgb = new Uint8Array(width * height * 3);
  const long = Math.max(width, height);
  const reach = Math.hypot(Math.max(lightX, 1 - lightX) * width, Math.max(lightY, 1 - lightY) * height);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = x + 0.5 - lightX * width;
      const dy = y + 0.5 - lightY * height;
      const distance = Math.sqrt(dx * dx + dy * dy);
      const fall = smooth(distance / reach);
      // Light from a lamp falls off like this; a smooth step to nothing would show as the edge of a disc.
      const far = distance / (0.62 * long);
      const share = glowStrength / (1 + far * far) ** 2;
      const noise = dither(x, y);
      for (let channel = 0; channel < 3; channel++) {
        const plain =
          (from[channel] as number) + ((to[channel] as number) - (from[channel] as number)) * fall;
        const value = plain + ((glow[channel] as number) - plain) * share;
        rgb[at++] = Math.min(255, Math.max(0, Math.floor(value + 0.5 + noise)));
      }
    }
  }
  return rgb;
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
