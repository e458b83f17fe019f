/**
 * How a motion speeds up and slows down. By + - * / only: Math.pow and Math.sin may differ in the last bit between
 * machines, and chunks of one film must be identical wherever they are rendered.
 */
import type { Easing, EasingFamily } from "../../spec/production.ts";
import { power } from "./power.ts";

/** `time` 0..1, clamped, to 0..1: both ends exact, never falling. */
export function ease(easing: Easing, time: number): number {
  const t = time < 0 ? 0 : time > 1 ? 1 : time;
  if (t === 0 || t === 1) return t;
  if (typeof easing !== "string") return bezier(easing, t);
  switch (easing) {
    case "linear":
      return t;
    case "easeIn":
      return t * t;
    case "easeOut":
      return t * (2 - t);
    case "easeInOut":
      return t * t * (3 - 2 * t);
  }
  const [, way, family] = /^ease(In|Out|InOut)([A-Z][a-z]+)$/.exec(easing) as unknown as [
    string,
    "In" | "Out" | "InOut",
    EasingFamily,
  ];
  const easeIn = EASE_IN[family];
  if (way === "In") return easeIn(t);
  if (way === "Out") return 1 - easeIn(1 - t);
  return t < 0.5 ? easeIn(2 * t) / 2 : 1 - easeIn(2 - 2 * t) / 2;
}

/** The other two ways follow by turning this one around, as on easings.net. */
const EASE_IN: Readonly<Record<EasingFamily, (t: number) => number>> = {
  Sine: (t) => 1 - sineOfQuarters(1 - t),
  Quad: (t) => t * t,
  Cubic: (t) => t * t * t,
  Quart: (t) => t * t * t * t,
  // Less the 2^-10 that the usual formula starts with: its jump is a visible jerk in a slow zoom.
  Expo: (t) => (power(1024, t) - 1) / 1023,
};

/** sin(t * 90 degrees) for 0 <= t <= 1; the series is exact to 1e-16 there. */
function sineOfQuarters(t: number): number {
  const x = (t * Math.PI) / 2;
  let sum = 0;
  for (let n = 21; n >= 1; n -= 2) sum = 1 - (sum * x * x) / ((n + 1) * (n + 2));
  return sum * x;
}

/**
 * CSS cubic-bezier. With control points inside the unit square both coordinates rise over the whole curve, so the
 * place on it where x = t is found by halving; Newton's steps would be fewer, but stall where x stands still.
 */
function bezier([x1, y1, x2, y2]: readonly [number, number, number, number], t: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 52; step++) {
    const middle = (low + high) / 2;
    if (onCurve(x1, x2, middle) < t) low = middle;
    else high = middle;
  }
  return onCurve(y1, y2, (low + high) / 2);
}

function onCurve(first: number, second: number, s: number): number {
  const rest = 1 - s;
  return 3 * rest * rest * s * first + 3 * rest * s * s * second + s * s * s;
}
