/** Faults of the systems this one replaces, each rendered and measured. What other files here cover is not repeated. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toYuv } from "../fixtures/reference-resampler.ts";
import { blobs, finePrint, flat, naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { babble, sine } from "../fixtures/wav.ts";
import { type DecodedFilm, decodeFilm } from "./support/decoded-film.ts";
import { peakBetween } from "./support/measure.ts";
import { Studio } from "./support/studio.ts";

type Frame = DecodedFilm["frames"][number];

let studio: Studio;

beforeAll(async () => {
  studio = await Studio.open();
  await studio.picture("flat.png", flat(640, 360, [120, 120, 120]));
});
afterAll(() => studio.close());

describe("time", () => {
  test("a still is not multiplied: 2 s at 30 fps are 60 frames", async () => {
    const { result, output } = await studio.render({
      output: { fps: 30 },
      scenes: [{ image: "flat.png", duration: 2 }],
    });
    expect(result.frames).toBe(60);
    expect(decodeFilm(output).frames).toHaveLength(60);
  });

  test("5.37 s of narration make a scene of 5.4 s, not of 7", async () => {
    await studio.wav("n.wav", babble(48_000, Math.round(5.37 * 48_000), 0.3));
    const { output } = await studio.render(
      {
        output: { fps: 30, deliver: "scenes" },
        defaults: { pad: { before: 0, after: 0 } },
        scenes: [{ id: "one", image: "flat.png", audio: "n.wav" }],
      },
      { output: "short" },
    );
    const film = decodeFilm(`${output}/one.mp4`);
    expect(film.frames).toHaveLength(Math.ceil(5.37 * 30));
    expect(Math.abs((film.samples?.length ?? 0) / 2 - 162 * 1600)).toBeLessThanOrEqual(1024);
  });

  test("a broken rate such as 30000/1001 keeps picture and sound together", async () => {
    await studio.wav("long.wav", babble(48_000, 48_000 * 6, 0.3));
    const scenes = Array.from({ length: 4 }, (_, index) => ({
      id: `s${index}`,
      image: "flat.png",
      audio: "long.wav",
    }));
    const { output, result } = await studio.render(
      { output: { width: 64, height: 64, fps: "30000/1001" }, scenes },
      { slots: 2 },
    );
    const film = decodeFilm(output);
    expect(film.frames.map((frame) => frame.pts / film.frameTicks)).toEqual(
      Array.from({ length: result.frames }, (_, index) => index),
    );
    expect(film.frameTicks).toBe(1001);
    expect(Math.abs(film.audioSeconds - (result.frames * 1001) / 30_000)).toBeLessThanOrEqual(1001 / 30_000);
  });

  test("a stated duration shorter than the narration cuts the voice at the scene's end", async () => {
    await studio.wav("talk.wav", sine(48_000, 1, 48_000 * 3, 200, 0.3));
    const { output } = await studio.render({
      output: { loudness: null },
      defaults: { transition: "none" },
      scenes: [
        { id: "cut", image: "flat.png", audio: "talk.wav", duration: 1 },
        { id: "quiet", image: "flat.png", duration: 1 },
      ],
    });
    const film = decodeFilm(output);
    expect(film.frames).toHaveLength(20);
    const samples = film.samples as Float32Array;
    expect(peakBetween(samples, 30_000, 40_000)).toBeGreaterThan(0.2);
    expect(peakBetween(samples, 49_500, 90_000)).toBeLessThan(0.001);
  });
});

describe("picture", () => {
  /** Centre of the bright spot on the luma plane, in pixels. */
  function centre(frame: Frame, film: DecodedFilm): { x: number; y: number } {
    let [sum, sumX, sumY] = [0, 0, 0];
    for (let at = 0; at < frame.y.length; at++) {
      const weight = Math.max(0, (frame.y[at] as number) - 80);
      sum += weight;
      sumX += weight * (at % film.width);
      sumY += weight * Math.floor(at / film.width);
    }
    return { x: sumX / sum, y: sumY / sum };
  }

  test.for([
    ["panLeft", "x", 1],
    ["panRight", "x", -1],
    ["panUp", "y", 1],
    ["panDown", "y", -1],
  ] as const)(
    "%s moves, always one way, in steps far below a pixel of jitter, also with no room beside the crop",
    async ([motion, axis, direction]) => {
      await studio.picture("spot.png", blobs(640, 360, [[320, 180]], 14));
      const { output } = await studio.render(
        {
          output: { fps: 30, quality: "high" },
          scenes: [
            { image: "spot.png", duration: 1.5, motion: { effect: motion, amount: 0.12, easing: "linear" } },
          ],
        },
        { cache: "pans" },
      );
      const film = decodeFilm(output);
      const track = film.frames.map((frame) => centre(frame, film)[axis] * direction);
      const steps = track.slice(1).map((value, index) => value - (track[index] as number));
      const travel = (track.at(-1) as number) - (track[0] as number);
      // 12 % of the frame's side, give or take the encoder.
      expect(travel).toBeGreaterThan(0.1 * (axis === "x" ? 320 : 180));
      expect(steps.filter((step) => step < 0)).toEqual([]);
      const mean = travel / steps.length;
      expect(Math.max(...steps.map((step) => Math.abs(step - mean)))).toBeLessThan(0.25);
    },
  );

  test("a picture of the frame's own size is encoded once, and well", async () => {
    const picture = naturalNoise(320, 180, 4);
    await studio.picture("detail.png", picture);
    const { output } = await studio.render({
      output: { quality: "high" },
      scenes: [{ image: "detail.png", duration: 1, motion: "none" }],
    });
    const film = decodeFilm(output);
    const truth = toYuv(picture.rgb, 320, 180).y.data;
    for (const frame of film.frames) {
      const error =
        frame.y.reduce((sum, value, at) => sum + (value - (truth[at] as number)) ** 2, 0) / truth.length;
      expect(10 * Math.log10(255 ** 2 / error)).toBeGreaterThan(36);
    }
  });

  test("bytes follow the picture, not a fixed rate", async () => {
    await studio.picture("busy.png", finePrint(640, 360));
    const sizes: number[] = [];
    for (const image of ["flat.png", "busy.png"]) {
      const { result } = await studio.render({
        output: { quality: "standard" },
        scenes: [{ image, duration: 2, motion: "zoomIn" }],
      });
      sizes.push(result.sizeBytes);
    }
    const [calm, busy] = sizes as [number, number];
    expect(calm).toBeLessThan(20_000);
    expect(busy).toBeGreaterThan(calm * 3);
  });

  test("auto motion is never the neighbour's", async () => {
    const scenes = Array.from({ length: 6 }, (_, index) => ({
      id: `m${index}`,
      image: "spot.png",
      duration: 0.5,
    }));
    const { output } = await studio.render(
      { output: { fps: 10 }, defaults: { transition: "none" }, scenes },
      { cache: "pans" },
    );
    const film = decodeFilm(output);
    // The spot's drift within each scene tells pans apart; its growth tells zooms.
    const signature = scenes.map((_, index) => {
      const [first, last] = [film.frames[index * 5] as Frame, film.frames[index * 5 + 4] as Frame];
      const brightness = (frame: Frame): number =>
        frame.y.reduce((sum, value) => sum + Math.max(0, value - 80), 0);
      const growth = brightness(last) / brightness(first) - 1;
      const drift = centre(last, film).x - centre(first, film).x;
      return Math.abs(growth) > 0.03 ? (growth > 0 ? "in" : "out") : drift > 0 ? "left" : "right";
    });
    for (const [index, motion] of signature.slice(1).entries())
      expect(motion, signature.join(" ")).not.toBe(signature[index]);
  });
});
