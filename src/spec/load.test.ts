import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkFiles } from "./check-files.ts";
import { scanFolder } from "./folder-scan.ts";
import { loadProduction, MAX_FILE_BYTES } from "./load.ts";
import { parseProduction } from "./parse.ts";
import type { Production } from "./production.ts";
import { exampleProduction } from "./write.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "reelburst-load-"));
});
afterEach(() => rm(directory, { recursive: true }));

const write = (name: string, content: string | Uint8Array) => writeFile(join(directory, name), content);
const load = (name: string) => loadProduction(join(directory, name));
const JSON_FILM = '{"title": "片", "scenes": [{"image": "a.png", "duration": 2}]}';

function parsed(input: unknown): Production {
  const { production, issues } = parseProduction(input, { baseDirectory: directory });
  if (production === null) throw new Error(JSON.stringify(issues));
  return production;
}

describe("loadProduction reads", () => {
  it.each<[string, string | Uint8Array]>([
    ["film.json", JSON_FILM],
    ["FILM.JSON", `\uFEFF${JSON_FILM}`],
    ["film.json5", "// a film\n{title: '片', scenes: [{image: 'a.png', duration: 2}]}"],
    ["film.yaml", "title: 片\nscenes:\n  - image: a.png\n    duration: 2\n"],
    ["film.yml", "\uFEFFtitle: 片\r\nscenes:\r\n  - {image: a.png, duration: 2}\r\n"],
    ["utf16.json", Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(JSON_FILM, "utf16le")])],
  ])("%s", async (name, content) => {
    await write(name, content);
    expect(await load(name)).toEqual({
      production: parsed({ title: "片", scenes: [{ image: "a.png", duration: 2 }] }),
      issues: [],
    });
  });

  it("a folder's production file rather than its media", async () => {
    await write("other.png", "x");
    await write("production.yml", "scenes: [{image: a.png, duration: 2}]");
    expect((await load(".")).production?.scenes[0]?.image?.src).toBe(join(directory, "a.png"));
  });

  it("a folder of media, and the same from the example written for it", async () => {
    for (const name of ["1.png", "1.mp3", "2: x.png", "2: x.mp3", "music.ogg"]) await write(name, "x");
    const fromFolder = await load(".");
    expect(fromFolder.production?.scenes.map(({ id }) => id)).toEqual(["1", "2_x"]);
    await write("production.yaml", exampleProduction(await scanFolder(directory)));
    expect(await load(".")).toEqual(fromFolder);
  });
});

describe("loadProduction refuses", () => {
  it.each<[string, string | Uint8Array, string, string]>([
    ["film.json", '{"scenes": [}', "SYNTAX", "film.json:1:13"],
    ["film.yaml", "scenes: []\nscenes: []\n", "KEY_DUPLICATE", "film.yaml:2:1"],
    ["film.yaml", "scenes: []\n", "OUT_OF_RANGE", "scenes"],
    ["film.yaml", "# nothing yet\n", "INVALID_TYPE", "$"],
    ["film.toml", "", "PRODUCTION_FORMAT_UNKNOWN", "film.toml"],
    ["film.json", "", "FILE_EMPTY", "film.json"],
    ["film.json", new Uint8Array([0x22, 0xff, 0x22]), "FILE_ENCODING", "film.json"],
    ["film.json", new Uint8Array(MAX_FILE_BYTES + 1).fill(0x20), "FILE_TOO_LARGE", "film.json"],
  ])("%s", async (name, content, code, path) => {
    await write(name, content);
    const { production, issues } = await load(name);
    expect(production).toBeNull();
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ severity: "error", code });
    expect(issues[0]?.path.endsWith(path)).toBe(true);
  });

  it("metadata without a bottom, which JSON may hold", async () => {
    await write("a.png", "x");
    await write(
      "film.json",
      `{"scenes": [{"image": "a.png", "duration": 1}], "metadata": {"x": ${"[".repeat(100_000)}${"]".repeat(100_000)}}}`,
    );
    expect((await load("film.json")).issues).toMatchObject([{ code: "METADATA_INVALID", path: "metadata" }]);
  });

  it("a file that is not there", async () => {
    expect((await load("none.yaml")).issues).toMatchObject([
      { code: "FILE_NOT_FOUND", path: join(directory, "none.yaml") },
    ]);
  });

  it("a folder with two production files", async () => {
    await write("production.yaml", "");
    await write("production.json", "{}");
    expect((await load(".")).issues).toMatchObject([{ code: "PRODUCTION_FILE_AMBIGUOUS" }]);
  });

  it("an empty folder, saying what was expected", async () => {
    const [issue] = (await load(".")).issues;
    expect(issue).toMatchObject({ code: "FOLDER_EMPTY" });
    expect(issue?.hint).toContain("images/scene_001.png");
  });

  it.skipIf(process.platform === "win32")("a pipe, without waiting for its writer", async () => {
    execFileSync("mkfifo", [join(directory, "film.yaml")]);
    expect((await load("film.yaml")).issues).toMatchObject([{ code: "FILE_NOT_REGULAR" }]);
  });
});

