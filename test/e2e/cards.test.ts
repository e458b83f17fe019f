import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SceneInput } from "../../src/spec/schema-scene.ts";
import { ReelburstError } from "../../src/support/errors.ts";
import { type DecodedFilm, decodeFilm } from "./support/decoded-film.ts";
import { difference, ink } from "./support/measure.ts";
import { type Rendered, Studio } from "./support/studio.ts";

type Frame = DecodedFilm["frames"][number];

const SHAPES = [
  ["16:9", 320, 180],
  ["9:16", 180, 320],
  ["1:1", 200, 200],
  ["4:5", 200, 250],
] as const;

const TITLE = { title: "The Blue Hour", kicker: "A short film", text: "Why the sky turns blue twice a day" };
const LONG = {
  title: "Internationalisation and the unreasonable effectiveness of small decisions in films",
  text: ["One line of text that explains what the title says", "and a second one"],
};

let studio: Studio;

beforeAll(async () => {
  studio = await Studio.open();
  await studio.flat("grey.png", [120, 120, 120]);
});
afterAll(() => studio.close());

/** Pixels that stand out from a background that changes by less than a quarter of the range. */
function words(film: DecodedFilm, frame: Frame, theme: "dark" | "light") {
  return ink(film, (at) => (theme === "dark" ? (frame.y[at] as number) > 90 : (frame.y[at] as number) < 150));
}

describe.each(SHAPES)("cards of %s", (_name, width, height) => {
  test("show their words, all of them inside the frame", async () => {
    const cards: [SceneInput["card"], "dark" | "light"][] = [
      [TITLE, "dark"],
      [{ ...TITLE, theme: "light" }, "light"],
      [LONG, "dark"],
      [{ layout: "end", title: "Thank you for watching", text: ["Northlight", "2026"] }, "dark"],
      [{ layout: "end", title: "谢谢观看", theme: "light" }, "light"],
    ];
    const { output } = await studio.render({
      output: { width, height, fps: 5 },
      defaults: { transition: "none", motion: "none" },
      scenes: cards.map(([card]) => ({ card, duration: 0.4 })),
    });
    const film = decodeFilm(output);
    expect(film.frames.length).toBe(2 * cards.length);
    for (const [index, [card, theme]] of cards.entries()) {
      const frame = film.frames[2 * index] as Frame;
      const { pixels, bounds } = words(film, frame, theme);
      const name = `${card?.title} ${theme}`;
      expect(pixels, name).toBeGreaterThan(0.012 * width * height);
      expect(bounds?.x, name).toBeGreaterThanOrEqual(0.07 * width);
      expect((bounds?.x ?? 0) + (bounds?.width ?? width), name).toBeLessThanOrEqual(0.93 * width);
      expect(bounds?.y, name).toBeGreaterThanOrEqual(0.08 * height);
      expect((bounds?.y ?? 0) + (bounds?.height ?? height), name).toBeLessThanOrEqual(0.92 * height);
      if (card?.layout === "end")
        expect(Math.abs((bounds?.x ?? 0) + (bounds?.width ?? 0) / 2 - width / 2), name).toBeLessThan(
          0.02 * width,
        );
    }
  });
});

describe("a card", () => {
  test("lasts 4 s, moves slowly, blends into its neighbour and is drawn once", async () => {
    const scenes: SceneInput[] = [
      { card: TITLE, transition: { type: "fade", duration: 0.4 } },
      { image: "grey.png", duration: 1 },
      { card: TITLE, duration: 1 },
    ];
    const first = await studio.render({ scenes }, { cache: "shared" });
    const film = decodeFilm(first.output);
    const seconds = first.result.frames / 10;
    expect(seconds).toBeGreaterThanOrEqual(6);
    // 4 % over the whole scene: the words' left edge moves out by some pixels.
    const [start, end] = [3, 33].map((at) => words(film, film.frames[at] as Frame, "dark").bounds);
    expect((start?.x ?? 0) - (end?.x ?? 0)).toBeGreaterThanOrEqual(1);
    expect((end?.width ?? 0) / (start?.width ?? 1)).toBeGreaterThan(1.02);
    expect((end?.width ?? 0) / (start?.width ?? 1)).toBeLessThan(1.05);
    const again = await studio.render({ scenes }, { cache: "shared" });
    expect(again.result.chunks.rendered).toBe(0);
    expect(await readFile(again.output)).toEqual(await readFile(first.output));
  });

  test.each([
    [{ title: "สวัสดี" }, "GLYPHS_MISSING", "scenes[0].card.title"],
    [{ title: "ok", text: ["fine", "ไม่"] }, "GLYPHS_MISSING", "scenes[0].card.text[1]"],
    [{ title: "word ".repeat(60) }, "CARD_TEXT_TOO_LONG", "scenes[0].card.title"],
    [
      { layout: "list" as const, text: Array.from({ length: 12 }, () => "word ".repeat(100)) },
      "CARD_TEXT_TOO_LONG",
      "scenes[0].card.text",
    ],
    [{ title: "ok", font: "none.ttf" }, "FILE_NOT_FOUND", "scenes[0].card.font"],
  ])("%j cannot be drawn: the part is named before a frame is rendered", async (card, code, path) => {
    const error = await studio.render({ scenes: [{ card, duration: 1 }] }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ReelburstError);
    expect(error).toMatchObject({ code, path });
  });

  test("emoji are left out with a notice that names their part", async () => {
    const { result } = await studio.render({ scenes: [{ card: { title: "Party 🎉" }, duration: 0.5 }] });
    expect(result.notices).toContainEqual(
      expect.objectContaining({ code: "GLYPHS_DROPPED", path: "scenes[0].card.title" }),
    );
  });

  test("words that look like tags are words", async () => {
    const { output } = await studio.render({
      output: { width: 320, height: 180 },
      defaults: { motion: "none" },
      scenes: [{ card: { title: "{\\fs900\\pos(0,0)}x{\\p1}m 0 0" }, duration: 0.4 }],
    });
    const film = decodeFilm(output);
    const { bounds, pixels } = words(film, film.frames[3] as Frame, "dark");
    expect(pixels).toBeGreaterThan(300);
    expect(bounds?.width).toBeLessThan(0.86 * film.width);
  });
});

