import { describe, expect, it } from "vitest";
import { findingsOf } from "./findings.ts";
import { qualityNotices } from "./quality-notices.ts";
import type { CueQuality, FileQuality, SceneQuality } from "./quality-report.ts";

const CUE: CueQuality = {
  text: "Hello",
  startSeconds: 1,
  seconds: 2,
  characters: 5,
  words: 1,
  charactersPerSecond: 2.5,
  wordsPerMinute: 30,
  load: 0.125,
  lines: 1,
  cutSeconds: 0,
  contrast: { mean: 10, worst: 6 },
};

const scene = (id: string, startSeconds: number, changes: Partial<SceneQuality> = {}): SceneQuality => ({
  id,
  startSeconds,
  seconds: 5,
  videoBytes: 1000,
  videoBitsPerSecond: 1600,
  loudnessLufs: -14,
  captions: null,
  ...changes,
});

const file = (changes: Partial<FileQuality> = {}): FileQuality => ({
  path: "/films/film.mp4",
  scene: null,
  sizeBytes: 3000,
  bitsPerSecond: 2400,
  audioBitsPerSecond: 128_000,
  duration: { plannedSeconds: 10, pictureSeconds: 10, soundSeconds: 10, driftMs: 0 },
  loudness: {
    targetLufs: -14,
    integratedLufs: -14.2,
    truePeakDb: -1.2,
    maxMomentaryLufs: -9,
    maxShortTermLufs: -11,
    rangeLu: 5,
    curve: [],
  },
  black: [],
  still: [],
  silent: [],
  scenes: [scene("a", 0), scene("b", 5)],
  ...changes,
});

const found = (changes: Partial<FileQuality>) =>
  findingsOf([file(changes)]).map(({ code, severity, scene: of }) => [code, severity, of]);

const withCues = (...cues: Partial<CueQuality>[]): Partial<FileQuality> => ({
  scenes: [
    scene("a", 0, {
      captions: {
        overlaps: 0,
        dropped: 0,
        shortestGapSeconds: null,
        overflowPixels: 0,
        cues: cues.map((cue) => ({ ...CUE, ...cue })),
      },
    }),
  ],
});

describe("findingsOf", () => {
  it("is empty for a good film", () => expect(found(withCues({}))).toEqual([]));

  it.each<[string, Partial<FileQuality>, Partial<FileQuality>, unknown[]]>([
    [
      "black",
      { black: [{ startSeconds: 6, seconds: 0.9 }] },
      { black: [{ startSeconds: 6, seconds: 1 }] },
      ["PICTURE_BLACK", "warning", "b"],
    ],
    [
      "a frozen video",
      { still: [{ scene: "b", startSeconds: 6, seconds: 3, why: "plan" }] },
      { still: [{ scene: "b", startSeconds: 6, seconds: 3, why: "frozen" }] },
      ["VIDEO_FROZEN", "info", "b"],
    ],
    [
      "a held frame",
      { still: [{ scene: "b", startSeconds: 6, seconds: 1.9, why: "held" }] },
      { still: [{ scene: "b", startSeconds: 6, seconds: 2, why: "held" }] },
      ["VIDEO_HELD", "info", "b"],
    ],
    [
      "silence where there should be sound",
      { silent: [{ startSeconds: 0, seconds: 1.9, expectsSound: true }] },
      { silent: [{ startSeconds: 0, seconds: 2, expectsSound: true }] },
      ["SOUND_SILENT", "warning", "a"],
    ],
    [
      "silence as planned",
      { silent: [] },
      { silent: [{ startSeconds: 5, seconds: 5, expectsSound: false }] },
      ["SOUND_SILENT", "info", "b"],
    ],
    [
      "drift",
      { duration: { plannedSeconds: 10, pictureSeconds: 10, soundSeconds: 10.045, driftMs: 45 } },
      { duration: { plannedSeconds: 10, pictureSeconds: 10, soundSeconds: 9.954, driftMs: -46 } },
      ["SOUND_DRIFT", "warning", null],
    ],
    [
      "a scene far quieter than the film",
      { scenes: [scene("a", 0), scene("b", 5, { loudnessLufs: -20.2 })] },
      { scenes: [scene("a", 0), scene("b", 5, { loudnessLufs: -20.3 })] },
      ["SCENE_LOUDNESS", "info", "b"],
    ],
    ["a fast caption", withCues({ load: 1 }), withCues({ load: 1.01 }), ["CAPTION_FAST", "info", "a"]],
    ["a hopeless one", withCues(), withCues({ load: 1.26 }), ["CAPTION_FAST", "warning", "a"]],
    [
      "a cut one",
      withCues({ cutSeconds: 0.25 }),
      withCues({ cutSeconds: 0.3 }),
      ["CAPTION_CUT", "warning", "a"],
    ],
    ["a brief one", withCues({ seconds: 0.84 }), withCues({ seconds: 0.83 }), ["CAPTION_BRIEF", "info", "a"]],
    ["three lines", withCues({ lines: 2 }), withCues({ lines: 3 }), ["CAPTION_LINES", "info", "a"]],
    [
      "a weak contrast",
      withCues({ contrast: { mean: 4.5, worst: 3 } }),
      withCues({ contrast: { mean: 4.4, worst: 3 } }),
      ["CAPTION_CONTRAST", "info", "a"],
    ],
    [
      "letters that are lost",
      withCues({ contrast: null }),
      withCues({ contrast: { mean: 9, worst: 1.9 } }),
      ["CAPTION_CONTRAST", "warning", "a"],
    ],
  ])("finds %s, and not what is just good enough", (_, good, bad, expected) => {
    expect(found(good)).toEqual([]);
    expect(found(bad)).toEqual([expected]);
  });

  it("finds a loudness that was missed", () => {
    const { loudness } = file();
    expect(found({ loudness: loudness && { ...loudness, integratedLufs: -15.1 } })).toEqual([
      ["LOUDNESS_OFF", "warning", null],
    ]);
  });

  it("finds captions that are dropped or reach out of the safe area", () => {
    const captions = { overlaps: 0, dropped: 2, shortestGapSeconds: null, overflowPixels: 9, cues: [] };
    expect(found({ scenes: [scene("a", 0, { captions })] })).toEqual([
      ["CAPTION_DROPPED", "warning", "a"],
      ["CAPTION_OVERFLOW", "warning", "a"],
    ]);
  });

  it("names a scene's worst caption once, with how many there are", () => {
    const fast = withCues({ load: 1.1 }, { load: 2, text: `${"long ".repeat(20)}`, startSeconds: 4 }, {});
    const [finding, ...rest] = findingsOf([file(fast)]);
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({ atSeconds: 4, message: expect.stringMatching(/^2 captions of a .*…"/) });
  });
});

it("qualityNotices says one of each kind of warning, and nothing else", () => {
  const span = { startSeconds: 0, seconds: 3 };
  const findings = findingsOf([
    file({ black: [span, { ...span, startSeconds: 6 }], silent: [{ ...span, expectsSound: false }] }),
  ]);
  expect(findings).toHaveLength(3);
  expect(qualityNotices({ findings })).toEqual([
    {
      code: "PICTURE_BLACK",
      message: "The picture is black for 3.0 s from 00:00.0 on. The report names 1 more of its kind.",
      hint: expect.any(String),
    },
  ]);
});
