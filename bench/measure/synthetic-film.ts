/** Small films for tests whose every pixel is computed, not resampled, so that their motion is exact. */
import type { LumaFrame } from "./luma-frame.ts";
import type { ReferenceViewport } from "./reference-resampler.ts";
import { mulberry32 } from "./similarity.ts";

/** A round soft spot, in picture pixels; `strength` in luma levels at its centre. */
export interface Blob {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly strength: number;
}

/** Spots of many sizes: corners everywhere, nothing near the sampling limit, no level clipped. */
export function texturedPicture(width: number, height: number, seed = 1): Blob[] {
  const random = mulberry32(seed);
  return Array.from({ length: (width * height) / 150 }, () => ({
    x: random() * width,
    y: random() * height,
    radius: 3 + random() * random() * 9,
    strength: (random() - 0.5) * 110,
  }));
}

/** One frame per viewport: each pixel is the sum of the spots at its centre, rounded to 8 bit. */
export function* filmOf(
  blobs: readonly Blob[],
  viewports: Iterable<ReferenceViewport>,
  width: number,
  height: number,
): Generator<LumaFrame> {
  for (const viewport of viewports) {
    const scale = width / viewport.width;
    const luma = new Float64Array(width * height).fill(126);
    for (const blob of blobs) {
      const [x, y] = [(blob.x - viewport.left) * scale - 0.5, (blob.y - viewport.top) * scale - 0.5];
      const radius = blob.radius * scale;
      const reach = radius * 3;
      for (let row = Math.max(0, Math.ceil(y - reach)); row <= Math.min(height - 1, y + reach); row++) {
        for (
          let column = Math.max(0, Math.ceil(x - reach));
          column <= Math.min(width - 1, x + reach);
          column++
        ) {
          const distance = ((column - x) ** 2 + (row - y) ** 2) / (radius * radius);
          const index = row * width + column;
          luma[index] = (luma[index] as number) + blob.strength * Math.exp(-distance);
        }
      }
    }
    yield {
      width,
      height,
      data: Uint8Array.from(luma, (value) => Math.min(255, Math.max(0, Math.round(value)))),
    };
  }
}
