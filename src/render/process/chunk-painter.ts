/**
 * Paints a chunk's frames: moving pictures, transitions, captions, watermark. Everything is composed in
 * the kernel's memory as planar BT.709; nothing here knows about encoding.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { ReelburstError } from "../../support/errors.ts";
import type { Area } from "../assemble/luma-signature.ts";
import type { Frame } from "../motion/frame.ts";
import type { PixelShift } from "../motion/frame-renderer.ts";
import type { MotionKernel } from "../motion/kernel.ts";
import type { Overlay, OverlayPlacement } from "../motion/overlay.ts";
import type { PreparedPicture } from "../motion/picture.ts";
import type { CaptionStatePlan, ChunkPlan, LayerPlan, WatermarkPlan } from "../plan.ts";
import { placeFont } from "./fonts-folder.ts";
import { hasEntered, JoinPainter } from "./join-painter.ts";
import { LayerFrames } from "./layer-frames.ts";
import { rasterizeStates } from "./libav/ass-rasterizer.ts";
import { decodeContained, decodeOverlay, decodePicture } from "./pictures.ts";
import { VideoLayer } from "./video-layer.ts";

const FULL = 256;
const FONTS_FOLDER = "fonts";
/** Pixels of a contained picture's frame per output pixel at the closest view: twice what the kernel keeps. */
const CONTAINED_DENSITY = 2.5;

/** Where the files named by digest are on this machine. */
export type InputPaths = Readonly<Record<string, string>>;

/** Where a caption can be looked at. */
export interface CaptionPlace {
  readonly frame: number;
  /** Lies within the frame. */
  readonly area: Area;
  /** Neither coming nor going. */
  readonly isWhole: boolean;
  readonly ass: string;
  readonly overlay: Overlay;
}

interface PlacedOverlay {
  readonly state: CaptionStatePlan;
  readonly overlay: Overlay;
}

export class ChunkPainter {
  readonly #kernel: MotionKernel;
  readonly #plan: ChunkPlan;
  /** Parallel to the plan's layers. */
  readonly #sources: readonly (PreparedPicture | VideoLayer)[];
  readonly #captions: readonly PlacedOverlay[];
  readonly #watermark: Overlay | null;
  readonly #frame: Frame;
  readonly #join: JoinPainter | null;
  readonly #layerFrames: LayerFrames;
  #captionFrames = 0;

  private constructor(
    kernel: MotionKernel,
    plan: ChunkPlan,
    sources: readonly (PreparedPicture | VideoLayer)[],
    captions: readonly PlacedOverlay[],
    watermark: Overlay | null,
  ) {
    this.#kernel = kernel;
    this.#plan = plan;
    this.#sources = sources;
    this.#captions = captions;
    this.#watermark = watermark;
    this.#layerFrames = new LayerFrames(kernel, plan.format);
    this.#frame = kernel.createFrame(plan.format.width, plan.format.height);
    this.#join =
      plan.layers.length > 1 ? new JoinPainter(kernel, plan.format.width, plan.format.height) : null;
  }

  /** Decodes and prepares everything the chunk needs. */
  static async open(
    kernel: MotionKernel,
    plan: ChunkPlan,
    inputs: InputPaths,
    tempDirectory: string,
    pictures: (layer: LayerPlan, plan: ChunkPlan, inputs: InputPaths) => Promise<PreparedPicture>,
  ): Promise<ChunkPainter> {
    const sources: (PreparedPicture | VideoLayer)[] = [];
    try {
      for (const layer of plan.layers) {
        const file = pathOf(inputs, layer.picture.digest);
        sources.push(
          layer.video === undefined
            ? await pictures(layer, plan, inputs)
            : new VideoLayer(kernel, file, layer, layer.video, plan.format),
        );
      }
      const captions = drawCaptions(kernel, plan, inputs, tempDirectory);
      const watermark =
        plan.watermark === null ? null : await openWatermark(kernel, plan, plan.watermark, inputs);
      return new ChunkPainter(kernel, plan, sources, captions, watermark);
    } catch (error) {
      closeVideos(sources);
      throw error;
    }
  }

