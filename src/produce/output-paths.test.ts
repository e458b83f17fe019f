import { describe, expect, test } from "vitest";
import { aProduction } from "../../test/fixtures/productions.ts";
import { outputPaths, slug } from "./output-paths.ts";

const production = aProduction({ title: "Why the sky: Blue? 蓝色" });

describe("outputPaths", () => {
  test("a name ending in .mp4 is the film; its companions stand beside it", () => {
    expect(outputPaths("/out/a film.MP4", production)).toMatchObject({
      directory: "/out",
      film: "/out/a film.MP4",
      srt: "/out/a film.srt",
      poster: "/out/a film.poster.jpg",
      report: "/out/a film.json",
      reportPage: "/out/a film.report.html",
    });
  });

  test("anything else is a folder, and the film is named after its title", () => {
    expect(outputPaths("/out/films", production).film).toBe("/out/films/why-the-sky-blue-蓝色.mp4");
    expect(outputPaths("/out/films", aProduction({ title: null })).film).toBe("/out/films/film.mp4");
  });

  test("scenes alone fill the folder; beside a film they have one of their own", () => {
    const scenes = aProduction({ title: "T", output: { ...production.output, deliver: "scenes" } });
    expect(outputPaths("/out", scenes).sceneFile("s1")).toBe("/out/s1.mp4");
    const both = aProduction({ title: "T", output: { ...production.output, deliver: "both" } });
    expect(outputPaths("/out", both).sceneFile("s1")).toBe("/out/t-scenes/s1.mp4");
  });

  test("a name that leaves no room for the companions' endings is refused before the render", () => {
    expect(() => outputPaths(`/out/${"x".repeat(238)}.mp4`, production)).toThrow(
      expect.objectContaining({ code: "OUTPUT_NOT_WRITABLE" }),
    );
    expect(outputPaths(`/out/${"x".repeat(237)}.mp4`, production).contactSheet).toHaveLength(5 + 255);
  });

  test("a title is cut between characters, to a name that every disk takes", () => {
    expect(slug("蓝".repeat(80))).toBe("蓝".repeat(66));
    expect(slug("𠮷".repeat(80))).toBe("𠮷".repeat(50));
  });

  test.each([
    ["../../etc/passwd", "etc-passwd"],
    ["   ", ""],
    ["a/b\\c\u0000d", "a-b-c-d"],
    ["x".repeat(300), "x".repeat(80)],
  ])("a title cannot leave the folder: %j", (title, expected) => {
    expect(slug(title)).toBe(expected);
  });
});