describe("loadProduction tells at once", () => {
  const findings = async (name: string, options = {}) =>
    (await loadProduction(join(directory, name), options)).issues.map(({ code, path }) => [code, path]);

  it("what is wrong with a file's settings and with the files it names", async () => {
    await write("empty.mp3", "");
    await write(
      "film.yaml",
      `scenes:
  - { id: x, image: gone.png, audio: empty.mp3, duration: 3s }
  - { id: x, image: { src: gone.png }, audio: https://example.com/a.mp3 }
soundtrack: gone.ogg
`,
    );
    expect(await findings("film.yaml")).toEqual([
      ["INVALID_VALUE", "scenes[0].duration"],
      ["SCENE_ID_DUPLICATE", "scenes[1].id"],
      ["SOURCE_URL_UNSUPPORTED", "scenes[1].audio"],
      ["FILE_NOT_FOUND", "scenes[0].image.src"],
      ["FILE_EMPTY", "scenes[0].audio.src"],
      ["FILE_NOT_FOUND", "scenes[1].image.src"],
      ["FILE_NOT_FOUND", "soundtrack.src"],
    ]);
  });

  it("what a folder lacks and what is empty in it", async () => {
    for (const name of ["1.png", "1.mp3", "2.png"]) await write(name, "x");
    await write("1.srt", "");
    expect(await findings(".")).toEqual([
      ["SCENE_AUDIO_MISSING", "2.png"],
      ["FILE_EMPTY", "1.srt"],
    ]);
  });

  it("nothing about files outside a confining folder", async () => {
    await write("film.json", '{"scenes": [{"image": "/no/such.png", "duration": 1, "bad": 1}]}');
    expect(await findings("film.json", { confine: true })).toEqual([["UNKNOWN_KEY", "scenes[0].bad"]]);
  });

  it("no more once aborted", async () => {
    const reason = new Error("enough");
    await write("film.json", '{"scenes": [{"image": "a.png"}]}');
    await expect(
      loadProduction(join(directory, "film.json"), { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });
});

describe("checkFiles", () => {
  it("finds nothing when all is there", async () => {
    for (const name of ["a.png", "a.mp3", "a.srt", "m.mp3", "l.png", "f.ttf"]) await write(name, "x");
    const production = parsed({
      scenes: [{ image: "a.png", audio: "a.mp3", subtitles: "a.srt", captions: { font: "f.ttf" } }],
      soundtrack: "m.mp3",
      watermark: "l.png",
    });
    expect(await checkFiles(production)).toEqual([]);
  });

  it("names every kind of trouble at its place, in order", async () => {
    await write("empty.mp3", "");
    await write("picture.jpeg", "x");
    await mkdir(join(directory, "folder.srt"));
    await symlink("loop.png", join(directory, "loop.png"));
    const issues = await checkFiles(
      parsed({
        scenes: [
          {
            image: "picture.jpg",
            audio: "empty.mp3",
            subtitles: "folder.srt",
            captions: { font: "no/such.ttf" },
          },
          { image: "picture.jpeg/x.png", audio: "empty.mp3" },
        ],
        soundtrack: "gone.mp3",
        watermark: "loop.png",
      }),
    );
    expect(issues.map(({ code, path }) => [code, path])).toEqual([
      ["FILE_NOT_FOUND", "scenes[0].image.src"],
      ["FILE_EMPTY", "scenes[0].audio.src"],
      ["FILE_NOT_REGULAR", "scenes[0].subtitles.src"],
      ["FILE_NOT_FOUND", "scenes[0].captions.font"],
      ["FILE_NOT_FOUND", "scenes[1].image.src"],
      ["FILE_EMPTY", "scenes[1].audio.src"],
      ["FILE_NOT_FOUND", "soundtrack.src"],
      ["FILE_UNREADABLE", "watermark.src"],
    ]);
    expect(issues[0]).toMatchObject({
      message: 'There is no picture at "picture.jpg".',
      hint: 'Did you mean "picture.jpeg"?',
    });
  });

  it("suggests files of the same kind only", async () => {
    for (const name of ["01 the dough.srt", "01 the dough.wav", "b.srt", "c.png"]) await write(name, "x");
    const issues = await checkFiles(
      parsed({
        scenes: [
          { image: "c.png", audio: "01 the dough.mp3" },
          { image: "c.png", audio: "b.mp3" },
        ],
      }),
    );
    expect(issues.map(({ hint }) => hint)).toEqual(['Did you mean "01 the dough.wav"?', undefined]);
  });

  it("follows links out of the folder only when not confined", async () => {
    const outside = await mkdtemp(join(tmpdir(), "reelburst-outside-"));
    try {
      await writeFile(join(outside, "a.png"), "x");
      await symlink(join(outside, "a.png"), join(directory, "a.png"));
      const production = parsed({ scenes: [{ image: "a.png", duration: 1 }] });
      expect(await checkFiles(production)).toEqual([]);
      expect(await checkFiles(production, { confine: true })).toMatchObject([
        { code: "PATH_OUTSIDE_BASE", path: "scenes[0].image.src" },
      ]);
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  it("looks at ten thousand scenes without running out of descriptors", async () => {
    await write("a.png", "x");
    const scenes = Array.from({ length: 10_000 }, (_, index) => ({
      image: index === 7 ? "a.png" : `${index}.png`,
      duration: 1,
    }));
    const issues = await checkFiles(parsed({ scenes }));
    expect(issues).toHaveLength(9_999);
    expect(new Set(issues.map(({ code }) => code))).toEqual(new Set(["FILE_NOT_FOUND"]));
  });

  it("stops when told to", async () => {
    const reason = new Error("enough");
    await expect(
      checkFiles(parsed({ scenes: [{ image: "a.png", duration: 1 }] }), {
        signal: AbortSignal.abort(reason),
      }),
    ).rejects.toBe(reason);
  });
});
