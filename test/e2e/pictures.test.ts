import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProductionProblems } from "../../src/produce/problems.ts";
import type { SceneInput } from "../../src/spec/schema-scene.ts";
import { finePrint, paint } from "../fixtures/synthetic-pictures.ts";
import { sine } from "../fixtures/wav.ts";
import { type DecodedFilm, decodeFilm } from "./support/decoded-film.ts";
import { colourDistance, meanRgb } from "./support/measure.ts";
import { type Rendered, type Rgb, Studio } from "./support/studio.ts";

let studio: Studio;

beforeAll(async () => {
  studio = await Studio.open();
});
afterAll(() => studio.close());

/** A PNG of a header only: what it promises was never drawn. */
function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const frame = Buffer.alloc(4);
    frame.writeUInt32BE(data.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([frame, body, sum]);
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.alloc(64))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

describe("pictures that are refused", () => {
  const HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n";
  const CONCAT = "ffconcat version 1.0\nfile good.png\n";
  const pictures: readonly (readonly [string, string])[] = [
    ["cut.jpg", "IMAGE_UNREADABLE"],
    ["cut.png", "IMAGE_UNREADABLE"],
    ["cut.webp", "IMAGE_UNREADABLE"],
    ["empty.png", "FILE_EMPTY"],
    ["text.jpg", "IMAGE_FORMAT_NOT_ALLOWED"],
    ["playlist.png", "IMAGE_FORMAT_NOT_ALLOWED"],
    ["list.jpg", "IMAGE_FORMAT_NOT_ALLOWED"],
    ["drawing.png", "IMAGE_FORMAT_NOT_ALLOWED"],
    ["moving.gif", "IMAGE_FORMAT_NOT_ALLOWED"],
    ["folder.png", "FILE_NOT_REGULAR"],
    ["huge.png", "IMAGE_TOO_LARGE"],
  ];
  const sounds: readonly (readonly [string, string])[] = [
    ["playlist.mp3", "FORMAT_NOT_ALLOWED"],
    ["list.wav", "FORMAT_NOT_ALLOWED"],
    ["text.m4a", "AUDIO_UNREADABLE"],
    ["picture.mp3", "FORMAT_NOT_ALLOWED"],
    ["empty.wav", "FILE_EMPTY"],
  ];
  let problems: readonly {
    code: string;
    path: string | undefined;
    hint: string | undefined;
    message: string;
  }[];

  beforeAll(async () => {
    const detail = finePrint(400, 300);
    const raw = sharp(detail.rgb, { raw: { width: 400, height: 300, channels: 3 } });
    for (const [name, bytes] of [
      ["cut.jpg", await raw.clone().jpeg().toBuffer()],
      ["cut.png", await raw.clone().png().toBuffer()],
      ["cut.webp", await raw.clone().webp().toBuffer()],
    ] as const) {
      await studio.write(name, bytes.subarray(0, bytes.length >> 1));
    }
    await studio.write("empty.png", "");
    await studio.write("text.jpg", "This is not a picture.\n");
    await studio.write("playlist.png", HLS);
    await studio.write("list.jpg", CONCAT);
    await studio.write(
      "drawing.png",
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/hostname"/></svg>',
    );
    const frames = [0, 120].map((level) => ({
      create: { width: 32, height: 32, channels: 3 as const, background: { r: level, g: 200, b: 40 } },
    }));
    const still = await Promise.all(frames.map((frame) => sharp(frame).png().toBuffer()));
    await studio.write(
      "moving.gif",
      await sharp(still, { join: { animated: true } })
        .gif()
        .toBuffer(),
    );
    await studio.write("folder.png/inside.txt", "a folder");
    await studio.write("huge.png", pngHeader(16_000, 16_000));
    await studio.flat("good.png", [90, 120, 60]);
    await studio.write("playlist.mp3", HLS);
    await studio.write("list.wav", CONCAT);
    await studio.write("text.m4a", "words, words, words\n".repeat(40));
    await studio.write("picture.mp3", await raw.clone().png().toBuffer());
    await studio.write("empty.wav", "");
    const scenes: SceneInput[] = [
      ...pictures.map(([image]) => ({ image, duration: 1 })),
      ...sounds.map(([audio]) => ({ image: "good.png", audio })),
    ];
    const error = await studio.renderError({ scenes }, { output: "refused/film.mp4" });
    expect(error).toBeInstanceOf(ProductionProblems);
    problems = (error as ProductionProblems).problems;
  });

  test.for(pictures.map(([name, code], index) => [name, code, index] as const))(
    "%s: %s",
    ([name, code, index]) => {
      const problem = problems.find(({ path }) => path?.startsWith(`scenes[${index}].image.src`));
      expect(problem?.code, problem?.message).toBe(code);
      expect(`${problem?.path} ${problem?.message}`).toContain(name);
      if (code !== "FILE_NOT_REGULAR") expect(problem?.hint).toBeTruthy();
    },
  );

  test.for(sounds.map(([name, code], index) => [name, code, index] as const))(
    "%s: %s",
    ([name, code, index]) => {
      const problem = problems.find(({ path }) =>
        path?.startsWith(`scenes[${pictures.length + index}].audio.src`),
      );
      expect(problem?.code, problem?.message).toBe(code);
      expect(`${problem?.path} ${problem?.message}`).toContain(name);
      expect(problem?.hint).toBeTruthy();
    },
  );

  test("nothing else is wrong", () => {
    expect(problems).toHaveLength(pictures.length + sounds.length);
  });
});

