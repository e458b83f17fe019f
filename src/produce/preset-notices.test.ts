import { expect, test } from "vitest";
import type { PresetName } from "../spec/production.ts";
import { presetNotices } from "./preset-notices.ts";

const fps = { num: 30, den: 1 };

function notices(preset: PresetName | null, frames: number, kind: "film" | "scene" = "film") {
  const timeline = { fps, totalFrames: frames, totalSamples: frames * 1600, scenes: [] };
  const cut = { kind, sceneId: null, timeline, chunks: [], stretches: [], sound: null as never };
  return presetNotices({ preset }, { cuts: [cut], format: { width: 64, height: 64, fps } });
}

test("a film longer than its preset is for is said, with the preset that fits", () => {
  expect(notices("shorts", 1800)).toEqual([]);
  expect(notices("shorts", 1812)).toEqual([
    {
      code: "PRESET_EXCEEDED",
      message: "The film lasts 01:00.4; the preset shorts is for up to 01:00.0.",
      path: "output.preset",
      hint: "Shorten it, or use the preset standard.",
    },
  ]);
  expect(notices("long", 30_000)[0]?.hint).toMatch(/leave the preset out/);
});

test("nothing is said without a preset, or where no film is made", () => {
  expect(notices(null, 99_999)).toEqual([]);
  expect(notices("shorts", 99_999, "scene")).toEqual([]);
});
