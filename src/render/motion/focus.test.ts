import { describe, expect, it } from "vitest";
import { finePrint, flat, naturalNoise, paint } from "../../../test/fixtures/synthetic-pictures.ts";
import { findFocus } from "./focus.ts";

describe("findFocus", () => {
  it("looks at the middle of a picture that shows nothing", () => {
    const { rgb, width, height } = flat(96, 64, [90, 90, 90]);
    expect(findFocus(rgb, width, height)).toEqual({ x: 0.5, y: 0.5 });
  });

  it.each([
    [0.3, 0.3],
    [0.7, 0.35],
    [0.35, 0.7],
    [0.65, 0.6],
  ])("finds a textured subject at %f,%f", (cx, cy) => {
    const picture = paint(96, 64, (x, y) => {
      const inside = Math.hypot(x / 96 - cx, ((y / 64 - cy) * 64) / 96) < 0.1;
      const value = inside ? ((Math.floor(x / 2) + Math.floor(y / 2)) % 2) * 200 + 30 : 120 + x / 8;
      return [value, value, value];
    });
    const focus = findFocus(picture.rgb, 96, 64);
    expect(Math.abs(focus.x - cx)).toBeLessThan(0.06);
    expect(Math.abs(focus.y - cy)).toBeLessThan(0.06);
  });

  it("finds a coloured subject of the background's brightness", () => {
    const picture = paint(96, 64, (x, y) =>
      Math.hypot(x - 66, y - 30) < 9 ? [250, 90, 60] : [126, 126, 126],
    );
    const focus = findFocus(picture.rgb, 96, 64);
    expect(Math.abs(focus.x - 66 / 96)).toBeLessThan(0.06);
    expect(Math.abs(focus.y - 30 / 64)).toBeLessThan(0.06);
  });

  it("keeps off the edges and copes with any size", () => {
    const corner = paint(96, 64, (x, y) => (x < 6 && y < 6 ? [255, 0, 0] : [10, 10, 10]));
    expect(findFocus(corner.rgb, 96, 64)).toEqual({ x: 0.2, y: 0.2 });
    for (const { rgb, width, height } of [
      finePrint(1, 1),
      finePrint(1, 50),
      finePrint(50, 2),
      naturalNoise(96, 40),
    ]) {
      const { x, y } = findFocus(rgb, width, height);
      for (const value of [x, y]) {
        expect(value).toBeGreaterThanOrEqual(0.2);
        expect(value).toBeLessThanOrEqual(0.8);
      }
    }
  });
});
