import { expect, it } from "vitest";
import {
  assetKey,
  cachedImageKey,
  chunkDataKey,
  chunkRecordKey,
  DEFAULT_RETENTION,
  inputKey,
  lifecycleRules,
  outputFolder,
  outputKey,
  outputName,
  tempKey,
} from "./layout.ts";
import { checkRules } from "./lifecycle.ts";
import { checkKey } from "./object-key.ts";

const SHA = "3f".repeat(32);

it.each([
  [outputKey("shorts", "p-1", "film.mp4"), "videos/shorts/p-1/film.mp4"],
  [outputKey("long", "p-1", "film.zh.srt"), "videos/long/p-1/film.zh.srt"],
  [assetKey(SHA, "png"), `assets/3f/${SHA}.png`],
  [inputKey(SHA), `inputs/3f/${SHA}.bin`],
  [cachedImageKey(SHA, "jpg"), `images/cache/3f/${SHA}.jpg`],
  [tempKey("audio", "p-1", "mix.wav"), "audio/temp/p-1/mix.wav"],
  [chunkRecordKey(`chunk-${SHA}`), `chunks/3f/chunk-${SHA}.json`],
  [chunkDataKey(`chunk-${SHA}`, SHA), `chunks/3f/chunk-${SHA}.${SHA}.bin`],
])("%s", (key, expected) => {
  expect(key).toBe(expected);
  checkKey(key);
});

it("keeps ids and names in their folder", () => {
  for (const id of ["", "a/b", "../x", "/"]) {
    expect(() => checkKey(outputKey("standard", id, "film.mp4")), id).toThrow(
      expect.objectContaining({ code: "OBJECT_KEY_INVALID" }),
    );
  }
  expect(() => assetKey("../../etc", "png")).toThrow(TypeError);
  expect(outputFolder("long", "p-1")).toBe("videos/long/p-1/");
});

it("keeps films and uploads unless told otherwise", () => {
  const prefixes = lifecycleRules(DEFAULT_RETENTION).map(({ prefix }) => prefix);
  expect(prefixes).toEqual(["images/temp/", "audio/temp/", "images/cache/", "chunks/", "inputs/"]);
  const all = lifecycleRules({ ...DEFAULT_RETENTION, assetDays: 30, outputDays: 90 });
  expect(all).toContainEqual({ prefix: "videos/", days: 90 });
  checkRules(all);
});

it("gives every file of a production a name of its own", () => {
  const paths = [
    "film.mp4",
    "film.zh.srt",
    "film-scenes/s1.mp4",
    "film-scenes--s1.mp4",
    "film-scenes/S1.mp4",
  ];
  const names = [...paths, "film.zh-Hant.srt", "film-scenes/Küche.mp4", "film-scenes/con.mp4", "a/.mp4"].map(
    outputName,
  );
  expect(names.slice(0, 3)).toEqual(["film.mp4", "film.zh.srt", "film-scenes--s1.mp4"]);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) checkKey(outputKey("standard", "p-1", name));
  expect(outputName("film-scenes/S1.mp4")).toMatch(/^[0-9a-f]{40}\.mp4$/);
});
