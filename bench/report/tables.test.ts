import { expect, test } from "vitest";
import { pictureTable, spreadText, type TableEntry, wordLines } from "./tables.ts";

const entry = (id: string, wallSeconds: number, jitter: number | null): TableEntry => ({
  id,
  picture: "slide",
  label: id,
  samples: [{ round: 0, wallSeconds, cpuSeconds: wallSeconds, sizeBytes: 2.5e6, peakBytes: null }],
  quality: jitter === null ? null : { jitter, reversals: 3, ssim: 0.9876 },
});

test("a picture's table is aligned, ours is 1, and what was not measured is a dash", () => {
  expect(pictureTable("slide", [entry("ours", 2, 0.01), entry("x264 alone", 1.5, null)], "ours")).toEqual([
    "slide       wall s  wall, ours = 1  CPU, ours = 1    MB  jitter  rev.    SSIM  memory MB",
    "ours          2.00               1              1  2.50   0.010     3  0.9876          -",
    "x264 alone    1.50            0.75           0.75  2.50       -     -       -          -",
  ]);
});

test("a spread of one is a number, of more the median and its ends", () => {
  expect(spreadText({ min: 2, median: 2, max: 2, count: 1 })).toBe("2.00");
  expect(spreadText({ min: 1.5, median: 9, max: 23.44, count: 3 })).toBe("9.00 (1.50 to 23.4)");
  expect(spreadText(null)).toBe("-");
});

test("words wrap under their bullet; empty sections are left out", () => {
  expect(wordLines({ wins: ["one two three four"], ties: [], losses: ["five"] }, 12)).toEqual([
    "Where Reelburst wins",
    "- one two",
    "  three four",
    "",
    "Where Reelburst does not win",
    "- five",
  ]);
});
