/** Where the sound of a video scene stands in the film. Pure. */
import type { VoicePlacement } from "../render/audio/sound-plan.ts";
import type { SceneTiming } from "../render/plan.ts";
import { SAMPLE_RATE, sampleOfFrame } from "../render/timeline.ts";
import type { Fraction } from "../spec/production.ts";
import { digestOf } from "../support/hash.ts";
import type { GatheredScene } from "./gather.ts";

/** A part of a sound to be played faster or slower at its own pitch. */
export interface SoundStretch {
  /** Names the result. */
  readonly pcm: string;
  /** Names the sound it is made from. */
  readonly from: string;
  readonly startSample: number;
  readonly sampleCount: number;
  /** Length of the result. */
  readonly outSamples: number;
}

/**
 * The video's own sound over the part that is shown, cut at the scene's end. With `retime: fit` it takes as long as
 * the picture does. Nothing when the video is silent or its volume is 0.
 */
export function planVideoSound(
  { scene, video }: GatheredScene,
  timing: SceneTiming,
  fps: Fraction,
): { readonly voice: VoicePlacement; readonly stretch: SoundStretch | null }[] {
  const sound = video?.sound ?? null;
  if (scene.video === null || video === null || sound === null || scene.video.volume === 0) return [];
  const { volume, retime } = scene.video;
  const startSample = sampleOfFrame(timing.startFrame, fps);
  const sceneSamples = sampleOfFrame(timing.startFrame + timing.frameCount, fps) - startSample;
  const sourceStart = samplesOf(video.range.fromUs);
  const wanted = samplesOf(video.range.toUs) - sourceStart;
  const sampleCount = Math.min(wanted, sound.facts.sampleCount - sourceStart);
  if (sampleCount <= 0) return [];
  // A length within a frame of the scene's is the same length.
  const ownFrames = Math.round((wanted * fps.num) / (SAMPLE_RATE * fps.den));
  if (retime === "none" || ownFrames === timing.frameCount) {
    const count = Math.min(sampleCount, sceneSamples);
    return [
      { voice: { pcm: sound.digest, startSample, sampleCount: count, volume, sourceStart }, stretch: null },
    ];
  }
  const outSamples = Math.min(sceneSamples, Math.round((sampleCount * sceneSamples) / wanted));
  if (outSamples <= 0) return [];
  const part = { from: sound.digest, startSample: sourceStart, sampleCount, outSamples };
  const stretch = { pcm: digestOf({ of: "stretch", ...part }), ...part };
  return [{ voice: { pcm: stretch.pcm, startSample, sampleCount: outSamples, volume }, stretch }];
}

function samplesOf(microseconds: number): number {
  return Math.round((microseconds * SAMPLE_RATE) / 1e6);
}
