/** Puts together what was measured while a file's chunks were painted, its sound mixed and the file read back. Pure. */
import { signatureDistance } from "../../render/assemble/luma-signature.ts";
import type { MixedSound, SoundPlan } from "../../render/audio/sound-plan.ts";
import type { PlacedChunk, SceneTiming } from "../../render/plan.ts";
import type { FilmFacts } from "../../render/process/tasks/inspect-film.ts";
import type { ChunkQuality } from "../../render/quality/chunk-quality.ts";
import { type FrameSpan, joinSpans, splitSpan } from "../../render/quality/spans.ts";
import { framesToSeconds, SAMPLE_RATE, secondsToFrames } from "../../render/timeline.ts";
import { shownTick } from "../../render/video-time.ts";
import type { Fraction } from "../../spec/production.ts";
import type { ShownTrack } from "../compile-scene-captions.ts";
import type { CutPlan } from "../plan-film.ts";
import { measureTracks } from "./measure-captions.ts";
import type { FileQuality, LoudnessQuality, SceneQuality, SilentSpan, StillSpan } from "./quality-report.ts";

export interface FileMeasures {
  readonly path: string;
  readonly cut: CutPlan;
  /** Parallel to the cut's chunks. */
  readonly chunks: readonly ChunkQuality[];
  readonly sound: MixedSound | null;
  readonly facts: FilmFacts;
  /** By scene id, each track that is burned; scenes without captions are missing. */
  readonly captions: ReadonlyMap<string, readonly ShownTrack[]>;
}

/** Shorter is a flash, or a picture that rests for a moment. */
const LEAST_SECONDS = 1;
/** Two neighbouring chunks' frames of the same picture differ by their rounding only, in levels of luma. */
const SAME_PICTURE = 0.5;
/** From this share on a span of silence is one where something should be heard. */
const MOSTLY = 0.5;

export function measureFile(measures: FileMeasures): FileQuality {
  const { cut, chunks, sound, facts } = measures;
  const { fps, totalFrames, scenes } = cut.timeline;
  const least = Math.max(2, secondsToFrames(LEAST_SECONDS, fps));
  const pictureSeconds = framesToSeconds(facts.frames, fps);
  const soundSeconds = facts.audio === null ? null : facts.audio.samples / facts.audio.sampleRate;
  const seconds = Math.max(pictureSeconds, 1e-3);
  return {
    path: measures.path,
    scene: cut.sceneId,
    sizeBytes: facts.sizeBytes,
    bitsPerSecond: Math.round((facts.sizeBytes * 8) / seconds),
    audioBitsPerSecond: sound === null ? null : Math.round((sound.bytes * 8) / seconds),
    duration: {
      plannedSeconds: framesToSeconds(totalFrames, fps),
      pictureSeconds,
      soundSeconds,
      driftMs: soundSeconds === null ? null : Math.round((soundSeconds - pictureSeconds) * 1000),
    },
    loudness: sound === null ? null : loudnessOf(sound, cut.sound),
    black: joined(cut, chunks, "black", least).map((span) => inSeconds(span, fps)),
    still: joined(cut, chunks, "still", least).flatMap((span) =>
      splitSpan(span, scenes)
        .filter(({ first, end }) => end - first >= least)
        .map(
          (part): StillSpan => ({
            scene: part.stretch.id,
            ...inSeconds(part, fps),
            why: whyStill(part, cut),
          }),
        ),
    ),
    silent: (sound?.silentSpans ?? []).map((span) => silentSpan(span, cut.sound)),
    scenes: scenes.map((timing) => sceneQuality(timing, measures)),
  };
}

function loudnessOf(sound: MixedSound, plan: SoundPlan): LoudnessQuality {
  return {
    targetLufs: plan.loudness,
    integratedLufs: sound.integratedLufs,
    truePeakDb: sound.truePeakDb,
    ...sound.course,
  };
}

