import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MAX_JPEG_SCANS, progressiveScans } from "../../src/render/process/jpeg-scans.ts";
import { DEFAULT_LIMITS } from "../../src/render/process/limits.ts";
import { RenderProcess } from "../../src/render/process/render-process.ts";
import type { ImageFacts } from "../../src/render/process/tasks/probe-image.ts";
import { type HostilePicture, hostilePictures, manyScans } from "../fixtures/hostile-pictures.ts";

/** The process itself takes 80 MB; a picture of 16,000 x 16,000 would take a gigabyte. */
const MOST_BYTES = 400e6;

let folder: string;
let child: RenderProcess;
let pictures: readonly HostilePicture[];
const outcomes = new Map<string, string | ImageFacts>();

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-hostile-"));
  child = new RenderProcess({ limits: DEFAULT_LIMITS, tempRoot: folder, compileCache: null });
  pictures = await hostilePictures(100e6);
  for (const { name, bytes } of pictures) {
    const file = path.join(folder, name);
    writeFileSync(file, bytes);
    const outcome = (await child
      .run("probeImage", { path: file })
      .catch((error: { code: string; hint?: string }) => {
        expect(error.hint, name).toBeTruthy();
        return error.code;
      })) as string | ImageFacts;
    outcomes.set(name, outcome);
    rmSync(file);
  }
});
afterAll(async () => {
  await child.close();
  rmSync(folder, { recursive: true, force: true });
});

test("each hostile picture is refused by its code, or read", () => {
  expect(
    [...outcomes].map(([name, outcome]) => [name, typeof outcome === "string" ? outcome : "OK"]),
  ).toEqual(pictures.map(({ name, outcome }) => [name, outcome]));
});

test("all of them went through one process, which took no more than any picture takes", () => {
  expect(child.alive).toBe(true);
  expect(child.peakBytes).toBeGreaterThan(20e6);
  expect(child.peakBytes).toBeLessThan(MOST_BYTES);
  expect(readdirSync(folder)).toEqual([]);
});

test("what is odd and harmless is told or made right", () => {
  expect(outcomes.get("animated.png")).toMatchObject({ warnings: [{ code: "IMAGE_ANIMATED" }] });
  expect(outcomes.get("exif-loop.jpg")).toMatchObject({ width: 48, height: 64 });
  expect(outcomes.get("exif-65535.jpg")).toMatchObject({ width: 64, height: 48, warnings: [] });
});

test("passes of a JPEG are counted along its segments, not in what lies inside or behind them", () => {
  const bomb = manyScans(64);
  expect(progressiveScans(bomb)).toBe(MAX_JPEG_SCANS + 1);
  const harmless = pictures.find(({ name }) => name === "progressive.jpg")?.bytes as Buffer;
  const scans = progressiveScans(harmless);
  expect(scans).toBeGreaterThan(2);
  expect(scans).toBeLessThan(20);
  const thumbnail = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 0]), bomb]);
  thumbnail.writeUInt16BE(bomb.length + 2, 2);
  expect(
    progressiveScans(Buffer.concat([harmless.subarray(0, 2), thumbnail, harmless.subarray(2), bomb])),
  ).toBe(scans);
  expect(progressiveScans(pictures.find(({ name }) => name === "exif-loop.jpg")?.bytes as Buffer)).toBe(0);
  for (const length of [0, 1, 2, 3, 5, 100]) expect(progressiveScans(bomb.subarray(0, length))).toBe(0);
});
