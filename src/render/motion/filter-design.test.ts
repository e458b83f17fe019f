import { describe, expect, it } from "vitest";
import { designTaps, TAPS } from "./filter-design.ts";

const PHASES = Array.from({ length: 17 }, (_, i) => i / 16);
const STEPS = [0.875, 1, 1.2, 1.45, 1.75];

/** Response at a frequency (1 = the source's Nyquist), with the wanted delay taken off. */
function response(taps: readonly number[], phase: number, frequency: number): { re: number; im: number } {
  const angle = (tap: number) => Math.PI * frequency * (tap - 2 - phase);
  return {
    re: taps.reduce((sum, value, tap) => sum + value * Math.cos(angle(tap)), 0),
    im: taps.reduce((sum, value, tap) => sum + value * Math.sin(angle(tap)), 0),
  };
}

function catmullRom(phase: number): number[] {
  return Array.from({ length: TAPS }, (_, tap) => {
    const x = Math.abs(tap - 2 - phase);
    if (x < 1) return 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
    return x < 2 ? -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2 : 0;
  });
}

/** Pixels by which detail of a frequency is displaced, worst of all phases. */
function worstDelay(tapsOf: (phase: number) => readonly number[], frequency: number): number {
  return Math.max(
    ...PHASES.map((phase) => {
      const { re, im } = response(tapsOf(phase), phase, frequency);
      return Math.abs(Math.atan2(im, re) / (Math.PI * frequency));
    }),
  );
}

describe("designTaps", () => {
  it("keeps brightness and place exactly, and fits 16 bits", () => {
    for (const step of STEPS) {
      for (const phase of PHASES) {
        const taps = designTaps(step, phase);
        expect(taps.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
        expect(taps.reduce((sum, value, tap) => sum + value * (tap - 2 - phase), 0)).toBeCloseTo(0, 12);
        expect(Math.max(...taps)).toBeLessThan(0.99);
        // Twice over, the sums of 160 levels from mid-grey must stay within 512.
        expect(taps.reduce((sum, value) => sum + Math.abs(value), 0)).toBeLessThan(1.78);
      }
    }
  });

  it("displaces detail far less than Catmull-Rom at one source pixel per frame pixel", () => {
    for (const frequency of [0.2, 0.3, 0.4, 0.5]) {
      const own = worstDelay((phase) => designTaps(1, phase), frequency);
      expect(own).toBeLessThan(0.3 * worstDelay(catmullRom, frequency));
    }
  });

  it("has one amplitude for all phases, and suppresses what the frame cannot show", () => {
    for (const step of STEPS) {
      for (const [frequency, least, most] of [
        [0.3, 0.9, 1.1],
        [1.6, -0.2, 0.1],
      ] as const) {
        if (frequency / step > 1) continue;
        const amplitudes = PHASES.map(
          (phase) => response(designTaps(step, phase), phase, frequency / step).re,
        );
        expect(Math.min(...amplitudes)).toBeGreaterThan(least);
        expect(Math.max(...amplitudes)).toBeLessThan(most);
        expect(Math.max(...amplitudes) - Math.min(...amplitudes)).toBeLessThan(0.15);
      }
    }
  });

  it("gives these very numbers everywhere", () => {
    expect(designTaps(1.25, 0.375).map((value) => Math.round(value * 2 ** 40))).toMatchInlineSnapshot(`
      [
        -4427818585,
        -73853882034,
        753773178368,
        528444647391,
        -114436185910,
        10011688547,
      ]
    `);
  });
});
