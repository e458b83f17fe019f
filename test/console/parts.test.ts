/** The console's parts that need no browser. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { offerOf, rentedOf } from "../../console/src/api/offers.ts";
import { parseEvents } from "../../console/src/api/parse-events.ts";
import { age, bytes, clock, dollars, hostOf, price, span, timecode } from "../../console/src/format.ts";
import { captionLines } from "../../console/src/pages/create/caption-lines.ts";
import {
  DEFAULT_OPTIONS,
  mapSources,
  plainPath,
  sourcesOf,
  writeDocument,
} from "../../console/src/pages/create/document.ts";
import { firstCue } from "../../console/src/pages/create/first-cue.ts";
import { scanFiles } from "../../console/src/pages/create/scan-files.ts";
import { failedScene } from "../../console/src/pages/production/failed-scene.ts";
import { layOut, placeOf, tickSeconds, timeAt } from "../../console/src/strip/layout.ts";
import { Sha256 } from "../../console/src/upload/sha256.ts";
import { formatClock } from "../../src/cli/text/formats.ts";
import { parseProduction } from "../../src/spec/parse.ts";

const scan = (paths: readonly string[], language: string | null = null) =>
  scanFiles(
    paths.map((path) => ({ path })),
    { language, pictureSeconds: 4 },
  );

test.for([0, 1, 55, 56, 63, 64, 65, 119, 1000, 100_000])("SHA-256 of %i bytes, in odd parts", (length) => {
  const data = Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 255);
  const hash = new Sha256();
  for (let at = 0, part = 1; at < length; at += part, part = (part * 3) % 1009)
    hash.update(data.subarray(at, at + part));
  expect(hash.digest()).toBe(createHash("sha256").update(data).digest("hex"));
});

test("numbers as people read them", () => {
  expect([clock(7), clock(62.9), clock(3661)]).toEqual(["0:07", "1:03", "1:01:01"]);
  expect([timecode(7.46), timecode(59.96)]).toEqual(["0:07.5", "1:00.0"]);
  expect([span(0.2), span(42.4), span(200), span(7500)]).toEqual([
    "under 1 s",
    "42 s",
    "3 min 20 s",
    "2 h 5 min",
  ]);
  expect([bytes(999), bytes(1200), bytes(9_118_450), bytes(999_900_000)]).toEqual([
    "999 B",
    "1.2 kB",
    "9.1 MB",
    "1.0 GB",
  ]);
  expect(dollars(0.0214)).toBe("$0.021");
  const local = "local pool: this machine, nothing is billed";
  expect([price(0, local), price(0, "spot"), price(0.5, local)]).toEqual(["Free", "$0.000", "$0.500"]);
  expect([hostOf("vm-7289-497345"), hostOf("my-host-12"), hostOf("local")]).toEqual([
    "vm",
    "my-host-12",
    "local",
  ]);
  expect(age("2026-01-01T00:00:00Z", Date.parse("2026-01-01T03:10:00Z"))).toBe("3 h ago");
});

test("lengths are told as by the command line", () => {
  for (const seconds of [0, 13.4, 13.5, 59.6, 3723]) expect(clock(seconds)).toBe(formatClock(seconds));
});

test("the scene that failed is found by its place, or by its id", () => {
  const items = [{ id: "scene_001" }, { id: "scene_002" }];
  const error = { code: "X", message: "", retryable: false, scene: "scene_001" };
  expect(failedScene({ error: { ...error, path: "scenes[1].image", scene: "1" } }, items)).toBe(1);
  expect(failedScene({ error }, items)).toBe(0);
  expect(failedScene({ error: { ...error, scene: null } }, items)).toBeNull();
  expect(failedScene({ error: { ...error, path: "scenes[7]" } }, items)).toBeNull();
});

test("scenes share the strip by their length, none too thin, and a place has one time", () => {
  const even = layOut([{ seconds: 2 }, { seconds: 6 }], 800);
  expect(even.scenes.map(({ width }) => width)).toEqual([200, 600]);
  const scenes = [{ seconds: 0.1 }, { seconds: 10 }];
  const thin = layOut(scenes, 400);
  expect(thin.scenes.map(({ width }) => Math.round(width))).toEqual([36, 364]);
  expect(thin.width).toBe(400);
  for (const seconds of [0, 0.05, 0.1, 3, 9.9])
    expect(timeAt(placeOf(seconds, thin, scenes), thin, scenes)).toBeCloseTo(seconds);
  const many = Array.from({ length: 1000 }, (_, index) => ({ seconds: 1 + (index % 3) }));
  const long = layOut(many, 1000);
  expect(long.width).toBeGreaterThan(30_000);
  expect(Math.min(...long.scenes.map(({ width }) => width))).toBeGreaterThanOrEqual(36);
  expect([tickSeconds(100), tickSeconds(5), tickSeconds(0.1)]).toEqual([1, 15, 1800]);
});

test("events come whole, however the line cuts them", () => {
  const text =
    'retry: 1000\n\n: beat\n\nid: 3\nevent: state\ndata: {"state":"queued"}\n\nid: 4\nevent: x\nda';
  const first = parseEvents(text);
  expect(first.events).toEqual([{ id: 3, type: "state", data: { state: "queued" } }]);
  expect(parseEvents(`${first.rest}ta: {}\n\n`)).toEqual({
    events: [{ id: 4, type: "x", data: {} }],
    rest: "",
  });
});

test("a dropped folder makes the scenes that the command line finds", () => {
  const found = scan([
    "film/images/scene_10.png",
    "film/images/scene_2.png",
    "film/audio/scene_2.mp3",
    "film/audio/scene_2.srt",
    "film/audio/.DS_Store",
    "film/music.mp3",
    "film/logo.png",
    "film/notes.txt",
    "film/audio/extra.aiff",
  ]);
  expect(found).toMatchObject({
    kind: "folder",
    title: "film",
    base: "film/",
    soundtrack: "music.mp3",
    watermark: "logo.png",
  });
  expect(found.scenes).toEqual([
    {
      id: "scene_2",
      language: null,
      image: "images/scene_2.png",
      audio: "audio/scene_2.mp3",
      subtitles: "audio/scene_2.srt",
    },
    { id: "scene_10", language: null, image: "images/scene_10.png", audio: null, subtitles: null },
  ]);
  expect(found.issues.map(({ code }) => code)).toEqual(["FILE_FORMAT_UNSUPPORTED"]);
});

test("files without a folder, the folders alone, several languages, a production file, nothing", () => {
  expect(scan(["a.png", "a.mp3", "b.png"]).scenes.map(({ id }) => id)).toEqual(["a", "b"]);
  expect(scan(["images/a.png", "audio/a.mp3"])).toMatchObject({
    base: "",
    scenes: [{ id: "a", audio: "audio/a.mp3" }],
  });
  const two = ["f/images/s_chinese.png", "f/images/s_english.png"];
  expect(scan(two)).toMatchObject({ kind: "folder", languages: ["en", "zh"], scenes: [] });
  expect(scan(two, "zh").scenes).toMatchObject([{ id: "s_chinese", language: "zh" }]);
  expect(scan(["f/production.yaml", "f/a.png"])).toMatchObject({
    kind: "file",
    productionFile: "production.yaml",
  });
  expect(scan(["mine.json"])).toMatchObject({ kind: "file", productionFile: "mine.json" });
  expect(scan(["readme.txt"])).toMatchObject({ kind: "nothing", issues: [{ code: "FOLDER_EMPTY" }] });
});

test("what is chosen is a production that the parser takes", () => {
  const draft = scan([
    "f/images/a.png",
    "f/images/b.png",
    "f/audio/b.mp3",
    "f/audio/b.vtt",
    "f/music.mp3",
    "f/logo.png",
  ]);
  const sha = "a".repeat(64);
  const options = { ...DEFAULT_OPTIONS, title: " Ä film ", pool: "local" };
  expect(writeDocument(draft, options, (path) => (path === "music.mp3" ? null : path))).toBeNull();
  const document = writeDocument(draft, options, (path) => `asset:${sha}.${path.split(".").at(-1)}`);
  const { production, issues } = parseProduction(document, { baseDirectory: "/nowhere" });
  expect(issues).toEqual([]);
  expect(production).toMatchObject({
    title: "Ä film",
    scenes: [{ id: "a" }, { id: "b" }],
    run: { where: "local" },
  });
});

test("a production file's paths become assets, and nothing else does", () => {
  const document = {
    title: "image",
    scenes: [
      {
        image: "./a.png",
        audio: { src: "../v/b.mp3" },
        subtitles: ["c.srt", { src: "d.srt", language: "de" }],
      },
    ],
    soundtrack: "https://example.com/m.mp3",
    watermark: `asset:${"0".repeat(64)}`,
    metadata: { image: "mine" },
  };
  expect(sourcesOf(document)).toEqual(["./a.png", "../v/b.mp3", "c.srt", "d.srt"]);
  expect(mapSources(document, (path) => `<${plainPath(path)}>`)).toEqual({
    ...document,
    scenes: [
      {
        image: "<a.png>",
        audio: { src: "<v/b.mp3>" },
        subtitles: ["<c.srt>", { src: "<d.srt>", language: "de" }],
      },
    ],
  });
  expect(plainPath("x/./y/../z.png")).toBe("x/z.png");
});

test("captions break as they will in the film", () => {
  expect(
    captionLines("Every evening, the light leaves in the same order.", 42).map((line) => line.join(" ")),
  ).toEqual(["Every evening, the light", "leaves in the same order."]);
  expect(captionLines("Short", 42)).toEqual([["Short"]]);
  expect(captionLines("光在路上散开了", 42)).toEqual([["光在路上散开了"]]);
  const parts = captionLines("word ".repeat(60), 30);
  expect(parts).toHaveLength(2);
  for (const line of parts) expect(line.join(" ").length).toBeLessThanOrEqual(30);
});

test.for([
  ["1\r\n00:00:00,100 --> 00:00:01,000\r\n<i>Hello</i>\r\nthere\r\n\r\n2\r\n", "Hello there"],
  ["WEBVTT\n\n00:00.100 --> 00:01.000 align:start\nHi\n", "Hi"],
  ['{"words":[{"start":0,"end":1,"text":"One"},{"start":1,"end":2,"word":"two"}]}', "One two"],
  ["nothing", null],
] as const)("the first caption of %j", ([text, expected]) => expect(firstCue(text)).toBe(expected));

test("offers and machines of either form of the contract", () => {
  expect(offerOf({ pool: "local", costUsd: 0, predictedSeconds: 3, basis: "b" })).toEqual({
    pool: "local",
    dollars: 0,
    seconds: 3,
    basis: "b",
  });
  expect(
    offerOf({ where: "aws", seconds: null, cost: { amount: 21_400, basis: "list" }, notes: ["n"] }),
  ).toEqual({
    pool: "aws",
    dollars: 0.0214,
    seconds: null,
    basis: "list n",
  });
  expect(
    rentedOf({ id: "i-1", provider: "aws", machineType: "c7g", spot: true, cost: { amount: 5e5 } }),
  ).toEqual({
    id: "i-1",
    what: "aws · c7g · spot",
    state: null,
    owner: null,
    openedAt: null,
    dollars: 0.5,
  });
});
