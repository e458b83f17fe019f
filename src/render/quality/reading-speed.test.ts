import { describe, expect, it } from "vitest";
import { readingSpeed } from "./reading-speed.ts";

describe("readingSpeed", () => {
  it("counts letters, signs and spaces of Latin text against 20 a second", () => {
    expect(readingSpeed("Hello, quiet  \n world", 1)).toEqual({
      characters: 18,
      words: 3,
      charactersPerSecond: 18,
      wordsPerMinute: 180,
      load: expect.closeTo(0.9, 9),
    });
  });

  it.each([
    ["Latin", "abcdefghijklmnopqrst", 20],
    ["Chinese", "其余的交给雾吧再见", 9],
    ["Korean", "가나다라마바사아자차카타", 12],
  ])("%s text at its limit has a load of 1", (_, text, characters) => {
    const speed = readingSpeed(text, 1);
    expect(speed.characters).toBe(characters);
    expect(speed.load).toBeCloseTo(1, 9);
  });

  it("weighs mixed scripts by the limit of each", () => {
    expect(readingSpeed("其余的abcd", 1).load).toBeCloseTo(3 / 9 + 4 / 20, 9);
  });

  it("counts neither marks nor joiners, and a sign outside the first plane once", () => {
    expect(readingSpeed("e\u0301\u200d", 1).characters).toBe(1);
    expect(readingSpeed("\u{20000}", 1).characters).toBe(1);
  });

  it("finds the words of a script without spaces", () => {
    expect(readingSpeed("今天天气很好", 2)).toMatchObject({ words: 3, wordsPerMinute: 90 });
  });
});
