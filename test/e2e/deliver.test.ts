import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProductionProblems } from "../../src/produce/problems.ts";
import type { ProductionInput } from "../../src/spec/schema.ts";
import { babble, sine, wavFile } from "../fixtures/wav.ts";
import { decodeFilm } from "./support/decoded-film.ts";
import { colourDistance, findClick, meanRgb, peakBetween, withClicks } from "./support/measure.ts";
import { type Rendered, type Rgb, Studio } from "./support/studio.ts";

const RED: Rgb = [190, 50, 40];
const GREEN: Rgb = [40, 150, 70];
const BLUE: Rgb = [50, 70, 180];
const AREA = { x: 20, y: 20, width: 100, height: 60 };

let studio: Studio;

beforeAll(async () => {
  studio = await Studio.open();
  await studio.flat("red.png", RED);
  await studio.flat("green.png", GREEN);
  await studio.flat("blue.png", BLUE);
  await studio.wav("one.wav", withClicks(babble(48_000, 30_000, 0.2, 1), [10_000], 0.7));
  await studio.wav("two.wav", withClicks(babble(48_000, 40_000, 0.2, 2), [10_000], 0.7));
  await studio.wav("three.wav", withClicks(babble(48_000, 50_000, 0.2, 3), [10_000], 0.7));
  await studio.wav("music.wav", sine(48_000, 2, 96_000, 300, 0.5));
});
afterAll(() => studio.close());

const names = ["one", "two", "three"];
const pictures = ["red", "green", "blue"];
const colours = [RED, GREEN, BLUE];
const base: ProductionInput = {
  defaults: { motion: "none", pad: { before: 0.1, after: 0.5 }, transition: "none" },
  scenes: names.map((name, index) => ({ id: name, image: `${pictures[index]}.png`, audio: `${name}.wav` })),
  soundtrack: { src: "music.wav", volume: 0.5 },
};

describe("scenes as files of their own", () => {
  let scenes: Rendered;
  let both: Rendered;
  /** Silence, narration and pad, rounded up to frames of 4800 samples. */
  const frames = [30_000, 40_000, 50_000].map((length) => Math.ceil((4_800 + length + 24_000) / 4_800));

  beforeAll(async () => {
    scenes = await studio.render(
      { ...base, output: { deliver: "scenes" } },
      { output: "scenes", cache: "deliver" },
    );
    both = await studio.render(
      { ...base, output: { deliver: "both" } },
      { output: "both/film.mp4", cache: "deliver" },
    );
  });

  test("deliver: scenes makes one file a scene, in order, and no film", async () => {
    expect(scenes.result.film).toBeNull();
    expect(scenes.result.files.map((file) => [file.kind, file.path])).toEqual(
      names.map((name) => ["scene", studio.at(`scenes/${name}.mp4`)]),
    );
    expect(scenes.result.scenes.map((scene) => scene.file)).toEqual(
      names.map((name) => studio.at(`scenes/${name}.mp4`)),
    );
    expect((await readdir(studio.at("scenes"))).filter((name) => name.endsWith(".mp4")).toSorted()).toEqual(
      names.map((name) => `${name}.mp4`).toSorted(),
    );
  });

  test("each is as long as its own narration and pads, shows its picture and speaks in time", () => {
    for (const [index, name] of names.entries()) {
      const film = decodeFilm(studio.at(`scenes/${name}.mp4`));
      expect(film.frames, name).toHaveLength(frames[index] as number);
      expect(
        colourDistance(meanRgb(film.frames[3] as (typeof film.frames)[0], film, AREA), colours[index] as Rgb),
        name,
      ).toBeLessThanOrEqual(2);
      const samples = film.samples as Float32Array;
      expect(Math.abs(findClick(samples, 14_800, 300) - 14_800), name).toBeLessThanOrEqual(1);
      // No music: what the pad behind the voice holds is silence.
      const voiceEnd = 4_800 + [30_000, 40_000, 50_000][index]!;
      expect(
        peakBetween(samples, voiceEnd + 2_000, (frames[index] as number) * 4_800 - 1_100),
        name,
      ).toBeLessThan(0.002);
    }
  });

  test("deliver: both makes the film and the same scenes", () => {
    expect(
      both.result.files
        .filter((file) => file.kind === "film" || file.kind === "scene")
        .map((file) => file.path),
    ).toEqual([
      studio.at("both/film.mp4"),
      ...names.map((name) => studio.at(`both/film-scenes/${name}.mp4`)),
    ]);
    const film = decodeFilm(both.output);
    expect(film.frames).toHaveLength(both.result.frames);
    // Under the film there is music, also where nobody speaks.
    const firstPad = 24_000 + 30_000;
    expect(peakBetween(film.samples as Float32Array, firstPad + 10_000, firstPad + 20_000)).toBeGreaterThan(
      0.01,
    );
  });

  test("a scene's file is the same whether or not the film is made too", async () => {
    for (const name of names) {
      const alone = await readFile(studio.at(`scenes/${name}.mp4`));
      expect(alone.equals(await readFile(studio.at(`both/film-scenes/${name}.mp4`))), name).toBe(true);
    }
  });
});

