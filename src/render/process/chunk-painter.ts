/**
 * Paints a chunk's frames: moving pictures, cross-fades, captions, watermark. Everything is composed in
 * the kernel's memory as planar BT.709; nothing here knows about encoding.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { ReelburstError } from "../../support/errors.ts";
import type { Frame } from "../motion/frame.ts";
import type { MotionKernel } from "../motion/kernel.ts";
import type { Overlay, OverlayPlacement } from "../motion/overlay.ts";
import { viewpointAt, viewportRect } from "../motion/path.ts";
import type { PreparedPicture } from "../motion/picture.ts";
import type { CaptionStatePlan, ChunkPlan, LayerPlan, WatermarkPlan } from "../plan.ts";
import { placeFont } from "./fonts-folder.ts";
import { rasterizeStates } from "./libav/ass-rasterizer.ts";
import { decodeContained, decodeOverlay, decodePicture } from "./pictures.ts";

const FULL = 256;
const FONTS_FOLDER = "fonts";
/** Pixels of a contained picture's frame per output pixel at the closest view: twice what the kernel keeps. */
const CONTAINED_DENSITY = 2.5;

/** Where the files named by digest are on this machine. */
export type InputPaths = Readonly<Record<string, string>>;

interface PlacedOverlay {
  readonly state: CaptionStatePlan;
  readonly overlay: Overlay;
}

export class ChunkPainter {
  readonly #kernel: MotionKernel;
  readonly #plan: ChunkPlan;
  readonly #pictures: readonly PreparedPicture[];
  readonly #captions: readonly PlacedOverlay[];
  readonly #watermark: Overlay | null;
  readonly #frame: Frame;
  readonly #scratch: Frame | null;
  #captionFrames = 0;

  private constructor(
    kernel: MotionKernel,
    plan: ChunkPlan,
    pictures: readonly PreparedPicture[],
    captions: readonly PlacedOverlay[],
    watermark: Overlay | null,
  ) {
    this.#kernel = kernel;
    this.#plan = plan;
    this.#pictures = pictures;
    this.#captions = captions;
    this.#watermark = watermark;
    this.#frame = kernel.createFrame(plan.format.width, plan.format.height);
    this.#scratch = plan.layers.length > 1 ? kernel.createFrame(plan.format.width, plan.format.height) : null;
  }

  /** Decodes and prepares everything the chunk needs. */
  static async open(
    kernel: MotionKernel,
    plan: ChunkPlan,
    inputs: InputPaths,
    tempDirectory: string,
    pictures: (layer: LayerPlan, plan: ChunkPlan, inputs: InputPaths) => Promise<PreparedPicture>,
  ): Promise<ChunkPainter> {
    const prepared: PreparedPicture[] = [];
    for (const layer of plan.layers) prepared.push(await pictures(layer, plan, inputs));
    const captions = drawCaptions(kernel, plan, inputs, tempDirectory);
    const watermark =
      plan.watermark === null ? null : await openWatermark(kernel, plan, plan.watermark, inputs);
    return new ChunkPainter(kernel, plan, prepared, captions, watermark);
  }

  /** Frames on which a caption was drawn so far. */
  get captionFrames(): number {
    return this.#captionFrames;
  }

  /** @returns the painted frame, valid until the next call */
  paint(index: number): Frame {
    const { layers } = this.#plan;
    let bottom = 0;
    for (const [place, layer] of layers.entries()) {
      if (shows(layer, index) && weightOf(layer, index) >= FULL) bottom = place;
    }
    let painted = false;
    for (let place = bottom; place < layers.length; place++) {
      const layer = layers[place] as LayerPlan;
      if (!shows(layer, index)) continue;
      const weight = weightOf(layer, index);
      const picture = this.#pictures[place] as PreparedPicture;
      if (!painted) {
        this.#draw(layer, picture, index, this.#frame);
        painted = true;
      } else if (weight > 0 && this.#scratch !== null) {
        this.#draw(layer, picture, index, this.#scratch);
        this.#kernel.blend(this.#frame, this.#scratch, weight, this.#frame);
      }
    }
    if (!painted) throw new ReelburstError("PLAN_INVALID", `No layer covers frame ${index}.`);
    if (this.#watermark !== null) {
      const opacity = Math.round((this.#plan.watermark?.opacity ?? 1) * FULL);
      this.#kernel.composeOverlay(this.#watermark, this.#frame, opacity);
    }
    this.#drawCaptions(index);
    return this.#frame;
  }

  close(): void {
    for (const { overlay } of this.#captions) this.#kernel.freeOverlay(overlay);
    if (this.#watermark !== null) this.#kernel.freeOverlay(this.#watermark);
    this.#kernel.freeFrame(this.#frame);
    if (this.#scratch !== null) this.#kernel.freeFrame(this.#scratch);
  }

  #draw(layer: LayerPlan, picture: PreparedPicture, index: number, into: Frame): void {
    const { width, height } = this.#plan.format;
    const span = Math.max(1, layer.pathFrames - 1);
    const t = Math.min(1, Math.max(0, (layer.pathOffset + index) / span));
    const rect = viewportRect(viewpointAt(layer.path, t), picture.width, picture.height, width, height);
    this.#kernel.renderFrame(picture, rect, into);
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

function shows(layer: LayerPlan, index: number): boolean {
  return index >= layer.firstFrame && index < layer.endFrame;
}

/** 0..256 */
function weightOf(layer: LayerPlan, index: number): number {
  if (layer.fadeIn === null) return FULL;
  const weight = (index - layer.fadeIn.start + 0.5) / layer.fadeIn.frames;
  return Math.round(Math.min(1, Math.max(0, weight)) * FULL);
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
