/** How much of a picture is hard edges: what tells text and drawings from photographs and gradients. Pure. */

/** Half of a 1080p frame: text is still text, and the grain of a photograph is gone. */
export const EDGE_PICTURE_WIDTH = 960;
/** Difference of 8-bit luma between the pixels on either side of one. */
const HARD_EDGE = 48;
/** Another version of the picture library rounds otherwise, which must not change a film's bytes: shares go in steps. */
const STEPS = 400;

/**
 * Share of the pixels that lie on a hard edge, 0..1 in steps of 1/400. Photographs and gradients mostly have up to 0.03,
 * slides, screenshots and detailed drawings 0.035 and more (`docs/decisions/0034-quantiser-by-detail.md`). Whole numbers up
 * to the last division, so the same on every machine.
 *
 * @param rgb interleaved 8-bit RGB of the whole picture, at most `EDGE_PICTURE_WIDTH` wide
 */
export function hardEdgeShare(rgb: Uint8Array, width: number, height: number): number {
  if (width < 3 || height < 3) return 0;
  const luma = new Uint8Array(width * height);
  for (let i = 0; i < luma.length; i++) {
    const [red, green, blue] = [rgb[i * 3] as number, rgb[i * 3 + 1] as number, rgb[i * 3 + 2] as number];
    // BT.709's weights in 256ths.
    luma[i] = (54 * red + 183 * green + 19 * blue) >> 8;
  }
  let hard = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      const across = Math.abs((luma[i + 1] as number) - (luma[i - 1] as number));
      const down = Math.abs((luma[i + width] as number) - (luma[i - width] as number));
      if (across > HARD_EDGE || down > HARD_EDGE) hard += 1;
    }
  }
  return Math.round((hard / ((width - 2) * (height - 2))) * STEPS) / STEPS;
}
