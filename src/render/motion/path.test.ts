import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Easing } from "../../spec/production.ts";
import { containViewpoint, coverFraction, viewpointAt, viewportRect } from "./path.ts";
import { power } from "./power.ts";

const side = fc.integer({ min: 1, max: 12_000 });
const anyViewpoint = fc.record({
  x: fc.double({ min: -2, max: 3, noNaN: true }),
  y: fc.double({ min: -2, max: 3, noNaN: true }),
  scale: fc.double({ min: 0.1, max: 20, noNaN: true }),
});
const easing = fc.constantFrom<Easing>("linear", "easeIn", "easeOut", "easeInOut");

describe("viewportRect", () => {
  it("lies inside the picture and has the output's shape, whatever is asked for", () => {
    fc.assert(
      fc.property(anyViewpoint, side, side, side, side, (viewpoint, pictureW, pictureH, outputW, outputH) => {
        const { left, top, width, height } = viewportRect(viewpoint, pictureW, pictureH, outputW, outputH);
        expect(left).toBeGreaterThanOrEqual(0);
        expect(top).toBeGreaterThanOrEqual(0);
        expect(left + width).toBeLessThanOrEqual(pictureW * (1 + 1e-12));
        expect(top + height).toBeLessThanOrEqual(pictureH * (1 + 1e-12));
        expect(width / height / (outputW / outputH)).toBeCloseTo(1, 9);
      }),
    );
  });

  it("at scale 1 fills one side of the picture", () => {
    expect(viewportRect({ x: 0.5, y: 0.5, scale: 1 }, 4000, 3000, 1920, 1080)).toEqual({
      left: 0,
      top: 375,
      width: 4000,
      height: 2250,
    });
    expect(viewportRect({ x: 0.5, y: 0.5, scale: 1 }, 3000, 1000, 1000, 1000)).toEqual({
      left: 1000,
      top: 0,
      width: 1000,
      height: 1000,
    });
  });
});

describe("viewpointAt", () => {
  it("starts and ends exactly where it should, and clamps time", () => {
    const path = {
      from: { x: 0.4, y: 0.5, scale: 1.3 },
      to: { x: 0.6, y: 0.5, scale: 1 },
      easing: "easeInOut",
    } as const;
    expect(viewpointAt(path, 0)).toEqual(path.from);
    expect(viewpointAt(path, -1)).toEqual(path.from);
    expect(viewpointAt(path, 1)).toEqual(path.to);
    expect(viewpointAt(path, 7)).toEqual(path.to);
  });

  it("stays inside the picture all along when both ends are inside", () => {
    fc.assert(
      fc.property(
        anyViewpoint,
        anyViewpoint,
        easing,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        (from, to, ease, t, aspect) => {
          const cover = coverFraction(aspect, 16 / 9);
          const path = { from: containViewpoint(from, cover), to: containViewpoint(to, cover), easing: ease };
          const at = viewpointAt(path, t);
          const held = containViewpoint(at, cover);
          expect(at.x).toBeCloseTo(held.x, 9);
          expect(at.y).toBeCloseTo(held.y, 9);
          expect(at.scale).toBeCloseTo(held.scale, 9);
        },
      ),
    );
  });

  it("moves every point of the picture straight across the screen, never back", () => {
    fc.assert(
      fc.property(
        anyViewpoint,
        anyViewpoint,
        easing,
        fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
        (from, to, ease, [px, py]) => {
          const cover = coverFraction(1.5, 16 / 9);
          const path = { from: containViewpoint(from, cover), to: containViewpoint(to, cover), easing: ease };
          const screen = Array.from({ length: 21 }, (_, i) => {
            const { x, y, scale } = viewpointAt(path, i / 20);
            return { x: ((px - x) * scale) / cover.width, y: ((py - y) * scale) / cover.height };
          });
          const first = screen[0] as { x: number; y: number };
          const last = screen[20] as { x: number; y: number };
          const length = Math.hypot(last.x - first.x, last.y - first.y);
          let before = 0;
          for (const point of screen) {
            const along = (point.x - first.x) * (last.x - first.x) + (point.y - first.y) * (last.y - first.y);
            const beside =
              (point.x - first.x) * (last.y - first.y) - (point.y - first.y) * (last.x - first.x);
            expect(Math.abs(beside)).toBeLessThanOrEqual(1e-6 * (1 + length) ** 2);
            expect(along).toBeGreaterThanOrEqual(before - 1e-6 * (1 + length) ** 2);
            before = along;
          }
        },
      ),
    );
  });

  it("zooms by the same ratio in equal times", () => {
    const path = {
      from: { x: 0.5, y: 0.5, scale: 1 },
      to: { x: 0.5, y: 0.5, scale: 2 },
      easing: "linear",
    } as const;
    for (let i = 0; i < 8; i++) {
      const ratio = viewpointAt(path, (i + 1) / 8).scale / viewpointAt(path, i / 8).scale;
      expect(ratio).toBeCloseTo(2 ** (1 / 8), 12);
    }
  });
});

it("power agrees with Math.pow", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (base, exponent) => {
        expect(power(base, exponent) / base ** exponent).toBeCloseTo(1, 12);
      },
    ),
  );
});
