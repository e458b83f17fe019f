import { expect, test } from "vitest";
import { EXIT_CODES, exitCodeOf, exitCodesHelp } from "./exit-codes.ts";

test.each([
  ["USAGE", 2],
  ["CONFIG_INVALID", 2],
  ["SCENE_UNKNOWN", 2],
  ["SCENE_DURATION_UNKNOWN", 3],
  ["IMAGE_UNREADABLE", 3],
  ["CAPTIONS_ENCODING", 3],
  ["INPUT_UNREADABLE", 3],
  ["INPUT_CHANGED", 3],
  ["GLYPHS_MISSING", 3],
  ["ENCODER_SIZE", 3],
  ["ENCODER_UNAVAILABLE", 4],
  ["CAPTIONS_UNAVAILABLE", 4],
  ["NO_READ_PERMISSION", 4],
  ["CACHE_NOT_WRITABLE", 4],
  ["DISK_FULL", 4],
  ["RENDER_MEMORY_EXCEEDED", 4],
  ["OUTPUT_NOT_WRITABLE", 4],
  ["RENDER_PROCESS_DIED", 1],
  ["PUBLICATION_GATE", 1],
  ["INTERNAL", 1],
])("%s ends with %d", (code, exitCode) => expect(exitCodeOf(code)).toBe(exitCode));

test("every code is different and stands in the help", () => {
  const codes = Object.values(EXIT_CODES).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  expect(exitCodesHelp().split("\n")).toHaveLength(codes.length + 1);
  expect(exitCodesHelp()).toContain("  130  stopped by Ctrl+C");
});
