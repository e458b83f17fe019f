import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { scanFolder } from "./folder-scan.ts";
import type { FolderScanOptions } from "./folder-scenes.ts";
import { loadProduction } from "./load.ts";

const made: string[] = [];
afterEach(async () => {
  for (const directory of made.splice(0)) await rm(directory, { recursive: true });
});

async function folder(...files: string[]): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), "reelburst-scan-"));
  made.push(parent);
  const directory = join(parent, "My film");
  await mkdir(directory);
  for (const file of files) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), "x");
  }
  return directory;
}

async function findings(files: string[], options: FolderScanOptions = {}): Promise<string[][]> {
  const { issues } = await scanFolder(await folder(...files), options);
  return issues.map(({ severity, code, path }) => [severity, code, path]);
}

const pair = (stem: string) => [`images/${stem}.png`, `audio/${stem}.mp3`];

describe("scanFolder finds", () => {
  it("the batches of old: images/ and audio/, captions beside the sound", async () => {
    const scan = await scanFolder(
      await folder(...pair("scene_010_chinese"), ...pair("scene_002_chinese"), "audio/scene_002_chinese.srt"),
    );
    expect(scan).toMatchObject({ title: "My film", soundtrack: null, watermark: null, issues: [] });
    expect(scan.scenes).toEqual([
      {
        id: "scene_002_chinese",
        language: "zh",
        image: "images/scene_002_chinese.png",
        audio: "audio/scene_002_chinese.mp3",
        subtitles: "audio/scene_002_chinese.srt",
        durationSeconds: null,
      },
      {
        id: "scene_010_chinese",
        language: "zh",
        image: "images/scene_010_chinese.png",
        audio: "audio/scene_010_chinese.mp3",
        subtitles: null,
        durationSeconds: null,
      },
    ]);
  });

  it("captions in subtitles/, folders and extensions of any case", async () => {
    const scan = await scanFolder(await folder("Images/a.JPG", "AUDIO/a.Flac", "subtitles/a.VTT"));
    expect(scan.issues).toEqual([]);
    expect(scan.scenes).toMatchObject([
      { image: "Images/a.JPG", audio: "AUDIO/a.Flac", subtitles: "subtitles/a.VTT" },
    ]);
  });

  it("pairs side by side, with music and a logo", async () => {
    const scan = await scanFolder(
      await folder(
        "10.webp",
        "10.ogg",
        "9.avif",
        "9.m4a",
        "9.json",
        "music.mp3",
        "logo.png",
        "notes.txt",
        "package.json",
        ".DS_Store",
      ),
    );
    expect(scan).toMatchObject({ soundtrack: "music.mp3", watermark: "logo.png", issues: [] });
    expect(scan.scenes.map(({ id, subtitles }) => [id, subtitles])).toEqual([
      ["9", "9.json"],
      ["10", null],
    ]);
  });

  it("scenes under any name, with ids made safe and unique", async () => {
    const names = ["a b", "a'b\"", "%d%03d", "new\nline", "\u{1F3AC}", "http:x", "-", "caf\u00e9"];
    const directory = await folder(...names.flatMap((name) => [`${name}.png`, `${name}.mp3`]));
    const { production, issues } = await loadProduction(directory);
    expect(issues).toEqual([]);
    expect(production?.scenes.map(({ image }) => image?.src).toSorted()).toEqual(
      names.map((name) => join(directory, `${name}.png`)).toSorted(),
    );
    expect(production?.scenes.map(({ id }) => id)).toEqual([
      "d_03d",
      "-",
      "a_b",
      "a_b_2",
      "caf",
      "http_x",
      "new_line",
      "scene_008",
    ]);
  });

  it("composed and decomposed letters as one name", async () => {
    const scan = await scanFolder(await folder("caf\u00e9.png", "cafe\u0301.mp3"));
    expect(scan.issues).toEqual([]);
    expect(scan.scenes).toHaveLength(1);
  });

  it("subfolders behind links", async () => {
    const directory = await folder("audio/a.mp3");
    const elsewhere = await folder("a.png");
    await symlink(elsewhere, join(directory, "images"));
    expect((await scanFolder(directory)).scenes).toMatchObject([{ image: "images/a.png" }]);
  });

  it("silent pictures when a default duration is given", async () => {
    const scan = await scanFolder(await folder("a.png"), { defaultDurationSeconds: 4 });
    expect(scan.issues).toEqual([]);
    expect(scan.scenes).toMatchObject([{ audio: null, durationSeconds: 4 }]);
  });
});

