import type { Fraction } from "./production.ts";

export const MIN_FPS = 1;
export const MAX_FPS = 120;

/**
 * A frame rate as an exact, reduced fraction, or null when `value` is none within 1..120.
 *
 * Takes `30`, `"30"`, `"30000/1001"`, and the usual roundings of the NTSC rates: 23.976, 23.98, 29.97,
 * 59.94, 119.88 mean n * 1000 / 1001. Over an hour the rounded 29.97 would drift by 3.6 ms.
 */
export function parseFrameRate(value: number | string): Fraction | null {
  const match = /^\s*(\d{1,7}(?:\.\d{1,6})?)\s*(?:\/\s*(\d{1,7})\s*)?$/.exec(String(value));
  if (match === null) return null;
  const [, numerator = "", denominator] = match;
  if (denominator !== undefined) {
    if (numerator.includes(".") || Number(denominator) === 0) return null;
    return inRange(reduce(Number(numerator), Number(denominator)));
  }
  const rate = Number(numerator);
  if (Number.isInteger(rate)) return inRange({ num: rate, den: 1 });
  const ntscBase = Math.round(rate);
  if (Math.abs(rate - (ntscBase * 1000) / 1001) < 0.005) return inRange(reduce(ntscBase * 1000, 1001));
  return inRange(reduce(Math.round(rate * 1_000_000), 1_000_000));
}

/** `30`, or `30000/1001` when the rate is no whole number. Parses back to the same fraction. */
export function formatFrameRate(fps: Fraction): number | string {
  return fps.den === 1 ? fps.num : `${fps.num}/${fps.den}`;
}

const USUAL_RATES = ["24000/1001", 24, 25, "30000/1001", 30, 50, "60000/1001", 60, 100, 120];

/** For a rate that a recorder measured: the usual one it was meant to be, else the nearest whole number within 1..120. */
export function nearestFrameRate({ num, den }: Fraction): number | string {
  const rate = num / den;
  const usual = USUAL_RATES.find((text) => {
    const known = parseFrameRate(text) as Fraction;
    return Math.abs(rate / (known.num / known.den) - 1) < 0.0004;
  });
  if (usual !== undefined) return usual;
  return Number.isFinite(rate) ? Math.min(MAX_FPS, Math.max(MIN_FPS, Math.round(rate))) : 30;
}

function reduce(num: number, den: number): Fraction {
  let [a, b] = [num, den];
  while (b !== 0) [a, b] = [b, a % b];
  return a === 0 ? { num, den } : { num: num / a, den: den / a };
}

function inRange(fps: Fraction): Fraction | null {
  const rate = fps.num / fps.den;
  return rate >= MIN_FPS && rate <= MAX_FPS ? fps : null;
}
