import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aScene } from "../../../test/fixtures/productions.ts";
import { finePrint, naturalNoise } from "../../../test/fixtures/synthetic-pictures.ts";
import type { Transition } from "../../spec/production.ts";
import { digestOf } from "../../support/hash.ts";
import { planChunks, type SceneLook } from "../chunks.ts";
import { encoderSettings } from "../encode/profiles.ts";
import { MotionKernel } from "../motion/kernel.ts";
import type { PreparedPicture } from "../motion/picture.ts";
import { layOutTimeline } from "../timeline.ts";
import { ChunkPainter, preparePicture } from "./chunk-painter.ts";

const FPS = { num: 10, den: 1 };
const FORMAT = { width: 96, height: 64, fps: FPS };
const FRAMES = 12;
let folder: string;
let kernel: MotionKernel;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-test-"));
  kernel = await MotionKernel.load();
  for (const [name, { rgb, width, height }] of [
    ["a", finePrint(150, 100)],
    ["b", naturalNoise(150, 100)],
  ] as const) {
    await sharp(rgb, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(path.join(folder, `${name}.png`));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function look(digest: string): SceneLook {
  return {
    picture: { digest, fit: "cover", background: "#000000" },
    path: { from: { x: 0.5, y: 0.5, scale: 1 }, to: { x: 0.5, y: 0.5, scale: 1.3 }, easing: "linear" },
    captionsIn: () => [],
    fonts: [],
  };
}

/** Digests of all frames of two scenes, each chunk painted by itself, the last one first. */
async function paintedInChunksOf(seconds: number, transition: Transition): Promise<string[]> {
  const scene = aScene({ duration: FRAMES / 10, transition });
  const timed = [scene, scene].map((each) => ({ scene: each, narrationSamples: null }));
  const chunks = planChunks(layOutTimeline(timed, FPS, false), [look("a"), look("b")], {
    format: FORMAT,
    encoder: encoderSettings("libx264", { quality: "draft", fps: FPS }),
    watermark: null,
    chunkSeconds: seconds,
    tail: null,
    keyOf: digestOf,
  });
  const inputs = { a: path.join(folder, "a.png"), b: path.join(folder, "b.png") };
  const frames: string[] = [];
  for (const { plan, startFrame } of chunks.toReversed()) {
    const pictures: PreparedPicture[] = [];
    const painter = await ChunkPainter.open(kernel, plan, inputs, folder, async (layer) => {
      const picture = await preparePicture(kernel, layer, plan, inputs);
      pictures.push(picture);
      return picture;
    });
    for (let index = 0; index < plan.frameCount; index++) {
      const { packed } = kernel.extract(painter.paint(index));
      frames[startFrame + index] = digestOf([...packed]);
    }
    painter.close();
    for (const picture of pictures) kernel.freePicture(picture);
  }
  return frames;
}

test.each<Transition>([
  { type: "fade", duration: 0.8 },
  { type: "dissolve", duration: 0.8 },
  { type: "wipe", duration: 0.8, direction: "up" },
  { type: "slide", duration: 0.8, direction: "left" },
  { type: "push", duration: 0.8, direction: "down" },
])("$type: a chunk's frames do not depend on where the film was cut into chunks", async (transition) => {
  const whole = await paintedInChunksOf(10, transition);
  expect(whole).toHaveLength(2 * FRAMES);
  expect(new Set(whole).size).toBe(2 * FRAMES);
  expect(await paintedInChunksOf(0.3, transition)).toEqual(whole);
});

test("nothing of a transition stays in memory", async () => {
  const all = async () => {
    await paintedInChunksOf(10, { type: "push", duration: 0.8, direction: "left" });
    await paintedInChunksOf(10, { type: "wipe", duration: 0.8, direction: "left" });
    await paintedInChunksOf(10, { type: "dissolve", duration: 0.8 });
    return kernel.memoryUse().usedBytes;
  };
  // The kernel keeps its resampling tables from the first time.
  const used = await all();
  expect(await all()).toBe(used);
});
