/**
 * How far a level has risen over each threshold: `mask = (level - 16 * threshold) * gain / 16`, clamped to 0..255.
 * `level` counts in sixteenths of a threshold, so that a slow rise does not go in steps. `gain` times the largest
 * difference must stay below 32768. `bytes` is rounded up to a multiple of 16.
 */
export function rampMask(thresholds: usize, mask: usize, bytes: i32, level: i32, gain: i32): void {
  const top = i16x8.splat(i16(level));
  const slope = i16x8.splat(i16(gain));
  for (let i = 0; i < bytes; i += 16) {
    const at = usize(i);
    const values = v128.load(thresholds + at);
    const low = i16x8.sub(top, i16x8.shl(i16x8.extend_low_i8x16_u(values), 4));
    const high = i16x8.sub(top, i16x8.shl(i16x8.extend_high_i8x16_u(values), 4));
    v128.store(
      mask + at,
      i8x16.narrow_i16x8_u(i16x8.shr_s(i16x8.mul(low, slope), 4), i16x8.shr_s(i16x8.mul(high, slope), 4)),
    );
  }
}
