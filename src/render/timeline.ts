/**
 * Absolute integer time. Every duration becomes a whole number of frames once, here; nothing
 * downstream adds up seconds, so nothing can drift.
 */
import type { Fraction, Scene } from "../spec/production.ts";
import { ReelburstError } from "../support/errors.ts";
import type { SceneTiming, Timeline, TransitionLook, TransitionTiming } from "./plan.ts";

export const SAMPLE_RATE = 48_000;

/** Silence at both ends of a film, so that it neither starts nor stops on a syllable. */
export const AIR_SECONDS = 0.5;

/** First sample of a frame: round(frame * 48000 * den / num). */
export function sampleOfFrame(frame: number, fps: Fraction): number {
  return Math.round((frame * SAMPLE_RATE * fps.den) / fps.num);
}

/** Frames needed to hold `samples` at 48 kHz, rounded up. */
export function framesForSamples(samples: number, fps: Fraction): number {
  return Math.ceil((samples * fps.num) / (SAMPLE_RATE * fps.den));
}

export function secondsToFrames(seconds: number, fps: Fraction): number {
  return Math.round((seconds * fps.num) / fps.den);
}

export function framesToSeconds(frames: number, fps: Fraction): number {
  return (frames * fps.den) / fps.num;
}

export interface TimedScene {
  readonly scene: Scene;
  /** Length of the decoded narration at 48 kHz; null without narration. */
  readonly narrationSamples: number | null;
  /** What a video scene lasts when nothing else is said; absent for pictures. */
  readonly videoFrames?: number | null;
}

/**
 * Lays the scenes end to end. The film is as long as the sum of its scenes: a transition eats no
 * narration, it blends the extended motion of both neighbours around the cut. (Overlapping the scenes
 * instead would shorten the film under its narration and make speech drift.)
 *
 * @param air true for a film, false for scenes delivered as single files
 * @throws ReelburstError SCENE_DURATION_UNKNOWN
 */
export function layOutTimeline(scenes: readonly TimedScene[], fps: Fraction, air: boolean): Timeline {
  const lengths = scenes.map((timed, index) => sceneLength(timed, index, scenes.length, fps, air));
  const timings: SceneTiming[] = [];
  let startFrame = 0;
  let transitionIn: TransitionTiming | null = null;
  for (const [index, { scene, narrationSamples }] of scenes.entries()) {
    const length = lengths[index] as SceneLength;
    const next = lengths[index + 1];
    const transitionOut = next === undefined ? null : transitionBetween(scene, length, next, fps);
    timings.push({
      id: scene.id,
      index,
      startFrame,
      frameCount: length.frames,
      transitionIn,
      transitionOut,
      voiceStartSample:
        narrationSamples === null ? null : sampleOfFrame(startFrame, fps) + length.leadSamples,
    });
    startFrame += length.frames;
    transitionIn = transitionOut;
  }
  return { fps, totalFrames: startFrame, totalSamples: sampleOfFrame(startFrame, fps), scenes: timings };
}

interface SceneLength {
  readonly frames: number;
  /** Samples of silence before the narration. */
  readonly leadSamples: number;
}

function sceneLength(
  timed: TimedScene,
  index: number,
  count: number,
  fps: Fraction,
  air: boolean,
): SceneLength {
  const { scene, narrationSamples, videoFrames } = timed;
  const before = air && index === 0 ? Math.max(scene.pad.before, AIR_SECONDS) : scene.pad.before;
  const after = air && index === count - 1 ? Math.max(scene.pad.after, AIR_SECONDS) : scene.pad.after;
  const leadSamples = narrationSamples === null ? 0 : Math.round(before * SAMPLE_RATE);
  if (scene.duration !== "auto") {
    return { frames: Math.max(1, secondsToFrames(scene.duration, fps)), leadSamples };
  }
  if (narrationSamples === null && videoFrames != null) return { frames: videoFrames, leadSamples };
  if (narrationSamples === null) {
    throw new ReelburstError("SCENE_DURATION_UNKNOWN", `${scene.id} has no narration and no duration.`, {
      path: `scenes[${index}].duration`,
      hint: "Give the scene an audio file or a duration in seconds.",
    });
  }
  const samples = leadSamples + narrationSamples + Math.round(after * SAMPLE_RATE);
  return { frames: Math.max(1, framesForSamples(samples, fps)), leadSamples };
}

/** A transition may fill at most half of either neighbour, so that two of them never meet inside a scene. */
function transitionBetween(
  scene: Scene,
  length: SceneLength,
  next: SceneLength,
  fps: Fraction,
): TransitionTiming | null {
  const { transition } = scene;
  if (transition.type === "none") return null;
  const wanted = secondsToFrames(transition.duration, fps);
  const frames = Math.min(wanted, length.frames, next.frames);
  if (frames < 2) return null;
  const before = Math.floor(frames / 2);
  const look: TransitionLook =
    "direction" in transition
      ? { kind: transition.type, direction: transition.direction }
      : { kind: transition.type };
  return { look, frames, before, after: frames - before };
}