describe("pictures that are unusual and right", () => {
  const COLOUR: Rgb = [180, 90, 60];
  const HALVES: readonly [Rgb, Rgb] = [
    [200, 60, 60],
    [40, 90, 180],
  ];
  const scenes: { name: string; image: SceneInput["image"]; expected: Rgb; tolerance: number }[] = [];
  let rendered: Rendered;
  let film: DecodedFilm;
  const FRAMES = 2;

  const add = async (
    name: string,
    bytes: Buffer,
    expected: Rgb,
    tolerance = 2,
    look: object = {},
  ): Promise<void> => {
    await studio.write(name, bytes);
    scenes.push({ name, image: { src: name, ...look }, expected, tolerance });
  };
  const flat = (width: number, height: number, colour: Rgb = COLOUR) =>
    sharp({
      create: { width, height, channels: 3, background: { r: colour[0], g: colour[1], b: colour[2] } },
    });

  beforeAll(async () => {
    // Ink black plus colours: what a CMYK file means in sRGB is the profile's affair, so its own conversion is the truth.
    const cmyk = await flat(200, 100).toColourspace("cmyk").jpeg({ quality: 98 }).toBuffer();
    const [c0 = 0, c1 = 0, c2 = 0] = await sharp(cmyk).toColourspace("srgb").resize(1, 1).raw().toBuffer();
    await add("cmyk.jpg", cmyk, [c0, c1, c2], 4);
    await add("deep.png", await flat(200, 100).toColourspace("rgb16").png().toBuffer(), COLOUR);
    await add("odd.png", await flat(333, 187).png().toBuffer(), COLOUR);
    await add("one.png", await flat(1, 1).png().toBuffer(), COLOUR);
    await add("panorama.png", await flat(8000, 100).png().toBuffer(), COLOUR);
    await add("tower.png", await flat(60, 4000).png().toBuffer(), COLOUR);
    await add(
      "grey.png",
      await flat(200, 100, [120, 120, 120]).toColourspace("b-w").png().toBuffer(),
      [120, 120, 120],
    );
    await add(
      "grey.jpg",
      await flat(200, 100, [120, 120, 120]).toColourspace("b-w").jpeg().toBuffer(),
      [120, 120, 120],
    );
    await add("palette.png", await flat(200, 100).png({ palette: true, colours: 4 }).toBuffer(), COLOUR);
    await add("plain.webp", await flat(200, 100).webp({ lossless: true }).toBuffer(), COLOUR);
    await add("plain.avif", await flat(200, 100).avif({ quality: 90 }).toBuffer(), COLOUR, 5);
    const clear = {
      create: {
        width: 200,
        height: 100,
        channels: 4 as const,
        background: { r: 255, g: 255, b: 255, alpha: 0 },
      },
    };
    await add("clear.png", await sharp(clear).png().toBuffer(), [16, 96, 160], 2, { background: "#1060a0" });
    const half = {
      create: {
        width: 200,
        height: 100,
        channels: 4 as const,
        background: { r: 255, g: 255, b: 255, alpha: 0.5 },
      },
    };
    await add("half.png", await sharp(half).png().toBuffer(), [128, 128, 128], 2);
    const wrongName = await flat(200, 100).jpeg({ quality: 98 }).toBuffer();
    await add("jpeg-inside.png", wrongName, COLOUR, 4);
    const frames = await Promise.all(
      [COLOUR, [10, 200, 10] as const].map((colour) =>
        flat(64, 64, colour as Rgb)
          .png()
          .toBuffer(),
      ),
    );
    await add(
      "moving.webp",
      await sharp(frames, { join: { animated: true } })
        .webp({ lossless: true })
        .toBuffer(),
      COLOUR,
    );
    // Stored lying on its side: as decoded the first colour is on the left; upright it is on top.
    const lying = paint(400, 200, (x) => (x < 200 ? HALVES[0] : HALVES[1]));
    const turned = sharp(lying.rgb, { raw: { width: 400, height: 200, channels: 3 } })
      .jpeg({ quality: 98 })
      .withMetadata({ orientation: 6 });
    await add("turned.jpg", await turned.toBuffer(), HALVES[0], 4);
    rendered = await studio.render(
      {
        defaults: { motion: "none", transition: "none" },
        scenes: scenes.map(({ image }) => ({ image, duration: FRAMES / 10 })),
      },
      { slots: 2 },
    );
    film = decodeFilm(rendered.output);
  });

  test("all are in the film", () => {
    expect(film.frames).toHaveLength(scenes.length * FRAMES);
  });

  test.for(Array.from({ length: 16 }, (_, index) => index))("picture %i has its colour", (index) => {
    const { name, expected, tolerance } = scenes[index] as (typeof scenes)[0];
    // The upper half, off its middle line.
    const area = { x: 40, y: 10, width: 240, height: 60 };
    const seen = meanRgb(film.frames[index * FRAMES + 1] as DecodedFilm["frames"][0], film, area);
    expect(colourDistance(seen, expected), `${name}: ${seen}, expected ${expected}`).toBeLessThanOrEqual(
      tolerance,
    );
  });

  test("a picture that says it is turned stands upright", () => {
    const index = scenes.findIndex((scene) => scene.name === "turned.jpg");
    const frame = film.frames[index * FRAMES + 1] as DecodedFilm["frames"][0];
    const top = meanRgb(frame, film, { x: 20, y: 10, width: 280, height: 60 });
    const bottom = meanRgb(frame, film, { x: 20, y: 110, width: 280, height: 60 });
    expect(colourDistance(top, HALVES[0])).toBeLessThanOrEqual(4);
    expect(colourDistance(bottom, HALVES[1])).toBeLessThanOrEqual(4);
  });

  test("an animation's first frame is used, and the result says so", () => {
    const notice = rendered.result.notices.find(({ code }) => code === "IMAGE_ANIMATED");
    expect(notice?.path).toBe(
      `scenes[${scenes.findIndex((scene) => scene.name === "moving.webp")}].image.src`,
    );
  });
});

test("a wrong music or watermark file stops the film, named as what it is", async () => {
  await studio.flat("fine.png", [1, 2, 3]);
  await studio.wav("fine.wav", sine(48_000, 1, 24_000, 200, 0.3));
  await studio.write("no.png", "no picture");
  await studio.write("no.mp3", "no music");
  const scenes = [{ image: "fine.png", audio: "fine.wav" }];
  expect(await studio.renderError({ scenes, watermark: "no.png" })).toMatchObject({
    code: "IMAGE_FORMAT_NOT_ALLOWED",
    path: expect.stringContaining("watermark.src"),
  });
  expect(await studio.renderError({ scenes, soundtrack: "no.mp3" })).toMatchObject({
    code: "AUDIO_UNREADABLE",
    path: expect.stringContaining("soundtrack.src"),
  });
});
