import { expect, test } from "vitest";
import {
  areaSignature,
  frameSignature,
  type LumaPlane,
  shareOf,
  signatureDistance,
} from "./luma-signature.ts";

function plane(
  width: number,
  height: number,
  level: (x: number, y: number) => number,
  stride = width,
): LumaPlane {
  const data = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * stride + x] = level(x, y);
  return { data, stride, width, height };
}

test("a frame's signature is the means of 16 x 9 blocks, whatever the stride", () => {
  const level = (x: number, y: number): number => Math.floor(x / 20) * 10 + Math.floor(y / 20);
  const bytes = Buffer.from(frameSignature(plane(320, 180, level)), "base64");
  expect([...bytes]).toEqual(
    Array.from({ length: 144 }, (_, cell) => (cell % 16) * 10 + Math.floor(cell / 16)),
  );
  expect(frameSignature(plane(320, 180, level, 384))).toBe(frameSignature(plane(320, 180, level)));
});

test("frames smaller than the grid have a signature too", () => {
  const tiny = plane(10, 6, () => 100);
  expect(signatureDistance(frameSignature(tiny), frameSignature(plane(10, 6, () => 90))).largest).toBe(10);
  expect(signatureDistance(areaSignature(tiny, { x: 4, y: 4, width: 1, height: 1 }), "").rms).toBe(255);
});

test("stripes that leave the mean as it is show in the deviation", () => {
  const area = { x: 10, y: 10, width: 240, height: 60 };
  const grey = areaSignature(
    plane(320, 180, () => 100),
    area,
  );
  const striped = areaSignature(
    plane(320, 180, (x) => (x % 2 === 0 ? 70 : 130)),
    area,
  );
  const { rms, largest } = signatureDistance(grey, striped);
  expect(rms).toBeCloseTo(60 / Math.SQRT2);
  expect(largest).toBe(60);
});

test("a share says how much of what was added is seen", () => {
  const area = { x: 0, y: 0, width: 320, height: 180 };
  const [bare, half, full] = [100, 130, 160].map((level) =>
    areaSignature(
      plane(320, 180, () => level),
      area,
    ),
  ) as [string, string, string];
  expect(shareOf(bare, bare, full)).toBe(0);
  expect(shareOf(half, bare, full)).toBeCloseTo(0.5);
  expect(shareOf(full, bare, full)).toBe(1);
});
