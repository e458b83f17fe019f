import { writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import {
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
} from "node-av/constants";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measureByEbur128 } from "../fixtures/ebur128.ts";
import { babble, noise, sine } from "../fixtures/wav.ts";
import { type DecodedFilm, decodeFilm, topBoxes } from "./support/decoded-film.ts";
import { colourDistance, difference, findClick, meanLuma, meanRgb, withClicks } from "./support/measure.ts";
import { type Rendered, type Rgb, Studio } from "./support/studio.ts";

/** 30 fps makes a frame exactly 1600 samples. */
const FPS = 30;
const AIR = 24_000;
const COLOURS: readonly Rgb[] = [
  [200, 60, 40],
  [40, 140, 80],
  [70, 80, 190],
  [128, 128, 128],
];
/** Samples of the narrations: none is a whole number of frames. */
const LENGTHS = [60_001, 52_345, 61_999, 50_000];
const CLICKS = [9_000, 40_123];
const SRT = "1\n00:00:00,100 --> 00:00:01,000\nA caption here\n";

type Frame = DecodedFilm["frames"][number];

let studio: Studio;
let rendered: Rendered;
let film: DecodedFilm;
let plain: DecodedFilm;
let samples: Float32Array;
/** First frame of each scene and, after the last, of the end; by hand from the rules of time. */
const starts: number[] = [];

beforeAll(async () => {
  studio = await Studio.open();
  const narrations = LENGTHS.map((length, index) =>
    withClicks(babble(48_000, length, 0.3, index + 1), CLICKS, 0.7),
  );
  const [first, second, third, fourth] = narrations as [
    (typeof narrations)[0],
    (typeof narrations)[0],
    (typeof narrations)[0],
    (typeof narrations)[0],
  ];
  await studio.wav("n0.wav", first);
  await studio.encoded("n1.flac", second, "flac");
  await studio.encoded("n2.mp3", third, "libmp3lame");
  await studio.encoded("n3.m4a", fourth, "aac");
  for (const [index, colour] of COLOURS.entries()) await studio.flat(`p${index}.png`, colour);
  await studio.wav("music.wav", sine(48_000, 2, 48_000, 220, 0.4));
  await studio.write(
    "mark.png",
    await sharp({ create: { width: 40, height: 20, channels: 4, background: "#ffffff" } })
      .png()
      .toBuffer(),
  );
  await studio.write("c.srt", SRT);
  const names = ["n0.wav", "n1.flac", "n2.mp3", "n3.m4a"];
  const input = (captions: "boxed" | "none") => ({
    // Not a draft: its coarse quantiser moves a flat colour by up to 2.4 of 255.
    output: { width: 321, height: 181, fps: FPS, quality: "standard" as const },
    defaults: {
      motion: "none" as const,
      pad: { before: 0, after: 0.3 },
      transition: { type: "fade" as const, duration: 0.4 },
      captions,
    },
    scenes: names.map((audio, index) => ({
      id: `s${index}`,
      image: `p${index}.png`,
      audio,
      subtitles: "c.srt",
    })),
    soundtrack: { src: "music.wav" },
    watermark: { src: "mark.png", position: "topRight" as const, size: 0.2, margin: 0.1, opacity: 1 },
  });
  rendered = await studio.render(input("boxed"), { output: "film/film.mp4", cache: "cache", slots: 2 });
  const without = await studio.render(input("none"), { output: "plain/film.mp4", cache: "cache", slots: 2 });
  film = decodeFilm(rendered.output);
  plain = decodeFilm(without.output);
  samples = film.samples as Float32Array;
  let at = 0;
  for (const [index, length] of LENGTHS.entries()) {
    starts.push(at);
    const before = index === 0 ? AIR : 0;
    const after = index === LENGTHS.length - 1 ? AIR : 14_400;
    at += Math.ceil((before + length + after) / 1600);
  }
  starts.push(at);
});
afterAll(() => studio.close());

const end = (): number => starts.at(-1) as number;

