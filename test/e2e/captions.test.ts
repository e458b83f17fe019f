import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SceneInput } from "../../src/spec/schema-scene.ts";
import { ReelburstError } from "../../src/support/errors.ts";
import { type DecodedFilm, decodeFilm } from "./support/decoded-film.ts";
import { difference, meanLuma } from "./support/measure.ts";
import { type Rendered, Studio } from "./support/studio.ts";

type Frame = DecodedFilm["frames"][number];

/** Each scene lasts 2 s, its caption stands from 0.5 s to 1.5 s: at 10 fps frames 5 to 14 of 20. */
const FRAMES = 20;
const TIMES = "00:00:00,500 --> 00:00:01,500";
const srt = (text: string): string => `1\n${TIMES}\n${text}\n`;

let studio: Studio;
let rendered: Rendered;
let film: DecodedFilm;
const place = new Map<string, number>();

/** Frame `offset` of the scene called `id`. */
function frameOf(id: string, offset: number): Frame {
  return film.frames[(place.get(id) as number) * FRAMES + offset] as Frame;
}

/** Ink against the scene's own first frame, which has no caption. */
function captionAt(id: string, offset: number) {
  return difference(frameOf(id, offset), frameOf(id, 0), film, 12);
}

beforeAll(async () => {
  studio = await Studio.open();
  await studio.flat("grey.png", [120, 120, 120], 640, 360);
  const many = Array.from({ length: 2000 }, (_, index) => {
    const at = (ms: number): string =>
      `00:00:0${Math.floor(ms / 1000)},${String(ms % 1000).padStart(3, "0")}`;
    return `${index + 1}\n${at(index)} --> ${at(index + 1)}\nCue number ${index}\n`;
  });
  const files: Record<string, string | Buffer> = {
    "plain.srt": srt("Hello there"),
    "bom.srt": Buffer.concat([
      Buffer.from([0xef, 0xbb, 0xbf]),
      Buffer.from(srt("Hello there").replaceAll("\n", "\r\n")),
    ]),
    "style.vtt":
      "WEBVTT - a title\n\nSTYLE\n::cue { color: red; font-size: 900% }\n\nNOTE\nnot shown\n\nid-1\n00:00.500 --> 00:01.500 line:0 position:5%\n<c.loud>Hello there</c>\n",
    "font.srt": srt('<font size="5000">Hello there</font>'),
    "fontface.srt": srt('<font face="X\',drawtext=text=OWNED">Hello there</font>'),
    "override.srt": srt("{\\an8\\fs900\\p0}Hello there{\\fn}"),
    "drawing.srt": srt("{\\p1}m 0 0 l 640 0 640 360 0 360{\\p0}"),
    "overlap.srt": `1\n00:00:00,500 --> 00:00:01,500\nFirst of two\n\n2\n00:00:01,000 --> 00:00:01,500\nSecond of two\n`,
    "together.srt": `1\n${TIMES}\nTwo at a time\n\n2\n${TIMES}\nThe other one\n`,
    "many.srt": many.join("\n"),
    "mixed.srt": srt("我们用 FFmpeg 把图片和旁白变成完整的影片，Reelburst is fast。"),
    "chinese.srt": srt("一行没有任何空格的中文字幕不应该在画面的左右两边被切掉而应该平衡地分成两行显示"),
    "empty.srt": "",
  };
  for (const [name, content] of Object.entries(files)) await studio.write(name, content);
  const scene = (id: string, file: string, captions: SceneInput["captions"] = "boxed"): SceneInput => ({
    id,
    image: "grey.png",
    duration: FRAMES / 10,
    subtitles: file,
    captions: typeof captions === "string" ? { style: captions } : captions,
  });
  const scenes = [
    scene("plain", "plain.srt"),
    scene("bom", "bom.srt"),
    scene("vtt", "style.vtt"),
    scene("font", "font.srt"),
    scene("fontface", "fontface.srt"),
    scene("override", "override.srt"),
    scene("drawing", "drawing.srt"),
    scene("overlap", "overlap.srt"),
    scene("together", "together.srt"),
    scene("many", "many.srt"),
    scene("mixed", "mixed.srt"),
    scene("chinese", "chinese.srt"),
    scene("open", "plain.srt", { style: "boxed", boxOpacity: 0 }),
    scene("solid", "plain.srt", { style: "boxed", boxOpacity: 1 }),
    scene("top", "plain.srt", { style: "boxed", position: "top" }),
    scene("karaoke", "chinese.srt", "karaoke"),
    scene("off", "plain.srt", "none"),
  ];
  for (const [index, { id }] of scenes.entries()) place.set(id as string, index);
  rendered = await studio.render(
    {
      output: { width: 640, height: 360, fps: 10 },
      defaults: { motion: "none", transition: "none" },
      scenes,
    },
    { slots: 2, output: "captions/film.mp4" },
  );
  film = decodeFilm(rendered.output);
});
afterAll(() => studio.close());

