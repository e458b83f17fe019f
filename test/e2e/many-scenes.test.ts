import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProductionInput } from "../../src/spec/schema.ts";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { sine, sound } from "../fixtures/wav.ts";
import { type DecodedFilm, decodeFilm } from "./support/decoded-film.ts";
import { findClick, largestStep, withClicks } from "./support/measure.ts";
import { type Rgb, Studio } from "./support/studio.ts";

let studio: Studio;

beforeAll(async () => {
  studio = await Studio.open();
  for (let index = 0; index < 8; index++) await studio.flat(`p${index}.png`, colourOf(index), 64, 64);
});
afterAll(() => studio.close());

function colourOf(index: number): Rgb {
  return [30 + 25 * index, 220 - 20 * index, 60 + ((index * 70) % 140)];
}

/** Content of every chunk in a cache, by its key. */
async function chunkDigests(cache: string): Promise<Map<string, string>> {
  const folder = studio.at(`${cache}/chunks/entries`);
  const names = (await readdir(folder, { recursive: true })).filter((name) =>
    /\/chunk-[^/]*\.data$/.test(name),
  );
  const digests = new Map<string, string>();
  for (const name of names.toSorted()) {
    const key = path.basename(name).split(".")[0] as string;
    digests.set(
      key,
      createHash("sha256")
        .update(await readFile(path.join(folder, name)))
        .digest("hex"),
    );
  }
  return digests;
}

describe("200 short scenes", () => {
  const COUNT = 200;
  /** Odd lengths, so that every scene's end is rounded up to a frame. */
  const lengthOf = (index: number): number => 12_001 + ((index * 977) % 7_000);
  const FRAME = 4800;
  const CLICK = 6_000;
  const AIR = 24_000;
  const starts: number[] = [];
  let film: DecodedFilm;
  let samples: Float32Array;

  beforeAll(async () => {
    let at = 0;
    for (let index = 0; index < COUNT; index++) {
      // A tone that begins and ends in mid-swing: cut hard, it would click.
      const tone = sound(
        48_000,
        1,
        lengthOf(index),
        (frame) => 0.25 * Math.cos((2 * Math.PI * 110 * frame) / 48_000),
      );
      await studio.wav(`many/n${index}.wav`, withClicks(tone, [CLICK], 0.6));
      starts.push(at);
      at += Math.ceil(
        ((index === 0 ? AIR : 0) + lengthOf(index) + (index === COUNT - 1 ? AIR : 2_400)) / FRAME,
      );
    }
    starts.push(at);
    const rendered = await studio.render(
      {
        output: { width: 64, height: 64, fps: 10 },
        defaults: { motion: "none", pad: { before: 0, after: 0.05 }, transition: "none" },
        scenes: Array.from({ length: COUNT }, (_, index) => ({
          id: `s${index}`,
          image: `p${index % 8}.png`,
          audio: `many/n${index}.wav`,
        })),
      },
      { slots: 2 },
    );
    film = decodeFilm(rendered.output);
    samples = film.samples as Float32Array;
  }, 90_000);

  test("end with picture and sound within a frame of each other", () => {
    expect(film.frames).toHaveLength(starts.at(-1) as number);
    expect(Math.abs(film.audioSeconds - film.videoSeconds)).toBeLessThanOrEqual(0.1);
    expect(Math.abs(samples.length / 2 - (starts.at(-1) as number) * FRAME)).toBeLessThanOrEqual(FRAME);
  });

  test("speak at their planned sample to the last scene", () => {
    const errors = starts.slice(0, -1).map((start, index) => {
      const planned = start * FRAME + (index === 0 ? AIR : 0) + CLICK;
      return findClick(samples, planned, 300) - planned;
    });
    expect(errors.filter((error) => Math.abs(error) > 1)).toEqual([]);
  });

  test("join without a click", () => {
    // The tone's own steepest step, after gain, is the measure: taken from the middle of the scenes.
    const inside = Math.max(
      ...starts
        .slice(1, -1)
        .map((start) => largestStep(samples, start * FRAME + 7_000, start * FRAME + 11_000)),
    );
    const joins = starts.slice(1, -1).map((start, index) => {
      const voiceEnd = (starts[index] as number) * FRAME + (index === 0 ? AIR : 0) + lengthOf(index);
      return Math.max(
        largestStep(samples, start * FRAME - 300, start * FRAME + 300),
        largestStep(samples, voiceEnd - 300, voiceEnd + 300),
      );
    });
    expect(inside).toBeGreaterThan(0.001);
    expect(Math.max(...joins)).toBeLessThan(inside * 1.6);
  });

  test("each show their own picture, from their first frame to their last", () => {
    for (const [index, start] of starts.slice(0, -1).entries()) {
      const [r, g, b] = colourOf(index % 8);
      const luma = 16 + (219 * (0.2126 * r + 0.7152 * g + 0.0722 * b)) / 255;
      for (const frame of [start, (starts[index + 1] as number) - 1]) {
        expect(
          Math.abs((film.frames[frame]?.y[2080] ?? 0) - luma),
          `scene ${index}, frame ${frame}`,
        ).toBeLessThanOrEqual(3);
      }
    }
  });
});

