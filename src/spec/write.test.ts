import { resolve } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import type { FolderScan } from "./folder-scan.ts";
import { scanToInput } from "./folder-scan.ts";
import type { ScannedScene } from "./folder-scenes.ts";
import { parseProduction } from "./parse.ts";
import type { Production, Scene } from "./production.ts";
import { readDocument } from "./read-document.ts";
import { exampleProduction, productionToInput } from "./write.ts";

const baseDirectory = resolve("/films/one");
const oneOf = <const T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const color = fc.stringMatching(/^#[0-9a-f]{6}$/);
/** Any file name but the two that are folders; the full range of what a file system may hold. */
const name = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .filter((text) => !/[\0/\\]/.test(text) && text.trim() !== "" && text !== "." && text !== "..");
const media = fc
  .tuple(oneOf("", "images/", "sub dir/"), name)
  .map(([folder, file]) => resolve(baseDirectory, `./${folder}${file}`));
const withEnding = (ending: string) => media.map((path) => path + ending);
const viewpoint = fc.record({ x: unit, y: unit, scale: fc.double({ min: 1, max: 10, noNaN: true }) });
const easing = fc.oneof(
  oneOf("linear", "easeIn", "easeOutSine", "easeInOutExpo"),
  fc.tuple(unit, unit, unit, unit),
);

const captions = fc.record({
  style: oneOf("boxed", "karaoke", "none"),
  position: oneOf("bottom", "top"),
  size: fc.double({ min: 0.25, max: 4, noNaN: true }),
  color,
  outlineColor: color,
  boxColor: color,
  highlightColor: color,
  boxOpacity: unit,
  font: fc.option(withEnding(".otf")),
});
const image = fc.record({
  src: media,
  fit: oneOf("cover", "contain"),
  background: fc.oneof(fc.constant("blur"), color),
  focus: fc.oneof(oneOf("auto"), fc.record({ x: unit, y: unit })),
});
const video = fc.record({
  src: withEnding(".mp4"),
  trim: fc.record({ from: unit, to: fc.option(fc.double({ min: 2, max: 9, noNaN: true })) }),
  fit: oneOf("cover", "contain"),
  background: fc.oneof(fc.constant("blur"), color),
  volume: unit,
  retime: oneOf("none", "fit"),
});
const words = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => /\S/.test(text));
const card = fc.record({
  layout: oneOf("title", "section", "statement", "end", "quote", "list", "figure"),
  title: words,
  text: fc.array(words, { minLength: 1, maxLength: 4 }),
  kicker: fc.option(words),
  attribution: fc.option(words),
  theme: oneOf("dark", "light"),
  accent: color,
  background: fc.option(color),
  font: fc.option(withEnding(".otf")),
});
const shown = fc.oneof(
  fc.record({ image, video: fc.constant(null), card: fc.constant(null) }),
  fc.record({
    image: fc.constant(null),
    video,
    card: fc.constant(null),
    motion: fc.constant({ kind: "effect", effect: "none", amount: 0.12, easing: "easeInOut" } as const),
  }),
  fc.record({ image: fc.constant(null), video: fc.constant(null), card }),
);

