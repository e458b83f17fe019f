import { expect, test } from "vitest";
import { hardEdgeShare } from "./edges.ts";
import { contentOfStill } from "./scene-content.ts";

const SIDE = 64;
const zoom = { from: at(1), to: at(1.12), easing: "linear" } as const;
const pan = { from: at(1.12), to: at(1.12), easing: "linear" } as const;

function at(scale: number) {
  return { x: 0.5, y: 0.5, scale };
}

function picture(luma: (x: number, y: number) => number): Uint8Array {
  return Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return luma(pixel % SIDE, Math.floor(pixel / SIDE));
  });
}

test("a gradient has no hard edges, however steep it is within reason, and a flat picture none", () => {
  expect(
    hardEdgeShare(
      picture(() => 90),
      SIDE,
      SIDE,
    ),
  ).toBe(0);
  expect(
    hardEdgeShare(
      picture((x) => x * 4),
      SIDE,
      SIDE,
    ),
  ).toBe(0);
});

test("lines of black on white are counted on both their sides", () => {
  // One column in sixteen is black: its two neighbours see the step across them.
  const lines = picture((x) => (x % 16 === 8 ? 0 : 255));
  expect(hardEdgeShare(lines, SIDE, SIDE)).toBeCloseTo(8 / 62, 2);
});

test("what is too small to have an inside has no edges", () => {
  expect(hardEdgeShare(new Uint8Array(12), 2, 2)).toBe(0);
});

test("a pixel's rounding in the picture library does not move the share", () => {
  const lines = picture((x, y) => (x % 16 === 8 && y !== 7 ? 0 : 255));
  const rounded = lines.map((value, i) => (i % 97 === 0 ? Math.abs(value - 1) : value));
  expect(hardEdgeShare(rounded, SIDE, SIDE)).toBe(hardEdgeShare(lines, SIDE, SIDE));
});

test("hard edges decide, then whether the view changes its scale", () => {
  expect(contentOfStill(0.1, zoom)).toBe("hardZoom");
  expect(contentOfStill(0.1, pan)).toBe("hardPan");
  expect(contentOfStill(0.02, zoom)).toBe("softZoom");
  expect(contentOfStill(0.02, { ...zoom, from: zoom.to, to: zoom.from })).toBe("softZoom");
  expect(contentOfStill(0.02, pan)).toBe("softPan");
});
