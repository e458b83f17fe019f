import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProductionReport } from "../../src/produce/quality/quality-report.ts";
import type { ProductionInput } from "../../src/spec/schema.ts";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { babble } from "../fixtures/wav.ts";
import { type Rendered, Studio } from "./support/studio.ts";

let studio: Studio;

const srt = (from: string, to: string, text: string): string =>
  `1\n00:00:0${from} --> 00:00:0${to}\n${text}\n`;

async function reportOf({ result }: Rendered): Promise<ProductionReport> {
  const page = result.quality.page;
  return JSON.parse(await readFile(page.replace(/\.report\.html$/, ".json"), "utf8")) as ProductionReport;
}

const places = ({ quality }: Pick<ProductionReport, "quality">): unknown[] =>
  quality.findings.map(({ code, severity, scene }) => [code, severity, scene]);

beforeAll(async () => {
  studio = await Studio.open();
  await studio.picture("photo.png", naturalNoise(640, 360, 7));
  await studio.flat("black.png", [4, 4, 4], 640, 360);
  await studio.flat("white.png", [255, 255, 255], 640, 360);
  for (const [index, name] of ["one", "two", "three", "four"].entries())
    await studio.wav(`${name}.wav`, babble(48_000, 120_000, 0.2, index + 1));
  await studio.write("good.srt", srt("0,200", "2,200", "A calm caption."));
  await studio.write(
    "fast.srt",
    srt("0,200", "1,300", "Far too many words to be read by anybody in hardly more than a second"),
  );
});
afterAll(() => studio.close());

const output = { width: 640, height: 360, fps: 10 };
const defaults = { transition: "none", pad: { before: 0, after: 0 } } as const;

const GOOD: ProductionInput = {
  title: "A good <script>alert(1)</script> film",
  output,
  defaults,
  scenes: [
    { id: "one", image: "photo.png", audio: "one.wav", subtitles: "good.srt" },
    {
      id: "two",
      image: "photo.png",
      audio: "two.wav",
      subtitles: "good.srt",
      captions: { style: "outline" },
    },
  ],
};

describe("a good film", () => {
  let rendered: Rendered;
  let report: ProductionReport;

  beforeAll(async () => {
    rendered = await studio.render(GOOD, { output: "good/film.mp4", cache: "report" });
    report = await reportOf(rendered);
  });

  test("has no findings and no notices", () => {
    expect(report.quality.findings).toEqual([]);
    expect(rendered.result.notices).toEqual([]);
  });

  test("is measured: length, drift, loudness, bytes of every scene, captions", async () => {
    const [file] = report.quality.files;
    if (file === undefined) throw new Error("no file");
    expect(file.duration).toMatchObject({ plannedSeconds: 6, pictureSeconds: 6 });
    expect(Math.abs(file.duration.driftMs as number)).toBeLessThanOrEqual(22);
    expect(file.loudness?.integratedLufs).toBe(rendered.result.loudness.integratedLufs);
    expect(file.loudness?.curve).toHaveLength(6);
    const videoBytes = file.scenes.reduce((sum, scene) => sum + scene.videoBytes, 0);
    const size = (await readFile(rendered.output)).length;
    expect(videoBytes).toBeLessThan(size);
    // What is not picture is sound at 128 kbit/s and the container's tables.
    expect(videoBytes + ((file.audioBitsPerSecond as number) * 6) / 8).toBeGreaterThan(size * 0.9);
    const cues = file.scenes.map((scene) => scene.captions?.cues ?? []);
    expect(cues.map(([cue]) => cue?.text)).toEqual(["A calm caption.", "A calm caption."]);
    expect(cues[1]?.[0]).toMatchObject({ characters: 15, words: 3, lines: 1, cutSeconds: 0 });
    for (const [cue] of cues) expect(cue?.contrast?.mean).toBeGreaterThan(4.5);
    expect([file.black, file.still]).toEqual([[], []]);
  });

  test("from the cache alone has the same report", async () => {
    const again = await studio.render(GOOD, { output: "again/film.mp4", cache: "report" });
    expect(again.result.chunks.rendered).toBe(0);
    const { quality } = await reportOf(again);
    expect(quality.files.map((file) => ({ ...file, path: "" }))).toEqual(
      report.quality.files.map((file) => ({ ...file, path: "" })),
    );
  });

  test("has a page that holds its title as text and loads nothing", async () => {
    const page = await readFile(rendered.result.quality.page, "utf8");
    expect(page).toContain("A good &lt;script&gt;alert(1)&lt;/script&gt; film");
    expect(page).not.toContain("<script>alert");
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page.replaceAll('"http-equiv', "")).not.toMatch(/(?:src|href)="(?!\.\/film\.mp4)|url\((?!data:)/);
    expect(page.match(/data:image\/jpeg;base64,/g)).toHaveLength(2);
  });
});

