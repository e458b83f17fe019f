import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assAlpha, assColor, escapeAssText } from "./ass-drawing.ts";

/**
 * Reads ASS text as libass 0.17 does (ass_parse.c, ass_get_next_char): `{…}` is a block of tags, `\{` and `\}`
 * are braces, `\N \n \h` are commands, every other backslash is drawn. U+2060 is taken out before shaping.
 */
function readAssText(text: string): { visible: string; blocks: string[]; commands: number } {
  const blocks: string[] = [];
  let visible = "";
  let commands = 0;
  for (let i = 0; i < text.length; i++) {
    const next = text[i + 1] ?? "";
    if (text[i] === "{" && text.indexOf("}", i) > 0) {
      const end = text.indexOf("}", i);
      blocks.push(text.slice(i, end + 1));
      i = end;
    } else if (text[i] === "\\" && (next === "{" || next === "}")) {
      visible += next;
      i += 1;
    } else if (text[i] === "\\" && "Nnh".includes(next) && next !== "") {
      commands += 1;
      i += 1;
    } else if (text[i] !== "\u2060") {
      visible += text[i];
    }
  }
  return { visible, blocks, commands };
}

describe("escapeAssText", () => {
  it("draws hostile text as it stands", () => {
    for (const text of [
      "{\\p1}m 0 0 l 9 9",
      "\\N\\h\\n",
      "a\\{b}",
      "\\\\{\\\\}",
      "{",
      "}",
      "\\",
      "{{}}",
      "{\\fnX}",
    ]) {
      expect(readAssText(escapeAssText(text))).toEqual({ visible: text, blocks: [], commands: 0 });
    }
  });

  it("lets no text at all open a tag, a command or a new line of the script", () => {
    const piece = fc.oneof(
      fc.constantFrom("\\", "{", "}", "N", "h", "n", "\\p1", ",", "\n", "\r", "\0", "Dialogue: ", "\u2028"),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join("").replaceAll("\u2060", "");
        const escaped = escapeAssText(text);
        expect(escaped).not.toMatch(/[\r\n\0]/u);
        const read = readAssText(escaped);
        expect(read.blocks).toEqual([]);
        expect(read.commands).toBe(0);
        expect(read.visible).toBe(text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu, " "));
      }),
      { numRuns: 500 },
    );
  });
});

describe("colours", () => {
  it("turns opacity round: 0 is invisible, 1 is solid", () => {
    expect([assAlpha(0), assAlpha(0.55), assAlpha(1), assAlpha(7)]).toEqual([
      "&HFF&",
      "&H73&",
      "&H00&",
      "&H00&",
    ]);
  });

  it("writes blue first", () => {
    expect(assColor("#ffc542")).toBe("&H42C5FF&");
  });
});
