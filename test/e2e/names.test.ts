import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SceneInput } from "../../src/spec/schema-scene.ts";
import { sine } from "../fixtures/wav.ts";
import { runCli } from "./support/cli.ts";
import { type DecodedFilm, decodeFilm } from "./support/decoded-film.ts";
import { colourDistance, difference, meanRgb } from "./support/measure.ts";
import { type Rendered, type Rgb, Studio } from "./support/studio.ts";

/** Names that a shell, a filter graph, a printf pattern, libav's protocols or libvips' loaders read as something else. */
const NAMES = [
  "with space",
  'it\'s "quoted"',
  "100%d",
  "frame%03d",
  "line\nbreak",
  "\u{1F3AC} caf\u00e9 \u4e2d\u6587",
  "-leading",
  "--output",
  "concat:a|b",
  "file:x",
  "crypto+x",
  "a,b;c=d:e\\f",
  "[in]",
  "page[page=1]",
  "$(touch owned)`touch owned`",
  "..dots..",
  " blank ",
  "\u202Egnp.rtl",
  "*?<>",
];
/** Windows has no such names. */
const anyName = process.platform !== "win32";
const FRAMES = 10;

let studio: Studio;
let rendered: Rendered;
let film: DecodedFilm;
const folder = "in % 'n' [x]\n\u{1F3AC} -d";
const output = "-out \"o'%03d\" a|b\n\u{1F3AC}/--film %d 'x' [1].mp4";

function colourOf(index: number): Rgb {
  return [40 + 9 * index, 200 - 8 * index, 60 + ((index * 47) % 130)];
}

beforeAll(async () => {
  studio = await Studio.open();
  if (!anyName) return;
  const scenes: SceneInput[] = [];
  for (const [index, name] of NAMES.entries()) {
    await studio.flat(`${folder}/${name}.png`, colourOf(index));
    await studio.wav(`${folder}/${name}.wav`, sine(48_000, 1, 30_000 + index, 200 + 10 * index, 0.2));
    await studio.write(`${folder}/${name}.srt`, `1\n00:00:00,000 --> 00:00:00,400\nName ${index}\n`);
    // "file:x" alone would be a URL.
    const at = `./${folder}/${name}`;
    scenes.push({ image: `${at}.png`, audio: `${at}.wav`, subtitles: `${at}.srt`, duration: FRAMES / 10 });
  }
  // The extension says nothing: what ends in "]" is an option list to libvips.
  await studio.flat(`${folder}/photo[1]`, colourOf(NAMES.length));
  scenes.push({ image: `${folder}/photo[1]`, duration: FRAMES / 10 });
  rendered = await studio.render(
    { defaults: { motion: "none", transition: "none" }, scenes, title: "A %d 'title'" },
    { output, slots: 2 },
  );
  film = decodeFilm(rendered.output);
});
afterAll(() => studio.close());

test.runIf(anyName)(
  "every scene shows its own picture and its own caption, whatever the files are called",
  () => {
    expect(film.frames).toHaveLength((NAMES.length + 1) * FRAMES);
    for (let index = 0; index <= NAMES.length; index++) {
      const frame = film.frames[index * FRAMES + 9] as DecodedFilm["frames"][0];
      expect(
        colourDistance(meanRgb(frame, film, { x: 20, y: 20, width: 100, height: 60 }), colourOf(index)),
        NAMES[index] ?? "last",
      ).toBeLessThanOrEqual(2);
      // The first scene begins with half a second of silence, and its caption with the narration.
      const [bare, shown] = index === 0 ? [2, 7] : [9, 2];
      const caption = difference(
        film.frames[index * FRAMES + shown] as typeof frame,
        film.frames[index * FRAMES + bare] as typeof frame,
        film,
        20,
      );
      if (index < NAMES.length) expect(caption.pixels, NAMES[index]).toBeGreaterThan(200);
    }
  },
);

test.runIf(anyName)("the film has exactly the name asked for, and nothing else was made", async () => {
  expect(existsSync(studio.at(output))).toBe(true);
  const base = path.basename(output).replace(".mp4", "");
  expect((await readdir(path.dirname(studio.at(output)))).toSorted()).toEqual(
    [".mp4", ".json", ".report.html", ".srt", ".vtt", ".poster.jpg", ".contact-sheet.jpg"]
      .map((suffix) => `${base}${suffix}`)
      .toSorted(),
  );
  expect((await readdir(studio.folder)).filter((name) => name === "owned")).toEqual([]);
  expect(existsSync("owned")).toBe(false);
});

test.runIf(anyName)("the program takes such names on its command line", async () => {
  const name = "--film %d 'y' [1]";
  await studio.write(
    `${folder}/production.json`,
    JSON.stringify({
      version: 1,
      output: { width: 64, height: 64, fps: 10, quality: "draft" },
      scenes: [{ image: "-leading.png", duration: 0.5 }],
    }),
  );
  const ending = await runCli(["render", studio.at(folder), "--output", `./${name}.mp4`], {
    cwd: studio.folder,
    cacheDirectory: studio.at("cli cache 'x' %d\n"),
  });
  expect(ending.code, ending.stderr).toBe(0);
  expect(decodeFilm(studio.at(`${name}.mp4`)).frames).toHaveLength(5);
});

test("names as long as names can be leave room for the unfinished file", async () => {
  await studio.flat("p.png", [90, 90, 90], 64, 64);
  const long = `${"f".repeat(251 - ".contact-sheet".length)}.mp4`;
  const { result } = await studio.render(
    { scenes: [{ image: "p.png", duration: 0.3 }] },
    { output: `long/${long}` },
  );
  expect(path.basename(result.film ?? "")).toBe(long);
  expect(decodeFilm(result.film ?? "").frames).toHaveLength(3);
});
