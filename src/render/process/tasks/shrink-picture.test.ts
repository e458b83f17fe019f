import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import { seededRandom } from "../../../support/random.ts";
import { shrinkPicture } from "./shrink-picture.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-shrink-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Noise: nothing compresses worse. */
async function noise(width: number, height: number): Promise<string> {
  const random = seededRandom(1);
  const data = Uint8Array.from({ length: width * height * 3 }, () => Math.floor(random() * 256));
  const file = path.join(folder, "noise.png");
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(file);
  return file;
}

it.each([
  [200_000, 1280],
  [60_000, 640],
])("brings a picture of noise below %d bytes, %d wide", async (maxBytes, wide) => {
  const output = path.join(folder, "out.jpg");
  const { sizeBytes } = await shrinkPicture({ path: await noise(1400, 700), output, maxBytes });
  expect(sizeBytes).toBeLessThanOrEqual(maxBytes);
  const { width, height, format } = await sharp(output).metadata();
  expect({ format, width }).toEqual({ format: "jpeg", width: wide });
  expect((width ?? 0) / (height ?? 1)).toBeCloseTo(2, 1);
});

it("never makes a picture larger", async () => {
  const output = path.join(folder, "out.jpg");
  await shrinkPicture({ path: await noise(64, 36), output, maxBytes: 1e6 });
  expect(await sharp(output).metadata()).toMatchObject({ width: 64, height: 36 });
});

it("refuses what is no picture", async () => {
  const file = path.join(folder, "page.png");
  await writeFile(file, "<svg/>");
  await expect(shrinkPicture({ path: file, output: `${file}.jpg`, maxBytes: 1000 })).rejects.toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^IMAGE_/) }),
  );
});
