/** From gathered inputs to everything that will be drawn and heard: timeline, chunks, captions, sound. Pure. */
import { buildSoundPlan, type SoundPlan } from "../render/audio/sound-plan.ts";
import { chunkKey } from "../render/chunk-key.ts";
import {
  type ChunkContext,
  chunkSecondsFor,
  planChunks,
  type SceneLook,
  tailPlanFor,
} from "../render/chunks.ts";
import { type EncoderSettings, encoderSettings } from "../render/encode/profiles.ts";
import { contentOfStill } from "../render/encode/scene-content.ts";
import { type ConcreteEffect, resolveMotion } from "../render/motion/effects.ts";
import type { ViewportPath } from "../render/motion/path.ts";
import type { FrameFormat, PlacedChunk, Timeline, WatermarkPlan } from "../render/plan.ts";
import { layOutTimeline, sampleOfFrame } from "../render/timeline.ts";
import { framesOfRange } from "../render/video-time.ts";
import type { Fraction, ImageSource, MotionSettings, Production, Scene } from "../spec/production.ts";
import type { SceneCaptions } from "./compile-scene-captions.ts";
import type { Gathered, GatheredScene } from "./gather.ts";
import { planVideoSound, type SoundStretch } from "./video-sound.ts";

/** One file to be made: the film, or one scene's own file. */
export interface CutPlan {
  readonly kind: "film" | "scene";
  /** The scene's id, for a scene's own file. */
  readonly sceneId: string | null;
  readonly timeline: Timeline;
  readonly chunks: readonly PlacedChunk[];
  /** Voices are named by the digest of their source. */
  readonly sound: SoundPlan;
  /** Sounds that `sound` names and that are first made longer or shorter, with their pictures. */
  readonly stretches: readonly SoundStretch[];
}

export interface ProductionPlan {
  readonly format: FrameFormat;
  readonly encoder: EncoderSettings;
  readonly cuts: readonly CutPlan[];
  /** What `auto` became, by scene id; scenes with a path of the user's own are missing. */
  readonly effects: ReadonlyMap<string, ConcreteEffect>;
}

export interface PlanInputs {
  readonly production: Production;
  readonly gathered: Gathered;
  /** By scene id. */
  readonly captions: ReadonlyMap<string, SceneCaptions>;
  readonly encoder: EncoderSettings;
}

export function planProduction(inputs: PlanInputs): ProductionPlan {
  const { production, gathered, encoder } = inputs;
  const { width, height, fps, deliver } = production.output;
  const format: FrameFormat = { width, height, fps };
  const { paths, effects } = choosePaths(production, gathered.scenes);
  const { totalFrames } = timelineOf(gathered.scenes, fps, deliver !== "scenes");
  const context: ChunkContext = {
    format,
    chunkSeconds: chunkSecondsFor(totalFrames, fps),
    tail: deliver === "film" ? tailPlanFor(totalFrames, fps) : null,
    encoder,
    watermark: watermarkPlan(production, gathered.watermarkDigest),
    keyOf: chunkKey,
  };
  const cuts: CutPlan[] = [];
  if (deliver !== "scenes") {
    cuts.push(planCut("film", null, gathered.scenes, paths, inputs, context, true));
  }
  if (deliver !== "film") {
    for (const scene of gathered.scenes)
      cuts.push(planCut("scene", scene.scene.id, [scene], paths, inputs, context, false));
  }
  return { format, encoder, cuts, effects };
}

/** A video's view stands still. */
const WHOLE_VIEW: ViewportPath = {
  from: { x: 0.5, y: 0.5, scale: 1 },
  to: { x: 0.5, y: 0.5, scale: 1 },
  easing: "linear",
};

function timelineOf(scenes: readonly GatheredScene[], fps: Fraction, air: boolean): Timeline {
  const timed = scenes.map(({ scene, audio, video }) => ({
    scene,
    narrationSamples: audio?.facts.sampleCount ?? null,
    videoFrames: video === null ? null : framesOfRange(video.range, fps),
  }));
  return layOutTimeline(timed, fps, air);
}

