// Per-frame tables: where each output column and row looks, and with which coefficients.
//
// The filter is a cubic of the Keys line (B + 2C = 1): B = 0 is Catmull-Rom. All of them keep the centroid of what
// they filter exactly, whatever the phase, which is what makes slow motion smooth. `softness` is B; when minifying
// the host raises it, and above that widens the kernel by `spread`.

const UNIT: f64 = 16384;
const GROUP: i32 = 8;

// @ts-expect-error AssemblyScript decorator
@inline
function cubic(x: f64, b: f64): f64 {
  const c = (1 - b) * 0.5;
  x = Math.abs(x);
  if (x < 1) return (((12 - 9 * b - 6 * c) * x + (-18 + 12 * b + 6 * c)) * x * x + (6 - 2 * b)) / 6;
  if (x < 2) {
    return ((((-b - 6 * c) * x + (6 * b + 30 * c)) * x + (-12 * b - 48 * c)) * x + (8 * b + 24 * c)) / 6;
  }
  return 0;
}

/** Writes `taps` Q14 coefficients whose sum is exactly 1; pair p goes to `target + p * pairStride`. */
function writeTaps(
  target: usize, pairStride: usize, taps: i32, offset: f64, softness: f64, spread: f64, weights: usize,
): void {
  // The sample k lies k - offset from the position, in samples.
  const scale = 1 / spread;
  let sum: f64 = 0;
  let moment: f64 = 0;
  for (let k = 0; k < taps; k++) {
    const distance = f64(k) - offset;
    const weight = cubic(distance * scale, softness);
    store<f64>(weights + (usize(k) << 3), weight);
    sum += weight;
    moment += weight * distance;
  }
  const normal = UNIT / sum;
  // A widened kernel on an integer grid shifts its centroid by a hair; the two middle taps take it back.
  const shift = (moment / sum) * UNIT;
  const middle = (taps >> 1) - 1;
  let total = 0;
  let largest = 0;
  let largestAt: usize = target;
  for (let k = 0; k < taps; k++) {
    let exact = load<f64>(weights + (usize(k) << 3)) * normal;
    if (k == middle) exact += shift;
    if (k == middle + 1) exact -= shift;
    const value = i32(Math.floor(exact + 0.5));
    const at = target + usize(k >> 1) * pairStride + (usize(k & 1) << 1);
    store<i16>(at, i16(value));
    total += value;
    if (value > largest) {
      largest = value;
      largestAt = at;
    }
  }
  store<i16>(largestAt, i16(largest + i32(UNIT) - total));
}

// @ts-expect-error AssemblyScript decorator
@inline
function firstTap(position: f64, taps: i32, low: i32, high: i32): i32 {
  return min(max(i32(Math.floor(position)) - (taps >> 1) + 1, low), high);
}

/**
 * Columns in groups of 8 records: [i32 first source byte, 12 unused][16 B swizzle of the first tap pair][32 B
 * coefficients of 8 columns for each tap pair]. Column i looks at `start + i * step` (in samples, centre of sample 0 = 0).
 * The step must be <= 2, so that 8 columns and a pair of taps lie within 16 source bytes.
 */
export function buildColumns(
  table: usize, count: i32, start: f64, step: f64, taps: i32, softness: f64, spread: f64,
  low: i32, high: i32, weights: usize,
): void {
  const pairs = taps >> 1;
  for (let i = 0; i < count; i += GROUP) {
    const base = firstTap(start + f64(i) * step, taps, low, high);
    store<i32>(table, base);
    for (let j = 0; j < GROUP; j++) {
      const position = start + f64(i + j) * step;
      const first = firstTap(position, taps, low, high);
      const index = min(first - base, 14);
      store<u8>(table + 16 + (usize(j) << 1), u8(index));
      store<u8>(table + 17 + (usize(j) << 1), u8(index + 1));
      writeTaps(table + 32 + (usize(j) << 2), 32, taps, position - f64(first), softness, spread, weights);
    }
    table += 32 + usize(pairs) * 32;
  }
}

/** Rows as records: [i32 first source row][`taps` i16 coefficients]. */
export function buildRows(
  table: usize, count: i32, start: f64, step: f64, taps: i32, softness: f64, spread: f64,
  low: i32, high: i32, weights: usize,
): void {
  for (let i = 0; i < count; i++) {
    const position = start + f64(i) * step;
    const first = firstTap(position, taps, low, high);
    store<i32>(table, first);
    writeTaps(table + 4, 4, taps, position - f64(first), softness, spread, weights);
    table += 4 + (usize(taps) << 1);
  }
}
