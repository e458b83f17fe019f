/** One table of documents and what becomes of them: long as four formats are wide. */
import { describe, expect, it } from "vitest";
import type { Imported } from "./importer.ts";
import { IMPORTERS, type ImportFormat } from "./importers.ts";
import { SAMPLES } from "./testing/samples.ts";

const IMPORT_FORMATS = Object.keys(IMPORTERS) as ImportFormat[];
const ASSETS = { path: "files", names: ["logo.png", "tune.mp3", "a b.jpg", "a.jpg"] };

function read(format: ImportFormat, document: unknown, names = ASSETS.names): Imported {
  return IMPORTERS[format].read(document, { assets: { ...ASSETS, names } });
}

const lossesOf = ({ unmapped }: Imported) => unmapped.map(({ path }) => path);
const lengthOf = ({ input }: Imported) => input.scenes.map(({ duration }) => duration);

describe("the samples", () => {
  it.each([
    ["shotstack", 3, [3, 6, 2]],
    ["json2video", 3, [4.5, 3.2667, undefined]],
    ["editly", 4, [2.5, 2, 3.5, 3]],
    ["short-video-maker", 2, [undefined, undefined]],
  ] as const)("%s", (format, scenes, durations) => {
    const imported = read(format, SAMPLES[format]);
    expect(imported.input.scenes).toHaveLength(scenes);
    expect(lengthOf(imported)).toEqual(durations);
  });

  it("cut on frames, so that rounding does not add up", () => {
    const clips = Array.from({ length: 4 }, () => ({
      duration: 1.5,
      transition: null,
      layers: [{ type: "image", path: "a" }],
    }));
    const imported = read("editly", { width: 9, height: 9, fps: 25, clips });
    expect(lengthOf(imported)).toEqual([1.52, 1.48, 1.52, 1.48]);
  });

  it("a document of another format is empty and listed", () => {
    for (const format of IMPORT_FORMATS) {
      const { issues, unmapped } = IMPORTERS[format].read({ nothing: { of: "it" } }, { assets: null });
      expect(issues.map(({ code }) => code)).toEqual(["IMPORT_EMPTY"]);
      expect(unmapped.map(({ path }) => path)).toContain("nothing");
    }
  });
});

describe("sources", () => {
  const edit = (...urls: string[]) => ({
    clips: urls.map((path) => ({ duration: 1, layers: [{ type: "image", path }] })),
    width: 64,
    height: 64,
  });

  it("a URL becomes the file of its name; one that is not there is an error with all that helps", () => {
    const { input, issues } = read(
      "editly",
      edit("https://x.example/p/a%20b.jpg?s=1", "https://x.example/no.jpg"),
    );
    expect(input.scenes[0]?.image).toMatchObject({ src: "files/a b.jpg" });
    expect(issues).toEqual([
      {
        severity: "error",
        code: "ASSET_NOT_LOCAL",
        path: "clips[1].layers[0].path",
        message: 'This is a URL, "https://x.example/no.jpg", and no "no.jpg" is at hand.',
        hint: 'Save it as "no.jpg" in "files".',
      },
    ]);
    expect(IMPORTERS.editly.read(edit("https://x.example/no.jpg"), { assets: null }).issues[0]?.hint).toBe(
      'Save it as "no.jpg" and name its folder with --assets.',
    );
  });

  it("never leads out of the folder", () => {
    const { issues } = read(
      "editly",
      edit("https://x.example/..%2f..%2fsecret.png", "data:image/png;base64,AA"),
    );
    expect(issues.map(({ message }) => message).join()).not.toContain('"../');
    expect(issues).toHaveLength(2);
  });

  it("two URLs of one name are told, local paths stay as they are", () => {
    const { unmapped, input } = read(
      "editly",
      edit("https://x.example/1/a.jpg", "https://x.example/2/a.jpg", "../b.jpg"),
    );
    expect(unmapped.find(({ message }) => message.includes("two URLs"))?.path).toBe(
      "clips[1].layers[0].path",
    );
    expect(input.scenes[2]?.image).toMatchObject({ src: "../b.jpg" });
  });
});

