import { describe, expect, test } from "vitest";
import type { ChunkPlan, PlacedChunk } from "../plan.ts";
import type { FilmFacts } from "../process/tasks/inspect-film.ts";
import { type GateExpectation, gateProblems, passGate } from "./gate.ts";

const FORMAT = { width: 320, height: 180, fps: { num: 30, den: 1 } };

function chunk(startFrame: number, frameCount: number, captions: ChunkPlan["captions"] = []): PlacedChunk {
  const plan = { frameCount, captions, format: FORMAT } as unknown as ChunkPlan;
  return { key: `chunk-${startFrame}`, sceneId: `s${startFrame}`, startFrame, plan };
}

const CAPTION = { firstFrame: -3, endFrame: 20, fadeInFrames: 3, fadeOutFrames: 3, ass: "" };

const expected: GateExpectation = {
  format: FORMAT,
  totalFrames: 60,
  totalSamples: 96_000,
  chunks: [chunk(0, 30, [CAPTION]), chunk(30, 30)],
  rendered: [
    { frames: 30, captionFrames: 20, firstFrameLuma: 100 },
    { frames: 30, captionFrames: 0, firstFrameLuma: 60 },
  ],
  soundPeak: 0.5,
};

const film: FilmFacts = {
  width: 320,
  height: 180,
  frames: 60,
  videoSeconds: 2,
  timesExact: true,
  chunks: [
    { frame: 0, keyframe: true, luma: 100.4 },
    { frame: 30, keyframe: true, luma: 59.5 },
  ],
  audio: { samples: 96_000, seconds: 2, peak: 0.49, sampleRate: 48_000 },
  sizeBytes: 1000,
};

describe("the publication gate", () => {
  test("lets pass what is as planned", () => {
    expect(gateProblems(film, expected)).toEqual([]);
  });

  test.each<[string, Partial<FilmFacts>, RegExp]>([
    ["a lost frame", { frames: 59 }, /59 frames, planned 60/],
    ["another size", { width: 318 }, /318 x 180/],
    ["a gap in time", { timesExact: false }, /gaps/],
    [
      "a black frame where a bright one was painted",
      { chunks: [{ frame: 0, keyframe: true, luma: 16 }, film.chunks[1] as never] },
      /brightness 16\.0, painted 100/,
    ],
    [
      "a cut that no player can enter",
      { chunks: [film.chunks[0] as never, { frame: 30, keyframe: false, luma: null }] },
      /no keyframe .* 30/,
    ],
    ["missing sound", { audio: null }, /sound is missing/],
    ["short sound", { audio: { ...film.audio, samples: 90_000 } as never }, /90000 samples/],
    ["silence", { audio: { ...film.audio, peak: 0 } as never }, /silent/],
  ])("stops %s", (_, change, message) => {
    const problems = gateProblems({ ...film, ...change }, expected);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
    expect(() => passGate({ ...film, ...change }, expected)).toThrow(
      expect.objectContaining({ code: "PUBLICATION_GATE", retryable: true }),
    );
  });

  test("stops a caption that was not drawn on every frame it was planned for", () => {
    const rendered = [
      { ...(expected.rendered[0] as never as object), captionFrames: 19 },
      expected.rendered[1],
    ] as GateExpectation["rendered"];
    expect(gateProblems(film, { ...expected, rendered })).toEqual([
      expect.stringMatching(/captions on 19 of 20 frames in s0/),
    ]);
  });

  test("a film that is meant to be dark or silent is no problem", () => {
    const dark = {
      ...expected,
      soundPeak: null,
      rendered: expected.rendered.map((facts) => ({ ...facts, firstFrameLuma: 16 })),
    };
    const chunks = film.chunks.map((each) => ({ ...each, luma: 16 }));
    expect(gateProblems({ ...film, chunks, audio: null }, dark)).toEqual([]);
  });
});
