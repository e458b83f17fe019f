/**
 * The publication gate: a film is only ever given its final name when what was read back from the file
 * is what was planned.
 */
import { ReelburstError } from "../../support/errors.ts";
import { compareEnvelopes } from "../audio/envelope.ts";
import type { MixedSound } from "../audio/sound-plan.ts";
import type { FrameFormat, PlacedChunk } from "../plan.ts";
import type { FilmFacts, InspectedChunk, SeenChunk } from "../process/tasks/inspect-film.ts";
import type { ChunkFacts } from "../process/tasks/render-chunk.ts";
import { type Signature, shareOf, signatureDistance } from "./luma-signature.ts";
import type { Witness } from "./witness.ts";

export interface GateExpectation {
  readonly format: FrameFormat;
  readonly totalFrames: number;
  readonly totalSamples: number;
  readonly chunks: readonly PlacedChunk[];
  /** Those of which all witnesses are looked at; see sample.ts. */
  readonly sample: ReadonlySet<PlacedChunk>;
  /** Parallel to `chunks`. */
  readonly rendered: readonly Pick<ChunkFacts, "key" | "frames" | "captionFrames" | "witnesses">[];
  /** null when the film has no sound. */
  readonly sound: Pick<MixedSound, "truePeakDb" | "envelope"> | null;
}

export interface GateProblem {
  readonly message: string;
  /** Made wrong and not only put together wrong: the chunk's key, or the sound. null: nobody can say. */
  readonly culprit: { readonly chunk: string } | "sound" | null;
}

/** Levels of luma between a painted frame and the decoded one, over blocks. Figures: docs/decisions/0004. */
const FRAME_RMS = 3;
const FRAME_LARGEST = 12;
/** A caption that changes its box by less nobody can see: white on white. */
const CAPTION_VISIBLE = 1.5;
/** Of what a caption changes in its box; one that is there measured 0.87 and more, one that is not 0.03 and less. */
const CAPTION_SHARE = 0.5;
/** Mean over the audible windows of 5 s. */
const SOUND_DB = 1.5;
/** One AAC frame: encoders may pad the end. */
const AAC_FRAME = 1024;
const SILENCE_DB = -80;

/** What has to be decoded of the film: every chunk's first frame, and all witnesses of a sample of the chunks. */
export function looksFor({
  chunks,
  rendered,
  sample,
}: Pick<GateExpectation, "chunks" | "rendered" | "sample">): InspectedChunk[] {
  return chunks.map((chunk, index) => ({
    startFrame: chunk.startFrame,
    looks: (rendered[index]?.witnesses ?? [])
      .filter((witness) => sample.has(chunk) || isFirst(witness))
      .map(({ frame, area }) => ({ frame, area })),
  }));
}

function isFirst({ frame, area }: Pick<Witness, "frame" | "area">): boolean {
  return frame === 0 && area === null;
}

/** @returns everything that is wrong; empty means publish */
export function gateProblems(film: FilmFacts, expected: GateExpectation): GateProblem[] {
  const problems: GateProblem[] = [];
  const found = (message: string, culprit: GateProblem["culprit"] = null): void => {
    problems.push({ message, culprit });
  };
  const { format } = expected;
  if (film.width !== format.width || film.height !== format.height) {
    found(`the picture is ${film.width} x ${film.height}, planned ${format.width} x ${format.height}`);
  }
  if (film.frames !== expected.totalFrames) found(`${film.frames} frames, planned ${expected.totalFrames}`);
  if (!film.timesExact) found("frame times have gaps or repeat");
  const looks = looksFor(expected);
  for (const [index, chunk] of expected.chunks.entries()) {
    const facts = expected.rendered[index];
    const culprit = { chunk: chunk.key };
    if (facts === undefined || facts.frames !== chunk.plan.frameCount) {
      found(`chunk at frame ${chunk.startFrame} is incomplete`, culprit);
      continue;
    }
    if (facts.key !== chunk.key) {
      found(`the chunk at frame ${chunk.startFrame} was rendered from another plan`, culprit);
      continue;
    }
    const planned = captionFramesOf(chunk);
    if (facts.captionFrames !== planned)
      found(`captions on ${facts.captionFrames} of ${planned} frames in ${chunk.sceneId}`, culprit);
    for (const message of lookProblems(chunk, facts.witnesses, looks[index], film.chunks[index]))
      found(message, culprit);
  }
  for (const message of soundProblems(film.audio, expected)) found(message, "sound");
  return problems;
}

function* lookProblems(
  chunk: PlacedChunk,
  witnesses: readonly Witness[],
  asked: InspectedChunk | undefined,
  seen: SeenChunk | undefined,
): Generator<string> {
  const first = witnesses.find(isFirst);
  if (first === undefined || seen === undefined || !seen.keyframe) {
    yield `no keyframe can be decoded at frame ${chunk.startFrame}`;
    return;
  }
  for (const [index, { frame, area }] of (asked?.looks ?? []).entries()) {
    const witness = witnesses.find((each) => each.frame === frame && each.area === area) as Witness;
    const signature = seen.looks[index];
    const at = `frame ${chunk.startFrame + frame} (${chunk.sceneId})`;
    if (signature == null) yield `${at} cannot be decoded`;
    else if (witness.bare !== null) yield* captionProblems(at, signature, witness.painted, witness.bare);
    else {
      const { rms, largest } = signatureDistance(signature, witness.painted);
      if (rms > FRAME_RMS || largest > FRAME_LARGEST)
        yield `${at} shows another picture than was painted: off by ${rms.toFixed(1)} levels of brightness`;
    }
  }
}

function* captionProblems(
  at: string,
  seen: Signature,
  painted: Signature,
  bare: Signature,
): Generator<string> {
  if (signatureDistance(painted, bare).rms < CAPTION_VISIBLE) return;
  if (shareOf(seen, bare, painted) < CAPTION_SHARE) yield `${at} lacks its caption`;
}

function* soundProblems(audio: FilmFacts["audio"], expected: GateExpectation): Generator<string> {
  const { sound, totalSamples } = expected;
  if (sound === null) return;
  if (audio === null) {
    yield "the sound is missing";
    return;
  }
  if (Math.abs(audio.samples - totalSamples) > AAC_FRAME)
    yield `the sound has ${audio.samples} samples, planned ${totalSamples}`;
  if ((sound.truePeakDb ?? -200) > SILENCE_DB && 20 * Math.log10(audio.peak) <= SILENCE_DB) {
    yield "the sound is silent";
    return;
  }
  const { worstDb, worstAtSeconds, lagSeconds } = compareEnvelopes(audio.envelope, sound.envelope);
  if (lagSeconds !== 0) yield `the sound is ${Math.round(lagSeconds * 1000)} ms out of place`;
  else if (worstDb > SOUND_DB)
    yield `the sound after ${worstAtSeconds} s is not what was mixed: off by ${worstDb.toFixed(1)} dB`;
}

/** @throws ReelburstError PUBLICATION_GATE, retryable: what is to blame is made again, and the film put together again */
export function refuseFilm(problems: readonly GateProblem[]): never {
  const text = problems.map(({ message }) => message).join("; ");
  throw new ReelburstError("PUBLICATION_GATE", `The film was not published: ${text}.`, {
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
