import { describe, expect, it } from "vitest";
import { findTreeProblems, MAX_FILE_BYTES } from "./tree-rules.ts";

const file = (text: string | null, path = "src/a.ts", sizeBytes = 10) => ({ path, sizeBytes, text });

// Put together here, so that this file passes its own rule.
const slash = "/";

describe("findTreeProblems", () => {
  it.each([
    `const a = "${slash}home${slash}ada/film.mp4";`,
    `see ${slash}work${slash}main for more`,
    `(${slash}tmp${slash}x.png)`,
    `C:${"\\"}Users${"\\"}ada`,
    `https:${slash}${slash}registry.npmjs.org/sharp`,
    `http:${slash}${slash}npm-registry.example:4873/sharp`,
  ])("refuses %s", (line) => {
    expect(findTreeProblems([file(`first\n${line}\n`)])).toEqual([expect.stringMatching(/^src\/a\.ts:2: /)]);
  });

  it.each([
    "src/tmp/main.ts",
    "path.join(root, 'tmp')",
    "https://example.com/home/page",
    ["`$", "{directory}/tmp/x`"].join(""),
    "~/.cache/reelburst",
    "network/home/x",
  ])("lets %s pass", (line) => {
    expect(findTreeProblems([file(line)])).toEqual([]);
  });

  it("refuses big files and looks into no binary", () => {
    expect(findTreeProblems([file(null, "a.bin", MAX_FILE_BYTES)])).toHaveLength(1);
    expect(findTreeProblems([file(null, "a.bin", MAX_FILE_BYTES - 1)])).toEqual([]);
  });

  it("refuses resolved fields, in lockfiles only", () => {
    const text = '{"packages": {"a": {"resolved": "x", "integrity": "y"}}}';
    expect(findTreeProblems([file(text, "package-lock.json")])).toHaveLength(1);
    expect(findTreeProblems([file(text, "src/a.json")])).toEqual([]);
  });
});