describe("shotstack", () => {
  const film = (tracks: object[][], more: object = {}) =>
    read("shotstack", {
      timeline: { tracks: tracks.map((clips) => ({ clips })), ...more },
      output: { format: "mp4", resolution: "hd", fps: 20 },
    });
  const image = (start: unknown, length: unknown, more: object = {}) => ({
    asset: { type: "image", src: "a.jpg" },
    start,
    length,
    ...more,
  });
  const sound = (start: unknown, length: unknown) => ({
    asset: { type: "audio", src: "v.mp3" },
    start,
    length,
  });

  it.each([
    ["sd", "16:9", 1024, 576],
    ["1080", "1:1", 1080, 1080],
    ["hd", "4:5", 720, 900],
    ["4k", "9:16", 2160, 3840],
    ["mobile", "4:3", 480, 360],
  ])("%s at %s", (resolution, aspectRatio, width, height) => {
    const { input } = read("shotstack", {
      timeline: { tracks: [] },
      output: { format: "mp4", resolution, aspectRatio },
    });
    expect(input.output).toEqual({ width, height, fps: 25 });
  });

  it("clips end to end, by number and by auto, to the end of the timeline", () => {
    const imported = film([[sound(0, 9)], [image(0, 2), image("auto", 3), image(5, "end")]]);
    expect(lengthOf(imported)).toEqual([2, 3, 4]);
    expect(imported.input.soundtrack).toMatchObject({ src: "v.mp3", volume: 1, duck: false, loop: false });
    expect(lossesOf(imported)).toEqual([]);
  });

  it("gaps are held and said", () => {
    const imported = film([[image(1, 2), image(4, 1)]]);
    expect(lengthOf(imported)).toEqual([4, 1]);
    expect(imported.unmapped.map(({ message }) => message)).toEqual([
      "Nothing is shown before 1 s; this begins at once instead.",
      "Nothing is shown from 3 s to 4 s; this is shown so long instead.",
    ]);
  });

  it("an upper clip hides the end of the one below; one amid it is dropped", () => {
    const end = film([[image(3, 3)], [image(0, 4)]]);
    expect(lengthOf(end)).toEqual([3, 3]);
    expect(lossesOf(end)).toEqual([]);
    const amid = film([[image(1, 1)], [image(0, 4)]]);
    expect(lengthOf(amid)).toEqual([4]);
    expect(lossesOf(amid)).toEqual(["timeline.tracks[0].clips[0]"]);
  });

  it("a video hidden at its beginning begins later in itself", () => {
    const video = { asset: { type: "video", src: "v.mp4", trim: 1 }, start: 0, length: 5 };
    const { input } = film([[image(0, 2)], [video]]);
    expect(input.scenes[1]?.video).toMatchObject({ trim: { from: 3, to: null } });
    expect(input.scenes[1]?.duration).toBe(3);
  });

  it("words over a picture are dropped, words alone become a card", () => {
    const title = (start: number) => ({
      asset: { type: "html", html: "<p>Big&nbsp;<b>day</b></p><p>two</p>" },
      start,
      length: 1,
    });
    const imported = film([[title(0), title(2)], [image(0, 2)]]);
    expect(imported.input.scenes[1]?.card).toEqual({
      title: "Big day",
      text: ["two"],
      background: "#000000",
    });
    expect(lossesOf(imported)).toEqual(["timeline.tracks[0].clips[0]"]);
  });

  it("a narration lies within its scene; the first one has air before it and loses no word", () => {
    const imported = film([
      [sound(0, 2), sound(2.5, 1)],
      [image(0, 2), image(2, 2)],
    ]);
    expect(imported.input.scenes).toMatchObject([
      { audio: "v.mp3", duration: 2.5 },
      { audio: "v.mp3", duration: 2, pad: { before: 0.5 } },
    ]);
    expect(imported.unmapped.map(({ message }) => message)).toEqual([
      "A film's first narration begins after 0.5 s of silence, 0.5 s later than here; the scene lasts 0.5 s longer.",
    ]);
  });

  it("a sound across scenes, captions across scenes, mattes and speech are dropped", () => {
    const captions = { asset: { type: "caption", src: "c.srt" }, start: 0, length: 4 };
    const luma = { asset: { type: "luma", src: "m.mp4" }, start: 0, length: 1 };
    const speech = { asset: { type: "text-to-speech", text: "x" }, start: 0, length: 1 };
    const imported = film([[sound(1, 2)], [captions], [luma, speech], [image(0, 2), image(2, 2)]]);
    expect(lossesOf(imported)).toEqual([
      "timeline.tracks[0].clips[0]",
      "timeline.tracks[1].clips[0]",
      "timeline.tracks[2].clips[0]",
      "timeline.tracks[2].clips[1]",
    ]);
  });

  it.each([
    ["slideUpSlow", { effect: "panDown", amount: 0.06, easing: "linear" }],
    ["zoomOut", { effect: "zoomOut", amount: 0.12, easing: "linear" }],
    ["spin", undefined],
  ])("the effect %s", (effect, motion) => {
    const imported = film([[image(0, 1, { effect })]]);
    expect(imported.input.scenes[0]?.motion).toEqual(motion);
    expect(lossesOf(imported)).toEqual(motion === undefined ? ["timeline.tracks[0].clips[0].effect"] : []);
  });

  it("a transition is never longer than its scenes", () => {
    const { input } = film([[image(0, 0.5, { transition: { out: "wipeRightSlow" } }), image("auto", 3)]]);
    expect(input.scenes[0]?.transition).toEqual({ type: "wipe", direction: "right", duration: 0.5 });
  });

  it("a clip that lasts no time is dropped, a retimed one that is hidden at its end keeps its pace", () => {
    const imported = film([
      [image(3, 2), image(5, 0)],
      [{ asset: { type: "video", src: "v.mp4", speed: 2 }, start: 0, length: 4 }],
    ]);
    expect(imported.input.scenes[0]).toMatchObject({ duration: 3, video: { trim: { from: 0, to: 6 } } });
    expect(lossesOf(imported)).toEqual(["timeline.tracks[0].clips[1]"]);
  });

  it("a placeholder without a value is told where it stands", () => {
    const imported = film([[{ asset: { type: "text", text: "{{WHO}}" }, start: 0, length: 1 }]]);
    expect(lossesOf(imported)).toEqual(["timeline.tracks[0].clips[0].asset.text"]);
  });
});