function planCut(
  kind: CutPlan["kind"],
  sceneId: string | null,
  scenes: readonly GatheredScene[],
  paths: ReadonlyMap<string, ViewportPath>,
  inputs: PlanInputs,
  context: ChunkContext,
  air: boolean,
): CutPlan {
  const { production, gathered } = inputs;
  const timeline = timelineOf(scenes, production.output.fps, air);
  const looks = scenes.map(({ scene, imageDigest, image, video }, index): SceneLook => {
    const path = paths.get(scene.id) as ViewportPath;
    const captions = inputs.captions.get(scene.id);
    const timing = timeline.scenes[index];
    // Captions are timed from the narration's first sample, which stands some silence after the scene's start.
    const leadSamples =
      timing?.voiceStartSample == null
        ? 0
        : timing.voiceStartSample - sampleOfFrame(timing.startFrame, timeline.fps);
    return {
      picture: {
        digest: imageDigest,
        fit: (scene.video ?? lookOf(scene)).fit,
        background: (scene.video ?? lookOf(scene)).background,
      },
      ...(video === null
        ? {}
        : {
            video: {
              clock: video.facts,
              range: video.range,
              deinterlace: video.facts.interlaced,
              spread: scene.video?.retime === "fit",
            },
          }),
      path,
      encoder: encoderSettings(inputs.encoder.encoderName, {
        ...production.output,
        content: image === null ? "video" : contentOfStill(image.hardEdges, path),
      }),
      captionsIn: (first, end) => captions?.window(first, end, leadSamples) ?? [],
      fonts: captions?.fonts.map((font) => font.sha256) ?? [],
    };
  });
  const videoSounds = scenes.flatMap((scene, index) => {
    const timing = timeline.scenes[index];
    return timing === undefined ? [] : planVideoSound(scene, timing, timeline.fps);
  });
  const narrations = scenes.flatMap(({ audio, scene }, index) => {
    const timing = timeline.scenes[index];
    if (audio === null || timing?.voiceStartSample == null) return [];
    const sceneEnd = sampleOfFrame(timing.startFrame + timing.frameCount, timeline.fps);
    return [
      {
        pcm: audio.digest,
        startSample: timing.voiceStartSample,
        // A stated duration may be shorter than the narration; it never speaks into the next scene.
        sampleCount: Math.max(0, Math.min(audio.facts.sampleCount, sceneEnd - timing.voiceStartSample)),
        volume: scene.audio?.volume ?? 1,
      },
    ];
  });
  const sound = buildSoundPlan({
    totalSamples: timeline.totalSamples,
    voices: [...narrations, ...videoSounds.map(({ voice }) => voice)],
    music:
      kind === "scene" || production.soundtrack === null || gathered.soundtrack === null
        ? null
        : {
            pcm: gathered.soundtrack.digest,
            sampleCount: gathered.soundtrack.facts.sampleCount,
            volume: production.soundtrack.volume,
            duck: production.soundtrack.duck,
            loop: production.soundtrack.loop,
            fadeInSeconds: production.soundtrack.fadeIn,
            fadeOutSeconds: production.soundtrack.fadeOut,
          },
    loudness: production.output.loudness,
  });
  return {
    kind,
    sceneId,
    timeline,
    chunks: planChunks(timeline, looks, context),
    sound,
    stretches: videoSounds.flatMap(({ stretch }) => (stretch === null ? [] : [stretch])),
  };
}

/** Neighbours never move alike, so paths are chosen in order over the whole production. */
function choosePaths(
  production: Production,
  scenes: readonly GatheredScene[],
): { paths: Map<string, ViewportPath>; effects: Map<string, ConcreteEffect> } {
  const paths = new Map<string, ViewportPath>();
  const effects = new Map<string, ConcreteEffect>();
  let previousEffect: ConcreteEffect | null = null;
  const outputAspect = production.output.width / production.output.height;
  for (const [place, { scene, image, imageDigest }] of scenes.entries()) {
    if (image === null) {
      paths.set(scene.id, WHOLE_VIEW);
      previousEffect = null;
      continue;
    }
    const { fit, focus } = lookOf(scene);
    const contained = fit === "contain";
    const resolved = resolveMotion(scene.motion, {
      previousEffect,
      nextEffect: namedEffect(scenes[place + 1]?.scene.motion),
      seed: `${scene.id} ${imageDigest}`,
      focus: focus === "auto" ? image.focus : focus,
      pictureAspect: contained ? outputAspect : image.width / image.height,
      outputAspect,
    });
    paths.set(scene.id, resolved.path);
    if (resolved.effect !== null) effects.set(scene.id, resolved.effect);
    previousEffect = resolved.effect;
  }
  return { paths, effects };
}

/** A card is drawn for this frame, and its words are its middle. */
const CARD_LOOK = { fit: "cover", background: "#000000", focus: { x: 0.5, y: 0.5 } } as const;

function lookOf(scene: Scene): Omit<ImageSource, "src"> {
  return scene.image ?? CARD_LOOK;
}

function namedEffect(motion: MotionSettings | undefined): ConcreteEffect | null {
  return motion === undefined || motion.kind === "path" || motion.effect === "auto" ? null : motion.effect;
}

function watermarkPlan(production: Production, digest: string | null): WatermarkPlan | null {
  const { watermark, output } = production;
  if (watermark === null || digest === null) return null;
  const shortSide = Math.min(output.width, output.height);
  return {
    digest,
    position: watermark.position,
    widthPixels: Math.max(1, Math.round(watermark.size * shortSide)),
    marginPixels: Math.round(watermark.margin * shortSide),
    opacity: watermark.opacity,
  };
}