describe("a film of four scenes with narration, music, fades, captions and a watermark", () => {
  test("has the planned frames, each one frame after the other from time 0", () => {
    expect(film.frames.map((frame) => frame.pts / film.frameTicks)).toEqual(
      Array.from({ length: end() }, (_, index) => index),
    );
    expect(rendered.result.frames).toBe(end());
    expect(film.videoSeconds).toBeCloseTo(end() / FPS, 6);
    expect(rendered.result.seconds).toBeCloseTo(end() / FPS, 6);
  });

  test("picture and sound end within a frame of each other", () => {
    expect(Math.abs(film.audioSeconds - film.videoSeconds)).toBeLessThanOrEqual(1 / FPS);
    expect(Math.abs(samples.length / 2 / film.sampleRate - end() / FPS)).toBeLessThanOrEqual(1 / FPS);
    expect(film.sampleRate).toBe(48_000);
    expect(film.streams).toBe(2);
  });

  test("every click of every narration stands at its planned sample, whatever format it came in", () => {
    const planned = LENGTHS.flatMap((_, index) =>
      CLICKS.map((click) => (starts[index] as number) * 1600 + (index === 0 ? AIR : 0) + click),
    );
    const found = planned.map((at) => findClick(samples, at, 400));
    for (const [index, at] of planned.entries())
      expect(Math.abs((found[index] as number) - at), `click ${index} of ${found}`).toBeLessThanOrEqual(1);
  });

  test("is as loud as asked and its true peak stays under the ceiling, by libav's own meter", () => {
    const raw = studio.at("film.pcm");
    writeFileSync(raw, Buffer.from(samples.buffer));
    const measured = measureByEbur128(raw);
    expect(Math.abs(measured.lufs + 14)).toBeLessThanOrEqual(1);
    expect(measured.truePeakDb).toBeLessThanOrEqual(-1);
    expect(rendered.result.loudness.integratedLufs).toBeCloseTo(measured.lufs, 0);
  });

  test("shows captions on exactly the planned frames", () => {
    // 0.1 s to 1.0 s after the narration's first sample; 30 fps makes that frames 3 to 29.
    const planned = new Set(
      starts
        .slice(0, -1)
        .flatMap((start, index) =>
          Array.from({ length: 27 }, (_, frame) => start + (index === 0 ? 15 : 0) + 3 + frame),
        ),
    );
    const changed = film.frames.map(
      (frame, index) => difference(frame, plain.frames[index] as Frame, film, 6).pixels,
    );
    // A fade's first frame is a quarter of the box: all of it is seen, but faint. What a draft's encoder leaves of a
    // caption that is gone are specks.
    const shown = changed.flatMap((pixels, index) => (pixels > 600 ? [index] : []));
    expect(shown, `${changed}`).toEqual([...planned]);
    for (const [index, pixels] of changed.entries())
      if (!planned.has(index)) expect(pixels, `frame ${index}`).toBeLessThan(150);
  });

  test("keeps the pictures' colours through kernel, encoder and BT.709", () => {
    const distances = COLOURS.map((colour, index) => {
      const middle = ((starts[index] as number) + (starts[index + 1] as number)) >> 1;
      return colourDistance(
        meanRgb(film.frames[middle] as Frame, film, { x: 20, y: 60, width: 60, height: 40 }),
        colour,
      );
    });
    for (const [index, distance] of distances.entries())
      expect(distance, `scene ${index}: ${distances}`).toBeLessThanOrEqual(2);
  });

  test("says how its colours are meant", () => {
    expect(film.pixelFormat).toBe(AV_PIX_FMT_YUV420P);
    expect(film.colorSpace).toBe(AVCOL_SPC_BT709);
    expect(film.colorPrimaries).toBe(AVCOL_PRI_BT709);
    expect(film.colorTransfer).toBe(AVCOL_TRC_BT709);
    expect(film.colorRange).toBe(AVCOL_RANGE_MPEG);
  });

  test("has even sides where odd ones were asked for", () => {
    expect([film.width, film.height]).toEqual([320, 180]);
  });

  test("begins to play before it is loaded: moov before mdat", () => {
    const boxes = topBoxes(rendered.output);
    expect(boxes).toContain("moov");
    expect(boxes.indexOf("moov")).toBeLessThan(boxes.indexOf("mdat"));
  });

  test("carries the watermark in its corner on every frame and nowhere else", () => {
    // 20 % and 10 % of the short side 180: 36 x 18 pixels, 18 from the edges.
    const inside = { x: 320 - 18 - 36 + 3, y: 18 + 3, width: 30, height: 12 };
    const beside = { x: 320 - 18 - 36 - 14, y: 18, width: 10, height: 18 };
    for (const [index, frame] of film.frames.entries()) {
      expect(meanLuma(frame, film, inside), `frame ${index}`).toBeGreaterThan(230);
      expect(meanLuma(frame, film, beside), `frame ${index}`).toBeLessThan(140);
    }
  });

  test("fades from one picture to the next over the cut, half of it on either side", () => {
    const cut = starts[1] as number;
    const area = { x: 20, y: 60, width: 60, height: 40 };
    const red = (index: number): number => meanRgb(film.frames[index] as Frame, film, area)[0];
    expect(red(cut - 8)).toBeCloseTo(200, -1);
    expect(red(cut + 8)).toBeCloseTo(40, -1);
    const slope = Array.from({ length: 12 }, (_, index) => red(cut - 6 + index));
    for (const [index, value] of slope.entries()) {
      const weight = (index + 0.5) / 12;
      expect(
        Math.abs(value - (200 * (1 - weight) + 40 * weight)),
        `frame ${index - 6} of the cut`,
      ).toBeLessThan(6);
    }
  });

  test("leaves nothing in its folder but what the result names", async () => {
    const files = await readdir(path.dirname(rendered.output));
    const named = rendered.result.files.map((file) => path.basename(file.path));
    expect(files.toSorted()).toEqual([...named, "film.json", "film.report.html"].toSorted());
  });
});

test("a narration of silence and noise only on one side keeps both channels in place", async () => {
  const left = noise(48_000, 2, 48_000, 0.2, 9);
  for (let index = 1; index < left.samples.length; index += 2) left.samples[index] = 0;
  await studio.wav("left.wav", left);
  const { output } = await studio.render({
    scenes: [{ image: "p0.png", audio: "left.wav", motion: "none" }],
  });
  const heard = decodeFilm(output).samples as Float32Array;
  const energy = (channel: number): number =>
    heard.reduce((sum, value, index) => sum + (index % 2 === channel ? value * value : 0), 0);
  expect(energy(0)).toBeGreaterThan(1);
  expect(energy(1)).toBeLessThan(energy(0) / 1000);
});