describe("editly", () => {
  const spec = (clips: object[], more: object = {}) =>
    read("editly", { width: 100, height: 100, fps: 20, clips, ...more });
  const image = { type: "image", path: "a.jpg" };

  it("overlapping clips: the film is as long as there, each blend where it was", () => {
    const imported = spec(
      [{ duration: 3, layers: [image] }, { duration: 1, layers: [image] }, { layers: [image] }],
      {
        defaults: { transition: { name: "fade", duration: 1 }, duration: 4 },
      },
    );
    // 3 + 1 + 4 less two overlaps of half a second: no more than half of the shorter clip.
    expect(lengthOf(imported)).toEqual([2.75, 0.5, 3.75]);
    expect(imported.input.scenes[0]?.transition).toEqual({ type: "fade", duration: 0.5 });
  });

  it("a video stretched to its clip keeps its pace at both cuts", () => {
    const video = { type: "video", path: "v.mp4", cutFrom: 10, cutTo: 18 };
    const fade = { name: "dissolve", duration: 1 };
    const { input } = spec([
      { duration: 4, transition: fade, layers: [image] },
      { duration: 4, transition: fade, layers: [video] },
      { duration: 4, layers: [image] },
    ]);
    expect(input.scenes[1]).toMatchObject({
      duration: 3,
      video: { retime: "fit", trim: { from: 11, to: 17 }, volume: 0 },
    });
  });

  it("without a length the video's own counts, and the film is longer, said", () => {
    const imported = spec([
      { layers: [{ type: "video", path: "v.mp4" }], transition: { name: "fade", duration: 1 } },
      { duration: 4, layers: [image] },
    ]);
    expect(lengthOf(imported)).toEqual([undefined, 3.5]);
    expect(imported.unmapped[0]).toMatchObject({
      path: "clips[0].transition",
      message: expect.stringContaining("0.5 s longer"),
    });
  });

  it("sound is heard as there: only when the source's is kept, by weight", () => {
    const clips = [
      {
        duration: 2,
        transition: null,
        layers: [
          { type: "video", path: "v.mp4", mixVolume: 5 },
          { type: "audio", path: "v.mp3" },
        ],
      },
    ];
    const silent = spec(clips);
    expect(silent.input.scenes[0]).toMatchObject({ video: { volume: 0 } });
    expect(silent.input.scenes[0]?.audio).toBeUndefined();
    const heard = spec(clips, { keepSourceAudio: true });
    expect(heard.input.scenes[0]).toMatchObject({
      video: { volume: 1 },
      audio: { src: "v.mp3", volume: 0.2 },
    });
  });

  it("a picture in the same corner of every clip is a watermark", () => {
    const mark = { type: "image-overlay", path: "logo.png", position: "bottom-left", width: 0.2 };
    const every = spec([{ layers: [image, mark] }, { layers: [image, mark] }]);
    expect(every.input.watermark).toMatchObject({ src: "logo.png", position: "bottomLeft", size: 0.2 });
    const once = spec([{ layers: [image, mark] }, { layers: [image] }]);
    expect(once.input.watermark).toBeUndefined();
    expect(lossesOf(once)).toContain("clips[0].layers[1]");
  });

  it("a colour alone and a shader are no scene; the rest goes on", () => {
    const imported = spec([
      { layers: [{ type: "fill-color", color: "red" }] },
      { layers: [{ type: "gl", fragmentPath: "x" }] },
      { duration: 2, layers: [image] },
    ]);
    expect(imported.input.scenes).toHaveLength(1);
    expect(lossesOf(imported)).toEqual(
      expect.arrayContaining(["clips[0]", "clips[0].layers[0]", "clips[1]", "clips[1].layers[0]"]),
    );
  });
});

