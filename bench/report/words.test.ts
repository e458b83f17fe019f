import { describe, expect, test } from "vitest";
import type { Spread } from "./statistics.ts";
import type { Rival } from "./summary.ts";
import { type Findings, verdictOf, wordsOf } from "./words.ts";

const spread = (min: number, median = min, max = median): Spread => ({ min, median, max, count: 2 });
const NOBODY = { better: 0, even: 0, worse: 0 };
const rival = (id: string, some: Partial<Rival>): Rival => ({
  id,
  label: id,
  wall: null,
  cpu: null,
  jitter: NOBODY,
  ssim: NOBODY,
  ...some,
});
const NOTHING: Findings = {
  rivals: [],
  presets: [],
  slots: null,
  warm: null,
  slotBytes: null,
  floors: { own: "own", veryfast: "veryfast" },
};

test("only what was won in every round is won", () => {
  expect(verdictOf(spread(1.2, 1.4, 1.5))).toBe("ours");
  expect(verdictOf(spread(0.8, 0.9, 0.95))).toBe("theirs");
  expect(verdictOf(spread(0.9, 1.4, 2))).toBe("even");
  expect(verdictOf(spread(1.02, 1.02, 1.02))).toBe("even");
});

describe("the words", () => {
  test("are none without figures", () => {
    expect(wordsOf(NOTHING)).toEqual({ wins: [], ties: [], losses: [] });
  });

  test("set a rival's time and CPU each where it belongs", () => {
    const words = wordsOf({
      ...NOTHING,
      rivals: [rival("zoompan", { wall: spread(1.5, 2, 3), cpu: spread(0.7, 0.8, 0.9) })],
    });
    expect(words.wins).toEqual(["Zoompan takes 2.00 times (1.50 to 3.00) our time."]);
    expect(words.losses).toEqual(["Zoompan takes 0.80 times (0.70 to 0.90) our CPU time."]);
  });

  test("tell where a rival is smoother or nearer to the reference, even on one picture", () => {
    const words = wordsOf({
      ...NOTHING,
      rivals: [
        rival("perspective", {
          jitter: { better: 1, even: 0, worse: 3 },
          ssim: { better: 4, even: 0, worse: 0 },
        }),
      ],
    });
    expect(words.wins).toEqual(["Perspective moves less smoothly than ours on 3 of 4 pictures."]);
    expect(words.losses).toEqual([
      "Perspective moves more smoothly than ours on 1 of 4 pictures.",
      "Perspective comes nearer to the reference (SSIM) than ours on every picture.",
    ]);
  });

  test("judge the whole render by the median over the floor", () => {
    const at = (wall: Spread) => wordsOf({ ...NOTHING, rivals: [rival("own", { wall })] });
    expect(at(spread(0.85, 0.9, 0.95)).wins).toHaveLength(1);
    expect(at(spread(0.7, 0.8, 0.95)).losses).toEqual([
      "A whole render takes 1.25 times (1.05 to 1.43) the time in which x264 alone encodes its frames at our setting on all cores (aim: at most 1.15, for a scene of 8 s).",
    ]);
  });

  test("own up to missed aims of presets, slots, cache and memory", () => {
    const words = wordsOf({
      ...NOTHING,
      presets: [
        {
          preset: "veryfast",
          cpu: spread(1.4, 1.5, 1.9),
          bytes: spread(0.8),
          ssim: spread(0.001),
          missed: ["slide"],
        },
      ],
      slots: spread(1.7),
      warm: { share: spread(0.05), scenes: 60 },
      slotBytes: 700e6,
    });
    expect(words.wins).toEqual([
      "At equal SSIM x264 veryfast takes 1.50 times (1.40 to 1.90) our setting's CPU time.",
    ]);
    expect(words.losses).toEqual([
      "The aim of 1.7 times less CPU than x264 veryfast is not met on every picture.",
      "At equal SSIM x264 veryfast needs 0.80 times (0.80 to 0.80) our bytes.",
      "At equal size the SSIM of x264 veryfast is +0.0010 to +0.0010 against ours.",
      "Two slots are 1.70 times (1.70 to 1.70) as fast as one (aim: 1.9).",
      "A film of 60 scenes with everything cached takes 5.0 % of the cold run (aim: 2.0 %, for 60 scenes).",
      "No process of ours took more than 700 MB (aim: 600).",
    ]);
    expect(words.ties).toEqual(["No equal point with x264 veryfast was found on slide: left out."]);
  });

  test("do not judge a short film by the aim for a long one", () => {
    const words = wordsOf({ ...NOTHING, warm: { share: spread(0.1), scenes: 8 } });
    expect(words).toMatchObject({ wins: [], losses: [] });
    expect(words.ties).toHaveLength(1);
  });

  test("are glad of the same aims when they are met", () => {
    const words = wordsOf({
      ...NOTHING,
      presets: [
        { preset: "veryfast", cpu: spread(1.8), bytes: spread(1.2), ssim: spread(-0.002), missed: [] },
      ],
      slots: spread(1.95),
      warm: { share: spread(0.01), scenes: 60 },
      slotBytes: 400e6,
    });
    expect(words.losses).toEqual([]);
    expect(words.wins).toHaveLength(6);
  });
});
