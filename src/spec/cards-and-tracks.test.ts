import { describe, expect, it } from "vitest";
import { CAPTION_DEFAULTS } from "./defaults.ts";
import { parseProduction } from "./parse.ts";

const parse = (scene: object, defaults: object = {}) =>
  parseProduction({ defaults, scenes: [scene] }, { baseDirectory: "/films" });
const findings = (scene: object, defaults: object = {}) =>
  parse(scene, defaults).issues.map(({ code, path }) => [code, path]);
const accepted = (scene: object, defaults: object = {}) => {
  const { production, issues } = parse(scene, defaults);
  expect(issues).toEqual([]);
  return production?.scenes[0];
};

describe("a card", () => {
  it("needs a title and nothing else", () => {
    expect(accepted({ card: { title: "One" } })).toMatchObject({
      image: null,
      card: {
        layout: "title",
        title: "One",
        text: [],
        kicker: null,
        attribution: null,
        theme: "dark",
        accent: "#ffb224",
        background: null,
        font: null,
      },
      duration: 4,
      motion: { kind: "effect", effect: "zoomIn", amount: 0.04 },
    });
  });

  it("stands as long as is stated, or as its narration", () => {
    expect(accepted({ card: { title: "One" }, duration: 7 })?.duration).toBe(7);
    expect(accepted({ card: { title: "One" } }, { duration: 9 })?.duration).toBe(4);
    expect(accepted({ card: { title: "One" }, audio: "a.wav" })?.duration).toBe("auto");
  });

  it("takes of the defaults' motion only that nothing moves", () => {
    const card = { title: "One" };
    expect(accepted({ card }, { motion: { effect: "panLeft", amount: 0.5 } })?.motion).toMatchObject({
      effect: "zoomIn",
      amount: 0.04,
    });
    expect(accepted({ card }, { motion: "none" })?.motion).toMatchObject({ effect: "none" });
    expect(accepted({ card }, { motion: { effect: "none" } })?.motion).toMatchObject({ effect: "none" });
    expect(accepted({ card, motion: { amount: 0.1 } })?.motion).toMatchObject({
      effect: "zoomIn",
      amount: 0.1,
    });
  });

  it("is light on a light background, unless it says otherwise", () => {
    const theme = (card: object) => accepted({ card: { title: "One", ...card } })?.card?.theme;
    expect(theme({ background: "#FFF" })).toBe("light");
    expect(theme({ background: "#204060" })).toBe("dark");
    expect(theme({ background: "#fff", theme: "dark" })).toBe("dark");
  });

  it.each([
    [{ card: {} }, [["REQUIRED", "scenes[0].card.title"]]],
    [{ card: { layout: "end" } }, [["REQUIRED", "scenes[0].card.title"]]],
    [{ card: { layout: "figure", text: "x" } }, [["REQUIRED", "scenes[0].card.title"]]],
    [{ card: { layout: "quote", title: "x" } }, [["REQUIRED", "scenes[0].card.text"]]],
    [{ card: { layout: "list", title: "x" } }, [["REQUIRED", "scenes[0].card.text"]]],
    [{ card: { title: "  " } }, [["INVALID_VALUE", "scenes[0].card.title"]]],
    [{ card: { title: "x", text: [] } }, [["OUT_OF_RANGE", "scenes[0].card.text"]]],
    [{ card: { title: "x", accent: "amber" } }, [["INVALID_VALUE", "scenes[0].card.accent"]]],
    [{ card: { title: "x", layout: "credits" } }, [["INVALID_VALUE", "scenes[0].card.layout"]]],
    [{ card: { title: "x", titel: "y" } }, [["UNKNOWN_KEY", "scenes[0].card.titel"]]],
    [{ card: { title: "x".repeat(301) } }, [["OUT_OF_RANGE", "scenes[0].card.title"]]],
    [{ card: { title: "x", font: "a.woff" } }, [["FONT_FORMAT_UNSUPPORTED", "scenes[0].card.font"]]],
    [{ card: { title: "x" }, image: "a.png" }, [["SCENE_PICTURE_AMBIGUOUS", "scenes[0]"]]],
    [{ duration: 2 }, [["REQUIRED", "scenes[0].image"]]],
  ])("%j is refused with its place", (scene, expected) => {
    expect(findings(scene)).toEqual(expected);
  });
});

describe("caption tracks", () => {
  const scene = (subtitles: unknown, more: object = {}) => ({
    image: "a.png",
    duration: 2,
    language: "en",
    subtitles,
    ...more,
  });

  it("one path is one burned track in the scene's language and look", () => {
    const expected = [{ src: "/films/a.srt", language: "en", burn: true, captions: CAPTION_DEFAULTS }];
    expect(accepted(scene("a.srt"))?.subtitles).toEqual(expected);
    expect(accepted(scene({ src: "a.srt" }))?.subtitles).toEqual(expected);
    expect(accepted(scene(["a.srt"]))?.subtitles).toEqual(expected);
    expect(accepted(scene(null))?.subtitles).toEqual([]);
  });

  it("of several, the first is burned, the others say so; a look is laid over the scene's", () => {
    const tracks = accepted(
      scene(
        [
          "a.srt",
          { src: "b.srt", language: "chinese" },
          { src: "c.srt", burn: true, captions: { position: "top" } },
        ],
        {
          captions: { style: "outline", size: 1.2 },
        },
      ),
    )?.subtitles;
    expect(
      tracks?.map(({ language, burn, captions }) => [language, burn, captions.style, captions.position]),
    ).toEqual([
      ["en", true, "outline", "bottom"],
      ["zh", false, "outline", "bottom"],
      [null, true, "outline", "top"],
    ]);
    expect(tracks?.[2]?.captions.size).toBe(1.2);
  });

  it.each([
    [["a.srt", "b.ass"], [["SUBTITLE_FORMAT_UNSUPPORTED", "scenes[0].subtitles[1]"]]],
    [["a.srt", { src: "b.ass" }], [["SUBTITLE_FORMAT_UNSUPPORTED", "scenes[0].subtitles[1].src"]]],
    [
      ["a.srt", { src: "b.srt", language: "klingon" }],
      [["LANGUAGE_UNKNOWN", "scenes[0].subtitles[1].language"]],
    ],
    [["a.srt", { src: "b.srt", burned: true }], [["UNKNOWN_KEY", "scenes[0].subtitles[1].burned"]]],
    [
      ["a.srt", { src: "b.srt", captions: { size: 9 } }],
      [["OUT_OF_RANGE", "scenes[0].subtitles[1].captions.size"]],
    ],
    [[], [["OUT_OF_RANGE", "scenes[0].subtitles"]]],
    [
      ["a.srt", { src: "b.srt", language: "en" }],
      [["SUBTITLE_LANGUAGE_DUPLICATE", "scenes[0].subtitles[1].language"]],
    ],
  ])("%j is refused with its place", (subtitles, expected) => {
    expect(findings(scene(subtitles))).toEqual(expected);
  });
});
