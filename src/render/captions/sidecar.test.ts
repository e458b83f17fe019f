import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HARD_BREAK } from "./cue.ts";
import { tidyText } from "./parse/clean-text.ts";
import { parseCaptions } from "./parse/parse-captions.ts";
import { toSrt, toVtt } from "./sidecar.ts";

const cues = [
  { startMs: 0, endMs: 1500, text: "One\ntwo" },
  { startMs: 3_723_004, endMs: 3_725_000, text: `Three & <four>${HARD_BREAK}five` },
];

describe("sidecar files", () => {
  it("writes SubRip", () => {
    expect(toSrt(cues)).toBe(
      "1\n00:00:00,000 --> 00:00:01,500\nOne\ntwo\n\n2\n01:02:03,004 --> 01:02:05,000\nThree & <\u2060four>\nfive\n",
    );
  });

  it("writes WebVTT", () => {
    expect(toVtt(cues)).toBe(
      "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nOne\ntwo\n\n01:02:03.004 --> 01:02:05.000\nThree &amp; &lt;four&gt;\nfive\n",
    );
  });

  it("comes back the same when read again, hostile text included", () => {
    const piece = fc.constantFrom(
      "a",
      "<b>",
      "</font>",
      "{\\p1}",
      "-->",
      "&lt;",
      "&",
      "\\N",
      " ",
      "\n",
      "你",
      "<00:01.000>",
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
        const text = tidyText(`x${pieces.join("")}`);
        const written = [{ startMs: 1000, endMs: 2000, text }];
        for (const file of [toSrt(written), toVtt(written)])
          expect(parseCaptions(Buffer.from(file)).cues).toEqual(written);
      }),
    );
  });
});