describe("captions in the picture", () => {
  test("stand on exactly their frames", () => {
    for (const id of ["plain", "bom", "vtt", "font", "mixed", "chinese", "solid", "top"]) {
      const shown = Array.from({ length: FRAMES }, (_, offset) => offset).filter(
        (offset) => captionAt(id, offset).pixels > 500,
      );
      expect(shown, id).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    }
  });

  test.for(["bom", "vtt", "font", "fontface", "override"])(
    "%s: markup, styles and byte order marks change nothing",
    (id) => {
      for (const offset of [5, 9, 14])
        expect(
          difference(frameOf(id, offset), frameOf("plain", offset), film, 0).pixels,
          `frame ${offset}`,
        ).toBe(0);
    },
  );

  test("a drawing command draws nothing: at most its own words are shown", () => {
    expect(captionAt("drawing", 9).pixels).toBeLessThan(0.15 * film.width * film.height);
  });

  test("of two that overlap, the earlier one yields, and the result says so", () => {
    expect(difference(frameOf("overlap", 8), frameOf("overlap", 12), film, 12).pixels).toBeGreaterThan(100);
    expect(captionAt("overlap", 12).pixels).toBeLessThan(captionAt("overlap", 8).pixels * 1.5);
    expect(rendered.result.notices).toContainEqual(
      expect.objectContaining({
        code: "CAPTION_OVERLAP",
        path: `scenes[${place.get("overlap")}].subtitles.src`,
      }),
    );
  });

  test("two that begin together stand together", () => {
    expect(captionAt("together", 9).bounds?.height ?? 0).toBeGreaterThan(
      (captionAt("plain", 9).bounds?.height ?? 0) * 1.4,
    );
  });

  test("2,000 cues in 2 s: every frame shows one", () => {
    // Frame 0 has a caption too, so the bare picture is another scene's.
    for (let offset = 0; offset < FRAMES; offset++) {
      expect(
        difference(frameOf("many", offset), frameOf("off", 0), film, 12).pixels,
        `frame ${offset}`,
      ).toBeGreaterThan(500);
    }
  });

  test.for(["plain", "mixed", "chinese", "karaoke", "together", "top", "solid"])(
    "%s stays inside the safe area, centred",
    (id) => {
      const bounds = captionAt(id, 9).bounds;
      if (bounds === null) throw new Error("no caption");
      expect(bounds.x).toBeGreaterThanOrEqual(0.04 * film.width);
      expect(bounds.x + bounds.width).toBeLessThanOrEqual(0.96 * film.width);
      expect(bounds.y).toBeGreaterThanOrEqual(0.025 * film.height);
      expect(bounds.y + bounds.height).toBeLessThanOrEqual(0.975 * film.height);
      expect(Math.abs(bounds.x + bounds.width / 2 - film.width / 2)).toBeLessThanOrEqual(4);
    },
  );

  test("a long Chinese line is broken, not cut", () => {
    expect(captionAt("chinese", 9).bounds?.height ?? 0).toBeGreaterThan(
      (captionAt("plain", 9).bounds?.height ?? 0) * 1.4,
    );
  });

  test("a Chinese line is many words: karaoke moves through it", () => {
    const steps = Array.from({ length: 9 }, (_, step) => 5 + step).filter(
      (offset) =>
        difference(frameOf("karaoke", offset), frameOf("karaoke", offset + 1), film, 25).pixels > 20,
    );
    expect(steps.length).toBeGreaterThanOrEqual(5);
  });

  test("opacity 0 is invisible and 1 is solid", () => {
    const box = captionAt("solid", 9).bounds;
    const text = captionAt("open", 9).bounds;
    if (box === null || text === null) throw new Error("no caption");
    expect(text.width).toBeLessThan(box.width);
    expect(text.height).toBeLessThan(box.height);
    const corner = { x: box.x + 6, y: box.y + (box.height >> 1), width: 3, height: 3 };
    const background = meanLuma(frameOf("off", 9), film, corner);
    // A draft's letters ring a little into their surroundings; a box would take 50 levels and more.
    expect(Math.abs(meanLuma(frameOf("open", 9), film, corner) - background)).toBeLessThanOrEqual(6);
    expect(meanLuma(frameOf("solid", 9), film, corner)).toBeLessThan(19);
    // 55 % black over the picture.
    expect(meanLuma(frameOf("plain", 9), film, corner)).toBeCloseTo(16 + (background - 16) * 0.45, -1);
  });

  test("style none shows nothing", () => {
    expect(
      Array.from({ length: FRAMES }, (_, offset) => captionAt("off", offset).pixels).every(
        (pixels) => pixels === 0,
      ),
    ).toBe(true);
  });

  test("the files beside the film say the same, timed in the film", async () => {
    const text = await readFile(studio.at("captions/film.srt"), "utf8");
    expect(text).toContain("00:00:00,500 --> 00:00:01,500\nHello there");
    expect(text).toContain("00:00:02,500 --> 00:00:03,500\nHello there");
    expect(text).not.toMatch(/<font|\{\\|::cue/);
    expect(await readFile(studio.at("captions/film.vtt"), "utf8")).toMatch(/^WEBVTT/);
  });
});

describe("captions that cannot be shown stop the film before a frame is rendered", () => {
  const render = (subtitles: string, captions?: SceneInput["captions"]) =>
    studio.renderError(
      {
        scenes: [
          {
            id: "bad",
            image: "grey.png",
            duration: 1,
            subtitles,
            ...(captions === undefined ? {} : { captions }),
          },
        ],
      },
      { cache: "refused-captions" },
    );

  test("letters that no font has: GLYPHS_MISSING names them", async () => {
    await studio.write("glyphs.srt", srt("Look: \u{13000} and \u{16A0}"));
    const error = (await render("glyphs.srt")) as ReelburstError;
    expect(error).toBeInstanceOf(ReelburstError);
    expect(error).toMatchObject({ code: "GLYPHS_MISSING", path: "scenes[0].subtitles.src" });
    expect(error.message).toContain("U+13000");
    expect(error.message).toContain("U+16A0");
    expect(error.hint).toContain("font");
  });

  test("a font that is not there, or is no font", async () => {
    expect(await render("plain.srt", { font: "nowhere.ttf" })).toMatchObject({
      code: "FILE_NOT_FOUND",
      path: "scenes[0].captions.font",
    });
    await studio.write("text.ttf", "not a font");
    expect(await render("plain.srt", { font: "text.ttf" })).toMatchObject({
      code: expect.stringMatching(/^FONT_/),
    });
  });

  test("an empty file, and one that is not captions", async () => {
    expect(await render("empty.srt")).toMatchObject({ code: "FILE_EMPTY", path: "scenes[0].subtitles.src" });
    await studio.write("prose.srt", "Once upon a time there was no timestamp.\n");
    expect(await render("prose.srt")).toMatchObject({
      code: expect.stringMatching(/^CAPTIONS?_|^SUBTITLE_/),
      path: expect.stringContaining("scenes[0].subtitles.src"),
    });
  });
});
