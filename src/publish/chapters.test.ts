import { describe, expect, it } from "vitest";
import { chapterLines, chaptersOf } from "./chapters.ts";

const scenes = (...starts: readonly (number | null)[]) =>
  starts.map((startSeconds, index) => ({ id: `place-${String.fromCharCode(97 + index)}`, startSeconds }));

describe("chaptersOf", () => {
  it("begins one with each scene of ten seconds or more", () => {
    expect(chapterLines(chaptersOf(scenes(0, 12.9, 30.2), 45))).toBe(
      "00:00 Place a\n00:12 Place b\n00:30 Place c",
    );
  });

  it("joins shorter ones with the chapter before, the last one too", () => {
    const starts = chaptersOf(scenes(0, 4, 10, 15, 25, 42), 50).map(({ startSeconds }) => startSeconds);
    expect(starts).toEqual([0, 10, 25]);
  });

  it.each([
    ["fewer than three", scenes(0, 20), 60],
    ["no beginning at 0", scenes(null, 5, 20, 40), 60],
    ["a film too short", scenes(0, 5, 10), 15],
    [
      "numbered scenes",
      ["scene_001", "scene_002_chinese", "3"].map((id, i) => ({ id, startSeconds: i * 20 })),
      60,
    ],
  ])("gives none: %s", (_why, list, seconds) => expect(chaptersOf(list, seconds)).toEqual([]));

  it("takes titles by id, cleaned, and leaves skipped scenes out", () => {
    const list = [0, 20, null, 40].map((startSeconds, index) => ({ id: `scene_${index}`, startSeconds }));
    const titles = {
      scene_0: "A <b>\nbold one",
      scene_1: "Two",
      scene_2: "Skipped",
      scene_3: "x".repeat(90),
    };
    expect(chaptersOf(list, 60, titles).map(({ title }) => title)).toEqual([
      "A b bold one",
      "Two",
      "x".repeat(70),
    ]);
  });

  it("says hours in a film of more than one", () => {
    expect(chapterLines(chaptersOf(scenes(0, 61, 3661), 4000))).toBe(
      "0:00:00 Place a\n0:01:01 Place b\n1:01:01 Place c",
    );
  });
});
