/** Layered mountain ranges with air between them. */

import { blend, type HdrImage, type Rgb } from "./hdr.ts";
import { clamp } from "./noise.ts";

/**
 * Paints one range: everything below its crest line.
 *
 * @param crest row of the crest at a pixel column
 * @param color at a pixel, told how far below the crest it is, in pixels
 */
export function paintRange(
  image: HdrImage,
  crest: (px: number) => number,
  color: (px: number, py: number, below: number, under: Rgb) => Rgb,
): void {
  const tops = Float32Array.from({ length: image.width }, (_, px) => crest(px + 0.5));
  let first = image.height;
  for (const top of tops) first = Math.min(first, top);
  image.paint(
    (px, py, under) => {
      const at = Math.floor(px);
      const top = tops[at] as number;
      // Steep flanks cover a pixel over several rows: soften by the slope, or they show stairs.
      const slope =
        Math.abs(
          (tops[Math.min(at + 1, tops.length - 1)] as number) - (tops[Math.max(at - 1, 0)] as number),
        ) / 2;
      const cover = clamp((py - top) / (1 + slope * 0.7) + 0.5);
      return cover === 0 ? under : blend(under, color(px, py, py - top, under), cover);
    },
    Math.max(0, Math.floor(first) - 2),
  );
}
