import { describe, expect, it } from "vitest";
import { naturalNoise } from "../../../test/fixtures/synthetic-pictures.ts";
import { MotionKernel } from "../motion/kernel.ts";
import type { LayerPlan } from "../plan.ts";
import { LayerFrames } from "./layer-frames.ts";

const FORMAT = { width: 64, height: 36, fps: { num: 30, den: 1 } };
const WIDE = { x: 0.5, y: 0.5, scale: 1 };
const CLOSE = { x: 0.5, y: 0.5, scale: 1.1 };

function layer(part: Partial<LayerPlan>): LayerPlan {
  return {
    picture: { digest: "0", fit: "cover", background: "#000000" },
    path: { from: WIDE, to: CLOSE, easing: "easeOut" },
    pathFrames: 6,
    pathOffset: 0,
    firstFrame: 0,
    endFrame: 12,
    entrance: null,
    ...part,
  };
}

/** Draws 12 frames, soiling each afterwards as captions do. @returns how many were resampled, and the frames */
async function draw(plan: LayerPlan) {
  const kernel = await MotionKernel.load();
  const source = naturalNoise(160, 90);
  const picture = kernel.preparePicture(source.rgb, 160, 90, {
    outputWidth: FORMAT.width,
    outputHeight: FORMAT.height,
    maxScale: 1.1,
  });
  const before = kernel.memoryUse().usedBytes;
  const frames = new LayerFrames(kernel, FORMAT);
  const target = kernel.createFrame(FORMAT.width, FORMAT.height);
  const seen = Array.from({ length: 12 }, (_, index) => {
    frames.draw(plan, picture, index, target);
    const copy = Buffer.from(kernel.extract(target).packed);
    kernel.extract(target).packed.fill(index);
    return copy;
  });
  frames.close();
  kernel.freeFrame(target);
  return { resampled: frames.resampledFrames, seen, leaked: kernel.memoryUse().usedBytes - before };
}

describe("LayerFrames", () => {
  it("resamples a still scene once, whatever is drawn over its frames", async () => {
    const { resampled, seen } = await draw(layer({ path: { from: WIDE, to: WIDE, easing: "linear" } }));
    expect(resampled).toBe(1);
    for (const frame of seen) expect(frame.equals(seen[0] as Buffer)).toBe(true);
    expect(new Set(seen[0]).size).toBeGreaterThan(20);
  });

  it("resamples a moving one every frame, until it has arrived", async () => {
    const { resampled, seen } = await draw(layer({}));
    expect(resampled).toBe(6);
    for (let index = 1; index < 12; index++) {
      expect(seen[index]?.equals(seen[index - 1] as Buffer)).toBe(index > 5);
    }
  });

  it("waits with a path that begins later, then moves on", async () => {
    const { resampled, seen } = await draw(layer({ pathOffset: -4, pathFrames: 20 }));
    expect(resampled).toBe(8);
    expect(seen[4]?.equals(seen[0] as Buffer)).toBe(true);
    expect(seen[5]?.equals(seen[4] as Buffer)).toBe(false);
  });

  it("gives its memory back", async () => {
    // The kernel keeps its tables for the next picture; the kept frame must not be among what stays.
    const still = await draw(layer({ path: { from: WIDE, to: WIDE, easing: "linear" } }));
    const moving = await draw(layer({ pathFrames: 30 }));
    expect(still.leaked).toBeLessThanOrEqual(moving.leaked);
  });
});
