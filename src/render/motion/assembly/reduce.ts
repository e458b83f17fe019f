// Reduction of the decoded picture to its working size: Lanczos-3, widened by the reduction, Q14 integers.
// Rows are i16 samples with 6 fractional bits, and stay so: rounding a reduced picture to 8 bits costs soft gradients up to
// 0.002 of SSIM and doubles their jitter.

const COEFFICIENT_BITS: i32 = 14;
const UNIT: i32 = 1 << COEFFICIENT_BITS;
const FRACTION_BITS: i32 = 6;
/** 160 levels from mid-grey: overshoot is kept that far, and six taps twice over cannot leave 16 bits. */
const LARGEST: i16 = 160 << 6;

/**
 * sin(pi x) / (pi x) by a Taylor series around the nearest integer: Math.sin may differ in the last bit between
 * machines, + and * may not. |remainder| <= 1/2, so that nine terms leave an error below 1e-11.
 */
function sinc(x: f64): f64 {
  if (x == 0) return 1;
  const nearest = Math.floor(x + 0.5);
  const angle = (x - nearest) * Math.PI;
  const square = angle * angle;
  let sum: f64 = 1 / 355687428096000.0;
  sum = sum * square - 1 / 1307674368000.0;
  sum = sum * square + 1 / 6227020800.0;
  sum = sum * square - 1 / 39916800.0;
  sum = sum * square + 1 / 362880.0;
  sum = sum * square - 1 / 5040.0;
  sum = sum * square + 1 / 120.0;
  sum = sum * square - 1 / 6.0;
  const sine = (sum * square + 1) * angle;
  return ((i32(nearest) & 1) == 0 ? sine : -sine) / (x * Math.PI);
}

/**
 * Table for one axis. Each of `count` entries is `taps` Q14 coefficients (i16, their sum exactly 1), for the source
 * samples from `starts[i]` on. Output i lies at source position (i + 0.5) / factor - 0.5.
 * `weights` is scratch of `taps` float64.
 */
export function buildReducer(
  starts: usize,
  coefficients: usize,
  count: i32,
  taps: i32,
  factor: f64,
  weights: usize,
): void {
  const radius = 3 / factor;
  for (let i = 0; i < count; i++) {
    const position = (f64(i) + 0.5) / factor - 0.5;
    const start = i32(Math.ceil(position - radius));
    store<i32>(starts + (usize(i) << 2), start);
    let sum: f64 = 0;
    for (let k = 0; k < taps; k++) {
      const x = Math.abs(f64(start + k) - position) * factor;
      const weight = x < 3 ? sinc(x) * sinc(x / 3) : 0;
      store<f64>(weights + (usize(k) << 3), weight);
      sum += weight;
    }
    let total = 0;
    let largest = 0;
    let largestAt = 0;
    const row = coefficients + usize(i) * usize(taps) * 2;
    for (let k = 0; k < taps; k++) {
      const value = i32(Math.floor((load<f64>(weights + (usize(k) << 3)) / sum) * f64(UNIT) + 0.5));
      store<i16>(row + (usize(k) << 1), i16(value));
      total += value;
      if (value > largest) {
        largest = value;
        largestAt = k;
      }
    }
    store<i16>(row + (usize(largestAt) << 1), i16(largest + UNIT - total));
  }
}

/** Repeats the first and last of `width` i16 samples `pad` times outwards. */
export function padRow(row: usize, width: i32, pad: i32): void {
  const first = load<i16>(row);
  const last = load<i16>(row + (usize(width - 1) << 1));
  const end = row + (usize(width) << 1);
  for (let i = 0; i < pad; i++) {
    store<i16>(row - (usize(i + 1) << 1), first);
    store<i16>(end + (usize(i) << 1), last);
  }
}

function dotRow(source: usize, coefficients: usize, taps: i32): v128 {
  let sum = i32x4.dot_i16x8_s(v128.load(source), v128.load(coefficients));
  for (let k = 8; k < taps; k += 8) {
    sum = i32x4.add(
      sum,
      i32x4.dot_i16x8_s(v128.load(source + (usize(k) << 1)), v128.load(coefficients + (usize(k) << 1))),
    );
  }
  return sum;
}

/** Horizontal reduction of one padded row; `taps` is a multiple of 8, `count` is rounded up to a multiple of 4. */
export function reduceRow(
  source: usize,
  starts: usize,
  coefficients: usize,
  taps: i32,
  count: i32,
  target: usize,
): void {
  const bytes = usize(taps) << 1;
  const round = i32x4.splat(1 << (COEFFICIENT_BITS - 1));
  for (let i = 0; i < count; i += 4) {
    const a = dotRow(source + (load<i32>(starts) << 1), coefficients, taps);
    const b = dotRow(source + (load<i32>(starts, 4) << 1), coefficients + bytes, taps);
    const c = dotRow(source + (load<i32>(starts, 8) << 1), coefficients + bytes * 2, taps);
    const d = dotRow(source + (load<i32>(starts, 12) << 1), coefficients + bytes * 3, taps);
    const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
    const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 2, 4, 6), v128.shuffle<i32>(c, d, 1, 3, 5, 7));
    const sums = i32x4.add(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
    const rounded = i32x4.shr_s(i32x4.add(sums, round), COEFFICIENT_BITS);
    v128.store64_lane(target, i16x8.narrow_i32x4_s(rounded, rounded), 0);
    starts += 16;
    coefficients += bytes * 4;
    target += 8;
  }
}

/**
 * Vertical reduction to one row of i16 samples around mid-grey (128 = 0). `rows` is a list of `taps` row addresses (i32),
 * `taps` even; `width` is rounded up to a multiple of 8.
 */
export function reduceColumns(rows: usize, coefficients: usize, taps: i32, width: i32, target: usize): void {
  const round = i32x4.splat((1 << (COEFFICIENT_BITS - 1)) - (128 << (COEFFICIENT_BITS + FRACTION_BITS)));
  const least = i16x8.splat(-LARGEST);
  const most = i16x8.splat(LARGEST);
  for (let x = 0; x < width; x += 8) {
    const at = usize(x) << 1;
    let low = round;
    let high = round;
    for (let k = 0; k < taps; k += 2) {
      const a = v128.load(usize(load<u32>(rows + (usize(k) << 2))) + at);
      const b = v128.load(usize(load<u32>(rows + (usize(k) << 2), 4)) + at);
      const pair = i32x4.splat(load<i32>(coefficients + (usize(k) << 1)));
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11), pair));
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), pair));
    }
    const samples = i16x8.narrow_i32x4_s(
      i32x4.shr_s(low, COEFFICIENT_BITS),
      i32x4.shr_s(high, COEFFICIENT_BITS),
    );
    v128.store(target + at, i16x8.min_s(i16x8.max_s(samples, least), most));
  }
}
