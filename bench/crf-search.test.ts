import { describe, expect, test } from "vitest";
import { excess, searchCrf, type Trial } from "./crf-search.ts";

const SEARCH = { start: 23, tolerance: 0.25, attempts: 6 };

/** Like x264: 6 steps of crf are half the bytes, and SSIM falls faster and faster. */
const encoder = (calls: number[]) => (crf: number) => {
  calls.push(crf);
  return Promise.resolve<Trial>({
    crf,
    ssim: 1 - 0.004 * 2 ** ((crf - 18) / 6),
    sizeBytes: 1e6 * 2 ** ((18 - crf) / 6),
    cpuSeconds: 1,
  });
};

describe("the search for a crf", () => {
  test.each([14.3, 19, 23, 27.8, 33])("finds the SSIM of crf %f in a few trials", async (wanted) => {
    const calls: number[] = [];
    const { ssim } = await encoder([])(wanted);
    const found = await searchCrf(new Map(), encoder(calls), { ssim }, SEARCH);
    expect(Math.abs(found.ssim - ssim)).toBeLessThanOrEqual(0.0005);
    expect(calls.length).toBeLessThanOrEqual(7);
  });

  test.each([14.3, 19, 23, 27.8, 33])("finds the size of crf %f", async (wanted) => {
    const { sizeBytes } = await encoder([])(wanted);
    const found = await searchCrf(new Map(), encoder([]), { sizeBytes }, SEARCH);
    expect(Math.abs(Math.log(found.sizeBytes / sizeBytes))).toBeLessThanOrEqual(Math.log(1.05) / 4 + 0.001);
  });

  test("does not encode a crf twice, whatever the goal", async () => {
    const calls: number[] = [];
    const trials = new Map<number, Trial>();
    await searchCrf(trials, encoder(calls), { ssim: 0.99 }, SEARCH);
    await searchCrf(trials, encoder(calls), { sizeBytes: 4e5 }, SEARCH);
    expect(new Set(calls).size).toBe(calls.length);
  });

  test("gives the nearest trial when the goal cannot be met", async () => {
    const found = await searchCrf(new Map(), encoder([]), { ssim: 1 }, SEARCH);
    expect(excess(found, { ssim: 1 })).toBeLessThan(0);
  });
});
