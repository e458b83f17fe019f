// Where each output column and row looks, and with which coefficients.

const TAPS: i32 = 6;
/** Positions are rounded to 1/2048 sample: within 1/4096, far below what eight bits can show. */
const PHASES: i32 = 2048;
/** A phase's six i16 coefficients and four bytes unused. */
const PHASE_BYTES: usize = 16;

/**
 * One record for each output column or row: [i32 first tap, times `unit`][6 i16 coefficients]. Number i looks at
 * `start + i * step` (in samples, centre of sample 0 = 0). First taps are kept within `low`..`high`. `phases` holds the
 * coefficients of phases 0..2048, each for the taps from 2 before the position's whole part on.
 */
export function buildAxis(
  table: usize,
  count: i32,
  start: f64,
  step: f64,
  phases: usize,
  low: i32,
  high: i32,
  unit: i32,
): void {
  for (let i = 0; i < count; i++) {
    const position = start + f64(i) * step;
    const whole = Math.floor(position);
    const coefficients = phases + usize(i32((position - whole) * f64(PHASES) + 0.5)) * PHASE_BYTES;
    store<i32>(table, min(max(i32(whole) - (TAPS / 2 - 1), low), high) * unit);
    store<u64>(table, load<u64>(coefficients), 4);
    store<u32>(table, load<u32>(coefficients, 8), 12);
    table += 16;
  }
}
