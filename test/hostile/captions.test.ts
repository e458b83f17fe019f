import { truncateSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseCaptions } from "../../src/render/captions/parse/parse-captions.ts";
import { Studio } from "../e2e/support/studio.ts";

const HEAD = "1\n00:00:00,000 --> 00:00:01,000\n";
const WORD = { start: 0, end: 1, text: "a" };

/** What is shown of the first cue, or the code of the refusal. */
function outcome(content: string | Uint8Array): string {
  try {
    return parseCaptions(Buffer.from(content as string)).cues[0]?.text ?? "";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("caption files made to do harm", () => {
  test.for<[string, string | Uint8Array, string]>([
    ["a drawing of an ASS override", `${HEAD}{\\p1}m 0 0{\\p0}`, "m 0 0"],
    ["an override without its end", `${HEAD}{\\fnArial\\fs900}x{\\an8`, "x{\\an8"],
    ["a tag written in entities", `${HEAD}&lt;font size=5000&gt;&#123;\\p1&#125;`, "<font size=5000>{\\p1}"],
    ["control characters in entities", `${HEAD}&#0;&#x202e;&#8238;&#xd800;&#x110000;&#27;a`, "a"],
    ["nothing but NUL", `${HEAD}${"\0".repeat(1e6)}`, ""],
    ["negative times", "1\n-00:00:01,000 --> 00:00:01,000\nx", ""],
    [
      "times beyond numbers",
      `1\n${"9".repeat(400)}:00:00,0 --> ${"9".repeat(400)}:00:01,0\ny`,
      "CAPTIONS_INVALID",
    ],
    [
      "UTF-16 of odd length",
      Buffer.concat([Buffer.from(`\ufeff${HEAD}a`, "utf16le"), Buffer.from([65])]),
      "CAPTIONS_ENCODING",
    ],
    ["UTF-16 with half a pair", Buffer.from(`\ufeff${HEAD}\ud800a`, "utf16le"), "CAPTIONS_ENCODING"],
    ["UTF-16 that does not say so", Buffer.from(`${HEAD}a`, "utf16le"), "CAPTIONS_INVALID"],
    [
      "UTF-8 with half a pair",
      Buffer.concat([Buffer.from(HEAD), Buffer.from([0xed, 0xa0, 0x80])]),
      "CAPTIONS_ENCODING",
    ],
    ["arrows without end", "-->".repeat(2e6), "CAPTIONS_INVALID"],
    ["digits without end", `${"1".repeat(3e6)} --> ${"2".repeat(3e6)}`, "CAPTIONS_INVALID"],
    ["brackets a million deep", "[".repeat(1e6) + "]".repeat(1e6), "CAPTIONS_INVALID"],
    [
      "depth inside a word",
      `{"words":[{"start":0,"end":1,"text":"a","x":${"[".repeat(1e4)}${"]".repeat(1e4)}}]}`,
      "a",
    ],
    ["words in a prototype", `{"__proto__":{"words":[${JSON.stringify(WORD)}]}}`, "CAPTIONS_INVALID"],
    ["a word in a prototype", `{"words":[{"__proto__":${JSON.stringify(WORD)}}]}`, "CAPTIONS_INVALID"],
    ["an endless word", '{"words":[{"start":0,"end":1e999,"text":"a"}]}', "CAPTIONS_INVALID"],
    ["a word of half a pair", '{"words":[{"start":0,"end":1,"text":"a\\ud800"}]}', "a\ufffd"],
  ])("%s", ([, content, expected]) => {
    expect(outcome(content)).toBe(expected);
  });

  test("a million characters are read, more are refused: each word of them costs memory", () => {
    const of = (cues: number): string => `${HEAD}${"x".repeat(999)}\n\n`.repeat(cues);
    expect(outcome(of(1001))).toHaveLength(999);
    expect(outcome(of(1002))).toBe("CAPTIONS_TOO_LARGE");
    const words = Array.from({ length: 2000 }, () => ({ ...WORD, text: "x".repeat(900) }));
    expect(outcome(JSON.stringify({ words }))).toBe("CAPTIONS_TOO_LARGE");
  });

  test("no prototype was changed", () => {
    expect(outcome(`{"words":[{"start":0,"end":1,"text":"a","__proto__":{"polluted":1}}]}`)).toBe("a");
    expect("polluted" in {}).toBe(false);
  });
});

describe("captions and fonts larger than memory", () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await Studio.open();
    await studio.flat("p.png", [90, 90, 90], 64, 64);
    for (const name of ["huge.srt", "huge.ttf"]) {
      await studio.write(name, "1\n00:00:00,000 --> 00:00:01,000\n");
      // Larger than a buffer can be; on the disk a few bytes.
      truncateSync(studio.at(name), 40e9);
    }
    await studio.write("small.srt", `${HEAD}Hello\n`);
  });
  afterAll(() => studio.close());

  test.for([
    ["huge.srt", undefined, "CAPTIONS_TOO_LARGE"],
    ["small.srt", { font: "huge.ttf" }, "FONT_UNUSABLE"],
  ] as const)("%s with %o: %s", async ([subtitles, captions, code]) => {
    const error = await studio.renderError({
      output: { width: 64, height: 64 },
      scenes: [{ image: "p.png", duration: 1, subtitles, ...(captions === undefined ? {} : { captions }) }],
    });
    expect(error).toMatchObject({ code, path: expect.stringContaining("scenes[0].") });
  });
});
