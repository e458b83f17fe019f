/** `into = first + (second - first) * weight / 256`, rounded; `bytes` is rounded up to a multiple of 16. May run in place. */
export function blendBytes(first: usize, second: usize, into: usize, bytes: i32, weight: i32): void {
  const back = i16x8.splat(i16(256 - weight));
  const front = i16x8.splat(i16(weight));
  const half = i16x8.splat(128);
  for (let i = 0; i < bytes; i += 16) {
    const at = usize(i);
    const a = v128.load(first + at);
    const b = v128.load(second + at);
    // At most 255 * 256 + 128: fits an unsigned 16-bit lane.
    const low = i16x8.add(
      i16x8.add(i16x8.mul(i16x8.extend_low_i8x16_u(a), back), i16x8.mul(i16x8.extend_low_i8x16_u(b), front)),
      half,
    );
    const high = i16x8.add(
      i16x8.add(
        i16x8.mul(i16x8.extend_high_i8x16_u(a), back),
        i16x8.mul(i16x8.extend_high_i8x16_u(b), front),
      ),
      half,
    );
    v128.store(into + at, i8x16.narrow_i16x8_u(i16x8.shr_u(low, 8), i16x8.shr_u(high, 8)));
  }
}
