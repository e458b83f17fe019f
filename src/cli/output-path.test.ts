import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { type OutputWish, resolveOutput } from "./output-path.ts";
import { sourceName } from "./source.ts";
import { useTempFolder } from "./testing/temp-folder.ts";

const folder = useTempFolder();
beforeEach(async () => {
  await mkdir(path.join(folder.path, "folder"));
  await mkdir(path.join(folder.path, "v1.2"));
  await mkdir(path.join(folder.path, "folder.mp4"));
  await writeFile(path.join(folder.path, "old.mp4"), "x");
  await writeFile(path.join(folder.path, "notes"), "x");
});

function wish(changes: Partial<OutputWish>): OutputWish {
  return { output: undefined, cwd: folder.path, name: "demo", deliver: "film", variant: [], ...changes };
}

describe("output", () => {
  test.each<[string, Partial<OutputWish>, string]>([
    ["nothing said", {}, "demo.mp4"],
    ["a variant does not replace the film", { variant: ["s1", "preview"] }, "demo.s1.preview.mp4"],
    ["nothing said, one file a scene", { deliver: "scenes" }, "demo"],
    ["a film", { output: "a/b/film.mp4" }, "a/b/film.mp4"],
    ["a film that is there is replaced", { output: "old.mp4" }, "old.mp4"],
    ["a folder", { output: "folder" }, "folder/demo.mp4"],
    ["a folder with a dot", { output: "v1.2" }, "v1.2/demo.mp4"],
    ["a folder to be made", { output: "new/" }, "new/demo.mp4"],
    ["a folder for scenes", { output: "new", deliver: "scenes" }, "new"],
    ["film and scenes", { output: "out", deliver: "both" }, "out/demo.mp4"],
    ["film and scenes, nothing said", { deliver: "both" }, "demo.mp4"],
    ["a preview in a folder", { output: "folder", variant: ["preview"] }, "folder/demo.preview.mp4"],
    ["of film and scenes", { output: "out", deliver: "both", variant: ["preview"] }, "out/demo.preview.mp4"],
    ["of scenes", { output: "new", deliver: "scenes", variant: ["preview"] }, "new/demo.preview"],
  ])("%s", async (_name, changes, expected) => {
    expect(await resolveOutput(wish(changes))).toBe(path.join(folder.path, expected));
  });

  test.each<[string, Partial<OutputWish>, string]>([
    ["a folder is not replaced by a film", { output: "folder.mp4" }, "is a folder"],
    ["nor by chance of its name", { name: "folder" }, "is a folder"],
    ["a file is not replaced by a folder", { output: "notes" }, "is a file"],
    ["a file on the way", { output: "notes/film.mp4" }, "is a file"],
    ["another container", { output: "film.mov" }, "not as .mov"],
    ["scenes into one film", { output: "film.mp4", deliver: "scenes" }, "is one film"],
    ["nothing", { output: "" }, "empty"],
    ["a device", { output: "/dev/null/x.mp4" }, "is a file"],
  ])("%s", async (_name, changes, message) => {
    const error: unknown = await resolveOutput(wish(changes)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "OUTPUT_CONFLICT" });
    expect(String(error)).toContain(message);
  });
});

test.each([
  ["examples/demo", "demo"],
  ["examples/demo/", "demo"],
  ["examples/demo/production.yaml", "demo"],
  ["examples/harbour.yml", "harbour"],
  ["my.film.json5", "my.film"],
  ["/", "film"],
])("a film of %s is called %s", (source, name) => expect(sourceName(source, "/home")).toBe(name));
