/** Draws a video's frames into the kernel's memory: which one, in what shape. */

import { ReelburstError } from "../../support/errors.ts";
import type { Frame } from "../motion/frame.ts";
import type { MotionKernel } from "../motion/kernel.ts";
import type { FrameFormat, LayerPlan, VideoPlan } from "../plan.ts";
import { shownTick } from "../video-time.ts";
import { VideoFitter } from "./libav/video-fitter.ts";
import { VideoFrames } from "./libav/video-frames.ts";

export class VideoLayer {
  readonly #kernel: MotionKernel;
  readonly #path: string;
  readonly #video: VideoPlan;
  readonly #frames: VideoFrames;
  readonly #fitter: VideoFitter;
  /** The frame last drawn is in `#pixels`: slow motion and higher rates show it again. */
  #tick: bigint | null = null;
  #pixels: Uint8Array = new Uint8Array();

  constructor(kernel: MotionKernel, path: string, layer: LayerPlan, video: VideoPlan, format: FrameFormat) {
    this.#kernel = kernel;
    this.#path = path;
    this.#video = video;
    this.#frames = new VideoFrames(path, video.deinterlace);
    const { fit, background } = layer.picture;
    this.#fitter = new VideoFitter({ width: format.width, height: format.height, fit, background });
  }

  /** @param index the chunk's frame */
  draw(index: number, into: Frame): void {
    const found = this.#frames.frameAt(shownTick(this.#video, index));
    if (found === null) {
      throw new ReelburstError("VIDEO_NO_PICTURE", `${this.#path} contains no frame that could be shown.`, {
        path: this.#path,
      });
    }
    if (found.tick !== this.#tick) {
      this.#pixels = this.#fitter.fit(found.frame);
      this.#tick = found.tick;
    }
    this.#kernel.extract(into).packed.set(this.#pixels);
  }

  close(): void {
    this.#frames.close();
    this.#fitter.close();
  }
}
