/** One table of good and bad input over one function: it is long as its input is wide. */
/* One piece although long: these tables are the list of what a production file may and may not say. */
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { MAX_ISSUES, parseProduction } from "./parse.ts";
import type { Production } from "./production.ts";

const baseDirectory = resolve("/films/one");
const parse = (input: unknown, confine = false) => parseProduction(input, { baseDirectory, confine });
const inBase = (path: string) => resolve(baseDirectory, path);

function accept(input: unknown): Production {
  const { production, issues } = parse(input);
  expect(issues).toEqual([]);
  if (production === null) throw new Error("no production");
  return production;
}

/** `[code, path]` of every issue. */
function findings(input: unknown, confine = false): string[][] {
  return parse(input, confine).issues.map(({ code, path }) => [code, path]);
}

const scene = { image: "a.png", audio: "a.mp3" };
const film = (more: object = {}) => ({ scenes: [scene], ...more });
const ofScene = (more: object) => ({ scenes: [{ ...scene, ...more }] });

const EXAMPLE = {
  version: 1,
  output: { width: 1920, height: 1080, fps: 30, format: "mp4", quality: "standard", deliver: "film" },
  defaults: { motion: { effect: "auto", amount: 0.12 }, captions: { style: "boxed" } },
  scenes: [
    {
      id: "s1",
      image: { src: "a.png", fit: "cover" },
      audio: { src: "a.mp3" },
      subtitles: { src: "a.srt" },
      motion: { from: { x: 0.5, y: 0.5, scale: 1 }, to: { x: 0.4, y: 0.5, scale: 1.2 }, easing: "easeInOut" },
      duration: "auto",
      transition: { type: "fade", duration: 0.5 },
    },
  ],
  soundtrack: { src: "m.mp3", volume: 0.15, duck: true },
  watermark: { src: "logo.png", position: "topLeft" },
  onSceneFailure: "fail",
  run: { where: "auto", maxCost: 0.5, maxDuration: "20m", spot: "auto" },
  webhook: { url: "https://example.com/hook" },
  metadata: { anything: [1, { of: "yours" }] },
};

