/** Whatever is wrong is said of the right place of the production, before a frame is drawn where that is possible. */
import { copyFileSync, existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProductionProblems } from "../../src/produce/problems.ts";
import { interPath } from "../../src/render/captions/fonts/shipped-fonts.ts";
import type { ProductionInput } from "../../src/spec/schema.ts";
import { babble, sine, wavFile } from "../fixtures/wav.ts";
import { Studio } from "./support/studio.ts";

let studio: Studio;

beforeAll(async () => {
  studio = await Studio.open();
  await studio.flat("good.png", [90, 120, 40]);
  await studio.wav("voice.wav", babble(48_000, 48_000, 0.3));
  const png = readFileSync(studio.at("good.png"));
  for (const name of ["bad-a.png", "bad-b.png", "mark.png"])
    await studio.write(name, png.subarray(0, png.length - 40));
  const noSound = Buffer.from("nothing that could be heard ".repeat(40));
  for (const name of ["bad-a.wav", "bad-b.wav", "music.wav"]) await studio.write(name, noSound);
});
afterAll(() => studio.close());

async function problems(input: ProductionInput): Promise<{ code: string; path: string; message: string }[]> {
  const error = await studio.renderError(input, { cache: "cache" });
  expect(error).toBeInstanceOf(ProductionProblems);
  return (error as ProductionProblems).problems.map(({ code, path, message }) => ({
    code,
    path: path ?? "",
    message,
  }));
}

describe("a broken file", () => {
  test("that lies there twice, byte for byte, is named at each scene by its own name", async () => {
    const found = await problems({
      scenes: [
        { image: "bad-a.png", duration: 1 },
        { image: "bad-b.png", duration: 1 },
        { image: "bad-a.png", duration: 1 },
        { image: "good.png", audio: "bad-a.wav" },
        { image: "good.png", audio: "bad-b.wav" },
      ],
    });
    expect(found.map(({ path }) => path)).toEqual([
      `scenes[0].image.src (${studio.at("bad-a.png")})`,
      `scenes[1].image.src (${studio.at("bad-b.png")})`,
      `scenes[2].image.src (${studio.at("bad-a.png")})`,
      `scenes[3].audio.src (${studio.at("bad-a.wav")})`,
      `scenes[4].audio.src (${studio.at("bad-b.wav")})`,
    ]);
    expect(found[4]?.message).toContain("bad-b.wav");
    expect(found[4]?.message).not.toContain("bad-a.wav");
  });

  test("of the whole film is no scene's fault, and hides no scene's", async () => {
    const whole = { watermark: "mark.png", soundtrack: "music.wav" };
    const ofFilm = [
      { code: "AUDIO_UNREADABLE", path: `soundtrack.src (${studio.at("music.wav")})` },
      { code: "IMAGE_UNREADABLE", path: `watermark.src (${studio.at("mark.png")})` },
    ];
    expect(await problems({ ...whole, scenes: [{ image: "good.png", duration: 1 }] })).toMatchObject(ofFilm);
    expect(await problems({ ...whole, scenes: [{ image: "bad-a.png", duration: 1 }] })).toMatchObject([
      { code: "IMAGE_UNREADABLE", path: `scenes[0].image.src (${studio.at("bad-a.png")})` },
      ...ofFilm,
    ]);
  });

  test("of the whole film cannot be left out like a scene", async () => {
    const found = await problems({
      watermark: "mark.png",
      onSceneFailure: "skip",
      scenes: [{ image: "good.png", duration: 1 }],
    });
    expect(found).toMatchObject([{ path: `watermark.src (${studio.at("mark.png")})` }]);
  });
});

test("a wav header that contradicts itself is refused", async () => {
  const sound = wavFile(sine(48_000, 1, 48_000, 440, 0.2));
  const broken = { "bits.wav": [34, 1], "block.wav": [32, 0] } as const;
  for (const [name, [at, value]] of Object.entries(broken)) {
    const bytes = Buffer.from(sound);
    bytes.writeUInt16LE(value, at);
    await studio.write(name, bytes);
    const [problem] = await problems({ scenes: [{ image: "good.png", audio: name }] });
    expect(problem).toMatchObject({ code: "AUDIO_UNREADABLE", message: expect.stringContaining("header") });
  }
});

