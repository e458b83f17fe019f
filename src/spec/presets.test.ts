import { expect, it } from "vitest";
import { parseProduction } from "./parse.ts";
import type { OutputSettings } from "./production.ts";

function outputOf(output: object): OutputSettings | undefined {
  const { production, issues } = parseProduction(
    { output, scenes: [{ image: "a.png", duration: 4 }] },
    { baseDirectory: "/films" },
  );
  expect(issues).toEqual([]);
  return production?.output;
}

it.each([
  ["shorts", { width: 1080, height: 1920, quality: "standard", audioBitrate: 128 }],
  ["standard", { width: 1920, height: 1080, quality: "standard", audioBitrate: 192 }],
  ["long", { width: 1920, height: 1080, quality: "high", audioBitrate: 256 }],
])("%s fills in what the file leaves out", (preset, expected) => {
  expect(outputOf({ preset })).toMatchObject({ preset, ...expected });
});

it.each([
  ["an aspect", { aspect: "1:1" }, { width: 1080, height: 1080 }],
  ["a resolution, at the preset's aspect", { resolution: "720p" }, { width: 720, height: 1280 }],
  ["width and height", { width: 640, height: 360 }, { width: 640, height: 360 }],
  ["a quality", { quality: "draft" }, { quality: "draft", audioBitrate: 128 }],
  ["a bit rate", { audioBitrate: 320 }, { quality: "standard", audioBitrate: 320 }],
  ["a bit rate that follows the quality", { audioBitrate: null }, { audioBitrate: null }],
])("%s of the file's own wins over the preset", (_, own, expected) => {
  expect(outputOf({ preset: "shorts", ...own })).toMatchObject(expected);
});

it("without a preset nothing changes", () => {
  expect(outputOf({})).toMatchObject({ preset: null, audioBitrate: null, quality: "standard", width: 1920 });
});

it.each([
  [{ preset: "short" }, "INVALID_VALUE", "output.preset"],
  [{ audioBitrate: 32 }, "OUT_OF_RANGE", "output.audioBitrate"],
  [{ audioBitrate: 128_000 }, "OUT_OF_RANGE", "output.audioBitrate"],
  [{ audioBitrate: "128k" }, "INVALID_TYPE", "output.audioBitrate"],
])("%j is refused", (output, code, path) => {
  const { production, issues } = parseProduction(
    { output, scenes: [{ image: "a.png", duration: 4 }] },
    { baseDirectory: "/films" },
  );
  expect(production).toBeNull();
  expect(issues).toMatchObject([{ code, path }]);
});