describe("the same production", () => {
  const srt = (text: string): string => `1\n00:00:00,000 --> 00:00:01,000\n${text}\n`;
  const COUNT = 12;
  const scenes = Array.from({ length: COUNT }, (_, index) => ({
    id: `s${index}`,
    image: `detail${index % 3}.png`,
    audio: "tone.wav",
    subtitles: `c${index}.srt`,
  }));
  const cutting: ProductionInput = { defaults: { transition: "none" }, scenes };
  const fading: ProductionInput = { defaults: { transition: { type: "fade", duration: 0.4 } }, scenes };

  beforeAll(async () => {
    await studio.wav("tone.wav", sine(48_000, 1, 48_000, 200, 0.2));
    // Full of detail: on flat pictures any motion would give the same bytes.
    for (const index of [0, 1, 2])
      await studio.picture(`detail${index}.png`, naturalNoise(480, 270, index + 1));
    await studio.wav("longer.wav", sine(48_000, 1, 64_000, 200, 0.2));
    for (const [index] of scenes.entries()) await studio.write(`c${index}.srt`, srt(`Caption ${index}`));
  });

  test("gives the same chunks and the same film, in another cache and on another number of slots", async () => {
    const films: string[] = [];
    const digests: Map<string, string>[] = [];
    for (const [index, slots] of [1, 2, 2].entries()) {
      const { output, result } = await studio.render(fading, { cache: `same-${index}`, slots });
      expect(result.chunks).toEqual({ total: COUNT, rendered: COUNT, cached: 0 });
      films.push((await readFile(output)).toString("base64"));
      digests.push(await chunkDigests(`same-${index}`));
    }
    expect(digests[0]?.size).toBe(COUNT);
    expect(digests[1]).toEqual(digests[0]);
    expect(digests[2]).toEqual(digests[0]);
    expect(films[1] === films[0]).toBe(true);
    expect(films[2] === films[0]).toBe(true);
  });

  test("renders nothing when run again, and gives the same bytes", async () => {
    const first = await studio.render(cutting, { cache: "warm", slots: 2 });
    const again = await studio.render(cutting, { cache: "warm", slots: 2 });
    expect(again.result.chunks).toEqual({ total: COUNT, rendered: 0, cached: COUNT });
    expect((await readFile(again.output)).equals(await readFile(first.output))).toBe(true);
  });

  test("renders one chunk again after one caption has changed", async () => {
    await studio.write("c5.srt", srt("Another caption"));
    const { result } = await studio.render(cutting, { cache: "warm" });
    expect(result.chunks).toEqual({ total: COUNT, rendered: 1, cached: COUNT - 1 });
    expect(result.scenes.filter((scene) => !scene.cached).map((scene) => scene.id)).toEqual(["s5"]);
    await studio.write("c5.srt", srt("Caption 5"));
  });

  test("renders only the first scene again after it has become longer", async () => {
    const longer = {
      ...cutting,
      scenes: scenes.map((scene, index) => (index === 0 ? { ...scene, audio: "longer.wav" } : scene)),
    };
    const { result } = await studio.render(longer, { cache: "warm" });
    expect(result.chunks).toEqual({ total: COUNT, rendered: 1, cached: COUNT - 1 });
    // Behind a fade the neighbour shows the longer scene too.
    const faded = { ...longer, ...{ defaults: fading.defaults } };
    const neighbours = await studio.render(faded, { cache: "same-0" });
    expect(neighbours.result.scenes.filter((scene) => !scene.cached).map((scene) => scene.id)).toEqual([
      "s0",
      "s1",
    ]);
  });

  test("renders only the chunks of a long scene that show a changed caption", async () => {
    const captions = (middle: string): string =>
      `1\n00:00:00,500 --> 00:00:02,000\nEarly\n\n2\n00:00:05,500 --> 00:00:06,800\n${middle}\n\n3\n00:00:10,000 --> 00:00:11,000\nLate\n`;
    const long: ProductionInput = {
      scenes: [{ id: "long", image: "p0.png", duration: 12, subtitles: "long.srt" }],
    };
    await studio.write("long.srt", captions("Middle"));
    const before = await studio.render(long, { cache: "long" });
    expect(before.result.chunks.total).toBe(3);
    await studio.write("long.srt", captions("Changed"));
    const after = await studio.render(long, { cache: "long" });
    expect(after.result.chunks).toEqual({ total: 3, rendered: 1, cached: 2 });
  });
});
