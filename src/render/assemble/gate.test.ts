import { describe, expect, test } from "vitest";
import { sine } from "../../../test/fixtures/wav.ts";
import { EnvelopeMeter } from "../audio/envelope.ts";
import type { ChunkPlan, PlacedChunk } from "../plan.ts";
import type { FilmFacts } from "../process/tasks/inspect-film.ts";
import { type GateExpectation, gateProblems, looksFor, refuseFilm } from "./gate.ts";
import { areaSignature, frameSignature, type LumaPlane } from "./luma-signature.ts";
import type { Witness } from "./witness.ts";

const FORMAT = { width: 320, height: 180, fps: { num: 30, den: 1 } };
const BOX = { x: 60, y: 130, width: 200, height: 30 };

function chunk(startFrame: number, frameCount: number, captions: ChunkPlan["captions"] = []): PlacedChunk {
  const plan = { frameCount, captions, format: FORMAT } as unknown as ChunkPlan;
  return { key: `chunk-${startFrame}`, sceneId: `s${startFrame}`, startFrame, plan };
}

const CAPTION = { firstFrame: -3, endFrame: 20, fadeInFrames: 3, fadeOutFrames: 3, ass: "" };

function picture(level: (x: number, y: number) => number): LumaPlane {
  const { width, height } = FORMAT;
  const data = Uint8Array.from({ length: width * height }, (_, at) =>
    level(at % width, Math.floor(at / width)),
  );
  return { data, stride: width, width, height };
}

const slope = (x: number, y: number): number => 40 + x / 4 + y / 4;
const left = picture(slope);
const right = picture((x, y) => slope(319 - x, y));
/** Bright letters with dark edges: the mean of their box is that of the picture. */
const captioned = picture((x, y) => {
  const inBox = x >= BOX.x && x < BOX.x + BOX.width && y >= BOX.y && y < BOX.y + BOX.height;
  return slope(x, y) + (inBox ? (x % 6 < 3 ? 60 : -60) : 0);
});
const black = picture(() => 16);

const whole = (frame: number, plane: LumaPlane): Witness => ({
  frame,
  area: null,
  painted: frameSignature(plane),
  bare: null,
});
const caption: Witness = {
  frame: 10,
  area: BOX,
  painted: areaSignature(captioned, BOX),
  bare: areaSignature(left, BOX),
};

function envelopeOf(amplitude: number, from = 0): string {
  const meter = new EnvelopeMeter();
  const tone = sine(48_000, 2, 96_000, 440, amplitude).samples;
  for (let at = from * 2; at < tone.length; at++)
    tone[at] = (tone[at] as number) * (Math.floor(at / 9600) % 3);
  meter.push(tone, tone, 2, 0, 96_000);
  return meter.finish();
}

const chunks = [chunk(0, 30, [CAPTION]), chunk(30, 30)];
const expected: GateExpectation = {
  format: FORMAT,
  totalFrames: 60,
  totalSamples: 96_000,
  chunks,
  sample: new Set(chunks),
  rendered: [
    {
      key: "chunk-0",
      frames: 30,
      captionFrames: 20,
      witnesses: [whole(0, left), caption, whole(15, captioned), whole(29, left)],
    },
    {
      key: "chunk-30",
      frames: 30,
      captionFrames: 0,
      witnesses: [whole(0, right), whole(15, right), whole(29, right)],
    },
  ],
  sound: { truePeakDb: -6, envelope: envelopeOf(0.2) },
};

const film: FilmFacts = {
  width: 320,
  height: 180,
  frames: 60,
  videoSeconds: 2,
  timesExact: true,
  chunks: expected.rendered.map(({ witnesses }) => ({
    keyframe: true,
    looks: witnesses.map(({ painted }) => painted),
  })),
  audio: { samples: 96_000, seconds: 2, peak: 0.49, sampleRate: 48_000, envelope: envelopeOf(0.2) },
  sizeBytes: 1000,
};

/** The film, with some of its looks replaced. */
function seen(chunkIndex: number, looks: Record<number, string | null>): Partial<FilmFacts> {
  return {
    chunks: film.chunks.map((each, index) =>
      index === chunkIndex
        ? { ...each, looks: each.looks.map((look, at) => (at in looks ? (looks[at] ?? null) : look)) }
        : each,
    ),
  };
}

