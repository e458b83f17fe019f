import type { Direction } from "../../spec/production.ts";
import { allocateFrame, type Frame, type FrameView, viewFrame } from "./frame.ts";
import { FrameRenderer, type RenderOptions } from "./frame-renderer.ts";
import { instantiateKernel, type KernelModule } from "./kernel-module.ts";
import { composeOverlay, type Overlay, type OverlayPlacement, prepareOverlay } from "./overlay.ts";
import type { ViewportRect } from "./path.ts";
import { PictureBuilder, type PictureTarget, type PreparedPicture } from "./picture.ts";
import { type DissolvePattern, dissolve, prepareDissolve } from "./transitions/dissolve.ts";
import { pasteBeside } from "./transitions/paste.ts";
import type { Seam, SeamSide } from "./transitions/seam.ts";
import { wipe } from "./transitions/wipe.ts";

/**
 * The motion kernel: stills to frames at sub-pixel accuracy, cross-fades and overlays, in integer arithmetic that gives
 * the same bytes on every machine. One instance serves one thread; pictures, frames and overlays belong to the
 * instance that made them, stay until they are freed, and their memory is reused.
 */
export class MotionKernel {
  readonly #kernel: KernelModule;
  readonly #renderer: FrameRenderer;

  private constructor(kernel: KernelModule) {
    this.#kernel = kernel;
    this.#renderer = new FrameRenderer(kernel);
  }

  static async load(): Promise<MotionKernel> {
    return new MotionKernel(await instantiateKernel());
  }

  /** Bytes of WASM memory: held in all (never shrinks), and in use now. */
  memoryUse(): { heldBytes: number; usedBytes: number } {
    const { sizeBytes, freeBytes } = this.#kernel.memory;
    return { heldBytes: sizeBytes, usedBytes: sizeBytes - freeBytes };
  }

  /** For pictures that arrive in strips; `preparePicture` is the same in one call. */
  beginPicture(width: number, height: number, target: PictureTarget): PictureBuilder {
    return new PictureBuilder(this.#kernel, width, height, target);
  }

  /** `rgb`: interleaved 8-bit sRGB, tightly packed, width * height * 3 bytes. */
  preparePicture(rgb: Uint8Array, width: number, height: number, target: PictureTarget): PreparedPicture {
    const builder = this.beginPicture(width, height, target);
    try {
      builder.addRows(rgb);
      return builder.finish();
    } catch (error) {
      builder.abandon();
      throw error;
    }
  }

  freePicture(picture: PreparedPicture): void {
    for (const plane of [...picture.y, ...picture.u, ...picture.v]) this.#kernel.memory.free(plane.region);
  }

  /** Contents undefined. Both sides even. */
  createFrame(width: number, height: number): Frame {
    return allocateFrame(this.#kernel, width, height);
  }

  freeFrame(frame: Frame): void {
    this.#kernel.memory.free(frame.region);
  }

  /**
   * Fills the frame with the part `rect` (in source pixels) of the picture. What `shift` brings into view is the
   * picture beside `rect`, and its edge beyond that.
   */
  renderFrame(picture: PreparedPicture, rect: ViewportRect, frame: Frame, options?: RenderOptions): void {
    this.#renderer.render(picture, rect, frame, options);
  }

  /** Both of one size. */
  copyFrame(from: Frame, into: Frame): void {
    if (from.width !== into.width || from.height !== into.height) {
      throw new RangeError("a frame can be copied only into one of its size");
    }
    this.#kernel.memory.copy(from.region.address, into.region.address, from.sizeBytes);
  }

  /** `into = first + (second - first) * weight / 256`; all of one size; `into` may be one of the two. */
  blend(first: Frame, second: Frame, weight: number, into: Frame): void {
    if ([second, into].some(({ width, height }) => width !== first.width || height !== first.height)) {
      throw new RangeError("frames of different sizes cannot be blended");
    }
    this.#kernel.exports.blendBytes(
      first.y.address,
      second.y.address,
      into.y.address,
      into.sizeBytes,
      weightOf(weight),
    );
  }

  /** Lays `above` over `onto` behind a soft edge that has come `moved` (0..1) of its way. */
  wipe(above: Frame, onto: Frame, direction: Direction, moved: number): void {
    wipe(this.#kernel, above, onto, direction, moved);
  }

  /** Some milliseconds; keep it for all frames of a size. */
  prepareDissolve(width: number, height: number): DissolvePattern {
    return prepareDissolve(this.#kernel, width, height);
  }

  /** Lays `above` over `onto` in soft patches; `progress` 0..1. */
  dissolve(above: Frame, onto: Frame, pattern: DissolvePattern, progress: number): void {
    dissolve(this.#kernel, above, onto, pattern, progress);
  }

  freeDissolve(pattern: DissolvePattern): void {
    this.#kernel.memory.free(pattern.region);
  }

  /** See `transitions/paste.ts`. */
  pasteBeside(from: Frame, onto: Frame, seam: Seam, side: SeamSide, over: boolean): void {
    pasteBeside(this.#kernel, from, onto, seam, side, over);
  }

  /** `rgba`: straight (not premultiplied) 8-bit sRGB, tightly packed. Null when nothing of it lies in the frame. */
  prepareOverlay(
    rgba: Uint8Array | Uint8ClampedArray,
    width: number,
    height: number,
    placement: OverlayPlacement,
  ): Overlay | null {
    return prepareOverlay(this.#kernel, rgba, width, height, placement);
  }

  /** `opacity` 0..256; touches only the overlay's rectangle. */
  composeOverlay(overlay: Overlay, frame: Frame, opacity: number): void {
    composeOverlay(this.#kernel, overlay, frame, opacity);
  }

  /** Luma and alpha of an overlay where they are, `luma.strideBytes` from row to row; valid as long as `extract` is. */
  overlayPixels({ luma }: Overlay): { luma: Uint8Array; alpha: Uint8Array } {
    const length = luma.strideBytes * luma.height;
    return {
      luma: this.#kernel.memory.bytes(luma.samples, length),
      alpha: this.#kernel.memory.bytes(luma.alpha, length),
    };
  }

  freeOverlay(overlay: Overlay): void {
    this.#kernel.memory.free(overlay.region);
  }

  /** The frame's planes where they are, without a copy; valid until the next picture, frame or overlay is made. */
  extract(frame: Frame): FrameView {
    return viewFrame(this.#kernel, frame);
  }
}

function weightOf(weight: number): number {
  return Math.min(Math.max(Math.round(weight), 0), 256);
}