describe("cards", () => {
  it("take the line that is short enough for a title, and what fits under it", () => {
    const text = [
      "x".repeat(400),
      "Short",
      ...Array.from({ length: 13 }, (_, index) => `line ${index}`),
    ].join("\n");
    const imported = read("editly", { width: 9, height: 9, clips: [{ layers: [{ type: "title", text }] }] });
    expect(imported.input.scenes[0]?.card).toMatchObject({ title: "Short" });
    expect(imported.input.scenes[0]?.card?.text).toHaveLength(12);
    expect(lossesOf(imported)).toEqual(["clips[0].layers[0].text"]);
    const none = read("editly", {
      width: 9,
      height: 9,
      clips: [{ layers: [{ type: "title", text: "x".repeat(400) }] }],
    });
    expect(none.input.scenes).toEqual([]);
  });
});

describe("json2video", () => {
  const movie = (elements: object[], more: object = {}) =>
    read("json2video", { fps: 20, scenes: [{ elements, ...more }] });

  it("pictures one after the other in a scene become scenes", () => {
    const imported = movie([
      { type: "image", src: "a.jpg", duration: 2 },
      { type: "image", src: "b.jpg", start: 2, duration: 3 },
    ]);
    expect(lengthOf(imported)).toEqual([2, 3]);
  });

  it("a small picture, a second sound and a component are dropped", () => {
    const imported = movie(
      [
        { type: "image", src: "a.jpg" },
        { type: "image", src: "b.jpg", width: 100, x: 20 },
        { type: "audio", src: "a.mp3" },
        { type: "audio", src: "b.mp3" },
        { type: "component", component: "x" },
      ],
      { duration: 4 },
    );
    expect(imported.input.scenes).toMatchObject([{ image: { src: "a.jpg" }, audio: "a.mp3", duration: 4.5 }]);
    expect(lossesOf(imported)).toEqual(
      expect.arrayContaining(["scenes[0].elements[1]", "scenes[0].elements[3]", "scenes[0].elements[4]"]),
    );
  });

  it("a voice is heard when its recording is at hand", () => {
    const scene = {
      scenes: [
        {
          elements: [
            { type: "image", src: "a.jpg" },
            { type: "voice", text: "Hello" },
          ],
        },
      ],
    };
    const { input } = read("json2video", scene, ["scene_001.wav"]);
    expect(input.scenes[0]).toMatchObject({ audio: "files/scene_001.wav" });
    expect(lossesOf(read("json2video", scene))).toEqual(["scenes[0].elements[1]"]);
  });

  it.each([
    ["false", 0, []],
    ["true", 1, []],
    ["{{a}} == 1", 1, ["scenes[0].condition", "scenes[0].condition"]],
  ])("the condition %s", (condition, scenes, losses) => {
    const imported = movie([{ type: "image", src: "a.jpg", duration: 1 }], { condition });
    expect(imported.input.scenes).toHaveLength(scenes);
    expect(lossesOf(imported)).toEqual(losses);
  });

  it("inner variables come before outer ones", () => {
    const { input } = read("json2video", {
      variables: { a: "outer.jpg" },
      scenes: [{ duration: 1, variables: { a: "inner.jpg" }, elements: [{ type: "image", src: "{{a}}" }] }],
    });
    expect(input.scenes[0]?.image).toMatchObject({ src: "inner.jpg" });
  });
});

describe("short-video-maker", () => {
  it("says what is missing and where to put it", () => {
    const { issues } = read("short-video-maker", SAMPLES["short-video-maker"], [
      "scene_001.mp4",
      "scene_001.mp3",
      "scene_002.png",
    ]);
    expect(issues).toMatchObject([
      { code: "ASSET_NOT_LOCAL", path: "scenes[1].text", hint: 'Save it as "scene_002.mp3" in "files".' },
    ]);
  });
});
