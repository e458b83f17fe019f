import { describe, expect, test } from "vitest";
import { containedSize, coverCrop, readTurn } from "./video-geometry.ts";

function matrix(a: number, b: number, c: number, d: number): Uint8Array {
  const words = Int32Array.of(a * 65_536, b * 65_536, 0, c * 65_536, d * 65_536, 0, 0, 0, 1 << 30);
  return new Uint8Array(words.buffer);
}

describe("readTurn", () => {
  test.each([
    ["upright", matrix(1, 0, 0, 1), [false, false, false]],
    ["a quarter clockwise", matrix(0, 1, -1, 0), [true, true, false]],
    ["half", matrix(-1, 0, 0, -1), [false, true, true]],
    ["three quarters", matrix(0, -1, 1, 0), [true, false, true]],
    ["mirrored", matrix(-1, 0, 0, 1), [false, true, false]],
    ["askew", matrix(1, 1, -1, 1), [false, false, false]],
    ["nothing", null, [false, false, false]],
    ["cut short", new Uint8Array(8), [false, false, false]],
  ])("%s", (_, bytes, [transpose, mirror, flip]) => {
    expect(readTurn(bytes)).toEqual({ transpose, mirror, flip });
  });
});

describe("coverCrop", () => {
  test.each([
    ["the same shape", { width: 1920, height: 1080 }, 16 / 9, 16 / 9, false, null],
    [
      "too wide",
      { width: 1920, height: 1080 },
      16 / 9,
      1,
      false,
      { left: 420, top: 0, width: 1080, height: 1080 },
    ],
    [
      "too tall",
      { width: 1080, height: 1920 },
      9 / 16,
      1,
      false,
      { left: 0, top: 420, width: 1080, height: 1080 },
    ],
    [
      "stored lying",
      { width: 1920, height: 1080 },
      9 / 16,
      1,
      true,
      { left: 420, top: 0, width: 1080, height: 1080 },
    ],
    [
      "odd, untouched across",
      { width: 319, height: 400 },
      319 / 400,
      2,
      false,
      { left: 0, top: 120, width: 319, height: 160 },
    ],
  ])("%s", (_, stored, shown, wanted, transpose, expected) => {
    expect(coverCrop(stored, shown, wanted, transpose)).toEqual(expected);
  });
});

test("a contained picture is even, inside the frame and never nothing", () => {
  expect(containedSize(4 / 3, 1920, 1080)).toEqual({ width: 1440, height: 1080 });
  expect(containedSize(4000, 320, 180)).toEqual({ width: 320, height: 2 });
  expect(containedSize(1 / 4000, 320, 180)).toEqual({ width: 2, height: 180 });
});
