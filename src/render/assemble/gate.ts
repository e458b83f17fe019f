/**
 * The publication gate: a film is only ever given its final name when what was read back from the file
 * is what was planned.
 */
import { ReelburstError } from "../../support/errors.ts";
import type { FrameFormat, PlacedChunk } from "../plan.ts";
import type { FilmFacts } from "../process/tasks/inspect-film.ts";
import type { ChunkFacts } from "../process/tasks/render-chunk.ts";

export interface GateExpectation {
  readonly format: FrameFormat;
  readonly totalFrames: number;
  readonly totalSamples: number;
  readonly chunks: readonly PlacedChunk[];
  /** Parallel to `chunks`. */
  readonly rendered: readonly Pick<ChunkFacts, "frames" | "captionFrames" | "firstFrameLuma">[];
  /** Peak of the mix before encoding, linear; null when the film has no sound. */
  readonly soundPeak: number | null;
}

/** Encoders move the mean of a frame by far less than this. */
const LUMA_TOLERANCE = 4;
/** One AAC frame: encoders may pad the end. */
const AAC_FRAME = 1024;
const SILENCE = 1e-4;

/** @returns everything that is wrong, in words; empty means publish */
export function gateProblems(film: FilmFacts, expected: GateExpectation): string[] {
  const problems: string[] = [];
  const { format } = expected;
  if (film.width !== format.width || film.height !== format.height) {
    problems.push(
      `the picture is ${film.width} x ${film.height}, planned ${format.width} x ${format.height}`,
    );
  }
  if (film.frames !== expected.totalFrames)
    problems.push(`${film.frames} frames, planned ${expected.totalFrames}`);
  if (!film.timesExact) problems.push("frame times have gaps or repeat");
  for (const [index, chunk] of expected.chunks.entries()) {
    const facts = expected.rendered[index];
    const seen = film.chunks.find((candidate) => candidate.frame === chunk.startFrame);
    if (facts === undefined || facts.frames !== chunk.plan.frameCount)
      problems.push(`chunk at frame ${chunk.startFrame} is incomplete`);
    else {
      if (seen === undefined || !seen.keyframe || seen.luma === null)
        problems.push(`no keyframe can be decoded at frame ${chunk.startFrame}`);
      else if (Math.abs(seen.luma - facts.firstFrameLuma) > LUMA_TOLERANCE) {
        problems.push(
          `frame ${chunk.startFrame} has brightness ${seen.luma.toFixed(1)}, painted ${facts.firstFrameLuma.toFixed(1)}`,
        );
      }
      const planned = captionFramesOf(chunk);
      if (facts.captionFrames !== planned) {
        problems.push(`captions on ${facts.captionFrames} of ${planned} frames in ${chunk.sceneId}`);
      }
    }
  }
  if (expected.soundPeak !== null) {
    if (film.audio === null) problems.push("the sound is missing");
    else {
      if (Math.abs(film.audio.samples - expected.totalSamples) > AAC_FRAME) {
        problems.push(`the sound has ${film.audio.samples} samples, planned ${expected.totalSamples}`);
      }
      if (expected.soundPeak > SILENCE && film.audio.peak <= SILENCE) problems.push("the sound is silent");
    }
  }
  return problems;
}

/** @throws ReelburstError PUBLICATION_GATE, retryable: the film is put together again from its chunks */
export function passGate(film: FilmFacts, expected: GateExpectation): void {
  const problems = gateProblems(film, expected);
  if (problems.length === 0) return;
  throw new ReelburstError("PUBLICATION_GATE", `The film was not published: ${problems.join("; ")}.`, {
    retryable: true,
    hint: "Run again; if it stays, run with --no-cache and report it with this message.",
  });
}

function captionFramesOf(chunk: PlacedChunk): number {
  const shown = new Set<number>();
  for (const state of chunk.plan.captions) {
    // A state whose fade crosses the chunk's edge reaches beyond it.
    const end = Math.min(state.endFrame, chunk.plan.frameCount);
    for (let frame = Math.max(0, state.firstFrame); frame < end; frame++) shown.add(frame);
  }
  return shown.size;
}
