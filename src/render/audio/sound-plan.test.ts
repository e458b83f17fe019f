import { describe, expect, it } from "vitest";
import { ReelburstError } from "../../support/errors.ts";
import { buildSoundPlan, withPcmPaths } from "./sound-plan.ts";

const voice = { pcm: "v", startSample: 100, sampleCount: 50, volume: 1 };
const music = {
  pcm: "m",
  sampleCount: 10,
  volume: 0.15,
  duck: true,
  loop: true,
  fadeInSeconds: 0.5,
  fadeOutSeconds: 1 / 3,
};

describe("buildSoundPlan", () => {
  it("orders voices, resolves seconds to samples and defaults the ceiling", () => {
    const plan = buildSoundPlan({
      totalSamples: 1_000,
      voices: [voice, { ...voice, startSample: 0 }],
      music,
      loudness: -14,
    });
    expect(plan.voices.map((it) => it.startSample)).toEqual([0, 100]);
    expect(plan.music).toEqual({
      pcm: "m",
      sampleCount: 10,
      volume: 0.15,
      duck: true,
      loop: true,
      fadeInSamples: 24_000,
      fadeOutSamples: 16_000,
    });
    expect(plan.truePeakDb).toBe(-1);
  });

  it.each([
    ["a voice after the end", { ...voice, startSample: 1_000 }],
    ["half a sample", { ...voice, startSample: 0.5 }],
    ["a negative start", { ...voice, startSample: -1 }],
    ["no number", { ...voice, volume: Number.NaN }],
  ])("refuses %s", (_, broken) => {
    expect(() =>
      buildSoundPlan({ totalSamples: 1_000, voices: [broken], music: null, loudness: null }),
    ).toThrow(ReelburstError);
  });

  it("puts paths in place of digests", () => {
    const plan = buildSoundPlan({ totalSamples: 1_000, voices: [voice], music, loudness: null });
    const placed = withPcmPaths(plan, (pcm) => `cache/${pcm}.pcm`);
    expect([placed.voices[0]?.pcm, placed.music?.pcm]).toEqual(["cache/v.pcm", "cache/m.pcm"]);
  });
});
