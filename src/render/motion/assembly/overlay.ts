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

// Overlays are stored straight (colour not multiplied by alpha) with alpha 0..255; the output is
// frame + (overlay - frame) * alpha, so alpha 0 leaves a byte as it is and 255 replaces it exactly.

/** One row of straight RGBA to luma and alpha. */
export function prepareOverlayLuma(rgba: usize, width: i32, luma: usize, alpha: usize): void {
  for (let x = 0; x < width; x++) {
    const sum =
      i32(load<u8>(rgba)) * i32(Y_RED) +
      i32(load<u8>(rgba, 1)) * i32(Y_GREEN) +
      i32(load<u8>(rgba, 2)) * i32(Y_BLUE);
    store<u8>(luma + usize(x), u8((sum + (16 << COLOUR_BITS) + (1 << (COLOUR_BITS - 1))) >> COLOUR_BITS));
    store<u8>(alpha + usize(x), load<u8>(rgba, 3));
    rgba += 4;
  }
}

/**
 * One row of chroma (U, V, alpha) from two rows of straight RGBA. Chroma sample i lies on luma column
 * `firstColumn + 2 i` of the overlay and between the two rows: weights 1-2-1 across, 1-1 down, colours weighted by
 * alpha. Columns outside 0..width-1 and absent rows (address 0) count as transparent.
 */
export function prepareOverlayChroma(
  upper: usize,
  lower: usize,
  width: i32,
  firstColumn: i32,
  count: i32,
  u: usize,
  v: usize,
  alpha: usize,
): void {
  for (let i = 0; i < count; i++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    let cover = 0;
    for (let tap = -1; tap <= 1; tap++) {
      const column = firstColumn + 2 * i + tap;
      if (column < 0 || column >= width) continue;
      const weight = tap == 0 ? 2 : 1;
      for (let line = 0; line < 2; line++) {
        const row = line == 0 ? upper : lower;
        if (row == 0) continue;
        const pixel = row + (usize(column) << 2);
        const share = weight * i32(load<u8>(pixel, 3));
        red += share * i32(load<u8>(pixel));
        green += share * i32(load<u8>(pixel, 1));
        blue += share * i32(load<u8>(pixel, 2));
        cover += share;
      }
    }
    const at = usize(i);
    store<u8>(alpha + at, u8((cover + 4) >> 3));
    store<u8>(u + at, chroma(red, green, blue, cover, U_RED, U_GREEN, U_BLUE));
    store<u8>(v + at, chroma(red, green, blue, cover, V_RED, V_GREEN, V_BLUE));
  }
}

function chroma(red: i32, green: i32, blue: i32, cover: i32, r: i16, g: i16, b: i16): u8 {
  if (cover == 0) return 128;
  const sum = i64(red) * i64(r) + i64(green) * i64(g) + i64(blue) * i64(b);
  const scaled = Math.floor(f64(sum) / f64(cover << COLOUR_BITS) + 128.5);
  return u8(min(max(i32(scaled), 0), 255));
}

/**
 * Lays an overlay plane over a frame plane; `opacity` 0..256. Works in vectors of 16: up to 15 bytes behind a row are
 * read, and written back as they were.
 */
export function composePlane(
  overlay: usize,
  alpha: usize,
  overlayStride: i32,
  target: usize,
  targetStride: i32,
  width: i32,
  height: i32,
  opacity: i32,
): void {
  const half = i16x8.splat(128);
  const unit = i16x8.splat(256);
  const dim = i16x8.splat(i16(opacity));
  const lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (let y = 0; y < height; y++) {
    for (let x: usize = 0; x < usize(width); x += 16) {
      let cover = v128.load(alpha + x);
      const left = width - i32(x);
      if (left < 16) cover = v128.and(cover, i8x16.lt_u(lanes, i8x16.splat(i8(left))));
      if (!v128.any_true(cover)) continue;
      const colour = v128.load(overlay + x);
      const frame = v128.load(target + x);
      // 0..255 -> 0..256, so that 255 is solid.
      const full = i8x16.shr_u(cover, 7);
      let low = i16x8.add(i16x8.extend_low_i8x16_u(cover), i16x8.extend_low_i8x16_u(full));
      let high = i16x8.add(i16x8.extend_high_i8x16_u(cover), i16x8.extend_high_i8x16_u(full));
      if (opacity < 256) {
        low = i16x8.shr_u(i16x8.add(i16x8.mul(low, dim), half), 8);
        high = i16x8.shr_u(i16x8.add(i16x8.mul(high, dim), half), 8);
      }
      const mixedLow = i16x8.add(
        i16x8.mul(i16x8.extend_low_i8x16_u(frame), i16x8.sub(unit, low)),
        i16x8.add(i16x8.mul(i16x8.extend_low_i8x16_u(colour), low), half),
      );
      const mixedHigh = i16x8.add(
        i16x8.mul(i16x8.extend_high_i8x16_u(frame), i16x8.sub(unit, high)),
        i16x8.add(i16x8.mul(i16x8.extend_high_i8x16_u(colour), high), half),
      );
      v128.store(target + x, i8x16.narrow_i16x8_u(i16x8.shr_u(mixedLow, 8), i16x8.shr_u(mixedHigh, 8)));
    }
    overlay += overlayStride;
    alpha += overlayStride;
    target += targetStride;
  }
}