  /** Frames on which a caption was drawn so far. */
  get captionFrames(): number {
    return this.#captionFrames;
  }

  /** How often a picture was resampled so far: once for a stretch that stands still. */
  get resampledFrames(): number {
    return this.#layerFrames.resampledFrames;
  }

  /** For every caption state, a frame in the middle of what this chunk shows of it, and the box it is drawn in. */
  get captionPlaces(): readonly CaptionPlace[] {
    const { format, frameCount } = this.#plan;
    return this.#captions.flatMap(({ state, overlay }) => {
      const { luma } = overlay;
      const first = Math.max(0, state.firstFrame);
      const end = Math.min(frameCount, state.endFrame);
      const x = Math.max(0, luma.left);
      const y = Math.max(0, luma.top);
      const width = Math.min(format.width, luma.left + luma.width) - x;
      const height = Math.min(format.height, luma.top + luma.height) - y;
      if (first >= end || width <= 0 || height <= 0) return [];
      const frame = (first + end) >> 1;
      const isWhole = captionOpacity(state, frame) === FULL;
      return [{ frame, area: { x, y, width, height }, isWhole, ass: state.ass, overlay }];
    });
  }

  /**
   * @param beforeCaptions sees the frame without its captions
   * @returns the painted frame, valid until the next call
   */
  paint(index: number, beforeCaptions?: (frame: Frame) => void): Frame {
    const { layers } = this.#plan;
    // From the topmost layer that covers all others on; transitions never meet, so at most one other stands on it.
    let shown: number[] = [];
    for (const [place, layer] of layers.entries()) {
      if (!shows(layer, index)) continue;
      shown = hasEntered(layer.entrance, index) ? [place] : [...shown, place];
    }
    const [below, above, ...more] = shown;
    if (below === undefined || more.length > 0)
      throw new ReelburstError("PLAN_INVALID", `${shown.length} layers show on frame ${index}.`);
    const entrance = above === undefined ? null : (layers[above] as LayerPlan).entrance;
    if (above === undefined || entrance === null || this.#join === null) {
      this.#draw(below, index, this.#frame);
    } else {
      this.#join.paint(
        entrance,
        index,
        (into, shift) => this.#draw(below, index, into, shift),
        (into, shift) => this.#draw(above, index, into, shift),
        this.#frame,
      );
    }
    if (this.#watermark !== null) {
      const opacity = Math.round((this.#plan.watermark?.opacity ?? 1) * FULL);
      this.#kernel.composeOverlay(this.#watermark, this.#frame, opacity);
    }
    beforeCaptions?.(this.#frame);
    this.#drawCaptions(index);
    return this.#frame;
  }

  close(): void {
    closeVideos(this.#sources);
    for (const { overlay } of this.#captions) this.#kernel.freeOverlay(overlay);
    if (this.#watermark !== null) this.#kernel.freeOverlay(this.#watermark);
    this.#layerFrames.close();
    this.#kernel.freeFrame(this.#frame);
    this.#join?.close();
  }

  #draw(place: number, index: number, into: Frame, shift?: PixelShift): void {
    const source = this.#sources[place] as PreparedPicture | VideoLayer;
    // A video moves itself, so the two-pixel steps of a sliding one are not seen: it is not resampled for them.
    if (source instanceof VideoLayer) source.draw(index, into);
    else this.#layerFrames.draw(this.#plan.layers[place] as LayerPlan, source, index, into, shift);
  }

  #drawCaptions(index: number): void {
    let drawn = false;
    for (const { state, overlay } of this.#captions) {
      if (index < state.firstFrame || index >= state.endFrame) continue;
      this.#kernel.composeOverlay(overlay, this.#frame, captionOpacity(state, index));
      drawn = true;
    }
    if (drawn) this.#captionFrames += 1;
  }
}

function closeVideos(sources: readonly (PreparedPicture | VideoLayer)[]): void {
  for (const source of sources) if (source instanceof VideoLayer) source.close();
}

function shows(layer: LayerPlan, index: number): boolean {
  return index >= layer.firstFrame && index < layer.endFrame;
}

/** Ramps over the state's own first and last frames; never zero, so that every planned frame shows it. */
function captionOpacity(state: CaptionStatePlan, index: number): number {
  const rise = state.fadeInFrames === 0 ? 1 : (index - state.firstFrame + 1) / (state.fadeInFrames + 1);
  const fall = state.fadeOutFrames === 0 ? 1 : (state.endFrame - index) / (state.fadeOutFrames + 1);
  return Math.round(Math.min(1, rise, fall) * FULL);
}

/** Decodes a layer's picture and hands it to the kernel at the resolution its path needs. */
export async function preparePicture(
  kernel: MotionKernel,
  layer: LayerPlan,
  plan: ChunkPlan,
  inputs: InputPaths,
): Promise<PreparedPicture> {
  const { width, height } = plan.format;
  const file = pathOf(inputs, layer.picture.digest);
  const rgb =
    layer.picture.fit === "contain"
      ? await decodeContained(file, layer.picture.background, {
          aspect: width / height,
          maxWidth: Math.ceil(width * maxScaleOf(layer) * CONTAINED_DENSITY),
        })
      : await decodePicture(file, layer.picture.background === "blur" ? "#000000" : layer.picture.background);
  return kernel.preparePicture(rgb.data, rgb.width, rgb.height, {
    outputWidth: width,
    outputHeight: height,
    maxScale: maxScaleOf(layer),
  });
}

export function maxScaleOf(layer: LayerPlan): number {
  return Math.max(layer.path.from.scale, layer.path.to.scale);
}

function drawCaptions(
  kernel: MotionKernel,
  plan: ChunkPlan,
  inputs: InputPaths,
  tempDirectory: string,
): PlacedOverlay[] {
  if (plan.captions.length === 0) return [];
  const fonts = path.join(tempDirectory, FONTS_FOLDER);
  mkdirSync(fonts);
  for (const [index, digest] of plan.fonts.entries())
    placeFont(pathOf(inputs, digest), path.join(fonts, `font${index}.ttf`));
  const documents = [...new Set(plan.captions.map((state) => state.ass))];
  const drawn = rasterizeStates(documents, plan.format, FONTS_FOLDER, tempDirectory);
  return plan.captions.flatMap((state) => {
    const raster = drawn[documents.indexOf(state.ass)] ?? null;
    if (raster === null) {
      throw new ReelburstError("CAPTION_NOT_DRAWN", "A caption was planned but libass drew nothing.", {
        hint: "Choose another caption font.",
      });
    }
    const overlay = kernel.prepareOverlay(
      raster.rgba,
      raster.width,
      raster.height,
      placed(plan, raster.x, raster.y),
    );
    return overlay === null ? [] : [{ state, overlay }];
  });
}

function placed(plan: ChunkPlan, x: number, y: number): OverlayPlacement {
  return { x, y, frameWidth: plan.format.width, frameHeight: plan.format.height };
}

async function openWatermark(
  kernel: MotionKernel,
  plan: ChunkPlan,
  mark: WatermarkPlan,
  inputs: InputPaths,
): Promise<Overlay | null> {
  const picture = await decodeOverlay(pathOf(inputs, mark.digest), mark.widthPixels, plan.format.height);
  const right = plan.format.width - mark.marginPixels - picture.width;
  const bottom = plan.format.height - mark.marginPixels - picture.height;
  const x = mark.position.endsWith("Left") ? mark.marginPixels : right;
  const y = mark.position.startsWith("top") ? mark.marginPixels : bottom;
  return kernel.prepareOverlay(picture.rgba, picture.width, picture.height, placed(plan, x, y));
}

function pathOf(inputs: InputPaths, digest: string): string {
  const found = inputs[digest];
  if (found === undefined)
    throw new ReelburstError("INPUT_MISSING", `No file for input ${digest}.`, { retryable: true });
  return found;
}