describe("a scene that cannot be made", () => {
  /** Good scenes stand first, between and last. */
  const broken = (onSceneFailure: "skip" | "fail"): ProductionInput => ({
    ...base,
    soundtrack: null,
    onSceneFailure,
    scenes: [
      { id: "first", image: "red.png", audio: "one.wav" },
      { id: "picture", image: "cut.png", audio: "two.wav" },
      { id: "between", image: "green.png", audio: "two.wav" },
      { id: "sound", image: "blue.png", audio: "cut.wav" },
      { id: "missing", image: "nowhere.png", audio: "one.wav" },
      { id: "last", image: "blue.png", audio: "three.wav" },
    ],
  });

  beforeAll(async () => {
    const picture = await readFile(studio.at("red.png"));
    await studio.write("cut.png", picture.subarray(0, picture.length - 300));
    await studio.write("cut.wav", wavFile(babble(48_000, 48_000, 0.2)).subarray(0, 40_000));
  });

  test("skip: the film goes on without the scene and without its sound, and the result says why", async () => {
    const { result, output } = await studio.render(broken("skip"));
    expect(result.scenes.map((scene) => [scene.id, scene.status, scene.error?.code ?? null])).toEqual([
      ["first", "done", null],
      ["picture", "skipped", "IMAGE_UNREADABLE"],
      ["between", "done", null],
      ["sound", "skipped", "AUDIO_TRUNCATED"],
      ["missing", "skipped", "FILE_NOT_FOUND"],
      ["last", "done", null],
    ]);
    const film = decodeFilm(output);
    const first = Math.ceil((24_000 + 30_000 + 24_000) / 4_800);
    const between = Math.ceil((4_800 + 40_000 + 24_000) / 4_800);
    const last = Math.ceil((4_800 + 50_000 + 24_000) / 4_800);
    expect(film.frames).toHaveLength(first + between + last);
    for (const [frame, colour] of [
      [first - 2, RED],
      [first + 2, GREEN],
      [first + between + 2, BLUE],
    ] as const) {
      expect(
        colourDistance(meanRgb(film.frames[frame] as (typeof film.frames)[0], film, AREA), colour),
      ).toBeLessThanOrEqual(2);
    }
    const samples = film.samples as Float32Array;
    for (const planned of [24_000 + 10_000, first * 4_800 + 14_800, (first + between) * 4_800 + 14_800]) {
      expect(Math.abs(findClick(samples, planned, 300) - planned)).toBeLessThanOrEqual(1);
    }
    expect(result.scenes.find((scene) => scene.id === "between")?.startSeconds).toBeCloseTo(first / 10, 6);
  });

  test("fail: every problem is told at once, with its place, and nothing is written", async () => {
    const error = await studio.renderError(broken("fail"), { output: "failing/film.mp4" });
    expect(error).toBeInstanceOf(ProductionProblems);
    const problems = (error as ProductionProblems).problems;
    expect(problems.map((problem) => [problem.code, problem.path?.split(" ")[0]])).toEqual([
      ["IMAGE_UNREADABLE", "scenes[1].image.src"],
      ["AUDIO_TRUNCATED", "scenes[3].audio.src"],
      ["FILE_NOT_FOUND", "scenes[4].image.src"],
    ]);
    for (const problem of problems) expect(problem.message).toMatch(/^(picture|sound|missing): /);
    expect(existsSync(studio.at("failing")) ? await readdir(studio.at("failing")) : []).toEqual([]);
  });

  test("skip: a scene whose captions cannot be drawn leaves with its sound", async () => {
    await studio.write("glyphs.srt", "1\n00:00:00,100 --> 00:00:01,000\n\u{13000}\n");
    const scenes = [
      { id: "first", image: "red.png", audio: "one.wav" },
      { id: "letters", image: "green.png", audio: "two.wav", subtitles: "glyphs.srt" },
      { id: "last", image: "blue.png", audio: "three.wav" },
    ];
    const { result, output } = await studio.render({
      ...base,
      soundtrack: null,
      onSceneFailure: "skip",
      scenes,
    });
    expect(result.scenes[1]).toMatchObject({
      status: "skipped",
      error: { code: "GLYPHS_MISSING", path: "scenes[1].subtitles.src" },
    });
    const film = decodeFilm(output);
    const first = Math.ceil((24_000 + 30_000 + 24_000) / 4_800);
    expect(film.frames).toHaveLength(first + Math.ceil((4_800 + 50_000 + 24_000) / 4_800));
    const planned = first * 4_800 + 14_800;
    expect(Math.abs(findClick(film.samples as Float32Array, planned, 300) - planned)).toBeLessThanOrEqual(1);
  });

  test("skip with no scene left is a failure, not an empty film", async () => {
    const error = await studio.renderError(
      { onSceneFailure: "skip", scenes: [{ image: "cut.png", duration: 1 }] },
      { output: "none/film.mp4" },
    );
    expect((error as ProductionProblems).code).toBe("IMAGE_UNREADABLE");
    expect(await readdir(studio.at("none"))).toEqual([]);
  });
});
