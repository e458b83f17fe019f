import { describe, expect, it } from "vitest";
import { formatBytes, formatPercent, formatSeconds, formatTimecode } from "./format.ts";

it.each<[number, string]>([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1 kB"],
  [1540, "1.5 kB"],
  [99_940, "99.9 kB"],
  [99_960, "100 kB"],
  [999_499, "999 kB"],
  [999_600, "1 MB"],
  [20e9, "20 GB"],
  [1.25e15, "1.3 PB"],
  [5e18, "5000 PB"],
  [-1500, "-1.5 kB"],
])("%d bytes read %s", (sizeBytes, text) => expect(formatBytes(sizeBytes)).toBe(text));

it.each<[number, string]>([
  [0, "00:00.0"],
  [14.2, "00:14.2"],
  [59.96, "01:00.0"],
  [725, "12:05.0"],
  [3599.97, "1:00:00.0"],
  [3723.4, "1:02:03.4"],
  [-2.5, "-00:02.5"],
  [-0.01, "00:00.0"],
])("%d s into the film read %s", (seconds, text) => expect(formatTimecode(seconds)).toBe(text));

it.each<[number, string]>([
  [0, "0.0 s"],
  [0.26, "0.3 s"],
  [2.1, "2.1 s"],
  [9.96, "10 s"],
  [45.4, "45 s"],
  [59.6, "1 min 00 s"],
  [185, "3 min 05 s"],
  [3599.7, "1 h 00 min"],
  [7620, "2 h 07 min"],
  [-2.1, "-2.1 s"],
])("%d s read %s", (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

describe("percent", () => {
  it.each<[number, string]>([
    [0, "0 %"],
    [0.0001, "1 %"],
    [0.424, "42 %"],
    [0.9999, "99 %"],
    [1, "100 %"],
  ])("%d reads %s", (fraction, text) => expect(formatPercent(fraction)).toBe(text));
});
