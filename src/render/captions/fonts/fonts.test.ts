import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { captionSettings } from "../test-settings.ts";
import { createFaceLibrary } from "./face-library.ts";
import { createMeasurer, faceRuns } from "./face-runs.ts";
import { droppedIssue, preflight, requireGlyphs, withoutDropped } from "./preflight.ts";
import { interPath, notoSansHansPath } from "./shipped-fonts.ts";

const library = createFaceLibrary();
const inter = library.load(interPath("semibold"));
const noto = library.load(notoSansHansPath("semibold"));
const faces = [inter, noto];
const cue = (text: string) => ({ startMs: 14_200, endMs: 16_000, text });
const runs = (text: string) =>
  faceRuns(text, faces).map((run) => [run.face === inter ? "inter" : "noto", run.text]);

describe("faces", () => {
  it("know the name and the metrics that libass goes by", () => {
    expect(inter.info).toMatchObject({
      family: "Inter SemiBold",
      unitsPerEm: 2048,
      assAscender: 2269,
      assDescender: 660,
    });
    expect(noto.info).toMatchObject({
      family: "Noto Sans S Chinese Bold",
      unitsPerEm: 1000,
      assAscender: 1132,
      assDescender: 314,
    });
    expect(inter.info.sha256).toMatch(/^[\da-f]{64}$/u);
  });

  it("measure shaped text in em", () => {
    expect(noto.advanceEm("国家")).toBe(2);
    expect(inter.advanceEm("AVAVAV")).toBeLessThan(3 * (inter.advanceEm("A") + inter.advanceEm("V")));
    expect(createMeasurer(faces)("国H")).toBeCloseTo(1 + inter.advanceEm("H"), 9);
  });

  it("are opened only when needed", () => {
    const latin = library.facesFor(captionSettings({}), [cue("Hello")]);
    expect(latin.map((face) => face.info.family)).toEqual(["Inter SemiBold"]);
    const chinese = library.facesFor(captionSettings({ style: "minimal" }), [cue("你好")]);
    expect(chinese.map((face) => face.info.family)).toEqual(["Inter Medium", "Noto Sans S Chinese Medium"]);
  });

  it("refuse files that are no usable font, and names that could write a tag", () => {
    const directory = mkdtempSync(path.join(tmpdir(), "reelburst-fonts-"));
    try {
      const write = (name: string, bytes: Uint8Array) => {
        writeFileSync(path.join(directory, name), bytes);
        return path.join(directory, name);
      };
      const bytes = readFileSync(interPath("semibold"));
      // The family name as UTF-16BE in the name table: "Inter SemiBold" -> "In}}r SemiBold".
      const crafted = Buffer.from(bytes);
      for (let at = crafted.indexOf("\0t\0e\0r"); at >= 0; at = crafted.indexOf("\0t\0e\0r", at + 1))
        crafted.write("\0}\0}", at);
      const broken = [
        write("text.ttf", Buffer.from("not a font")),
        write("cut.ttf", bytes.subarray(0, 200)),
        write("name.ttf", crafted),
        path.join(directory, "none.ttf"),
      ];
      for (const file of broken)
        expect(() => library.load(file)).toThrow(
          expect.objectContaining({ code: "FONT_UNUSABLE", path: file }),
        );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("runs", () => {
  it("switch to the first face that has the characters", () => {
    expect(runs("2024年，OpenAI发布")).toEqual([
      ["inter", "2024"],
      ["noto", "年，"],
      ["inter", "OpenAI"],
      ["noto", "发布"],
    ]);
    expect(runs("Plain text, don’t split—ever…")).toEqual([["inter", "Plain text, don’t split—ever…"]]);
  });

  it("draw shared punctuation by the line's script and quotes by what they enclose", () => {
    expect(runs("他说“你好”——走了")).toEqual([["noto", "他说“你好”——走了"]]);
    expect(runs("发布“GPT-4o”了")).toEqual([
      ["noto", "发布"],
      ["inter", "“GPT-4o”"],
      ["noto", "了"],
    ]);
    expect(runs("She said “yes” to 你好 — again and again")[0]).toEqual(["inter", "She said “yes” to "]);
  });

  it("keep spaces and joiners with what precedes them", () => {
    expect(runs("你 好")).toEqual([["noto", "你 好"]]);
    expect(runs("你\ufe0f好")).toEqual([["noto", "你\ufe0f好"]]);
  });
});

describe("preflight", () => {
  it("names each missing letter once, with the caption that needs it", () => {
    const found = preflight([cue("Hello"), cue("ไทย ไทย")], faces);
    expect(found.missing.map((glyph) => glyph.codePoint)).toEqual(["U+0E44", "U+0E17", "U+0E22"]);
    expect(() => requireGlyphs(found)).toThrow(
      expect.objectContaining({
        code: "GLYPHS_MISSING",
        message:
          'No caption font has ไ (U+0E44), ท (U+0E17), ย (U+0E22). First needed by the caption at 00:14.2: "ไทย ไทย".',
      }),
    );
  });

  it("drops emoji whole and says so; joiners and selectors do not count", () => {
    const found = preflight([cue("Hi 👩‍🚀 there ❤️ 🇫🇷")], faces);
    expect(found.missing).toEqual([]);
    expect(droppedIssue(found)).toMatchObject({
      code: "GLYPHS_DROPPED",
      atMs: 14_200,
      message: expect.stringMatching(/\. They are left out .* keep them\.$/),
    });
    expect(droppedIssue(preflight([cue("Bread 🍞")], faces))?.message).toBe(
      "No caption font has 🍞 (U+1F35E). It is left out of the picture (first at 00:14.2); the caption files (.srt, .vtt) keep it.",
    );
    expect(withoutDropped("Hi 👩‍🚀 there 👍🏽", faces)).toBe("Hi there");
    expect(withoutDropped("No emoji — 你好 © 2024", faces)).toBe("No emoji — 你好 © 2024");
  });
});