describe("two caption tracks", () => {
  const srt = (text: string): string => `1\n00:00:00,300 --> 00:00:01,200\n${text}\n`;
  let rendered: Rendered;
  let film: DecodedFilm;
  /** The middle frame of one of the scenes of 15 frames after the first one of 10. */
  const middle = (scene: number): Frame => film.frames[10 + (scene - 1) * 15 + 8] as Frame;
  /** Rows in which a frame differs from the bare picture, as stretches. */
  const bands = (scene: number): [number, number][] => {
    const frame = middle(scene);
    const found: [number, number][] = [];
    for (let y = 0; y < film.height; y++) {
      let inked = false;
      for (let x = 0; x < film.width && !inked; x++) {
        const at = y * film.width + x;
        inked = Math.abs((frame.y[at] as number) - ((film.frames[0] as Frame).y[at] as number)) > 25;
      }
      const last = found.at(-1);
      if (inked && last !== undefined && last[1] === y - 1) last[1] = y;
      else if (inked) found.push([y, y]);
    }
    return found;
  };

  beforeAll(async () => {
    await studio.write("en.srt", srt("Hello there"));
    await studio.write("zh.srt", srt("你好，世界"));
    await studio.write("de.srt", srt("Guten Tag"));
    const scene = (subtitles: SceneInput["subtitles"]): SceneInput => ({
      image: "grey.png",
      duration: 1.5,
      subtitles,
      language: "en",
    });
    rendered = await studio.render(
      {
        output: { width: 480, height: 270, loudness: null },
        defaults: { motion: "none", transition: "none" },
        scenes: [
          { image: "grey.png", duration: 1 },
          scene(["en.srt", { src: "zh.srt", language: "zh", burn: true, captions: { position: "top" } }]),
          scene(["en.srt", { src: "zh.srt", language: "zh", burn: true }]),
          scene(["en.srt", { src: "zh.srt", language: "zh" }]),
          scene("en.srt"),
          scene([
            { src: "en.srt", burn: false },
            { src: "de.srt", language: "de", burn: true },
          ]),
        ],
      },
      { output: "tracks/film.mp4" },
    );
    film = decodeFilm(rendered.output);
  });

  test("stand at their own places, or one above the other at the same one", () => {
    const half = film.height / 2;
    const [top, stacked, single] = [1, 2, 3].map(bands);
    expect(top?.some(([from]) => from < half / 2)).toBe(true);
    expect(top?.some(([from]) => from > half)).toBe(true);
    expect(stacked?.every(([from]) => from > half)).toBe(true);
    expect(stacked?.length).toBe(2);
    expect(single?.length).toBe(1);
    // The first track stays where it is alone.
    expect(stacked?.at(-1)).toEqual(single?.[0]);
  });

  test("a track that is not burned leaves the picture alone", () => {
    expect(difference(middle(3), middle(4), film, 2).pixels).toBe(0);
    expect(difference(middle(5), middle(4), film, 12).pixels).toBeGreaterThan(50);
    expect(bands(5).length).toBe(1);
  });

  test("are files beside the film: the first track as ever, and one for each language", async () => {
    const read = (name: string): Promise<string> => readFile(studio.at(`tracks/${name}`), "utf8");
    const [main, en, zh, de] = await Promise.all(
      ["film.srt", "film.en.srt", "film.zh.srt", "film.de.srt"].map(read),
    );
    expect(main?.match(/Hello there/g)?.length).toBe(5);
    expect(en).toBe(main);
    expect(zh?.match(/你好，世界/g)?.length).toBe(3);
    expect(zh).not.toContain("Hello");
    expect(de?.match(/Guten Tag/g)?.length).toBe(1);
    expect(await read("film.zh.vtt")).toMatch(/^WEBVTT\n/);
    const names = rendered.result.files.map(({ path }) => path.slice(studio.at("tracks/").length));
    expect(names).toEqual(expect.arrayContaining(["film.srt", "film.en.vtt", "film.zh.srt", "film.de.srt"]));
    // The second scene's caption, on the film's clock.
    expect(zh).toContain("00:00:01,300 -->");
  });

  test("a fault of the second track names it", async () => {
    await studio.write("th.srt", srt("สวัสดี"));
    const render = (subtitles: SceneInput["subtitles"]) =>
      studio
        .render({ scenes: [{ image: "grey.png", duration: 2, subtitles }] })
        .catch((thrown: unknown) => thrown);
    expect(await render(["en.srt", { src: "th.srt", burn: true }])).toMatchObject({
      code: "GLYPHS_MISSING",
      path: "scenes[0].subtitles[1].src",
    });
    expect(await render(["en.srt", "none.srt"])).toMatchObject({
      code: "FILE_NOT_FOUND",
      path: "scenes[0].subtitles[1].src",
    });
    // Written beside the film only, it needs no letters of ours.
    expect(await render(["en.srt", { src: "th.srt", language: "th" }])).not.toBeInstanceOf(Error);
  });
});
