/** Cuts scenes into chunks and says exactly what each one draws. Pure. */
import type { Fraction } from "../spec/production.ts";
import type { EncoderSettings } from "./encode/profiles.ts";
import type { ViewportPath } from "./motion/path.ts";
import {
  type CaptionStatePlan,
  type ChunkPlan,
  type Digest,
  ENGINE_VERSION,
  type EntrancePlan,
  type FrameFormat,
  type LayerPlan,
  type PicturePlan,
  type PlacedChunk,
  type SceneTiming,
  type Timeline,
  type WatermarkPlan,
} from "./plan.ts";
import { secondsToFrames } from "./timeline.ts";
import { planVideo, type VideoUse } from "./video-time.ts";

/**
 * Aim for a chunk's length. A chunk costs one keyframe: cut every 4 s, films of stills grow by 6 to 11 %; cut
 * every 8 s they stay as large as with any encoder's usual keyframes (`docs/decisions/0002-chunk-length.md`).
 * Long films have chunks enough at 8 s; a short one is cut finer, or its slots would wait for one of them.
 *
 * It depends on nothing but the film: were it to depend on the number of slots, another machine could not
 * use this one's cache.
 */
export function chunkSecondsFor(totalFrames: number, fps: Fraction): number {
  const seconds = (totalFrames * fps.den) / fps.num;
  return seconds >= LONG_FILM_SECONDS ? 8 : 4;
}

/** From here on 8 s chunks are at least 16: enough for several slots to end together. */
const LONG_FILM_SECONDS = 128;

/** How a film's last seconds are cut finer, so that no slot waits long for the one with the last chunk. */
export interface TailPlan {
  readonly totalFrames: number;
  /** Length of the film's last chunks; they grow towards the usual length away from its end. */
  readonly lastSeconds: number;
}

/**
 * The film's last chunks are short, because slots that take the next chunk when they are free end at most one
 * chunk apart. A 1/80 of the film keeps two to four slots within some 5 % of each other. In steps of two, so that
 * a film that grows by a sentence keeps its chunks; counted from the end, so that a scene added at the front
 * changes nothing here.
 *
 * @returns null when it would change nothing, and for films so short that a chunk's fixed cost weighs more
 */
export function tailPlanFor(totalFrames: number, fps: Fraction): TailPlan | null {
  const seconds = (totalFrames * fps.den) / fps.num;
  if (seconds < SHORT_FILM_SECONDS) return null;
  const lastSeconds = Math.max(1, 2 ** Math.floor(Math.log2(seconds / 80)));
  return lastSeconds < chunkSecondsFor(totalFrames, fps) ? { totalFrames, lastSeconds } : null;
}

const SHORT_FILM_SECONDS = 24;

/** What a scene looks like, apart from time. */
export interface SceneLook {
  readonly picture: PicturePlan;
  /** There when the picture's file is a video. */
  readonly video?: Omit<VideoUse, "sceneFrames" | "spreadFrames"> & { readonly spread: boolean };
  readonly path: ViewportPath;
  /** Caption states that fall into a window of the scene, in frames relative to the window's start. */
  readonly captionsIn: (firstFrame: number, endFrame: number) => readonly CaptionStatePlan[];
  readonly fonts: readonly Digest[];
  /** Not the film's where this scene's content asks for others; the headers must be the same. */
  readonly encoder?: EncoderSettings;
}

export interface ChunkContext {
  readonly format: FrameFormat;
  readonly encoder: EncoderSettings;
  readonly watermark: WatermarkPlan | null;
  /** See `chunkSecondsFor`; one for all files of a production, so that they share their chunks. */
  readonly chunkSeconds: number;
  /** null where scenes are delivered too: their files share the film's chunks, so both are cut alike. */
  readonly tail: TailPlan | null;
  /** Name of a chunk in the cache: a hash of all that determines it. */
  readonly keyOf: (plan: ChunkPlan) => string;
}

/** Start frames (relative to the scene) and lengths of a scene's chunks: equal within one frame, at most 1.25 times the aim. */
export function cutScene(
  frameCount: number,
  fps: Fraction,
  seconds: number,
): { start: number; frames: number }[] {
  const aim = (seconds * fps.num) / fps.den;
  const count = Math.max(1, Math.ceil(frameCount / aim - 0.25));
  const bound = (index: number): number => Math.round((index * frameCount) / count);
  return Array.from({ length: count }, (_, index) => ({
    start: bound(index),
    frames: bound(index + 1) - bound(index),
  }));
}