const sceneParts: fc.Arbitrary<Omit<Scene, "id" | "image" | "video" | "card">> = fc.record({
  audio: fc.option(fc.record({ src: media, volume: unit })),
  subtitles: fc
    .array(
      fc.record({
        src: withEnding(".srt"),
        language: fc.option(oneOf("en", "zh-Hant", "pt-BR")),
        burn: fc.boolean(),
        captions,
      }),
      { maxLength: 3 },
    )
    .map((tracks) =>
      tracks.filter(
        ({ language }, index) =>
          language === null || tracks.findIndex((track) => track.language === language) === index,
      ),
    ),
  motion: fc.oneof(
    fc.record({
      kind: oneOf("effect"),
      effect: oneOf("auto", "zoomIn", "panUp", "none"),
      amount: unit,
      easing,
    }),
    fc.record({ kind: oneOf("path"), from: viewpoint, to: viewpoint, easing }),
  ),
  captions,
  duration: fc.double({ min: 10, max: 100, noNaN: true }),
  pad: fc.record({ before: unit, after: unit }),
  transition: fc.oneof(
    fc.record({ type: oneOf("fade", "dissolve"), duration: unit }),
    fc.record({
      type: oneOf("slide", "push", "wipe"),
      duration: unit,
      direction: oneOf("left", "right", "up", "down"),
    }),
    fc.constant({ type: "none" as const, duration: 0 }),
  ),
  language: fc.option(oneOf("en", "zh-Hant", "pt-BR")),
});
const scene: fc.Arbitrary<Omit<Scene, "id">> = fc
  .tuple(sceneParts, shown)
  .map(([parts, picture]) => ({ ...parts, ...picture }));

const production: fc.Arbitrary<Production> = fc.record({
  version: oneOf(1),
  baseDirectory: fc.constant(baseDirectory),
  title: fc.option(fc.string({ maxLength: 40 })),
  output: fc.record({
    width: fc.integer({ min: 32, max: 3840 }).map((half) => half * 2),
    height: fc.integer({ min: 32, max: 3840 }).map((half) => half * 2),
    fps: oneOf({ num: 30, den: 1 }, { num: 30000, den: 1001 }, { num: 25, den: 2 }),
    format: oneOf("mp4"),
    codec: oneOf("h264", "av1"),
    quality: oneOf("draft", "high"),
    audioBitrate: fc.option(fc.integer({ min: 64, max: 320 })),
    preset: fc.option(oneOf("shorts", "standard", "long")),
    deliver: oneOf("film", "both"),
    loudness: fc.option(fc.double({ min: -40, max: -5, noNaN: true })),
  }),
  scenes: fc
    .array(scene, { minLength: 1, maxLength: 4 })
    .map((scenes) => scenes.map((each, index) => ({ ...each, id: `s-${index}` }))),
  soundtrack: fc.option(
    fc.record({
      src: media,
      volume: unit,
      duck: fc.boolean(),
      loop: fc.boolean(),
      fadeIn: unit,
      fadeOut: unit,
    }),
  ),
  watermark: fc.option(
    fc.record({
      src: media,
      position: oneOf("topLeft", "bottomRight"),
      size: fc.double({ min: 0.01, max: 1, noNaN: true }),
      margin: fc.constant(0.04),
      opacity: unit,
    }),
  ),
  onSceneFailure: oneOf("fail", "skip"),
  run: fc.record({
    where: oneOf("auto", "ec2-spot"),
    maxCost: fc.option(unit),
    maxDuration: fc.option(fc.double({ min: 1, max: 9999, noNaN: true })),
    spot: oneOf<"auto" | boolean>("auto", true, false),
  }),
  webhook: fc.option(fc.record({ url: fc.webUrl() })),
  metadata: fc.dictionary(
    fc.string({ maxLength: 8 }).filter((key) => key !== "__proto__"),
    fc.jsonValue({ maxDepth: 3 }),
  ),
});

