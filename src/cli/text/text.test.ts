import { describe, expect, test } from "vitest";
import { thinBar } from "./bar.ts";
import { displayWidth, fitToWidth, truncateToWidth } from "./display-width.ts";
import {
  countOf,
  formatBytes,
  formatClock,
  formatFrameRate,
  formatPercent,
  formatSeconds,
  formatTimecode,
} from "./formats.ts";
import { printable, printableJson } from "./printable.ts";
import { formatTable } from "./table.ts";
import { wrapText } from "./wrap.ts";

describe("display width", () => {
  test.each([
    ["scene_001", 9],
    ["场景一", 6],
    ["シーン", 6],
    ["ｶﾅ", 2],
    ["한국어", 6],
    ["한", 2],
    ["e\u0301", 1],
    ["क्ष", 2],
    ["🎬", 2],
    ["👩‍🚀", 2],
    ["☔️", 2],
    ["━╸─…", 4],
    ["", 0],
  ])("%s", (text, width) => expect(displayWidth(text)).toBe(width));

  test("truncates between characters, never through one, and says so", () => {
    expect(truncateToWidth("港口的夜晚", 10)).toBe("港口的夜晚");
    expect(truncateToWidth("港口的夜晚", 9)).toBe("港口的夜…");
    expect(truncateToWidth("港口的夜晚", 8)).toBe("港口的…");
    expect(truncateToWidth("abc", 1)).toBe("…");
    expect(truncateToWidth("abc", 0)).toBe("");
  });

  test("fits to the very width", () => {
    expect(fitToWidth("港口的夜晚", 8)).toBe("港口的… ");
    expect(fitToWidth("7", 3, "right")).toBe("  7");
  });
});

describe("printable", () => {
  test("drops what steers a terminal", () => {
    const hostile = "a\u001b[2J\u001b]0;owned\u0007b\u009b31mc\u0000\u007f\u202ed\u2066e\u{e0041}f";
    expect(printable(hostile)).toBe("a[2J]0;ownedb31mcdef");
  });

  test("is one line", () => expect(printable("a\r\nb\tc\u2028d")).toBe("a b c d"));

  test("keeps joiners, which scripts and emoji need", () => expect(printable("👩‍🚀 नम‌")).toBe("👩‍🚀 नम‌"));

  test("a lone surrogate becomes a replacement character", () =>
    expect(printable("a\ud800b")).toBe("a\ufffdb"));

  test("JSON escapes C1 and bidirectional controls too, and stays the same value", () => {
    const value = { id: "a\u001b\u009b\u202e\u{e0041}\u2028场" };
    const text = printableJson(value);
    expect(text).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe("formats", () => {
  test("clock", () =>
    expect([0, 17.4, 59.6, 3723].map(formatClock)).toEqual(["0:00", "0:17", "1:00", "1:02:03"]));
  test("timecode", () =>
    expect([0, 14.24, 59.96, 62.3].map(formatTimecode)).toEqual(["0:00.0", "0:14.2", "1:00.0", "1:02.3"]));
  test("seconds", () => expect([3.14, 599.9, 754].map(formatSeconds)).toEqual(["3.1 s", "599.9 s", "12:34"]));
  test("bytes", () =>
    expect([12, 1000, 999_960, 12_345_678, 5e12].map(formatBytes)).toEqual([
      "12 B",
      "1.0 kB",
      "1.0 MB",
      "12.3 MB",
      "5.0 TB",
    ]));
  test("frame rate", () => expect([30, 30_000 / 1001].map(formatFrameRate)).toEqual(["30 fps", "29.97 fps"]));
  test("percent never says 100 before the end", () =>
    expect([0.999, 1, 7, Number.NaN].map(formatPercent)).toEqual(["99 %", "100 %", "100 %", "0 %"]));
  test("count", () =>
    expect([countOf(1, "scene"), countOf(12_000, "frame")]).toEqual(["1 scene", "12,000 frames"]));
});

describe("thin bar", () => {
  test.each([0, 0.01, 0.33, 0.5, 0.999, 1, 2, -1, Number.NaN])("is as wide as asked at %d", (fraction) => {
    const { done, rest } = thinBar(fraction, 21);
    expect(displayWidth(done + rest)).toBe(21);
  });

  test("is full at the end only", () => {
    expect(thinBar(1, 4)).toEqual({ done: "━━━━", rest: "" });
    expect(thinBar(0.9999, 4)).toEqual({ done: "━━━╸", rest: "" });
    expect(thinBar(0, 4)).toEqual({ done: "", rest: "────" });
  });
});

describe("table", () => {
  const columns = [
    { title: "scene", flexible: true },
    { title: "frames", align: "right" },
  ] as const;

  test("aligns by display width", () => {
    expect(
      formatTable(columns, [
        ["港口", "12"],
        ["a", "1,234"],
      ]),
    ).toEqual(["scene  frames", "港口       12", "a       1,234"]);
  });

  test("the flexible column gives way", () => {
    const lines = formatTable(columns, [["x".repeat(90), "12"]], 40);
    expect(lines.map(displayWidth)).toEqual([40, 40]);
    expect(lines[1]).toMatch(/^x+…\s+12$/);
  });
});

describe("wrap", () => {
  test("at spaces", () =>
    expect(wrapText("one two three four", 12, "  ")).toEqual(["  one two", "  three four"]));
  test("CJK anywhere", () =>
    expect(wrapText("港口的夜晚很安静没有人", 12)).toEqual(["港口的夜晚很", "安静没有人"]));
  test("loses nothing of a word longer than a line", () => {
    const lines = wrapText(`at ${"/very/long".repeat(9)}`, 30);
    expect(lines.every((line) => displayWidth(line) <= 30)).toBe(true);
    expect(lines.join("")).toBe(`at ${"/very/long".repeat(9)}`);
  });
  test("not at all without a width", () =>
    expect(wrapText("x ".repeat(200).trim(), Number.POSITIVE_INFINITY)).toHaveLength(1));
});
