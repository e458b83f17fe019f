import { describe, expect, test } from "vitest";
import { joinDifferences, planJoin } from "./join-plan.ts";
import type { VideoFacts } from "./process/tasks/probe-video.ts";

function facts(change: Partial<VideoFacts> = {}): VideoFacts {
  return {
    width: 1920,
    height: 1080,
    codec: "h264",
    container: "mov,mp4,m4a,3gp,3g2,mj2",
    frames: 50,
    timeBase: { num: 1, den: 12_800 },
    firstTick: 0,
    lastTick: 49 * 512,
    seconds: 2,
    interlaced: false,
    hasSound: false,
    rate: { num: 25, den: 1 },
    coding: { codec: "h264", size: "1920 x 1080" },
    startsClean: true,
    warnings: [],
    ...change,
  };
}

test("each piece begins at the end of the one before, exactly, whatever its clock", () => {
  const ntsc = facts({
    timeBase: { num: 1001, den: 30_000 },
    frames: 30,
    firstTick: 7,
    lastTick: 36,
    seconds: 1.001,
  });
  const { timescale, pieces, totalTicks, totalSamples } = planJoin([facts(), ntsc, facts()]);
  expect(timescale % 12_800).toBe(0);
  expect(timescale % 30_000).toBe(0);
  expect(pieces.map(({ startTick }) => startTick / timescale)).toEqual([0, 2, 3.001]);
  expect(pieces.map(({ lastFrameTicks }) => lastFrameTicks / timescale)).toEqual([0.04, 1001 / 30_000, 0.04]);
  expect(totalTicks / timescale).toBe(5.001);
  expect(totalSamples).toBe(240_048);
});

test("clocks without a common one of sensible fineness are counted in microseconds", () => {
  const odd = facts({ timeBase: { num: 1, den: 9_999_991 }, lastTick: 19_599_982 });
  expect(planJoin([facts(), odd]).timescale).toBe(1_000_000);
});

describe("joinDifferences", () => {
  test("alike", () => expect(joinDifferences([facts(), facts({ frames: 3 })])).toEqual([]));

  test.each([
    [
      { coding: { codec: "h264", size: "1280 x 720" } },
      "video 2 has size 1280 x 720, video 1 has 1920 x 1080",
    ],
    [{ startsClean: false }, "video 2 begins or ends with frames that an edit list hides"],
    [{ codec: "prores" }, "video 2 is prores, which an mp4 does not hold"],
  ])("%j", (change, message) => {
    expect(joinDifferences([facts(), facts(change)])).toEqual([message]);
  });
});