describe("the publication gate", () => {
  test("lets pass what is as planned", () => {
    expect(gateProblems(film, expected)).toEqual([]);
  });

  const second = { chunk: "chunk-30" };
  const first = { chunk: "chunk-0" };
  test.each<[string, Partial<FilmFacts>, RegExp, unknown]>([
    ["a lost frame", { frames: 59 }, /59 frames, planned 60/, null],
    ["another size", { width: 318 }, /318 x 180/, null],
    ["a gap in time", { timesExact: false }, /gaps/, null],
    [
      "a black frame where a bright one was painted",
      seen(0, { 0: frameSignature(black) }),
      /frame 0 \(s0\) shows another picture/,
      first,
    ],
    [
      "another picture of the same brightness",
      seen(1, { 0: frameSignature(left) }),
      /frame 30 \(s30\) shows another picture/,
      second,
    ],
    [
      "a chunk that turns black after its first frame",
      seen(1, { 1: frameSignature(black) }),
      /frame 45 \(s30\) shows another picture/,
      second,
    ],
    ["a frame lost inside a chunk", seen(1, { 2: null }), /frame 59 \(s30\) cannot be decoded/, second],
    [
      "a missing caption that leaves the mean of its box as it is",
      seen(0, { 1: areaSignature(left, BOX) }),
      /frame 10 \(s0\) lacks its caption/,
      first,
    ],
    [
      "a cut that no player can enter",
      { chunks: [film.chunks[0] as never, { keyframe: false, looks: [null, null, null] }] },
      /no keyframe .* 30/,
      second,
    ],
    ["missing sound", { audio: null }, /sound is missing/, "sound"],
    ["short sound", { audio: { ...film.audio, samples: 90_000 } as never }, /90000 samples/, "sound"],
    ["silence", { audio: { ...film.audio, peak: 0 } as never }, /silent/, "sound"],
    [
      "another sound of the same peak",
      { audio: { ...film.audio, envelope: envelopeOf(0.1) } as never },
      /not what was mixed: off by 6\.0 dB/,
      "sound",
    ],
  ])("stops %s", (_, change, message, culprit) => {
    const problems = gateProblems({ ...film, ...change }, expected);
    expect(problems).toEqual([{ message: expect.stringMatching(message), culprit }]);
    expect(() => refuseFilm(problems)).toThrow(
      expect.objectContaining({ code: "PUBLICATION_GATE", retryable: true }),
    );
  });

  test.each<[string, Partial<GateExpectation["rendered"][number]>, RegExp]>([
    [
      "a caption that was not drawn on every frame it was planned for",
      { captionFrames: 19 },
      /captions on 19 of 20 frames in s0/,
    ],
    ["facts that vouch for another chunk", { key: "chunk-30" }, /frame 0 was rendered from another plan/],
    ["a chunk without a frame of its end", { frames: 29 }, /frame 0 is incomplete/],
    ["a chunk that nothing is known of", { witnesses: [] }, /no keyframe/],
  ])("stops %s", (_, change, message) => {
    const rendered = expected.rendered.map((facts, index) => (index === 0 ? { ...facts, ...change } : facts));
    expect(gateProblems(film, { ...expected, rendered })).toEqual([
      { message: expect.stringMatching(message), culprit: first },
    ]);
  });

  test("a caption that nobody could see is no reason to refuse", () => {
    const white = { ...caption, bare: caption.painted };
    const rendered = expected.rendered.map((facts) => ({
      ...facts,
      witnesses: facts.witnesses.map((each) => (each === caption ? white : each)),
    }));
    expect(gateProblems(film, { ...expected, rendered })).toEqual([]);
  });

  test("a film that is meant to be dark or silent is no problem", () => {
    const dark: GateExpectation = {
      ...expected,
      sound: { truePeakDb: null, envelope: "" },
      rendered: expected.rendered.map((facts) => ({
        ...facts,
        witnesses: [whole(0, black)],
        captionFrames: 0,
      })),
      chunks: [chunk(0, 30), chunk(30, 30)],
    };
    const chunks = film.chunks.map(() => ({ keyframe: true, looks: [frameSignature(black)] }));
    const audio = { ...film.audio, peak: 0, envelope: "" } as FilmFacts["audio"];
    expect(gateProblems({ ...film, chunks, audio }, dark)).toEqual([]);
    expect(gateProblems({ ...film, chunks, audio: null }, { ...dark, sound: null })).toEqual([]);
  });
});

test("of most chunks the first frame alone is decoded, of a sample every witness", () => {
  const sample = new Set([expected.chunks[1] as PlacedChunk]);
  const looks = looksFor({ ...expected, sample });
  expect(looks.map((each) => each.looks.length)).toEqual([1, 3]);
  expect(looks[0]?.looks).toEqual([{ frame: 0, area: null }]);
});