/** JSON has no -0; a file can't say it and nothing downstream needs it. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

it("writes any production so that it parses to the same one", () => {
  fc.assert(
    fc.property(production, (original) => {
      const written = JSON.stringify(productionToInput(original));
      const { production: parsed, issues } = parseProduction(JSON.parse(written), { baseDirectory });
      expect(issues).toEqual([]);
      expect(plain(parsed)).toEqual(plain(original));
    }),
    { numRuns: 150 },
  );
});

it("writes paths inside the folder relative, so that a folder can move", () => {
  const { production: parsed } = parseProduction(
    { scenes: [{ image: "images/a.png", audio: "/elsewhere/a.mp3" }] },
    { baseDirectory },
  );
  if (parsed === null) throw new Error("no production");
  const [written] = productionToInput(parsed).scenes;
  expect(written?.image).toMatchObject({ src: "images/a.png" });
  expect(written?.audio).toMatchObject({ src: resolve("/elsewhere/a.mp3") });
});

const scanned: fc.Arbitrary<ScannedScene> = fc.record({
  id: fc.constant(""),
  language: fc.option(oneOf("zh", "en")),
  image: name.map((file) => `images/${file}`),
  audio: name.map((file) => `audio/${file}`),
  subtitles: fc.option(name.map((file) => `${file}.srt`)),
  durationSeconds: fc.constant(null),
});

const scan: fc.Arbitrary<FolderScan> = fc.record({
  directory: fc.constant(baseDirectory),
  title: fc.option(name),
  scenes: fc
    .array(scanned, { minLength: 1, maxLength: 3 })
    .map((scenes) => scenes.map((each, index) => ({ ...each, id: `s-${index}` }))),
  soundtrack: fc.option(oneOf("music.mp3")),
  watermark: fc.option(oneOf("logo.png")),
  issues: fc.constant([]),
});

it("writes an example for any folder that parses to the folder's own production", () => {
  fc.assert(
    fc.property(scan, (folder) => {
      const document = readDocument(exampleProduction(folder), "yaml", "production.yaml");
      expect(document.issues).toEqual([]);
      const fromFile = parseProduction(document.value, { baseDirectory });
      expect(fromFile.issues).toEqual([]);
      expect(fromFile).toEqual(parseProduction(scanToInput(folder), { baseDirectory }));
    }),
    { numRuns: 150 },
  );
});

it("explains itself, and its commented settings are valid when uncommented", () => {
  const text = exampleProduction({
    directory: baseDirectory,
    title: "Two\nlines: x",
    soundtrack: "music.mp3",
    watermark: "logo.png",
    issues: [],
    scenes: [
      {
        id: "s1",
        language: "zh",
        image: "images/1.png",
        audio: "audio/1.mp3",
        subtitles: null,
        durationSeconds: null,
      },
    ],
  });
  expect(text).toMatchInlineSnapshot(`
    "# Two lines: x: 1 scene. Paths are relative to this file.

    version: 1
    title: |-
      Two
      lines: x
    defaults:
      language: zh

    # Uncomment what you want to change; these are the defaults.
    # output:
    #   aspect: "16:9"      # or 9:16, 1:1, 4:5
    #   resolution: 1080p   # or 720p, 1440p, 4k
    #   fps: 30
    #   quality: standard   # or draft, high
    #   deliver: film       # or scenes, both

    # For every scene, under defaults; for one scene, beside its image:
    #   motion: { effect: auto, amount: 0.12 }   # or zoomIn, zoomOut, panLeft, panRight, panUp, panDown, none
    #   captions: { style: boxed, position: bottom }   # or outline, karaoke, word, bold, minimal, none
    #   pad: { before: 0, after: 0.3 }   # seconds around the narration
    #   transition: { type: fade, duration: 0.4 }   # or dissolve, slide, wipe, push, none
    scenes:
      - id: s1
        image: images/1.png
        audio: audio/1.mp3

    # Music under the narration. With settings of its own:
    # soundtrack: { src: music.mp3, volume: 0.15, duck: true }
    soundtrack: music.mp3

    # A picture over every frame. With settings of its own:
    # watermark: { src: logo.png, position: topLeft, opacity: 0.85 }
    watermark: logo.png
    "
  `);
  const settings = [...text.matchAll(/^# (output:| {2}\S.*)$/gm)]
    .map(([, line]) => line?.replace(/^ {2}(?=motion|captions|pad|transition)/, ""))
    .join("\n");
  const { output, ...defaults } = parseYaml(settings) as Record<string, unknown>;
  const input = { output, defaults, scenes: [{ image: "a.png", audio: "a.mp3" }] };
  const withDefaults = parseProduction(input, { baseDirectory });
  expect(withDefaults.issues).toEqual([]);
  expect(withDefaults).toEqual(parseProduction({ scenes: input.scenes }, { baseDirectory }));
});
