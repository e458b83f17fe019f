/** Figures of several rounds. Pure. */

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly count: number;
}

/** null for no values. The median of an even number is the mean of the middle two. */
export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return null;
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  return {
    min,
    median: middle.reduce((sum, value) => sum + value, 0) / middle.length,
    max,
    count: sorted.length,
  };
}
