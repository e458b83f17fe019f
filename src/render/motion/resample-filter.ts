/** The cubic that resamples one axis: see `assembly/tables.ts`. */
export interface ResampleFilter {
  /** Even, 4..8. */
  readonly taps: number;
  /** B of the Keys family (B + 2C = 1): 0 is Catmull-Rom. */
  readonly softness: number;
  /** Widening of the kernel, >= 1. */
  readonly spread: number;
}

/** Up to here a softer cubic of four taps holds off aliasing; beyond, the kernel is widened. */
const FOUR_TAP_STEP = 1.25;
const SOFTNESS_PER_STEP = 0.8;

/**
 * Filter for `step` source samples per output sample.
 *
 * Widening Catmull-Rom at once, at a step of 1.01, would need six taps for nearly every frame of a slow zoom, half as
 * much work again. Raising B lowers the band edge just as well while the minification is slight, and keeps four.
 */
export function resampleFilter(step: number): ResampleFilter {
  if (step <= 1) return { taps: 4, softness: 0, spread: 1 };
  const softness = SOFTNESS_PER_STEP * (Math.min(step, FOUR_TAP_STEP) - 1);
  if (step <= FOUR_TAP_STEP) return { taps: 4, softness, spread: 1 };
  const spread = step / FOUR_TAP_STEP;
  return { taps: 2 * Math.ceil(2 * spread), softness, spread };
}
