/** A small textured picture for tests, smooth enough that float64 resampling of it is practically exact. */
import { type ReferencePicture, type ReferenceViewport, resampleReference } from "./reference-resampler.ts";
import type { LumaFrame } from "./luma-frame.ts";
import { mulberry32 } from "./similarity.ts";

/** Sums of soft blobs of many sizes: corners everywhere, little energy near the sampling limit. */
export function texturedPicture(width: number, height: number, seed = 1): ReferencePicture {
  const random = mulberry32(seed);
  const luma = new Float64Array(width * height).fill(126);
  for (let blob = 0; blob < (width * height) / 120; blob++) {
    const [x, y] = [random() * width, random() * height];
    const radius = 2 + random() * random() * 10;
    const strength = (random() - 0.5) * 160;
    const reach = Math.ceil(radius * 3);
    for (let row = Math.max(0, Math.floor(y - reach)); row < Math.min(height, y + reach); row++) {
      for (let column = Math.max(0, Math.floor(x - reach)); column < Math.min(width, x + reach); column++) {
        const distance = ((column - x) ** 2 + (row - y) ** 2) / (radius * radius);
        const index = row * width + column;
        luma[index] = (luma[index] as number) + strength * Math.exp(-distance);
      }
    }
  }
  for (let i = 0; i < luma.length; i++) luma[i] = Math.min(235, Math.max(16, luma[i] as number));
  const grey = new Float64Array(width * height).fill(128);
  return { width, height, planes: [luma, grey, grey] };
}

/** One frame per viewport, resampled in float64 and rounded to 8 bit. */
export function* filmOf(
  picture: ReferencePicture,
  viewports: Iterable<ReferenceViewport>,
  width: number,
  height: number,
): Generator<LumaFrame> {
  for (const viewport of viewports) {
    const frame = new Uint8Array((width * height * 3) / 2);
    resampleReference(picture, viewport, width, height, frame);
    yield { width, height, data: frame.subarray(0, width * height) };
  }
}
