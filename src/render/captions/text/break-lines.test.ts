import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { breakIntoParts } from "./break-lines.ts";
import { flowText } from "./break-units.ts";
import { textUnits } from "./characters.ts";

function broken(text: string, language: string | null, maxUnits = 42): string[][] {
  const flowed = flowText(text);
  const parts = breakIntoParts(flowed, language, { maxWidth: maxUnits, maxUnits, measure: textUnits });
  return parts.map((part) => part.map((line) => flowed.slice(line.start, line.end)));
}
const withoutSpace = (text: string) => text.replace(/[\s\u2028]/gu, "");

describe("Latin lines", () => {
  it("keeps one line when it fits and balances two", () => {
    expect(broken("A short caption.", "en")).toEqual([["A short caption."]]);
    expect(broken("The lighthouse stood there for a hundred and twenty years.", "en")).toEqual([
      ["The lighthouse stood there", "for a hundred and twenty years."],
    ]);
  });

  it("prefers to break after punctuation, never after an article", () => {
    expect(broken("When the storm came, nobody in the village slept.", "en")[0]?.[0]).toBe(
      "When the storm came,",
    );
    for (const [line] of broken("She had always wanted to see the inside of the tower.", "en")) {
      expect(line).not.toMatch(/ (the|to|of)$/u);
    }
  });

  it("splits what needs more than two lines into parts at sentences", () => {
    const text =
      "The keepers never missed a night in all those years. Their families lived below the lamp, and the sea was always near them.";
    const parts = broken(text, "en");
    expect(parts).toHaveLength(2);
    expect(parts[0]?.at(-1)).toMatch(/years\.$/u);
  });

  it("breaks a word too long for a line, losing nothing", () => {
    const word = "Pneumonoultramicroscopicsilicovolcanoconiosisandthensomemore";
    const lines = broken(word, "en", 20).flat();
    expect(lines.join("")).toBe(word);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(20);
  });

  it("rejoins the author's lines, but keeps the lines of a dialogue", () => {
    expect(broken("One line that\nwas broken.", "en")).toEqual([["One line that was broken."]]);
    expect(broken("- Are you there?\n- No.", "en")).toEqual([["- Are you there?", "- No."]]);
  });

  it("never leaves punctuation alone on a line", () => {
    const lines = broken("Vous êtes vraiment certain de cela ? Oui ! Absolument !", "fr", 33).flat();
    for (const line of lines) expect(line).not.toMatch(/^[?!]/u);
  });

  it("takes any language tag, even a malformed one", () => {
    expect(broken("Hello world", "not a tag!")).toEqual([["Hello world"]]);
  });
});

describe("CJK lines", () => {
  const NOT_AT_START = "、。，．！？：；）」』】》〉ーっゃゅょ々％…";
  const NOT_AT_END = "（「『【《〈“¥";

  it("holds 20 characters, breaks at words, keeps Latin words and numbers whole", () => {
    const lines = broken(
      "人工智能正在改变我们的生活方式，2024年OpenAI发布了新的模型GPT-4o，每一个行业都在变革。",
      "zh",
    ).flat();
    for (const line of lines) expect(textUnits(line)).toBeLessThanOrEqual(42);
    const whole = lines.join("|");
    for (const word of ["2024年", "OpenAI", "GPT-4o", "人工智能"]) expect(whole).toContain(word);
    for (const line of lines) expect(line).not.toMatch(/^的/u);
  });

  it.each([...NOT_AT_START])("never begins a line with %s", (sign) => {
    for (let lead = 1; lead <= 8; lead++) {
      const text = `${"天地玄黄宇宙洪荒".slice(0, lead)}${sign}日月盈昃辰宿列张`;
      for (const line of broken(text, "zh", 13).flat()) expect(line.startsWith(sign)).toBe(false);
    }
  });

  it.each([...NOT_AT_END])("never ends a line with %s", (sign) => {
    for (let lead = 1; lead <= 8; lead++) {
      const text = `${"天地玄黄宇宙洪荒".slice(0, lead)}${sign}日月盈昃辰宿列张`;
      for (const line of broken(text, "ja", 13).flat()) expect(line.endsWith(sign)).toBe(false);
    }
  });

  it("keeps doubled dashes and dots together", () => {
    for (const text of ["很多人都来了——包括专家们和学生们", "他说了半天话……然后就走了没有回来"]) {
      expect(broken(text, "zh", 19).flat().join("|")).toMatch(/——|……/u);
    }
  });

  it("breaks Japanese between phrases and Korean between words", () => {
    expect(broken("コンピューターを使って、「動画」を作りましょう！", "ja")).toEqual([
      ["コンピューターを使って、", "「動画」を作りましょう！"],
    ]);
    expect(
      broken("이것은 한국어 문장입니다. 줄바꿈이 단어 사이에서만 일어나야 합니다.", "ko").flat().join(" "),
    ).toBe("이것은 한국어 문장입니다. 줄바꿈이 단어 사이에서만 일어나야 합니다.");
  });
});

describe("Thai lines", () => {
  it("breaks between words found by dictionary, not inside them or before a repeat sign", () => {
    const text = "สวัสดีครับวันนี้เราจะมาพูดถึงเรื่องการสร้างวิดีโอด้วยคอมพิวเตอร์ต่างๆ";
    const lines = broken(text, "th").flat();
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join("")).toBe(text);
    for (const line of lines) {
      expect(line).not.toMatch(/^[ๆ\p{M}]/u);
      expect(textUnits(line)).toBeLessThanOrEqual(42);
    }
    for (const word of ["คอมพิวเตอร์", "วิดีโอ", "สวัสดี"])
      expect(lines.some((line) => line.includes(word))).toBe(true);
  });
});

describe("any text", () => {
  const piece = fc.constantFrom(
    "a",
    "word",
    "supercalifragilistic",
    " ",
    " ",
    ",",
    ".",
    "你好",
    "，",
    "「",
    "」",
    "か",
    "ไทย",
    "é",
    "👍🏽",
    "—",
    "-",
    "\n",
    "\u2028",
    "'",
    "x\u0301",
    "한국",
  );
  it("loses no character, holds the width, and shows at most two lines at once", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 4, max: 42 }), (pieces, maxUnits) => {
        const text = pieces.join("");
        const parts = broken(text, "en", maxUnits);
        expect(withoutSpace(parts.flat().join(""))).toBe(withoutSpace(text));
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(2);
          for (const line of part) {
            expect(line.trim()).not.toBe("");
            expect(line).not.toContain("\u2028");
            expect(textUnits(line)).toBeLessThanOrEqual(maxUnits + 1e-9);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