describe("scanFolder and languages", () => {
  const both = [...pair("scene_001_chinese"), ...pair("scene_001_english"), ...pair("scene_002_chinese")];

  it.each([
    ["chinese", ["scene_001_chinese", "scene_002_chinese"]],
    ["zh", ["scene_001_chinese", "scene_002_chinese"]],
    ["EN", ["scene_001_english"]],
  ])("takes %s only", async (language, ids) => {
    const scan = await scanFolder(await folder(...both), { language });
    expect(scan.scenes.map(({ id }) => id)).toEqual(ids);
    expect(scan.issues.map(({ code }) => code)).toEqual(language === "EN" ? ["SCENE_LANGUAGE_SKIPPED"] : []);
  });

  it("asks which, when scenes exist in several", async () => {
    const { issues } = await scanFolder(await folder(...both));
    expect(issues).toMatchObject([
      { severity: "error", code: "FOLDER_LANGUAGE_AMBIGUOUS", hint: "Choose a language: en or zh." },
    ]);
  });

  it("lets a film change its language between scenes", async () => {
    const scan = await scanFolder(await folder(...pair("1_chinese"), ...pair("2_english")));
    expect(scan.issues).toEqual([]);
    expect(scan.scenes.map(({ language }) => language)).toEqual(["zh", "en"]);
  });

  it("shares a picture without language among languages", async () => {
    const directory = await folder("images/s1.png", "audio/s1_chinese.mp3", "audio/s1_english.mp3");
    for (const [language, id] of [
      ["zh", "s1_chinese"],
      ["en", "s1_english"],
    ] as const) {
      const scan = await scanFolder(directory, { language });
      expect(scan.issues).toEqual([]);
      expect(scan.scenes).toMatchObject([{ id, language, image: "images/s1.png", audio: `audio/${id}.mp3` }]);
    }
  });

  it("says when there is nothing in that language", async () => {
    expect(await findings(both, { language: "fr" })).toEqual([["error", "FOLDER_EMPTY", "$"]]);
    expect(await findings(both, { language: "gibberish" })).toEqual([["error", "LANGUAGE_UNKNOWN", "$"]]);
  });
});

describe("scanFolder reports", () => {
  it.each<[string, string[], string[][]]>([
    ["an empty folder", [], [["error", "FOLDER_EMPTY", "$"]]],
    ["a folder of other things", ["notes.txt", "package.json"], [["error", "FOLDER_EMPTY", "$"]]],
    ["a picture without narration", ["a.png", "b.png", "b.mp3"], [["error", "SCENE_AUDIO_MISSING", "a.png"]]],
    [
      "a narration without picture",
      [...pair("a"), "audio/b.mp3"],
      [["error", "SCENE_IMAGE_MISSING", "audio/b.mp3"]],
    ],
    ["two pictures", [...pair("a"), "images/a.jpg"], [["error", "FILE_AMBIGUOUS", "images/a.png"]]],
    [
      "two pictures that differ in case",
      [...pair("a"), "images/A.png"],
      [["error", "FILE_AMBIGUOUS", "images/a.png"]],
    ],
    ["two narrations", [...pair("a"), "audio/a.wav"], [["error", "FILE_AMBIGUOUS", "audio/a.wav"]]],
    [
      "two captions",
      [...pair("a"), "audio/a.srt", "subtitles/a.srt"],
      [["error", "FILE_AMBIGUOUS", "subtitles/a.srt"]],
    ],
    [
      "two soundtracks",
      [...pair("a"), "music.mp3", "soundtrack.ogg"],
      [["error", "FILE_AMBIGUOUS", "soundtrack.ogg"]],
    ],
    ["captions of no scene", [...pair("a"), "audio/b.srt"], [["warning", "FILE_UNUSED", "audio/b.srt"]]],
    [
      "media in the wrong place",
      [...pair("a"), "b.png", "images/c.mp3"],
      [
        ["warning", "FILE_UNUSED", "b.png"],
        ["warning", "FILE_UNUSED", "images/c.mp3"],
      ],
    ],
    [
      "a format it does not take",
      ["a.gif", "a.mp3"],
      [
        ["error", "SCENE_IMAGE_MISSING", "a.mp3"],
        ["warning", "FILE_FORMAT_UNSUPPORTED", "a.gif"],
      ],
    ],
  ])("%s", async (_, files, expected) => {
    expect(await findings(files)).toEqual(expected);
  });

  it("the partner that a typing slip separates", async () => {
    const { issues } = await scanFolder(await folder("images/scene_001.png", "audio/scene_01.mp3"));
    expect(issues.map(({ hint }) => hint)).toEqual([
      '"audio/scene_01.mp3" has no partner either. Give both files the same name.',
      '"images/scene_001.png" has no partner either. Give both files the same name.',
    ]);
  });

  it("where a missing partner would go, and what else there is to do", async () => {
    const hint = async (...files: string[]) => (await scanFolder(await folder(...files))).issues[0]?.hint;
    expect(await hint(...pair("a"), "images/03 b.png")).toBe(
      'Add a sound file of the same name (mp3, wav, m4a, flac, ogg), such as "audio/03 b.mp3", or say how long pictures without narration last: --picture-seconds 4 on the command line, duration in a production file.',
    );
    expect(await hint("a.png")).toContain('such as "a.mp3"');
    expect(await hint(...pair("a"), "audio/b.mp3")).toBe(
      'Add a picture of the same name (png, jpg, jpeg, webp, avif), such as "images/b.png".',
    );
  });

  it("a folder that is not there", async () => {
    expect((await scanFolder(join(tmpdir(), "reelburst-no-such-folder"))).issues).toMatchObject([
      { severity: "error", code: "FILE_NOT_FOUND" },
    ]);
  });
});
