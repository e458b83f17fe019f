import {
  COLOUR_BITS,
  U_BLUE,
  U_GREEN,
  U_RED,
  V_BLUE,
  V_GREEN,
  V_RED,
  Y_BLUE,
  Y_GREEN,
  Y_RED,
} from "./colour";

/** Samples keep 6 fractional bits between the colour conversion and the last reduction: 255 * 64 leaves room for overshoot. */
const FRACTION_BITS: i32 = 6;
const SHIFT: i32 = COLOUR_BITS - FRACTION_BITS;
const ROUND: i32 = 1 << (SHIFT - 1);

/** Bytes that may be read behind the RGB row and written behind each of the three sample rows. */
export function convertRowSlack(): i32 {
  return 32;
}

/** One row of interleaved 8-bit RGB to three rows of i16 samples (BT.709 limited, 6 fractional bits). */
export function convertRow(rgb: usize, width: i32, yRow: usize, uRow: usize, vRow: usize): void {
  // Lanes of a pixel pair: red with green, then blue with nothing (index 16+ swizzles to zero).
  const redGreen = i8x16(0, 16, 1, 16, 3, 16, 4, 16, 6, 16, 7, 16, 9, 16, 10, 16);
  const blue = i8x16(2, 16, 16, 16, 5, 16, 16, 16, 8, 16, 16, 16, 11, 16, 16, 16);
  const yRedGreen = i16x8(Y_RED, Y_GREEN, Y_RED, Y_GREEN, Y_RED, Y_GREEN, Y_RED, Y_GREEN);
  const uRedGreen = i16x8(U_RED, U_GREEN, U_RED, U_GREEN, U_RED, U_GREEN, U_RED, U_GREEN);
  const vRedGreen = i16x8(V_RED, V_GREEN, V_RED, V_GREEN, V_RED, V_GREEN, V_RED, V_GREEN);
  const yBlue = i16x8(Y_BLUE, 0, Y_BLUE, 0, Y_BLUE, 0, Y_BLUE, 0);
  const uBlue = i16x8(U_BLUE, 0, U_BLUE, 0, U_BLUE, 0, U_BLUE, 0);
  const vBlue = i16x8(V_BLUE, 0, V_BLUE, 0, V_BLUE, 0, V_BLUE, 0);
  const yBias = i32x4.splat((16 << COLOUR_BITS) + ROUND);
  const cBias = i32x4.splat((128 << COLOUR_BITS) + ROUND);
  for (let x = 0; x < width; x += 8) {
    const first = v128.load(rgb);
    const second = v128.load(rgb, 12);
    rgb += 24;
    const rg0 = i8x16.swizzle(first, redGreen);
    const b0 = i8x16.swizzle(first, blue);
    const rg1 = i8x16.swizzle(second, redGreen);
    const b1 = i8x16.swizzle(second, blue);
    v128.store(yRow, pack(rg0, b0, rg1, b1, yRedGreen, yBlue, yBias));
    v128.store(uRow, pack(rg0, b0, rg1, b1, uRedGreen, uBlue, cBias));
    v128.store(vRow, pack(rg0, b0, rg1, b1, vRedGreen, vBlue, cBias));
    yRow += 16;
    uRow += 16;
    vRow += 16;
  }
}

function pack(rg0: v128, b0: v128, rg1: v128, b1: v128, redGreen: v128, blue: v128, bias: v128): v128 {
  const low = i32x4.add(i32x4.add(i32x4.dot_i16x8_s(rg0, redGreen), i32x4.dot_i16x8_s(b0, blue)), bias);
  const high = i32x4.add(i32x4.add(i32x4.dot_i16x8_s(rg1, redGreen), i32x4.dot_i16x8_s(b1, blue)), bias);
  return i16x8.narrow_i32x4_s(i32x4.shr_s(low, SHIFT), i32x4.shr_s(high, SHIFT));
}
