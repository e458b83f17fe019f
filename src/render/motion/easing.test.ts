import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Easing, EasingName } from "../../spec/production.ts";
import { ease } from "./easing.ts";

const FAMILIES = ["Sine", "Quad", "Cubic", "Quart", "Expo"] as const;
const NAMES: readonly EasingName[] = [
  "linear",
  ...(["", ...FAMILIES] as const).flatMap((family) =>
    (["easeIn", "easeOut", "easeInOut"] as const).map((way) => `${way}${family}` as EasingName),
  ),
];
const STEPS = 2000;
const unit = fc.double({ min: 0, max: 1, noNaN: true });

function expectRising(easing: Easing): void {
  expect(ease(easing, 0)).toBe(0);
  expect(ease(easing, 1)).toBe(1);
  let before = 0;
  for (let step = 1; step <= STEPS; step++) {
    const value = ease(easing, step / STEPS);
    // Two values that round alike may differ in the last bit.
    expect(value).toBeGreaterThanOrEqual(before - 1e-15);
    expect(value).toBeLessThanOrEqual(1);
    before = value;
  }
}

describe("ease", () => {
  it.each(NAMES)("%s rises from exactly 0 to exactly 1 and never falls", (name) => expectRising(name));

  it.each(NAMES)("%s is clamped outside 0..1", (name) => {
    expect([ease(name, -1), ease(name, 2)]).toEqual([0, 1]);
  });

  it.each(NAMES.filter((name) => name.startsWith("easeInOut")))("%s is symmetric", (name) => {
    for (let step = 0; step <= 100; step++) {
      const t = step / 100;
      expect(ease(name, t) + ease(name, 1 - t)).toBeCloseTo(1, 12);
    }
  });

  it.each(FAMILIES)("easeOut%s is easeIn%s turned around", (family) => {
    for (let step = 0; step <= 100; step++) {
      const t = step / 100;
      expect(ease(`easeOut${family}`, t)).toBeCloseTo(1 - ease(`easeIn${family}`, 1 - t), 12);
    }
  });

  it("the names mean the curves they are known by", () => {
    for (const t of [0.1, 0.25, 0.5, 0.8]) {
      expect(ease("easeInSine", t)).toBeCloseTo(1 - Math.cos((t * Math.PI) / 2), 12);
      expect(ease("easeOutSine", t)).toBeCloseTo(Math.sin((t * Math.PI) / 2), 12);
      expect(ease("easeInOutSine", t)).toBeCloseTo((1 - Math.cos(Math.PI * t)) / 2, 12);
      expect(ease("easeInCubic", t)).toBeCloseTo(t ** 3, 12);
      expect(ease("easeInOutQuart", t)).toBeCloseTo(t < 0.5 ? 8 * t ** 4 : 1 - (-2 * t + 2) ** 4 / 2, 12);
      // Less its jump of 2^-10 at the start.
      expect(ease("easeInExpo", t)).toBeCloseTo((2 ** (10 * t) - 1) / 1023, 9);
      expect(Math.abs(ease("easeInExpo", t) - 2 ** (10 * t - 10))).toBeLessThan(0.001);
    }
    expect(ease("easeIn", 0.3)).toBe(ease("easeInQuad", 0.3));
    expect(ease("easeInOut", 0.25)).toBe(0.15625);
  });
});

describe("a Bezier of one's own", () => {
  it("agrees with CSS's keywords", () => {
    // The values of `ease` and `ease-in-out` in the CSS easing specification's own curve, solved to 6 places.
    expect(ease([0.25, 0.1, 0.25, 1], 0.5)).toBeCloseTo(0.802403, 5);
    expect(ease([0.42, 0, 0.58, 1], 0.25)).toBeCloseTo(0.129162, 5);
    expect(ease([0.42, 0, 0.58, 1], 0.5)).toBeCloseTo(0.5, 12);
  });

  it("with its points on the diagonal is linear", () => {
    for (const t of [0.01, 0.3, 0.77]) expect(ease([0.2, 0.2, 0.9, 0.9], t)).toBeCloseTo(t, 12);
  });

  it("never falls and never leaves 0..1, wherever its points are", () => {
    fc.assert(
      fc.property(unit, unit, unit, unit, (x1, y1, x2, y2) => {
        let before = 0;
        for (let step = 1; step <= 200; step++) {
          const value = ease([x1, y1, x2, y2], step / 200);
          expect(value).toBeGreaterThanOrEqual(before - 1e-12);
          expect(value).toBeLessThanOrEqual(1 + 1e-12);
          before = value;
        }
      }),
      { numRuns: 40 },
    );
    for (const corner of [
      [1, 0, 0, 1],
      [0, 1, 1, 0],
      [0, 0, 0, 0],
      [1, 1, 1, 1],
    ] as const)
      expectRising(corner);
  });
});