test("a font that changes while the film is made is refused", async () => {
  copyFileSync(interPath("medium"), studio.at("own.ttf"));
  const original = readFileSync(studio.at("own.ttf"));
  await studio.write("a.srt", "1\n00:00:00,100 --> 00:00:00,900\nHello\n");
  const input: ProductionInput = {
    scenes: [{ image: "good.png", audio: "voice.wav", subtitles: "a.srt", captions: { font: "own.ttf" } }],
  };
  // Unchanged, it serves: drawing with it leaves no mark on it.
  await studio.render({ ...input, scenes: [...input.scenes, ...input.scenes] }, { cache: "font-cache" });
  const error = await studio.renderError(input, {
    cache: "other-font-cache",
    output: "font/film.mp4",
    onEvent: (event) => {
      if (event.type === "planned")
        writeFileSync(studio.at("own.ttf"), Buffer.concat([original, Buffer.alloc(4)]));
    },
  });
  expect(error).toMatchObject({ code: "INPUT_CHANGED", message: expect.stringContaining("own.ttf") });
  expect(await readdir(studio.at("font"))).toEqual([]);
  expect(globSync(studio.at("other-font-cache/chunks/entries/*/chunk-*"))).toEqual([]);
});

test("what a run needs is pinned while it runs, its mix included", async () => {
  let pinned: string[] = [];
  const { output } = await studio.render(
    { scenes: [{ image: "good.png", audio: "voice.wav" }] },
    {
      cache: "pin-cache",
      onEvent: (event) => {
        if (event.type === "state" && event.state === "assembling")
          pinned = globSync(studio.at("pin-cache/chunks/pins/*.json")).flatMap((file) =>
            JSON.parse(readFileSync(file, "utf8")),
          );
      },
    },
  );
  expect(existsSync(output)).toBe(true);
  const stored = globSync(studio.at("pin-cache/chunks/entries/*/{chunk,mix,pcm}-*.json")).map((file) =>
    file.replace(/^.*[\\/]|\.json$/g, ""),
  );
  expect(stored.map((key) => key.split("-")[0]).toSorted()).toEqual(["chunk", "mix", "pcm"]);
  expect(pinned).toEqual(expect.arrayContaining(stored));
});

test.runIf(process.platform === "linux")(
  "a folder that takes no files is found before a frame is drawn",
  async () => {
    const states: string[] = [];
    const input: ProductionInput = { scenes: [{ image: "good.png", duration: 1 }] };
    for (const output of ["/proc/film.mp4", "/proc/self/film.mp4", "/proc/self/sub/film.mp4"]) {
      const error = await studio.renderError(input, {
        cache: "cache",
        output: path.relative(studio.folder, output),
        onEvent: (event) => {
          if (event.type === "state") states.push(event.state);
        },
      });
      expect(error).toMatchObject({ code: "NO_WRITE_PERMISSION", path: expect.stringContaining("/proc") });
    }
    expect(new Set(states)).toEqual(new Set(["queued", "failed"]));
  },
);

test("a scene's file whose place a folder has taken is found before a frame is drawn", async () => {
  await studio.write("taken/film-scenes/scene_001.mp4/inside.txt", "mine");
  const states: string[] = [];
  const error = await studio.renderError(
    { output: { deliver: "both" }, scenes: [{ id: "scene_001", image: "good.png", duration: 1 }] },
    {
      output: "taken/film.mp4",
      onEvent: (event) => {
        if (event.type === "state") states.push(event.state);
      },
    },
  );
  expect(error).toMatchObject({ code: "OUTPUT_NOT_WRITABLE" });
  expect(states).toEqual(["queued", "failed"]);
});
