/** Measures for the quality report while a chunk is painted. */
import { spread } from "../assemble/witness.ts";
import { textColors } from "../captions/ass-colors.ts";
import type { FrameView } from "../motion/frame.ts";
import type { MotionKernel } from "../motion/kernel.ts";
import type { ChunkPlan } from "../plan.ts";
import type { ChunkQuality, SeenContrast } from "../quality/chunk-quality.ts";
import { captionContrast, type Rgb } from "../quality/contrast.ts";
import { PictureWatch } from "../quality/picture-watch.ts";
import { secondsToFrames } from "../timeline.ts";
import type { CaptionPlace } from "./chunk-painter.ts";

/** A chunk has more states only where every word is one; each costs a few milliseconds. */
const MOST_CONTRASTS = 6;
/** Pixels: a line drawn in two colours is shaped in two pieces, which may end elsewhere. */
const SAME_WIDTH = 4;
const SHORTEST_SPAN_SECONDS = 0.5;

export class QualityTaker {
  readonly #plan: ChunkPlan;
  readonly #kernel: MotionKernel;
  readonly #places: readonly CaptionPlace[];
  readonly #watch: PictureWatch;
  readonly #contrasts: SeenContrast[] = [];

  constructor(captionPlaces: readonly CaptionPlace[], plan: ChunkPlan, kernel: MotionKernel) {
    this.#plan = plan;
    this.#kernel = kernel;
    this.#places = spread(captionPlaces.filter(({ isWhole }) => isWhole).filter(isAnother), MOST_CONTRASTS);
    this.#watch = new PictureWatch(
      plan.frameCount,
      Math.max(2, secondsToFrames(SHORTEST_SPAN_SECONDS, plan.format.fps)),
    );
  }

  /** Call with every frame before captions are laid over it. */
  takeBare({ y, yStride }: FrameView): void {
    const { width, height } = this.#plan.format;
    this.#watch.see({ data: y, stride: yStride, width, height });
  }

  /** Call with every painted frame. */
  take(frame: number, view: FrameView): void {
    for (const place of this.#places) {
      if (place.frame !== frame) continue;
      const { luma } = place.overlay;
      const contrast = captionContrast(
        { ...view, width: this.#plan.format.width, height: this.#plan.format.height },
        { ...this.#kernel.overlayPixels(place.overlay), ...placeOf(luma), stride: luma.strideBytes },
        textColors(place.ass).map(rgbOf),
      );
      if (contrast !== null)
        this.#contrasts.push({ frame, mean: round(contrast.mean), worst: round(contrast.worst) });
    }
  }

  finish(videoBytes: number): ChunkQuality {
    return { videoBytes, picture: this.#watch.finish(), contrasts: this.#contrasts };
  }
}

/** A word lit up after another in the same lines is the same caption over the same picture. */
function isAnother({ area }: CaptionPlace, index: number, all: readonly CaptionPlace[]): boolean {
  const before = all[index - 1]?.area;
  return before === undefined || before.y !== area.y || Math.abs(before.width - area.width) > SAME_WIDTH;
}

function placeOf({ left, top, width, height }: CaptionPlace["overlay"]["luma"]) {
  return { left, top, width, height };
}

/** @param hex #rrggbb */
function rgbOf(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Records need no more. */
function round(ratio: number): number {
  return Math.round(ratio * 100) / 100;
}
