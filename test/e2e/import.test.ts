/** Documents of other programs, from the command line to a decoded film. */
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AIR_SECONDS as RENDERED_AIR } from "../../src/render/timeline.ts";
import { AIR_SECONDS } from "../../src/spec/import/air.ts";
import type { ImportFormat } from "../../src/spec/import/importers.ts";
import { loadImport } from "../../src/spec/import/load-import.ts";
import { encodeVideo, readFrameNumber } from "../fixtures/encode-video.ts";
import { sine } from "../fixtures/wav.ts";
import { type DecodedFilm, decodeFilm } from "./support/decoded-film.ts";
import { Studio } from "./support/studio.ts";

const SIZE = { width: 320, height: 180 };

let studio: Studio;
beforeAll(async () => {
  studio = await Studio.open();
  encodeVideo(studio.at("clip.mp4"), { ...SIZE, frames: 60, fps: { num: 25, den: 1 } });
  await studio.flat("grey.png", [60, 60, 60]);
  await studio.wav("tone.wav", sine(48_000, 1, 96_000, 440, 0.3));
});
afterAll(() => studio.close());

async function filmOf(format: ImportFormat, document: object): Promise<DecodedFilm> {
  const file = studio.at(`${format}.json`);
  await writeFile(file, JSON.stringify(document));
  const { production, issues } = await loadImport(file, { format, assets: studio.folder, strict: false });
  expect(issues).toEqual([]);
  if (production === null) throw new Error("no production");
  return decodeFilm((await studio.render(production, { cache: "shared" })).output);
}

const numberAt = (film: DecodedFilm, frame: number): number =>
  readFrameNumber(film.frames[frame]?.y ?? new Uint8Array(), film.width, film.height);

test("a Shotstack edit: a picture, then a video from 0.4 s on at twice its pace, with music", async () => {
  const film = await filmOf("shotstack", {
    timeline: {
      soundtrack: { src: "https://cdn.example/tone.wav" },
      tracks: [
        {
          clips: [
            { asset: { type: "image", src: "https://cdn.example/{{WHAT}}.png" }, start: 0, length: 1 },
            { asset: { type: "video", src: "clip.mp4", trim: 0.4, speed: 2 }, start: "auto", length: 0.8 },
          ],
        },
      ],
    },
    output: { format: "mp4", size: SIZE, fps: 25, quality: "low" },
    merge: [{ find: "WHAT", replace: "grey" }],
  });
  expect(film.frames).toHaveLength(45);
  expect([25, 30, 44].map((frame) => numberAt(film, frame))).toEqual([10, 20, 48]);
  const grey = film.frames[24]?.y ?? new Uint8Array();
  expect(new Set(grey).size).toBeLessThan(4);
  const loudest = film.samples?.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  expect(loudest).toBeGreaterThan(0.05);
});

test("an editly spec: clips that overlap by their transition, as long as there", async () => {
  const film = await filmOf("editly", {
    outPath: "x.mp4",
    ...SIZE,
    fps: 25,
    clips: [
      {
        duration: 1,
        transition: { name: "fade", duration: 0.4 },
        layers: [{ type: "image", path: "./grey.png", zoomDirection: null }],
      },
      { layers: [{ type: "video", path: "./clip.mp4", cutFrom: 0.4, cutTo: 1.2 }] },
    ],
  });
  // 1 + 0.8 - 0.4 s. The video's own frame 10 is due at 0.6 s, where the overlap begins.
  expect(film.frames).toHaveLength(35);
  expect([25, 30, 34].map((frame) => numberAt(film, frame))).toEqual([20, 25, 29]);
});

test("the air that importers allow for is the renderer's", () => expect(AIR_SECONDS).toBe(RENDERED_AIR));
