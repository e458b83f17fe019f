import { describe, expect, it } from "vitest";
import { parseCaptions } from "./parse-captions.ts";

const parse = (text: string) => parseCaptions(Buffer.from(text));
const texts = (text: string) => parse(text).cues.map((cue) => cue.text);
const clock = (ms: number) => new Date(ms).toISOString().slice(11, 23).replace(".", ",");

describe("SRT", () => {
  it("reads byte order mark, CRLF, and both decimal signs", () => {
    const { cues, issues } = parse(
      "\uFEFF1\r\n00:00:01,000 --> 00:00:02.500\r\nFirst\r\nline\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nSecond\r\n",
    );
    expect(cues).toEqual([
      { startMs: 1000, endMs: 2500, text: "First\nline" },
      { startMs: 3000, endMs: 4000, text: "Second" },
    ]);
    expect(issues).toEqual([]);
  });

  it("reads lone CR, missing hours, coordinates after the time", () => {
    expect(parse("1\r00:01,5 --> 00:02,25 X1:40 X2:600\rHello\r").cues).toEqual([
      { startMs: 1500, endMs: 2250, text: "Hello" },
    ]);
  });

  it("needs neither indices nor blank lines", () => {
    expect(texts("00:01,000 --> 00:02,000\nA\n00:03,000 --> 00:04,000\nB")).toEqual(["A", "B"]);
    expect(texts("1\n00:01,000 --> 00:02,000\nA\n2\n00:03,000 --> 00:04,000\nB")).toEqual(["A", "B"]);
  });

  it("keeps a number that is text, and text after a blank line", () => {
    expect(
      texts("1\n00:01,000 --> 00:02,000\nThe answer is\n42\n\n2\n00:03,000 --> 00:04,000\nA\n\nB"),
    ).toEqual(["The answer is\n42", "A\nB"]);
    expect(texts("00:01,000 --> 00:02,000\nCount:\n77\n00:03,000 --> 00:04,000\nB")[0]).toBe("Count:\n77");
  });

  it("strips every tag and keeps what is none", () => {
    const payload =
      '<font size="5000">MMMM</font> {\\p1}m 0 0{\\p0} <i>a</i> < b {x} &lt;b&gt; &amp;amp; I <3 you';
    expect(texts(`1\n00:01,000 --> 00:02,000\n${payload}`)).toEqual([
      "MMMM m 0 0 a < b {x} <b> &amp; I <3 you",
    ]);
  });

  it("reports cues with broken times once, with their count", () => {
    const { cues, issues } = parse(
      "1\n00:05,000 --> 00:02,000\nA\n\n2\nxx:yy --> 00:03,000\nB\n\n3\n--> 00:04\nC\n\n4\n00:06,000 --> 00:07,000\nD\n\n5\n00:08,000 --> 00:09,000\n<i></i>\n",
    );
    expect(cues.map((cue) => cue.text)).toContain("D");
    expect(cues.map((cue) => cue.text).join()).not.toContain("A");
    expect(issues.map(({ code, count }) => [code, count])).toEqual([
      ["CAPTION_NEGATIVE_DURATION", 1],
      ["CAPTION_MALFORMED", 1],
      ["CAPTION_EMPTY", 1],
    ]);
    expect(issues[0]?.message).toBe("1 caption (at 00:05.0) end before they begin. They are left out.");
  });

  it("takes 10,000 cues and refuses one more", () => {
    const cue = (i: number) => `${i + 1}\n${clock(i * 2000)} --> ${clock(i * 2000 + 1500)}\nLine ${i}\n`;
    const many = (count: number) => Array.from({ length: count }, (_, i) => cue(i)).join("\n");
    expect(parse(many(10_000)).cues).toHaveLength(10_000);
    expect(() => parse(many(10_001))).toThrow(expect.objectContaining({ code: "CAPTIONS_TOO_LARGE" }));
  });

  it("survives text made to be slow", () => {
    const head = "1\n00:00,000 --> 00:01,000\n";
    for (const bomb of [
      "<a".repeat(500_000),
      "{\\".repeat(500_000),
      `x${" ".repeat(1_000_000)}y`,
      "&#x".repeat(300_000),
      "x<".repeat(400_000),
    ]) {
      expect(parse(head + bomb).cues.length).toBeLessThanOrEqual(1);
    }
    const stacked = parse(`${head}x${"\u0301".repeat(100_000)}y`).cues[0]?.text ?? "";
    expect(stacked.length).toBeLessThan(12);
  });

  it("cuts a cue of monstrous length and says so", () => {
    const { cues, issues } = parse(`1\n00:00,000 --> 00:01,000\n${"word ".repeat(5000)}`);
    expect(cues[0]?.text.length).toBeLessThanOrEqual(1001);
    expect(issues.map((issue) => issue.code)).toEqual(["CAPTION_TEXT_CAPPED"]);
  });

  it("removes bidi overrides, controls and NUL", () => {
    expect(texts("1\n00:00,000 --> 00:01,000\na\u202eb\u0000c\u200bd\u0007")).toEqual(["abcd"]);
  });
});

