import { expect, test } from "vitest";
import type { LumaFrame } from "./luma-frame.ts";
import { mulberry32 } from "./similarity.ts";
import { lumaSsim } from "./ssim.ts";

function frameOf(width: number, height: number, value: (x: number, y: number) => number): LumaFrame {
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
  };
}

test("equal frames are 1", () => {
  const random = mulberry32(1);
  const frame = frameOf(40, 24, () => random() * 255);
  expect(lumaSsim(frame, frame)).toBeCloseTo(1, 12);
});

test("flat frames of two levels follow the luminance term", () => {
  const c1 = (0.01 * 255) ** 2;
  const expected = (2 * 100 * 120 + c1) / (100 ** 2 + 120 ** 2 + c1);
  expect(
    lumaSsim(
      frameOf(16, 16, () => 100),
      frameOf(16, 16, () => 120),
    ),
  ).toBeCloseTo(expected, 12);
});

test("one window agrees with the definition", () => {
  const random = mulberry32(2);
  const a = frameOf(8, 8, () => random() * 255);
  const b = frameOf(8, 8, () => random() * 255);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [va, vb] = [[...a.data], [...b.data]];
  const [ma, mb] = [mean(va), mean(vb)];
  const variance = mean(va.map((v) => (v - ma) ** 2)) + mean(vb.map((v) => (v - mb) ** 2));
  const covariance = mean(va.map((v, i) => (v - ma) * ((vb[i] ?? 0) - mb)));
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  const expected =
    ((2 * ma * mb + c1) * (2 * covariance + c2)) / ((ma * ma + mb * mb + c1) * (variance + c2));
  expect(lumaSsim(a, b)).toBeCloseTo(expected, 12);
});

test("damage in one corner touches only its windows", () => {
  const texture = (x: number, y: number) => ((x * 37 + y * 61) % 97) + 60;
  const clean = frameOf(64, 64, texture);
  const damaged = frameOf(64, 64, (x, y) => (x < 4 && y < 4 ? 255 - texture(x, y) : texture(x, y)));
  const ssim = lumaSsim(clean, damaged);
  // 15 x 15 windows, one of them touched.
  expect(ssim).toBeLessThan(1);
  expect(ssim).toBeGreaterThan(1 - 2 / 225);
});

test("frames of different sizes are refused", () => {
  expect(() =>
    lumaSsim(
      frameOf(8, 8, () => 0),
      frameOf(16, 8, () => 0),
    ),
  ).toThrow(RangeError);
});
