import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closest, editDistance } from "./did-you-mean.ts";
import { formatFrameRate, parseFrameRate } from "./frame-rate.ts";
import { resolveFrameSize } from "./frame-size.ts";
import { formatPath } from "./issue.ts";
import { parseLanguage } from "./language.ts";
import { compareNaturally, readMediaName } from "./media-names.ts";
import { parseTimeSpan } from "./time-span.ts";

describe("parseFrameRate", () => {
  it.each([
    [30, 30, 1],
    ["30", 30, 1],
    [12.5, 25, 2],
    ["30000/1001", 30000, 1001],
    ["60/2", 30, 1],
    [" 24 / 1 ", 24, 1],
    [23.976, 24000, 1001],
    [23.98, 24000, 1001],
    [29.97, 30000, 1001],
    ["59.94", 60000, 1001],
    [119.88, 120000, 1001],
    [1, 1, 1],
    [120, 120, 1],
    ["120000/1001", 120000, 1001],
  ])("%s is %d/%d", (value, num, den) => {
    expect(parseFrameRate(value)).toEqual({ num, den });
  });

  it.each([
    0,
    -1,
    0.5,
    121,
    "30/0",
    "0/0",
    "29.97/1",
    "1/2/3",
    "",
    "abc",
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "1e2",
    "99999999999/1",
  ])("refuses %s", (value) => {
    expect(parseFrameRate(value)).toBeNull();
  });

  it("keeps any fraction through its written form", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120_000 }), fc.constantFrom(1, 2, 1000, 1001), (num, den) => {
        const fps = parseFrameRate(`${num}/${den}`);
        fc.pre(fps !== null);
        expect(parseFrameRate(formatFrameRate(fps))).toEqual(fps);
        expect(fps.num * den).toBe(num * fps.den);
      }),
    );
  });
});

describe("parseTimeSpan", () => {
  it.each([
    [90, 90],
    ["90s", 90],
    ["20m", 1200],
    ["1h30m", 5400],
    ["1h 5s", 3605],
    ["1.5h", 5400],
    ["250ms", 0.25],
    ["2M", 120],
  ])("%s is %d s", (value, seconds) => {
    expect(parseTimeSpan(value)).toBeCloseTo(seconds, 9);
  });
  it.each([0, -1, "", "20", "m", "5m1h", "soon", "-5m", Number.NaN, "0s"])("refuses %s", (value) => {
    expect(parseTimeSpan(value)).toBeNull();
  });
});

describe("parseLanguage", () => {
  it.each([
    ["en", "en"],
    ["ZH", "zh"],
    ["zh-hant-tw", "zh-Hant-TW"],
    ["chinese", "zh"],
    ["English", "en"],
    ["pt-br", "pt-BR"],
  ])("%s is %s", (text, tag) => {
    expect(parseLanguage(text)).toBe(tag);
  });
  it.each(["", "e", "klingon", "en_US", "../x", "constructor", "en-", "zh-toolongsubtag"])(
    "refuses %j",
    (text) => {
      expect(parseLanguage(text)).toBeNull();
    },
  );
});

describe("resolveFrameSize", () => {
  it.each([
    [{}, 1920, 1080],
    [{ aspect: "9:16" }, 1080, 1920],
    [{ aspect: "9:16", resolution: "1080p" }, 1080, 1920],
    [{ aspect: "1:1", resolution: "1080p" }, 1080, 1080],
    [{ aspect: "4:5", resolution: "1080p" }, 1080, 1350],
    [{ aspect: "16:9", resolution: "4k" }, 3840, 2160],
    [{ resolution: "720p" }, 1280, 720],
    [{ resolution: "1440p", aspect: "16:9" }, 2560, 1440],
    [{ width: 640, height: 360 }, 640, 360],
  ] as const)("%j", (input, width, height) => {
    expect(resolveFrameSize(input)).toEqual({ size: { width, height }, issues: [] });
  });

  it("gives even sides for every name", () => {
    for (const aspect of ["16:9", "9:16", "1:1", "4:5"] as const) {
      for (const resolution of ["720p", "1080p", "1440p", "4k"] as const) {
        const { width, height } = resolveFrameSize({ aspect, resolution }).size;
        expect([width % 2, height % 2]).toEqual([0, 0]);
      }
    }
  });

  it("rounds odd sides down and says so", () => {
    const { size, issues } = resolveFrameSize({ width: 1081, height: 1919 });
    expect(size).toEqual({ width: 1080, height: 1918 });
    expect(issues.map(({ severity, code, path }) => [severity, code, path])).toEqual([
      ["warning", "OUTPUT_SIZE_ROUNDED", "output.width"],
      ["warning", "OUTPUT_SIZE_ROUNDED", "output.height"],
    ]);
  });
});

describe("closest", () => {
  const keys = ["id", "image", "audio", "subtitles", "duration", "motion", "src"];
  it.each([
    ["adio", "audio"],
    ["imgae", "image"],
    ["subtitle", "subtitles"],
    ["narration", "audio"],
    ["Duration", "duration"],
    ["scr", "src"],
    ["zoom", "motion"],
  ])("%s -> %s", (word, meant) => {
    expect(closest(word, keys)).toBe(meant);
  });
  it.each(["webhook", "x", "", "__proto__", "constructor", "a".repeat(1_000_000)])(
    "has no guess for others",
    (word) => {
      expect(closest(word, keys)).toBeNull();
    },
  );

  it("measures a metric-like distance", () => {
    expect(editDistance("kitten", "sitting")).toBe(3);
    expect(editDistance("form", "from")).toBe(1);
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe("formatPath", () => {
  it.each([
    [[], "$"],
    [["scenes", 2, "image", "src"], "scenes[2].image.src"],
    [["metadata", "my key"], 'metadata["my key"]'],
    [["a\nb"], '["a\\nb"]'],
  ])("%j", (segments, path) => {
    expect(formatPath(segments)).toBe(path);
  });
});

describe("file names", () => {
  it("orders numbers by value", () => {
    const names = ["scene_10", "scene_9", "scene_009b", "scene_1", "intro", "scene_100"];
    expect(names.toSorted(compareNaturally)).toEqual([
      "intro",
      "scene_1",
      "scene_9",
      "scene_009b",
      "scene_10",
      "scene_100",
    ]);
  });

  it("is a total order", () => {
    const name = fc.stringMatching(/^[ab0-9]{0,6}$/);
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(compareNaturally(a, b))).toBe(-Math.sign(compareNaturally(b, a)) + 0);
        expect(compareNaturally(a, b) === 0).toBe(a === b);
        if (compareNaturally(a, b) <= 0 && compareNaturally(b, c) <= 0)
          expect(compareNaturally(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it.each([
    ["scene_001_chinese.PNG", "image", "scene_001", "zh"],
    ["scene_001_English.mp3", "audio", "scene_001", "en"],
    ["a-en.srt", "subtitles", "a", "en"],
    ["chicken.jpeg", "image", "chicken", null],
    ["en.png", "image", "en", null],
    ["a.b.webp", "image", "a.b", null],
    ["clip.gif", "unsupported", "clip", null],
    [".png", "other", ".png", null],
    ["notes.txt", "other", "notes", null],
  ])("reads %s", (name, kind, base, language) => {
    expect(readMediaName(name)).toMatchObject({ kind, base, language });
  });
});