describe("WebVTT", () => {
  it("skips header, STYLE, REGION, NOTE, identifiers and settings", () => {
    const vtt = `WEBVTT - title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:fred\n\nNOTE a\nlong note\n\nintro\n00:01.000 --> 00:02.000 align:start line:0\n<v Ann>Hi <b.loud>there</b>\n\n00:00:03.000 --> 00:00:04.000\nBye\n`;
    expect(parse(vtt).cues).toEqual([
      { startMs: 1000, endMs: 2000, text: "Hi there" },
      { startMs: 3000, endMs: 4000, text: "Bye" },
    ]);
  });

  it("turns inline timestamps into word timings", () => {
    const [cue] = parse(
      "WEBVTT\n\n00:01.000 --> 00:04.000\nNever <00:00:02.000>gonna <00:00:03.000><c>give</c>\n",
    ).cues;
    expect(cue?.text).toBe("Never gonna give");
    expect(cue?.words).toEqual([
      { text: "Never", startMs: 1000, endMs: 2000 },
      { text: "gonna", startMs: 2000, endMs: 3000 },
      { text: "give", startMs: 3000, endMs: 4000 },
    ]);
  });

  it("reads ruby text without its annotations", () => {
    expect(
      texts("WEBVTT\n\n00:01.000 --> 00:04.000\n<ruby>漢<rt>kan</rt>字<rt>ji</rt></ruby>です\n"),
    ).toEqual(["漢字です"]);
  });
});

describe("word timings", () => {
  const words = [
    { start: 0, end: 0.4, text: "Hello" },
    { start: 0.5, end: 0.9, text: "world." },
    { start: 1, end: 1.3, text: "Again" },
    { start: 3, end: 3.5, text: "later" },
  ];

  it("makes phrases at sentence ends and pauses", () => {
    for (const json of [JSON.stringify({ words }), JSON.stringify(words)]) {
      const { cues } = parse(json);
      expect(cues.map((cue) => [cue.startMs, cue.endMs, cue.text])).toEqual([
        [0, 900, "Hello world."],
        [1000, 1300, "Again"],
        [3000, 3500, "later"],
      ]);
      expect(cues[0]?.words).toHaveLength(2);
    }
  });

  it("joins Chinese without spaces", () => {
    expect(
      parse(
        JSON.stringify([
          { start: 0, end: 1, text: "你好" },
          { start: 1, end: 2, text: "世界" },
        ]),
      ).cues[0]?.text,
    ).toBe("你好世界");
  });

  it("names the path of a broken word", () => {
    expect(() =>
      parse('{"words":[{"start":0,"end":1,"text":"a"},{"start":"0","end":1,"text":"a"}]}'),
    ).toThrow(expect.objectContaining({ code: "CAPTIONS_INVALID", path: "words[1]" }));
  });
});

describe("encodings", () => {
  const srt = "1\n00:01,000 --> 00:02,000\n";

  it("reads UTF-16 that says so", () => {
    const little = Buffer.from(`\uFEFF${srt}é你`, "utf16le");
    expect(parseCaptions(little).cues[0]?.text).toBe("é你");
    expect(parseCaptions(Buffer.from(little).swap16()).cues[0]?.text).toBe("é你");
  });

  it("reads GB18030 with a warning", () => {
    // 你好，世界
    const { cues, issues } = parseCaptions(
      Buffer.concat([Buffer.from(srt), Buffer.from("c4e3bac3a3accac0bde7", "hex")]),
    );
    expect(cues[0]?.text).toBe("你好，世界");
    expect(issues.map((issue) => issue.code)).toEqual(["CAPTION_ENCODING"]);
  });

  it("refuses Latin-1 rather than showing wrong letters", () => {
    const bytes = Buffer.from(`${srt}Le caf\u00e9 est ferm\u00e9 \u00e0 No\u00ebl`, "latin1");
    expect(() => parseCaptions(bytes)).toThrow(expect.objectContaining({ code: "CAPTIONS_ENCODING" }));
  });

  it("refuses what is no caption file, and more than 8 MB", () => {
    expect(() => parse("just some text")).toThrow(expect.objectContaining({ code: "CAPTIONS_INVALID" }));
    expect(() => parseCaptions(Buffer.alloc(9 * 1024 * 1024, 32))).toThrow(
      expect.objectContaining({ code: "CAPTIONS_TOO_LARGE" }),
    );
  });

  it("refuses a blank file rather than making a film without captions", () => {
    for (const text of ["", " \n\r\n\t\n", "\uFEFF\n", "WEBVTT\n\n"])
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: "CAPTIONS_INVALID" }));
    expect(() => parse("\n\n")).toThrow("it is blank");
  });
});