/** A scene near the film's end: cut from its end backwards, each chunk at most half as long as what follows it. */
function cutTail(
  frameCount: number,
  framesAfter: number,
  aim: number,
  last: number,
): { start: number; frames: number }[] {
  const lengths: number[] = [];
  for (let left = frameCount; left > 0; ) {
    const wanted = Math.round(Math.min(aim, Math.max(last, (framesAfter + frameCount - left) / 2)));
    // What would be left over as a sliver goes with its neighbour.
    const length = left - wanted < wanted / 2 ? left : wanted;
    lengths.unshift(length);
    left -= length;
  }
  let start = 0;
  return lengths.map((frames) => {
    const part = { start, frames };
    start += frames;
    return part;
  });
}

/** All chunks of a film in order of time. `looks` stands parallel to `timeline.scenes`. */
export function planChunks(
  timeline: Timeline,
  looks: readonly SceneLook[],
  context: ChunkContext,
): PlacedChunk[] {
  return timeline.scenes.flatMap((scene) =>
    cutIn(timeline, scene, context).map(({ start, frames }) => {
      const look = looks[scene.index] as SceneLook;
      const captions = look.captionsIn(start, start + frames);
      const plan: ChunkPlan = {
        engine: ENGINE_VERSION,
        format: context.format,
        encoder: look.encoder ?? context.encoder,
        frameCount: frames,
        layers: layersOf(timeline, looks, scene, start, frames),
        captions,
        fonts: captions.length === 0 ? [] : look.fonts,
        watermark: context.watermark,
      };
      return {
        key: context.keyOf(plan),
        sceneId: scene.id,
        startFrame: scene.startFrame + start,
        plan,
      };
    }),
  );
}

function cutIn(
  timeline: Timeline,
  scene: SceneTiming,
  context: ChunkContext,
): { start: number; frames: number }[] {
  const { fps } = timeline;
  const { tail, chunkSeconds } = context;
  if (tail !== null) {
    const framesAfter = tail.totalFrames - scene.startFrame - scene.frameCount;
    const aim = secondsToFrames(chunkSeconds, fps);
    if (framesAfter < 2 * aim)
      return cutTail(scene.frameCount, framesAfter, aim, secondsToFrames(tail.lastSeconds, fps));
  }
  return cutScene(scene.frameCount, fps, chunkSeconds);
}

function layersOf(
  timeline: Timeline,
  looks: readonly SceneLook[],
  scene: SceneTiming,
  start: number,
  frames: number,
): LayerPlan[] {
  const layers: LayerPlan[] = [];
  const into = scene.transitionIn;
  const out = scene.transitionOut;
  const previous = timeline.scenes[scene.index - 1];
  const next = timeline.scenes[scene.index + 1];

  if (into !== null && previous !== undefined && start < into.after) {
    // The earlier scene lives on below this one until the blend is over.
    const endFrame = Math.min(frames, into.after - start);
    layers.push(layer(timeline.fps, previous, looks, previous.frameCount + start, 0, endFrame, null));
  }
  const entrance: EntrancePlan | null =
    into === null || start >= into.after
      ? null
      : { look: into.look, start: -into.before - start, frames: into.frames };
  layers.push(layer(timeline.fps, scene, looks, start, 0, frames, entrance));
  if (out !== null && next !== undefined && start + frames > scene.frameCount - out.before) {
    const blendStart = scene.frameCount - out.before - start;
    const firstFrame = Math.max(0, blendStart);
    layers.push(
      layer(timeline.fps, next, looks, start - scene.frameCount, firstFrame, frames, {
        look: out.look,
        start: blendStart,
        frames: out.frames,
      }),
    );
  }
  return layers;
}

/** @param sceneFrame the scene's frame (negative before its cut) that coincides with the chunk's frame 0 */
function layer(
  fps: Fraction,
  scene: SceneTiming,
  looks: readonly SceneLook[],
  sceneFrame: number,
  firstFrame: number,
  endFrame: number,
  entrance: EntrancePlan | null,
): LayerPlan {
  const look = looks[scene.index] as SceneLook;
  // The path covers every frame in which the scene can be seen, the transitions' halves outside its cuts included.
  const lead = scene.transitionIn?.before ?? 0;
  const trail = scene.transitionOut?.after ?? 0;
  const { video } = look;
  const { frameCount } = scene;
  return {
    picture: look.picture,
    ...(video === undefined
      ? {}
      : {
          video: planVideo(
            { ...video, sceneFrames: frameCount, spreadFrames: video.spread ? frameCount : null },
            fps,
            sceneFrame,
          ),
        }),
    path: look.path,
    pathFrames: lead + scene.frameCount + trail,
    pathOffset: lead + sceneFrame,
    firstFrame,
    endFrame,
    entrance,
  };
}
