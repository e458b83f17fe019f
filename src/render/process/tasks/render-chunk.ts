/** Renders one chunk to an mp4 of exactly one closed GOP, with a thumbnail. */
import { setImmediate } from "node:timers/promises";
import sharp from "sharp";
import type { Witness } from "../../assemble/witness.ts";
import { chunkKey } from "../../chunk-key.ts";
import type { FrameView } from "../../motion/frame.ts";
import { MotionKernel } from "../../motion/kernel.ts";
import type { PreparedPicture } from "../../motion/picture.ts";
import type { ChunkPlan, LayerPlan } from "../../plan.ts";
import type { ChunkQuality } from "../../quality/chunk-quality.ts";
import { ChunkPainter, type InputPaths, maxScaleOf, preparePicture } from "../chunk-painter.ts";
import { VideoEncoder } from "../libav/video-encoder.ts";
import type { TaskContext } from "../protocol.ts";
import { QualityTaker } from "../quality-taker.ts";
import { WitnessTaker } from "../witness-taker.ts";

export interface RenderChunkInput {
  readonly plan: ChunkPlan;
  readonly inputs: InputPaths;
  readonly outPath: string;
}

/** What the publication gate later holds the film against. */
export interface ChunkFacts {
  /** Of the plan that was drawn, reckoned where it was drawn: these facts vouch for no other chunk. */
  readonly key: string;
  readonly frames: number;
  /** Frames that carry a caption. */
  readonly captionFrames: number;
  /** By frame; the first is of frame 0. */
  readonly witnesses: readonly Witness[];
  readonly quality: ChunkQuality;
  /** JPEG of the middle frame. */
  readonly thumbnail: Uint8Array;
  readonly prepareMs: number;
  readonly paintMs: number;
  readonly encodeMs: number;
}

const THUMBNAIL_SHORT_SIDE = 270;
/** Neighbouring chunks of a scene share a picture; a cross-fade needs three at once. */
const PICTURES_KEPT = 3;
/** Beyond this only what the chunk itself shows stays: deep zooms into large pictures take over 100 MB each. */
const PICTURE_BYTES_KEPT = 100e6;

let kernelOnce: Promise<MotionKernel> | undefined;
const kept = new Map<string, PreparedPicture>();

export async function renderChunk(input: RenderChunkInput, context: TaskContext): Promise<ChunkFacts> {
  const { plan } = input;
  const started = performance.now();
  kernelOnce ??= MotionKernel.load();
  const kernel = await kernelOnce;
  const painter = await ChunkPainter.open(kernel, plan, input.inputs, context.tempDirectory, (layer) =>
    keptPicture(kernel, layer, plan, input.inputs),
  );
  const prepareMs = performance.now() - started;
  const encoder = new VideoEncoder(input.outPath, plan.format, plan.encoder);
  let paintMs = 0;
  let encodeMs = 0;
  const witnesses = new WitnessTaker(painter.captionPlaces, plan);
  const quality = new QualityTaker(painter.captionPlaces, plan, kernel);
  let thumbnail: Uint8Array | undefined;
  try {
    for (let index = 0; index < plan.frameCount; index++) {
      const before = performance.now();
      const frame = painter.paint(index, (bare) => {
        const view = kernel.extract(bare);
        witnesses.takeBare(index, view);
        quality.takeBare(view);
      });
      const planes = kernel.extract(frame);
      const painted = performance.now();
      witnesses.take(index, planes);
      quality.take(index, planes);
      if (index === plan.frameCount >> 1) thumbnail = await drawThumbnail(planes, plan);
      const encoding = performance.now();
      encoder.encode(planes);
      encodeMs += performance.now() - encoding;
      paintMs += painted - before;
      context.progress(index + 1, plan.frameCount);
      await setImmediate();
    }
    const finishing = performance.now();
    const frames = encoder.finish();
    encodeMs += performance.now() - finishing;
    return {
      key: chunkKey(plan),
      frames,
      captionFrames: painter.captionFrames,
      witnesses: witnesses.taken,
      quality: quality.finish(encoder.bytes),
      thumbnail: thumbnail ?? new Uint8Array(),
      prepareMs,
      paintMs,
      encodeMs,
    };
  } finally {
    encoder.close();
    painter.close();
  }
}

function pictureKey(layer: LayerPlan, plan: ChunkPlan): string {
  const { digest, fit, background } = layer.picture;
  return [digest, fit, background, plan.format.width, plan.format.height, maxScaleOf(layer)].join(" ");
}

async function keptPicture(
  kernel: MotionKernel,
  layer: LayerPlan,
  plan: ChunkPlan,
  inputs: InputPaths,
): Promise<PreparedPicture> {
  const key = pictureKey(layer, plan);
  const known = kept.get(key);
  if (known !== undefined) {
    // Most recently used stands last.
    kept.delete(key);
    kept.set(key, known);
    return known;
  }
  const needed = new Set(plan.layers.map((each) => pictureKey(each, plan)));
  for (const [old, picture] of kept) {
    const crowded = kept.size >= PICTURES_KEPT || kernel.memoryUse().usedBytes > PICTURE_BYTES_KEPT;
    if (!crowded) break;
    if (needed.has(old)) continue;
    kernel.freePicture(picture);
    kept.delete(old);
  }
  const picture = await preparePicture(kernel, layer, plan, inputs);
  kept.set(key, picture);
  return picture;
}

async function drawThumbnail(planes: FrameView, plan: ChunkPlan): Promise<Uint8Array> {
  const { width, height } = plan.format;
  const step = Math.max(1, Math.floor(Math.min(width, height) / THUMBNAIL_SHORT_SIDE));
  const w = Math.floor(width / step);
  const h = Math.floor(height / step);
  const rgb = Buffer.alloc(w * h * 3);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) boxRgb(planes, x * step, y * step, step, rgb, (y * w + x) * 3);
  }
  return sharp(rgb, { raw: { width: w, height: h, channels: 3 } })
    .jpeg({ quality: 82 })
    .toBuffer();
}

/** Mean of a block, from BT.709 limited range to full-range RGB. */
function boxRgb(planes: FrameView, left: number, top: number, size: number, rgb: Buffer, at: number): void {
  let luma = 0;
  for (let y = top; y < top + size; y++)
    for (let x = left; x < left + size; x++) luma += planes.y[y * planes.yStride + x] as number;
  const chroma = ((top + (size >> 1)) >> 1) * planes.uvStride + ((left + (size >> 1)) >> 1);
  const y = ((luma / (size * size) - 16) * 255) / 219;
  const u = (((planes.u[chroma] as number) - 128) * 255) / 224;
  const v = (((planes.v[chroma] as number) - 128) * 255) / 224;
  const clamp = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));
  rgb[at] = clamp(y + 1.5748 * v);
  rgb[at + 1] = clamp(y - 0.1873 * u - 0.4681 * v);
  rgb[at + 2] = clamp(y + 1.8556 * u);
}
