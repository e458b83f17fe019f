import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { finePrint } from "../fixtures/synthetic-pictures.ts";
import { babble, sine } from "../fixtures/wav.ts";
import { decodeFilm, topBoxes } from "./support/decoded-film.ts";
import { colourDistance, findClick, meanRgb, peakBetween, withClicks } from "./support/measure.ts";
import { type Rgb, Studio } from "./support/studio.ts";

const COLOURS: readonly Rgb[] = [
  [190, 60, 50],
  [50, 150, 80],
  [60, 80, 180],
];
let studio: Studio;

beforeAll(async () => {
  studio = await Studio.open();
  for (const [index, colour] of COLOURS.entries()) await studio.flat(`p${index}.png`, colour);
  await studio.picture("fine.png", finePrint(400, 300));
  await studio.wav("n.wav", withClicks(babble(48_000, 50_001, 0.3), [20_000], 0.7));
});
afterAll(() => studio.close());

describe.each(["hevc", "av1"] as const)("%s", (codec) => {
  test("chunks join into a film with every frame, in time and in colour, or the fallback is told", async () => {
    const { output, result } = await studio.render(
      {
        output: { codec, fps: 25 },
        defaults: { transition: "none", motion: "none" },
        scenes: [
          ...COLOURS.map((_, index) => ({ image: `p${index}.png`, audio: "n.wav" })),
          { image: "fine.png", duration: 5, motion: "zoomIn" as const },
        ],
      },
      { slots: 2 },
    );
    if (result.encoder.fallback === null) expect(result.encoder.name).not.toContain("264");
    else expect(result.encoder.fallback.reason).toContain(codec);
    expect(result.chunks.total).toBe(4);
    const film = decodeFilm(output);
    expect(film.frames.map((frame) => frame.pts / film.frameTicks)).toEqual(
      Array.from({ length: result.frames }, (_, index) => index),
    );
    expect(topBoxes(output).indexOf("moov")).toBeLessThan(topBoxes(output).indexOf("mdat"));
    for (const [index, scene] of result.scenes.slice(0, 3).entries()) {
      const start = Math.round((scene.startSeconds ?? 0) * 25);
      for (const frame of [start, start + 30]) {
        const seen = meanRgb(film.frames[frame] as (typeof film.frames)[0], film, {
          x: 40,
          y: 40,
          width: 100,
          height: 60,
        });
        expect(
          colourDistance(seen, COLOURS[index] as Rgb),
          `scene ${index}, frame ${frame}`,
        ).toBeLessThanOrEqual(4);
      }
      const planned = start * 1920 + (index === 0 ? 24_000 : 0) + 20_000;
      expect(Math.abs(findClick(film.samples as Float32Array, planned, 300) - planned)).toBeLessThanOrEqual(
        1,
      );
    }
  });
});

test("hardware asked for encodes the film, or software does and the result tells", async () => {
  const { output, result } = await studio.render(
    { output: { fps: 25 }, scenes: [{ image: "fine.png", duration: 1 }] },
    { encoders: "hardware" },
  );
  const { name, fallback } = result.encoder;
  if (name === "libx264")
    expect(fallback).toMatchObject({
      wanted: expect.stringContaining("h264_nvenc"),
      used: "libx264",
      reason: expect.stringContaining("No hardware encoder for h264"),
    });
  else expect(fallback).toBeNull();
  expect(decodeFilm(output).frames).toHaveLength(25);
});

test.for(["24000/1001", 23.976, 25, 59.94, 120] as const)(
  "at %s frames a second frames are whole ticks apart and sound ends with the picture",
  async (fps) => {
    const { output, result } = await studio.render(
      {
        output: { width: 64, height: 64, fps },
        scenes: [0, 1, 2].map((index) => ({ image: `p${index}.png`, audio: "n.wav" })),
      },
      { slots: 2 },
    );
    const film = decodeFilm(output);
    expect(film.frames.map((frame) => frame.pts / film.frameTicks)).toEqual(
      Array.from({ length: result.frames }, (_, index) => index),
    );
    expect(Number.isInteger(film.frameTicks)).toBe(true);
    expect(Math.abs(film.audioSeconds - film.videoSeconds)).toBeLessThanOrEqual(1 / result.fps);
  },
);

test("a film without any sound has no sound stream", async () => {
  const { output, result } = await studio.render({ scenes: [{ image: "p0.png", duration: 1 }] });
  const film = decodeFilm(output);
  expect(film.streams).toBe(1);
  expect(film.samples).toBeNull();
  expect(result.loudness).toEqual({ integratedLufs: null, truePeakDb: null });
});

test("silent narration makes a silent film of the right length, and the result says so", async () => {
  await studio.wav("silent.wav", sine(48_000, 1, 48_000, 100, 0));
  const { output, result } = await studio.render({ scenes: [{ image: "p0.png", audio: "silent.wav" }] });
  const film = decodeFilm(output);
  expect(film.frames).toHaveLength(20);
  expect(peakBetween(film.samples as Float32Array, 0, 96_000)).toBeLessThan(0.001);
  expect(result.notices.map((notice) => notice.code)).toContain("AUDIO_SILENT");
});

test("narrations of one sample and of 10 ms are scenes of their pads", async () => {
  await studio.wav("one.wav", sine(48_000, 1, 1, 100, 0.5));
  await studio.wav("tick.wav", sine(44_100, 2, 441, 1000, 0.5));
  const { output } = await studio.render({
    defaults: { transition: "none", pad: { before: 0, after: 0.3 } },
    scenes: [
      { image: "p0.png", audio: "one.wav" },
      { image: "p1.png", audio: "tick.wav" },
    ],
  });
  // (0.5 s + 1 sample + 0.3 s) and (480 samples + 0.5 s), each rounded up to tenths.
  expect(decodeFilm(output).frames).toHaveLength(9 + 6);
});

test("fades longer than their scenes blend what there is and keep every frame", async () => {
  const { output } = await studio.render({
    output: { fps: 30 },
    defaults: { motion: "none", transition: { type: "fade", duration: 10 } },
    scenes: COLOURS.map((_, index) => ({ image: `p${index}.png`, duration: 0.4 })),
  });
  const film = decodeFilm(output);
  expect(film.frames).toHaveLength(36);
  // At a cut both neighbours weigh the same.
  for (const cut of [12, 24]) {
    const [before, after] = [cut - 1, cut].map((index) =>
      meanRgb(film.frames[index] as (typeof film.frames)[0], film, { x: 40, y: 40, width: 100, height: 60 }),
    ) as [Rgb, Rgb];
    const middle = COLOURS[cut / 12 - 1]?.map(
      (value, channel) => (value + (COLOURS[cut / 12]?.[channel] ?? 0)) / 2,
    ) as unknown as Rgb;
    const mean = before.map((value, channel) => (value + (after[channel] as number)) / 2) as unknown as Rgb;
    expect(colourDistance(mean, middle), `cut at ${cut}`).toBeLessThanOrEqual(5);
  }
});
