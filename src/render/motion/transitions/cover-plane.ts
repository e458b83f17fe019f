import type { FramePlane } from "../frame.ts";
import type { KernelModule } from "../kernel-module.ts";

/**
 * Lays a plane over another of the same size, row by row: `rowCover` gives the address of the row's mask (a byte per
 * sample, 0..255, rounded up to 16) and its opacity, 0..256. Row by row, because then one row of mask serves a whole
 * frame.
 */
export function coverPlane(
  kernel: KernelModule,
  above: FramePlane,
  onto: FramePlane,
  rowCover: (row: number) => { readonly mask: number; readonly opacity: number },
): void {
  const { width, height } = onto;
  for (let y = 0; y < height; y++) {
    const { mask, opacity } = rowCover(y);
    if (opacity === 0) continue;
    const at = y * width;
    kernel.exports.composePlane(above.address + at, mask, width, onto.address + at, width, width, 1, opacity);
  }
}
