/** Draws layers frame by frame, and resamples a picture only when its viewport has moved. */
import type { Frame } from "../motion/frame.ts";
import type { PixelShift } from "../motion/frame-renderer.ts";
import type { MotionKernel } from "../motion/kernel.ts";
import { type ViewportRect, viewpointAt, viewportRect } from "../motion/path.ts";
import type { PreparedPicture } from "../motion/picture.ts";
import type { FrameFormat, LayerPlan } from "../plan.ts";

interface Kept {
  readonly rect: ViewportRect;
  readonly frame: Frame;
}

export class LayerFrames {
  readonly #kernel: MotionKernel;
  readonly #format: FrameFormat;
  readonly #kept = new Map<LayerPlan, Kept>();
  #resampledFrames = 0;

  constructor(kernel: MotionKernel, format: FrameFormat) {
    this.#kernel = kernel;
    this.#format = format;
  }

  /** How often a picture was resampled so far. */
  get resampledFrames(): number {
    return this.#resampledFrames;
  }

  /**
   * Fills `into` with the layer at `index`. Whether the next frame shows the same is known from the path, so that a
   * frame is kept only when it will be used; a copy costs a tenth of resampling, and `into` may be drawn upon.
   */
  draw(layer: LayerPlan, picture: PreparedPicture, index: number, into: Frame, shift?: PixelShift): void {
    const rect = this.#rectAt(layer, picture, index);
    if (shift !== undefined) {
      // A scene on its way through the frame: every frame shows it elsewhere.
      this.#kernel.renderFrame(picture, rect, into, { shift });
      this.#resampledFrames += 1;
      return;
    }
    const kept = this.#kept.get(layer);
    if (kept !== undefined && same(kept.rect, rect)) {
      this.#kernel.copyFrame(kept.frame, into);
      return;
    }
    this.#kernel.renderFrame(picture, rect, into, { still: neverMoves(layer) });
    this.#resampledFrames += 1;
    if (!same(rect, this.#rectAt(layer, picture, index + 1))) return;
    const frame = kept?.frame ?? this.#kernel.createFrame(this.#format.width, this.#format.height);
    this.#kernel.copyFrame(into, frame);
    this.#kept.set(layer, { rect, frame });
  }

  close(): void {
    for (const { frame } of this.#kept.values()) this.#kernel.freeFrame(frame);
    this.#kept.clear();
  }

  #rectAt(layer: LayerPlan, picture: PreparedPicture, index: number): ViewportRect {
    const span = Math.max(1, layer.pathFrames - 1);
    const t = Math.min(1, Math.max(0, (layer.pathOffset + index) / span));
    const { width, height } = this.#format;
    return viewportRect(viewpointAt(layer.path, t), picture.width, picture.height, width, height);
  }
}

/** Of the path, not of this chunk's part of it: neighbouring chunks must agree. */
function neverMoves({ path: { from, to } }: LayerPlan): boolean {
  return from.x === to.x && from.y === to.y && from.scale === to.scale;
}

function same(left: ViewportRect, right: ViewportRect): boolean {
  return (
    left.left === right.left &&
    left.top === right.top &&
    left.width === right.width &&
    left.height === right.height
  );
}
