/**
 * What a film is made of, as frozen data: frames, chunks and sound placements.
 *
 * A plan is a value. It is computed by pure functions (`timeline.ts`, `chunks.ts`) and carried out by
 * render processes; it may be printed, hashed, sent to another machine and computed again with the same
 * result. Pictures, fonts and sounds are named by the SHA-256 of their content, never by path, so that
 * a chunk's key depends on nothing but what determines its pixels.
 */
import type { Direction, Fraction } from "../spec/production.ts";
import type { EncoderSettings } from "./encode/profiles.ts";
import type { ViewportPath } from "./motion/path.ts";

/**
 * Part of every chunk's key. Raise it with any change that alters the bytes of a chunk:
 * kernel arithmetic, caption drawing, encoder options outside `EncoderSettings`.
 */
export const ENGINE_VERSION = "reelburst-3";

/** Hexadecimal SHA-256 of a file's content. */
export type Digest = string;

/** Frame size in pixels (even) and exact rate. */
export interface FrameFormat {
  readonly width: number;
  readonly height: number;
  readonly fps: Fraction;
}

/** How a picture file becomes a source for motion. */
export interface PicturePlan {
  readonly digest: Digest;
  readonly fit: "cover" | "contain";
  /** `blur` or #rrggbb; behind transparent pixels and beside a contained picture. */
  readonly background: string;
}

/** Which frames of a video a layer shows: chunk frame i looks at `startUs + (sceneFrame + i) * step`. */
export interface VideoPlan {
  readonly deinterlace: boolean;
  /** Seconds of one of the file's ticks. */
  readonly timeBase: Fraction;
  /** The file's first frame, whose moment is second 0, and the last one that may be shown; both are held beyond. */
  readonly firstTick: number;
  readonly lastTick: number;
  /** Microseconds of the video at the scene's frame 0. */
  readonly startUs: number;
  /** Microseconds of the video from one output frame to the next. */
  readonly step: Fraction;
  /** The scene's frame that stands at the chunk's frame 0; negative for a layer that begins later. */
  readonly sceneFrame: number;
}

/** One moving picture within a chunk. Layers are drawn in order; a later one covers an earlier one. */
export interface LayerPlan {
  readonly picture: PicturePlan;
  /** There when the picture's file is a video. Its path then stands still. */
  readonly video?: VideoPlan;
  readonly path: ViewportPath;
  /** Frames from the path's first viewpoint to its last. */
  readonly pathFrames: number;
  /** Where on the path this chunk's frame 0 stands; may be negative for a layer that begins later. */
  readonly pathOffset: number;
  /** The chunk's frames that show this layer: first inclusive, end exclusive. */
  readonly firstFrame: number;
  readonly endFrame: number;
  /** How it takes the place of the layer below; null: it is there at once. */
  readonly entrance: EntrancePlan | null;
}

/** What a transition looks like; see `Transition` in `spec/production.ts`. */
export type TransitionLook =
  | { readonly kind: "fade" | "dissolve" }
  | { readonly kind: "slide" | "push" | "wipe"; readonly direction: Direction };

/** Progress at the chunk's frame i: (i - start + 0.5) / frames, clamped to 0..1. `start` may be negative. */
export interface EntrancePlan {
  readonly look: TransitionLook;
  readonly start: number;
  readonly frames: number;
}

/** A caption that stands still for some frames. */
export interface CaptionStatePlan {
  readonly firstFrame: number;
  readonly endFrame: number;
  readonly fadeInFrames: number;
  readonly fadeOutFrames: number;
  /** A whole ASS document that shows this state at time 0. */
  readonly ass: string;
}

export interface WatermarkPlan {
  readonly digest: Digest;
  readonly position: "topLeft" | "topRight" | "bottomLeft" | "bottomRight";
  readonly widthPixels: number;
  readonly marginPixels: number;
  readonly opacity: number;
}

/** The unit of work, of retry, of caching and of distribution: some seconds of one scene, one closed GOP. */
export interface ChunkPlan {
  readonly engine: string;
  readonly format: FrameFormat;
  readonly encoder: EncoderSettings;
  readonly frameCount: number;
  readonly layers: readonly LayerPlan[];
  readonly captions: readonly CaptionStatePlan[];
  /** Digests of the font files that `captions` name. */
  readonly fonts: readonly Digest[];
  readonly watermark: WatermarkPlan | null;
}

/** A chunk with its place in the film. Only `plan` goes into the key. */
export interface PlacedChunk {
  readonly key: string;
  readonly sceneId: string;
  /** Absolute frame in the film (or in the scene's own file when scenes are delivered). */
  readonly startFrame: number;
  readonly plan: ChunkPlan;
}

/** Where a scene stands in the film; all in frames of the output rate or samples at 48 kHz. */
export interface SceneTiming {
  readonly id: string;
  readonly index: number;
  readonly startFrame: number;
  readonly frameCount: number;
  /** Frames of the previous scene's transition that lie in this scene, and of this scene's own. */
  readonly transitionIn: TransitionTiming | null;
  readonly transitionOut: TransitionTiming | null;
  /** Absolute sample at which the narration starts; null without narration. */
  readonly voiceStartSample: number | null;
}

/** A blend around a cut: `before` frames of the earlier scene, `after` frames of the later one. */
export interface TransitionTiming {
  readonly look: TransitionLook;
  readonly frames: number;
  readonly before: number;
  readonly after: number;
}

export interface Timeline {
  readonly fps: Fraction;
  readonly totalFrames: number;
  readonly totalSamples: number;
  readonly scenes: readonly SceneTiming[];
}
