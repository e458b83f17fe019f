import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAX_PICTURE_PIXELS } from "./limits.ts";
import { decodeContained, decodeOverlay } from "./pictures.ts";

const ASPECT = 16 / 9;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-pictures-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function picture(width: number, height: number): Promise<string> {
  const file = path.join(folder, `${width}x${height}.png`);
  await sharp({ create: { width, height, channels: 3, background: "#c04020" } })
    .png()
    .toFile(file);
  return file;
}

describe("decodeContained", () => {
  test("keeps every pixel of a picture whose frame is small enough", async () => {
    const contained = await decodeContained(await picture(90, 180), "#0000ff", {
      aspect: ASPECT,
      maxWidth: 320,
    });
    expect([contained.width, contained.height]).toEqual([320, 180]);
    expect(pixel(contained, 0, 90)).toEqual([0, 0, 255]);
    expect(pixel(contained, 160, 90)).toEqual([192, 64, 32]);
  });

  for (const [width, height] of [
    [1, 60_000],
    [60_000, 1],
    [800, 20_000],
  ] as const) {
    for (const background of ["#0000ff", "blur"]) {
      test(`a picture of ${width} x ${height} on ${background} gets a frame no larger than the film needs`, async () => {
        const contained = await decodeContained(await picture(width, height), background, {
          aspect: ASPECT,
          maxWidth: 640,
        });
        expect([contained.width, contained.height]).toEqual([640, 360]);
        expect(contained.data.byteLength).toBe(640 * 360 * 3);
        expect(pixel(contained, 320, 180)).toEqual([192, 64, 32]);
      });
    }
  }

  test("no frame is larger than a picture may be, however close the view", async () => {
    const contained = await decodeContained(await picture(40, 20_000), "#0000ff", {
      aspect: ASPECT,
      maxWidth: 1e6,
    });
    expect(contained.width * contained.height).toBeLessThanOrEqual(MAX_PICTURE_PIXELS * 1.001);
    expect(contained.width / contained.height).toBeCloseTo(ASPECT, 2);
  });
});

describe("decodeOverlay", () => {
  test("is as wide as asked for, but never taller than the frame", async () => {
    const flat = await decodeOverlay(await picture(200, 100), 50, 180);
    expect([flat.width, flat.height]).toEqual([50, 25]);
    const needle = await decodeOverlay(await picture(1, 60_000), 180, 180);
    expect([needle.width, needle.height]).toEqual([1, 180]);
  });
});

function pixel({ data, width }: { data: Uint8Array; width: number }, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}