describe("parseProduction accepts", () => {
  it("the service's example", () => {
    const production = accept(EXAMPLE);
    expect(production).toMatchObject({
      baseDirectory,
      output: { width: 1920, height: 1080, fps: { num: 30, den: 1 }, codec: "h264", loudness: -14 },
      run: { where: "auto", maxCost: 0.5, maxDuration: 1200, spot: "auto" },
      metadata: EXAMPLE.metadata,
    });
    expect(production.scenes[0]).toMatchObject({
      id: "s1",
      motion: { kind: "path", to: { x: 0.4, y: 0.5, scale: 1.2 } },
      transition: { type: "fade", duration: 0.5 },
    });
  });

  it("the least one can write, with every default filled in", () => {
    expect(accept({ scenes: [scene] })).toEqual({
      version: 1,
      baseDirectory,
      title: null,
      output: {
        width: 1920,
        height: 1080,
        fps: { num: 30, den: 1 },
        format: "mp4",
        codec: "h264",
        quality: "standard",
        audioBitrate: null,
        preset: null,
        deliver: "film",
        loudness: -14,
      },
      scenes: [
        {
          id: "scene_001",
          image: { src: inBase("a.png"), fit: "cover", background: "#000000", focus: "auto" },
          video: null,
          audio: { src: inBase("a.mp3"), volume: 1 },
          card: null,
          subtitles: [],
          motion: { kind: "effect", effect: "auto", amount: 0.12, easing: "easeInOut" },
          captions: {
            style: "boxed",
            position: "bottom",
            size: 1,
            color: "#ffffff",
            outlineColor: "#000000",
            boxColor: "#000000",
            boxOpacity: 0.55,
            highlightColor: "#ffb224",
            font: null,
          },
          duration: "auto",
          pad: { before: 0, after: 0.3 },
          transition: { type: "fade", duration: 0.4 },
          language: null,
        },
      ],
      soundtrack: null,
      watermark: null,
      onSceneFailure: "fail",
      run: { where: "auto", maxCost: null, maxDuration: null, spot: "auto" },
      webhook: null,
      metadata: {},
    });
  });

  it("a video: its own sound is heard unless there is narration", () => {
    const [alone, spoken, own] = accept({
      defaults: { motion: "zoomIn", duration: 3, image: { fit: "contain", background: "#FFF" } },
      scenes: [
        { video: "a.mp4" },
        { video: { src: "b.MOV", trim: { from: 1 }, fit: "cover" }, audio: "a.mp3" },
        { video: { src: "c.webm", volume: 0.5, retime: "fit" }, audio: "a.mp3", motion: "none" },
      ],
    }).scenes;
    expect(alone).toMatchObject({
      image: null,
      video: {
        src: inBase("a.mp4"),
        trim: { from: 0, to: null },
        fit: "contain",
        background: "#ffffff",
        volume: 1,
        retime: "none",
      },
      motion: { kind: "effect", effect: "none" },
      duration: "auto",
    });
    expect(spoken?.video).toMatchObject({ trim: { from: 1, to: null }, fit: "cover", volume: 0 });
    expect(own?.video).toMatchObject({ volume: 0.5, retime: "fit" });
  });

  it("soundtrack and watermark as plain paths", () => {
    const production = accept(
      film({ soundtrack: "m.mp3", watermark: "logo.png", $schema: "./x.json", title: "T" }),
    );
    expect(production.soundtrack).toEqual({
      src: inBase("m.mp3"),
      volume: 0.15,
      duck: true,
      loop: true,
      fadeIn: 0.5,
      fadeOut: 1.5,
    });
    expect(production.watermark).toEqual({
      src: inBase("logo.png"),
      position: "topLeft",
      size: 0.12,
      margin: 0.04,
      opacity: 0.85,
    });
  });

  it("null for what is not there", () => {
    const production = accept({
      title: null,
      soundtrack: null,
      watermark: null,
      webhook: null,
      scenes: [{ ...scene, subtitles: null, language: null }],
    });
    expect(production).toMatchObject({ title: null, soundtrack: null, watermark: null, webhook: null });
  });

  it.each([
    [
      "a scene's effect over the default amount",
      { motion: { amount: 0.3, easing: "linear" } },
      { motion: "zoomIn" },
      { motion: { kind: "effect", effect: "zoomIn", amount: 0.3, easing: "linear" } },
    ],
    [
      "a path with parts left out",
      {},
      { motion: { from: { x: 0 }, to: { scale: 2 } } },
      {
        motion: {
          kind: "path",
          from: { x: 0, y: 0.5, scale: 1 },
          to: { x: 0.5, y: 0.5, scale: 2 },
          easing: "easeInOut",
        },
      },
    ],
    [
      "an easing over a default path",
      { motion: { from: {}, to: {} } },
      { motion: { easing: "linear" } },
      { motion: { kind: "path", easing: "linear" } },
    ],
    [
      "an effect over a default path",
      { motion: { from: {}, to: {} } },
      { motion: "none" },
      { motion: { kind: "effect", effect: "none", amount: 0.12 } },
    ],
    [
      "captions field by field",
      { captions: { style: "karaoke", color: "#FC0" } },
      { captions: { size: 2 } },
      { captions: { style: "karaoke", color: "#ffcc00", size: 2 } },
    ],
    [
      "a caption style by name",
      { captions: { size: 2 } },
      { captions: "bold" },
      { captions: { style: "bold", size: 2 } },
    ],
    [
      "a font relative to the file",
      {},
      { captions: { font: "f/My Font.TTF" } },
      { captions: { font: resolve(baseDirectory, "f/My Font.TTF") } },
    ],
    ["pads field by field", { pad: { after: 1 } }, { pad: { before: 2 } }, { pad: { before: 2, after: 1 } }],
    [
      "no transition, which takes no time",
      {},
      { transition: "none" },
      { transition: { type: "none", duration: 0 } },
    ],
    [
      "a fade over a default of none",
      { transition: "none" },
      { transition: "fade" },
      { transition: { type: "fade", duration: 0.4 } },
    ],
    ["a language by name", { language: "en" }, { language: "chinese" }, { language: "zh" }],
    ["no language over a default", { language: "en" }, { language: null }, { language: null }],
    [
      "contain, over blur",
      { image: { fit: "contain" } },
      {},
      { image: { fit: "contain", background: "blur" } },
    ],
    ["a focus", {}, { image: { src: "a.png", focus: { x: 0, y: 1 } } }, { image: { focus: { x: 0, y: 1 } } }],
    ["a default duration for silent scenes", { duration: 4 }, { audio: null }, { audio: null, duration: 4 }],
    ["a default duration, which spares narrated scenes", { duration: 4 }, {}, { duration: "auto" }],
    [
      "undefined in place of nothing",
      { captions: { style: undefined } },
      { captions: { color: undefined } },
      { captions: { style: "boxed", color: "#ffffff" } },
    ],
  ])("%s", (_, defaults, own, expected) => {
    expect(accept({ defaults, scenes: [{ ...scene, ...own }] }).scenes[0]).toMatchObject(expected);
  });

  it.each([
    "with space.png",
    "quo'te\".png",
    "%d%03d.png",
    "new\nline.png",
    "图片.png",
    "a:b.png",
    "concat:a|b.png",
    "./http:x.png",
    "../up.png",
    "/abs/x.png",
    "\u202Ertl.png",
  ])("the file name %j", (src) => {
    expect(accept({ scenes: [{ image: src, duration: 1 }] }).scenes[0]?.image?.src).toBe(
      resolve(baseDirectory, src),
    );
  });

  it("generates ids by place, around names that are taken", () => {
    const ids = accept({ scenes: [{ ...scene, id: "scene_002" }, scene, scene] }).scenes.map(({ id }) => id);
    expect(ids).toEqual(["scene_002", "scene_002_2", "scene_003"]);
  });

  it("10,000 scenes and not one more", () => {
    expect(accept({ scenes: Array.from({ length: 10_000 }, () => scene) }).scenes).toHaveLength(10_000);
    expect(findings({ scenes: Array.from({ length: 10_001 }, () => scene) })).toEqual([
      ["OUT_OF_RANGE", "scenes"],
    ]);
  });
});

