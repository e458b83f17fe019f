import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFilmPackage } from "./film-package.ts";
import { readMetadataFile } from "./metadata-file.ts";
import { mp4Bytes } from "./testing/mp4-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-package-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = async (name: string, data: string | Uint8Array) => {
  await writeFile(path.join(folder, name), data);
  return path.join(folder, name);
};
const failing = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });

describe("openFilmPackage", () => {
  it("finds what lies beside the film, and not what belongs to another", async () => {
    const film = await write("film.mp4", mp4Bytes(5000));
    for (const name of [
      "film.srt",
      "film.vtt",
      "film.en.srt",
      "film.zh-hant.srt",
      "film.preview.srt",
      "film2.srt",
    ])
      await write(name, "1\n");
    await write("film.poster.jpg", "picture");
    const report = {
      title: "The harbour",
      seconds: 30,
      files: [{ kind: "film", path: "/elsewhere/film.mp4", sizeBytes: 5000 }],
      scenes: [{ id: "a", startSeconds: 0, more: 1 }],
    };
    await write("film.json", JSON.stringify(report));
    const found = await openFilmPackage(folder);
    expect(found).toMatchObject({
      film,
      title: "The harbour",
      seconds: 30,
      scenes: [{ id: "a", startSeconds: 0 }],
    });
    expect(found.captions.map(({ path: file, language }) => [path.basename(file), language])).toEqual([
      ["film.en.srt", "en"],
      ["film.srt", null],
      ["film.zh-hant.srt", "zh-Hant"],
    ]);
    expect(found.sidecars.map((file) => path.basename(file))).toEqual([
      "film.en.srt",
      "film.srt",
      "film.vtt",
      "film.zh-hant.srt",
      "film.poster.jpg",
    ]);
  });

  it("takes somebody else's film.json for none", async () => {
    await write("film.mp4", mp4Bytes(5000));
    await write("film.json", "[1, 2");
    expect(await openFilmPackage(folder)).toMatchObject({ title: null, scenes: [] });
  });

  it.each([
    ["cut short", mp4Bytes(5000).subarray(0, 4000)],
    ["cut within a header", mp4Bytes(5000).subarray(0, 20)],
    ["no MP4", Buffer.from("<html>not found</html>")],
    ["empty", Buffer.alloc(0)],
    ["a box of no length", Buffer.from("\0\0\0\x01ftyp\0\0\0\0\0\0\0\0", "latin1")],
  ])("refuses a film that is %s", async (_what, bytes) => {
    const film = await write("film.mp4", bytes);
    await expect(openFilmPackage(film)).rejects.toThrow(failing("PUBLISH_FILM_INCOMPLETE", { path: film }));
  });

  it("holds a film against its report", async () => {
    const film = await write("film.mp4", mp4Bytes(5000));
    await write("film.json", JSON.stringify({ files: [{ kind: "film", path: film, sizeBytes: 6000 }] }));
    await expect(openFilmPackage(film)).rejects.toThrow(failing("PUBLISH_FILM_INCOMPLETE"));
  });

  it("says when there is none, or more than one", async () => {
    await expect(openFilmPackage(folder)).rejects.toThrow(failing("PUBLISH_FILM_AMBIGUOUS"));
    await expect(openFilmPackage(path.join(folder, "a.mp4"))).rejects.toThrow(failing("FILE_NOT_FOUND"));
    await write("a.mp4", mp4Bytes(200));
    await write("b.mp4", mp4Bytes(200));
    await expect(openFilmPackage(folder)).rejects.toThrow(/2 films/);
    await mkdir(path.join(folder, "c.mp4"));
    await expect(openFilmPackage(await write("d.txt", ""))).rejects.toThrow(
      failing("PUBLISH_FILM_AMBIGUOUS"),
    );
  });
});

describe("readMetadataFile", () => {
  it("reads YAML and JSON", async () => {
    expect(await readMetadataFile(await write("m.yaml", "title: A\ntags: [b, c]\ncategory: 27\n"))).toEqual({
      title: "A",
      tags: ["b", "c"],
      category: "27",
    });
    expect(await readMetadataFile(await write("m.json", '{"syntheticMedia": true}'))).toEqual({
      syntheticMedia: true,
    });
  });

  it.each([
    ["titel: A", "titel"],
    ["tags: [1]", "tags[0]"],
    ["madeForKids: perhaps", "madeForKids"],
    ["title: [", "m.yaml:1:9"],
    ["- a", "$"],
  ])("refuses %j and says where", async (text, at) => {
    await expect(readMetadataFile(await write("m.yaml", text))).rejects.toThrow(
      failing("PUBLISH_METADATA_INVALID", { path: expect.stringContaining(at.split(":")[0] ?? "") }),
    );
  });

  it("says when there is none", async () => {
    await expect(readMetadataFile(path.join(folder, "none.yaml"))).rejects.toThrow(failing("FILE_NOT_FOUND"));
  });
});