function sceneQuality(timing: SceneTiming, measures: FileMeasures): SceneQuality {
  const { cut, chunks, captions, sound } = measures;
  const { fps } = cut.timeline;
  const own = cut.chunks.flatMap((chunk, index) => {
    const quality = chunks[index];
    return chunk.sceneId === timing.id && quality !== undefined ? [{ chunk, quality }] : [];
  });
  const seconds = framesToSeconds(timing.frameCount, fps);
  const startSeconds = framesToSeconds(timing.startFrame, fps);
  const videoBytes = own.reduce((sum, { quality }) => sum + quality.videoBytes, 0);
  const texts = captions.get(timing.id);
  return {
    id: timing.id,
    startSeconds,
    seconds,
    videoBytes,
    videoBitsPerSecond: Math.round((videoBytes * 8) / seconds),
    loudnessLufs:
      sound === null || timing.voiceStartSample === null
        ? null
        : meanLoudness(sound.course.curve, startSeconds, startSeconds + seconds),
    captions:
      texts === undefined || texts.length === 0
        ? null
        : measureTracks(texts, {
            zeroSeconds:
              timing.voiceStartSample === null ? startSeconds : timing.voiceStartSample / SAMPLE_RATE,
            endSeconds: startSeconds + seconds,
            contrasts: own.flatMap(({ chunk, quality }) =>
              quality.contrasts.map(({ frame, mean, worst }) => ({
                // The middle of the frame: a cue's times are rounded to frames.
                atSeconds: framesToSeconds(chunk.startFrame + frame + 0.5, fps),
                mean,
                worst,
              })),
            ),
          }),
  };
}

/** Of the seconds that lie within; a curve's value knows its neighbours too, so those at the ends are left out. */
function meanLoudness(curve: readonly (number | null)[], start: number, end: number): number | null {
  const inner = curve.slice(Math.ceil(start) + 1, Math.floor(end) - 1);
  const heard = inner.filter((lufs) => lufs !== null);
  if (heard.length === 0) return null;
  const energy = heard.reduce((sum, lufs) => sum + 10 ** (lufs / 10), 0) / heard.length;
  return Math.round(100 * Math.log10(energy)) / 10;
}

function joined(
  cut: CutPlan,
  chunks: readonly ChunkQuality[],
  kind: "black" | "still",
  least: number,
): FrameSpan[] {
  return joinSpans(
    chunks.map((quality, index) => {
      const before = chunks[index - 1];
      return {
        startFrame: (cut.chunks[index] as PlacedChunk).startFrame,
        spans: quality.picture[kind],
        continues:
          kind === "black" ||
          (before !== undefined &&
            signatureDistance(before.picture.edges[1], quality.picture.edges[0]).rms < SAME_PICTURE),
      };
    }),
    least,
  );
}

function whyStill({ first, end }: FrameSpan, { chunks }: CutPlan): StillSpan["why"] {
  const middle = (first + end) >> 1;
  const chunk = chunks.findLast(({ startFrame }) => startFrame <= middle) as PlacedChunk;
  const frame = middle - chunk.startFrame;
  const layer = chunk.plan.layers.findLast(
    ({ firstFrame, endFrame }) => firstFrame <= frame && frame < endFrame,
  );
  if (layer === undefined) return "plan";
  const { from, to } = layer.path;
  if (layer.video !== undefined)
    return shownTick(layer.video, frame) >= BigInt(layer.video.lastTick) ? "held" : "frozen";
  return from.x === to.x && from.y === to.y && from.scale === to.scale ? "plan" : "plain";
}

function silentSpan(
  { startSample, sampleCount }: MixedSound["silentSpans"][number],
  plan: SoundPlan,
): SilentSpan {
  const end = startSample + sampleCount;
  const under = (from: number, count: number): number =>
    Math.max(0, Math.min(end, from + count) - Math.max(startSample, from));
  const voices = plan.voices.reduce((sum, voice) => sum + under(voice.startSample, voice.sampleCount), 0);
  const music = plan.music === null ? 0 : plan.music.loop ? sampleCount : under(0, plan.music.sampleCount);
  return {
    startSeconds: startSample / SAMPLE_RATE,
    seconds: sampleCount / SAMPLE_RATE,
    expectsSound: Math.max(voices, music) >= MOSTLY * sampleCount,
  };
}

function inSeconds({ first, end }: FrameSpan, fps: Fraction) {
  return { startSeconds: framesToSeconds(first, fps), seconds: framesToSeconds(end - first, fps) };
}
