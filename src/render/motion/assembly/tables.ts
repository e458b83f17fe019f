// Where each output column and row looks, and with which coefficients.
//
// The filter is Catmull-Rom, widened by `spread` (>= 1) when minifying. On the sample grid Catmull-Rom keeps the centroid
// of what it filters exactly, whatever the phase; the widened one nearly, and the table takes back the rest. That is
// what makes slow motion smooth.

const UNIT: f64 = 16384;
const GROUP: i32 = 8;
/** Positions are rounded to 1/2048 sample: within 1/4096, far below what eight bits can show. */
const PHASES: i32 = 2048;

function catmullRom(x: f64): f64 {
  x = Math.abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** Coefficients for every phase 0..2048 of a spread: `taps` Q14 values (i16) each, their sum exactly 1. */
export function buildPhases(table: usize, taps: i32, spread: f64, weights: usize): void {
  for (let phase = 0; phase <= PHASES; phase++) {
    writeTaps(table, taps, f64((taps >> 1) - 1) + f64(phase) / f64(PHASES), spread, weights);
    table += usize(taps) << 1;
  }
}

/** The position lies `offset` samples behind the first tap. */
function writeTaps(target: usize, taps: i32, offset: f64, spread: f64, weights: usize): void {
  const scale = 1 / spread;
  let sum: f64 = 0;
  let moment: f64 = 0;
  for (let k = 0; k < taps; k++) {
    const distance = f64(k) - offset;
    const weight = catmullRom(distance * scale);
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
    const at = target + (usize(k) << 1);
    store<i16>(at, i16(value));
    total += value;
    if (value > largest) {
      largest = value;
      largestAt = at;
    }
  }
  store<i16>(largestAt, i16(largest + i32(UNIT) - total));
}

function firstTap(whole: f64, taps: i32, low: i32, high: i32): i32 {
  return min(max(i32(whole) - (taps >> 1) + 1, low), high);
}

function phaseOf(phases: usize, fraction: f64, taps: i32): usize {
  return phases + usize(i32(fraction * f64(PHASES) + 0.5)) * (usize(taps) << 1);
}

/**
 * Columns in groups of 8 records: [i32 first source byte, 12 unused][16 B swizzle of the first tap pair][32 B
 * coefficients of 8 columns for each tap pair]. Column i looks at `start + i * step` (in samples, centre of sample 0 = 0).
 * The step must be <= 2, so that 8 columns and a pair of taps lie within 16 source bytes.
 */
export function buildColumns(
  table: usize,
  count: i32,
  start: f64,
  step: f64,
  taps: i32,
  phases: usize,
  low: i32,
  high: i32,
): void {
  const pairs = taps >> 1;
  for (let i = 0; i < count; i += GROUP) {
    const base = firstTap(Math.floor(start + f64(i) * step), taps, low, high);
    store<i32>(table, base);
    for (let j = 0; j < GROUP; j++) {
      const position = start + f64(i + j) * step;
      const whole = Math.floor(position);
      const index = min(firstTap(whole, taps, low, high) - base, 14);
      store<u8>(table + 16 + (usize(j) << 1), u8(index));
      store<u8>(table + 17 + (usize(j) << 1), u8(index + 1));
      const coefficients = phaseOf(phases, position - whole, taps);
      const target = table + 32 + (usize(j) << 2);
      for (let p = 0; p < pairs; p++) {
        store<u32>(target + (usize(p) << 5), load<u32>(coefficients + (usize(p) << 2)));
      }
    }
    table += 32 + (usize(pairs) << 5);
  }
}

/** Rows as records: [i32 first source row][`taps` i16 coefficients]. */
export function buildRows(
  table: usize,
  count: i32,
  start: f64,
  step: f64,
  taps: i32,
  phases: usize,
  low: i32,
  high: i32,
): void {
  const pairs = taps >> 1;
  for (let i = 0; i < count; i++) {
    const position = start + f64(i) * step;
    const whole = Math.floor(position);
    store<i32>(table, firstTap(whole, taps, low, high));
    const coefficients = phaseOf(phases, position - whole, taps);
    for (let p = 0; p < pairs; p++) {
      store<u32>(table + 4 + (usize(p) << 2), load<u32>(coefficients + (usize(p) << 2)));
    }
    table += 4 + (usize(taps) << 1);
  }
}
