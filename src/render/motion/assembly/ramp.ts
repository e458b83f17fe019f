/**
 * How far a level has risen over each threshold: v = (level - 16 * threshold) * gain / 16, clamped to 0..255, then
 * eased at both ends (3 v^2 - 2 v^3), as a straight ramp shows its outline. `level` counts in sixteenths of a
 * threshold, so that a slow rise does not go in steps; `gain` times the largest difference must stay below 32768.
 * `bytes` is rounded up to a multiple of 16.
 */
export function rampMask(thresholds: usize, mask: usize, bytes: i32, level: i32, gain: i32): void {
  const top = i16x8.splat(i16(level));
  const slope = i16x8.splat(i16(gain));
  for (let i = 0; i < bytes; i += 16) {
    const at = usize(i);
    const values = v128.load(thresholds + at);
    v128.store(
      mask + at,
      i8x16.narrow_i16x8_u(
        risen(top, i16x8.extend_low_i8x16_u(values), slope),
        risen(top, i16x8.extend_high_i8x16_u(values), slope),
      ),
    );
  }
}

function risen(top: v128, threshold: v128, slope: v128): v128 {
  const straight = i16x8.shr_s(i16x8.mul(i16x8.sub(top, i16x8.shl(threshold, 4)), slope), 4);
  const v = i16x8.max_s(i16x8.min_s(straight, i16x8.splat(255)), i16x8.splat(0));
  // Q15; the quarters keep three squares within a lane. 255 comes out as 256, which narrows to 255.
  const x = i16x8.shl(v, 7);
  const square = i16x8.q15mulr_sat_s(x, x);
  const cube = i16x8.q15mulr_sat_s(square, x);
  const eased = i16x8.sub(
    i16x8.mul(i16x8.shr_s(square, 2), i16x8.splat(3)),
    i16x8.mul(i16x8.shr_s(cube, 2), i16x8.splat(2)),
  );
  return i16x8.shr_s(i16x8.add(eased, i16x8.splat(16)), 5);
}