describe("parseProduction refuses", () => {
  it.each<[string, unknown, string[][]]>([
    ["nothing", undefined, [["REQUIRED", "$"]]],
    ["null", null, [["INVALID_TYPE", "$"]]],
    ["a list", [], [["INVALID_TYPE", "$"]]],
    ["text", "scenes", [["INVALID_TYPE", "$"]]],
    ["no scenes", {}, [["REQUIRED", "scenes"]]],
    ["zero scenes", { scenes: [] }, [["OUT_OF_RANGE", "scenes"]]],
    ["scenes as an object", { scenes: {} }, [["INVALID_TYPE", "scenes"]]],
    ["another version", film({ version: 2 }), [["INVALID_VALUE", "version"]]],
    ["an unknown key", film({ outptu: {} }), [["UNKNOWN_KEY", "outptu"]]],
    ["an unknown key in a scene", ofScene({ adio: "x" }), [["UNKNOWN_KEY", "scenes[0].adio"]]],
    [
      "an unknown key in a form of a union",
      ofScene({ captions: { styl: "bold" } }),
      [["UNKNOWN_KEY", "scenes[0].captions.styl"]],
    ],
    [
      "a prototype key",
      JSON.parse('{"scenes":[{"image":"a","duration":1,"__proto__":{"x":1}}]}'),
      [["UNKNOWN_KEY", "scenes[0].__proto__"]],
    ],
    ["an image without src", ofScene({ image: { fit: "cover" } }), [["REQUIRED", "scenes[0].image.src"]]],
    ["a scene without image", { scenes: [{ audio: "a.mp3" }] }, [["REQUIRED", "scenes[0].image"]]],
    ["a number as image", ofScene({ image: 5 }), [["INVALID_TYPE", "scenes[0].image"]]],
    ["an empty path", ofScene({ image: "" }), [["OUT_OF_RANGE", "scenes[0].image"]]],
    ["a blank path", ofScene({ image: { src: " " } }), [["PATH_INVALID", "scenes[0].image.src"]]],
    ["a NUL in a path", ofScene({ image: "a\0.png" }), [["PATH_INVALID", "scenes[0].image"]]],
    [
      "a URL",
      ofScene({ audio: { src: "HTTPS://example.com/a.mp3" } }),
      [["SOURCE_URL_UNSUPPORTED", "scenes[0].audio.src"]],
    ],
    ["a file URL", film({ soundtrack: "file:///etc/passwd" }), [["SOURCE_URL_UNSUPPORTED", "soundtrack"]]],
    [
      "a data URL",
      film({ watermark: { src: "data:image/png;base64,AA" } }),
      [["SOURCE_URL_UNSUPPORTED", "watermark.src"]],
    ],
    [
      "captions of another format",
      ofScene({ subtitles: "a.ass" }),
      [["SUBTITLE_FORMAT_UNSUPPORTED", "scenes[0].subtitles"]],
    ],
    [
      "a web font",
      ofScene({ captions: { font: "a.woff2" } }),
      [["FONT_FORMAT_UNSUPPORTED", "scenes[0].captions.font"]],
    ],
    ["a bad id", ofScene({ id: "../x" }), [["INVALID_VALUE", "scenes[0].id"]]],
    ["a long id", ofScene({ id: "x".repeat(65) }), [["INVALID_VALUE", "scenes[0].id"]]],
    ["an id with a line break", ofScene({ id: "x\n" }), [["INVALID_VALUE", "scenes[0].id"]]],
    [
      "ids twice, whatever their case",
      {
        scenes: [
          { ...scene, id: "A" },
          { ...scene, id: "a" },
        ],
      },
      [["SCENE_ID_DUPLICATE", "scenes[1].id"]],
    ],
    [
      "a silent scene without duration",
      { scenes: [{ image: "a.png" }] },
      [["SCENE_DURATION_MISSING", "scenes[0]"]],
    ],
    [
      "a silent scene of auto duration",
      { scenes: [{ image: "a.png", audio: null, duration: "auto" }] },
      [["SCENE_DURATION_MISSING", "scenes[0]"]],
    ],
    ["no time at all", ofScene({ duration: 0 }), [["OUT_OF_RANGE", "scenes[0].duration"]]],
    ["a duration in words", ofScene({ duration: "4s" }), [["INVALID_VALUE", "scenes[0].duration"]]],
    [
      "an infinite duration",
      ofScene({ duration: Number.POSITIVE_INFINITY }),
      [["INVALID_VALUE", "scenes[0].duration"]],
    ],
    [
      "a viewport outside",
      ofScene({ motion: { from: { x: -0.1 }, to: { y: 1.1, scale: 0.5 } } }),
      [
        ["OUT_OF_RANGE", "scenes[0].motion.from.x"],
        ["OUT_OF_RANGE", "scenes[0].motion.to.y"],
        ["OUT_OF_RANGE", "scenes[0].motion.to.scale"],
      ],
    ],
    ["half a path", ofScene({ motion: { from: {} } }), [["REQUIRED", "scenes[0].motion.to"]]],
    [
      "a colour by name",
      ofScene({ captions: { color: "red" } }),
      [["INVALID_VALUE", "scenes[0].captions.color"]],
    ],
    [
      "an unknown transition",
      ofScene({ transition: "curtain" }),
      [["INVALID_VALUE", "scenes[0].transition"]],
    ],
    ["an unknown language", ofScene({ language: "klingon" }), [["LANGUAGE_UNKNOWN", "scenes[0].language"]]],
    ["a tiny frame", film({ output: { width: 62, height: 64 } }), [["OUT_OF_RANGE", "output.width"]]],
    ["a huge frame", film({ output: { width: 7682, height: 64 } }), [["OUT_OF_RANGE", "output.width"]]],
    ["half a pixel", film({ output: { width: 640.5, height: 64 } }), [["INVALID_TYPE", "output.width"]]],
    ["width without height", film({ output: { width: 640 } }), [["OUTPUT_SIZE_INCOMPLETE", "output.height"]]],
    [
      "size stated twice",
      film({ output: { width: 640, height: 360, aspect: "16:9" } }),
      [["OUTPUT_SIZE_CONFLICT", "output"]],
    ],
    ["too many frames a second", film({ output: { fps: 121 } }), [["FPS_INVALID", "output.fps"]]],
    ["fps as true", film({ output: { fps: true } }), [["INVALID_VALUE", "output.fps"]]],
    [
      "run limits in words",
      film({ run: { maxDuration: "soon", maxCost: -1, spot: "maybe" } }),
      [
        ["OUT_OF_RANGE", "run.maxCost"],
        ["TIME_SPAN_INVALID", "run.maxDuration"],
        ["INVALID_VALUE", "run.spot"],
      ],
    ],
    [
      "a webhook elsewhere",
      film({ webhook: { url: "ftp://example.com" } }),
      [["INVALID_VALUE", "webhook.url"]],
    ],
    ["metadata as a list", film({ metadata: [] }), [["INVALID_TYPE", "metadata"]]],
    [
      "metadata that JSON can't carry",
      film({ metadata: { when: new Date(0) } }),
      [["METADATA_INVALID", "metadata"]],
    ],
    [
      "a transition longer than its scene",
      { scenes: [{ ...scene, duration: 1, transition: { duration: 2 } }, scene] },
      [["TRANSITION_TOO_LONG", "scenes[0].transition"]],
    ],
    [
      "a transition longer than the next scene",
      {
        scenes: [
          { ...scene, transition: { duration: 2 } },
          { ...scene, duration: 1 },
        ],
      },
      [["TRANSITION_TOO_LONG", "scenes[0].transition"]],
    ],
    ["nothing to show", { scenes: [{ audio: "a.mp3" }] }, [["REQUIRED", "scenes[0].image"]]],
    ["both image and video", ofScene({ video: "a.mp4" }), [["SCENE_PICTURE_AMBIGUOUS", "scenes[0]"]]],
    [
      "a video of another kind",
      { scenes: [{ video: "a.avi" }] },
      [["VIDEO_FORMAT_UNSUPPORTED", "scenes[0].video"]],
    ],
    [
      "a moving video",
      { scenes: [{ video: "a.mp4", motion: "zoomIn" }] },
      [["MOTION_ON_VIDEO", "scenes[0].motion"]],
    ],
    [
      "a trim that ends before it begins",
      { scenes: [{ video: { src: "a.mp4", trim: { from: 2, to: 2 } } }] },
      [["TRIM_INVALID", "scenes[0].video.trim"]],
    ],
    [
      "a trim before the beginning",
      { scenes: [{ video: { src: "a.mp4", trim: { from: -1 } } }] },
      [["OUT_OF_RANGE", "scenes[0].video.trim.from"]],
    ],
  ])("%s", (_, input, expected) => {
    expect(parse(input).production).toBeNull();
    expect(findings(input)).toEqual(expected);
    expect(parse(input).issues.every(({ severity }) => severity === "error")).toBe(true);
  });

  it("circular and bottomless metadata", () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(findings(film({ metadata: circle }))).toEqual([["METADATA_INVALID", "metadata"]]);
  });

  it("names what was meant", () => {
    const hints = (input: unknown) => parse(input).issues.map(({ hint }) => hint);
    expect(hints(ofScene({ adio: "x" }))).toEqual(['Did you mean "audio"?']);
    expect(hints(ofScene({ captions: { styl: "x" } }))).toEqual(['Did you mean "style"?']);
    expect(hints(ofScene({ motion: "zoom_in" }))).toEqual(['Did you mean "zoomIn"?']);
    expect(hints(ofScene({ image: { path: "x", src: "y" } }))).toEqual(['Did you mean "src"?']);
    expect(hints(film({ webhook: { url: "https://example.com", zzzzz: 1 } }))).toEqual(["Known here: url."]);
  });

  it("a slip in a key once, not also as a missing setting", () => {
    expect(findings({ scenes: [{ imge: "a.png", duration: 1 }] })).toEqual([
      ["UNKNOWN_KEY", "scenes[0].imge"],
    ]);
    expect(findings(ofScene({ image: { scr: "a.png" } }))).toEqual([["UNKNOWN_KEY", "scenes[0].image.scr"]]);
    expect(findings({ scenes: [{ zzzzzz: "a.png", duration: 1 }] })).toEqual([
      ["UNKNOWN_KEY", "scenes[0].zzzzzz"],
      ["REQUIRED", "scenes[0].image"],
    ]);
  });

  it.each([
    [
      ofScene({ duration: "3s" }),
      'Expected seconds, above 0 and at most 21600, or auto; found the text "3s".',
    ],
    [ofScene({ captions: { color: "red" } }), 'Expected a colour such as #ffb224; found the text "red".'],
    [film({ run: { spot: 3 } }), "Expected auto, true or false; found 3."],
  ])("what was expected and what was found: %j", (input, message) => {
    expect(parse(input).issues.map((issue) => issue.message)).toEqual([message]);
  });

  it("everything at once, cross-field checks included", () => {
    expect(
      findings({
        outputs: {},
        output: { width: 640 },
        run: { where: "" },
        scenes: [{ ...scene, id: "a", adio: 1 }, { ...scene, id: "a" }, { image: "a.png" }, 7],
      }),
    ).toEqual([
      ["UNKNOWN_KEY", "scenes[0].adio"],
      ["INVALID_TYPE", "scenes[3]"],
      ["INVALID_VALUE", "run.where"],
      ["UNKNOWN_KEY", "outputs"],
      ["OUTPUT_SIZE_INCOMPLETE", "output.height"],
      ["SCENE_ID_DUPLICATE", "scenes[1].id"],
      ["SCENE_DURATION_MISSING", "scenes[2]"],
    ]);
  });

  it("does not guess what unreadable defaults would have said", () => {
    expect(findings({ defaults: { duration: "4" }, scenes: [{ image: "a.png" }] })).toEqual([
      ["INVALID_TYPE", "defaults.duration"],
    ]);
  });

  it("a flood of mistakes with a bounded answer", () => {
    const { issues } = parse({ scenes: Array.from({ length: 5000 }, () => ({ ...scene, bad: 1 })) });
    expect(issues).toHaveLength(MAX_ISSUES + 1);
    expect(issues.at(-1)).toMatchObject({ severity: "warning", code: "ISSUES_TRUNCATED" });
  });

  it("a flood of unknown keys without guessing at each", () => {
    const { issues } = parse(
      film(Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key${index}`, 1]))),
    );
    expect(issues).toHaveLength(101);
    expect(issues.at(-1)).toMatchObject({
      code: "UNKNOWN_KEY",
      path: "$",
      message: "4900 more settings here are unknown.",
    });
  });

  it("hostile text without echoing it whole", () => {
    const [issue] = parse(film({ ["x\u001b[31m\n".repeat(10_000)]: 1 })).issues;
    expect(issue?.message.length).toBeLessThan(400);
    expect(`${issue?.path}${issue?.message}`).not.toMatch(/\p{Cc}/u);
  });

  it.each([["../x.png"], ["/etc/passwd"], ["a/../../x.png"]])("%s when confined", (src) => {
    expect(findings({ scenes: [{ ...scene, image: { src } }] }, true)).toEqual([
      ["PATH_OUTSIDE_BASE", "scenes[0].image.src"],
    ]);
    expect(
      findings({ defaults: { captions: { font: `${src}.ttf` } }, scenes: [scene, scene] }, true),
    ).toEqual([["PATH_OUTSIDE_BASE", "defaults.captions.font"]]);
  });
});

describe("parseProduction warns", () => {
  it("of odd sizes and still gives the production", () => {
    const { production, issues } = parse(film({ output: { width: 1921, height: 1080 } }));
    expect(production?.output.width).toBe(1920);
    expect(issues).toMatchObject([
      { severity: "warning", code: "OUTPUT_SIZE_ROUNDED", path: "output.width" },
    ]);
  });

  it("of a default transition that it shortens", () => {
    const { production, issues } = parse({
      scenes: [{ ...scene, duration: 0.2 }, scene, { ...scene, duration: 0.1 }],
    });
    expect(production?.scenes.map(({ transition }) => transition.duration)).toEqual([0.2, 0.1, 0.4]);
    expect(issues.map(({ code, path }) => [code, path])).toEqual([
      ["TRANSITION_SHORTENED", "scenes[0].transition"],
      ["TRANSITION_SHORTENED", "scenes[1].transition"],
    ]);
  });
});
