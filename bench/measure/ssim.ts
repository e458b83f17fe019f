/**
 * Structural similarity of two luma planes: 8x8 windows at a stride of 4, unweighted, samples 0..255,
 * K1 = 0.01 and K2 = 0.03, mean over all windows. The same windows as x264's and libavfilter's own figure,
 * so numbers compare with those; Wang's 11x11 Gaussian reads some thousandths differently.
 * Source: Wang, Bovik, Sheikh, Simoncelli, IEEE TIP 13(4), 2004.
 */
import type { LumaFrame } from "./luma-frame.ts";

const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/** 1 for equal frames. Rows and columns beyond a multiple of 4 are left out. */
export function lumaSsim(left: LumaFrame, right: LumaFrame): number {
  if (left.width !== right.width || left.height !== right.height) {
    throw new RangeError(
      `Frames differ in size: ${left.width}x${left.height} and ${right.width}x${right.height}.`,
    );
  }
  const columns = left.width >> 2;
  const rows = left.height >> 2;
  if (columns < 2 || rows < 2) throw new RangeError("SSIM needs frames of 8x8 pixels or more.");
  let above = new Float64Array(columns * 4);
  let below = new Float64Array(columns * 4);
  let total = 0;
  for (let row = 0; row < rows; row++) {
    sumBlocks(left, right, row, columns, below);
    if (row > 0) {
      for (let column = 1; column < columns; column++) total += windowSsim(above, below, column * 4);
    }
    [above, below] = [below, above];
  }
  return total / ((rows - 1) * (columns - 1));
}

/** Per 4x4 block: sum of left, of right, of both squared, of their product. */
function sumBlocks(
  left: LumaFrame,
  right: LumaFrame,
  row: number,
  columns: number,
  sums: Float64Array,
): void {
  const { width, data: a } = left;
  const { data: b } = right;
  for (let column = 0; column < columns; column++) {
    let [sumA, sumB, squares, product] = [0, 0, 0, 0];
    for (let y = 0; y < 4; y++) {
      const offset = (row * 4 + y) * width + column * 4;
      for (let x = 0; x < 4; x++) {
        const p = a[offset + x] as number;
        const q = b[offset + x] as number;
        sumA += p;
        sumB += q;
        squares += p * p + q * q;
        product += p * q;
      }
    }
    sums[column * 4] = sumA;
    sums[column * 4 + 1] = sumB;
    sums[column * 4 + 2] = squares;
    sums[column * 4 + 3] = product;
  }
}

/** The 8x8 window of the four blocks that end at `index`. */
function windowSsim(above: Float64Array, below: Float64Array, index: number): number {
  const sum = (part: number): number =>
    (above[index - 4 + part] as number) +
    (above[index + part] as number) +
    (below[index - 4 + part] as number) +
    (below[index + part] as number);
  const meanA = sum(0) / 64;
  const meanB = sum(1) / 64;
  const variances = sum(2) / 64 - meanA * meanA - meanB * meanB;
  const covariance = sum(3) / 64 - meanA * meanB;
  return (
    ((2 * meanA * meanB + C1) * (2 * covariance + C2)) /
    ((meanA * meanA + meanB * meanB + C1) * (variances + C2))
  );
}