test("a black scene, a silent one, a caption too fast and one on its own colour: exactly these are found", async () => {
  const rendered = await studio.render(
    {
      output,
      defaults,
      scenes: [
        { id: "fine", image: "photo.png", audio: "one.wav", subtitles: "good.srt" },
        { id: "black", image: "black.png", audio: "two.wav" },
        { id: "silent", image: "photo.png", duration: 3, motion: "none" },
        { id: "fast", image: "photo.png", audio: "three.wav", subtitles: "fast.srt" },
        {
          id: "pale",
          image: "white.png",
          audio: "four.wav",
          subtitles: "good.srt",
          captions: { style: "minimal" },
        },
      ],
    },
    { output: "bad/film.mp4", cache: "report" },
  );
  const report = await reportOf(rendered);
  expect(places(report)).toEqual([
    ["PICTURE_BLACK", "warning", "black"],
    ["CAPTION_FAST", "warning", "fast"],
    ["CAPTION_CONTRAST", "warning", "pale"],
    ["SOUND_SILENT", "info", "silent"],
  ]);
  const [black, fast] = report.quality.findings;
  expect(black?.atSeconds).toBe(3);
  expect(fast?.atSeconds).toBeCloseTo(8.7, 1);
  expect(report.quality.files[0]?.black).toEqual([{ startSeconds: 3, seconds: 2.5 }]);
  expect(report.quality.files[0]?.still).toEqual([
    { scene: "black", startSeconds: 3, seconds: 2.5, why: "plain" },
    { scene: "silent", startSeconds: 5.5, seconds: 3, why: "plan" },
    { scene: "pale", startSeconds: 11, seconds: 3, why: "plain" },
  ]);
  expect(rendered.result.notices.map(({ code }) => code)).toEqual([
    "PICTURE_BLACK",
    "CAPTION_FAST",
    "CAPTION_CONTRAST",
  ]);
});

test("a video that ends before its scene: its last frame is held, and that is said", async () => {
  const source = await studio.render(
    { output, defaults, scenes: [{ id: "one", image: "photo.png", audio: "one.wav" }] },
    { output: "source/film.mp4", cache: "report" },
  );
  const seconds = source.result.seconds;
  const rendered = await studio.render(
    { output, defaults, scenes: [{ id: "clip", video: source.output, duration: seconds + 3 }] },
    { output: "held/film.mp4", cache: "report" },
  );
  const report = await reportOf(rendered);
  expect(places(report).toSorted()).toEqual([
    ["SOUND_SILENT", "info", "clip"],
    ["VIDEO_HELD", "info", "clip"],
  ]);
  const still = report.quality.files[0]?.still ?? [];
  expect(still.map(({ why }) => why)).toEqual(["held"]);
  expect(still[0]?.startSeconds).toBeCloseTo(seconds, 0);
  expect((still[0]?.startSeconds ?? 0) + (still[0]?.seconds ?? 0)).toBe(seconds + 3);
  expect(rendered.result.notices).toEqual([]);
});

test("scenes as files of their own have one report for all", async () => {
  const rendered = await studio.render(
    { ...GOOD, title: "Two scenes", output: { ...output, deliver: "scenes" } },
    { output: "scenes", cache: "report" },
  );
  const report = await reportOf(rendered);
  expect(report.quality.page).toBe(studio.at("scenes/two-scenes.report.html"));
  expect(report.quality.files.map((file) => [file.scene, path.basename(file.path)])).toEqual([
    ["one", "one.mp4"],
    ["two", "two.mp4"],
  ]);
  expect(report.quality.findings).toEqual([]);
  expect(await readFile(report.quality.page, "utf8")).toContain('href="./two.mp4"');
});
