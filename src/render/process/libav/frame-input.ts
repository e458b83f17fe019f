/** Hands the kernel's planes to an encoder in the form it takes: planar, interleaved chroma, or in a GPU's memory. */
import {
  AV_HWDEVICE_TYPE_VAAPI,
  AV_PIX_FMT_NV12,
  AV_PIX_FMT_VAAPI,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
} from "node-av/constants";
import { type CodecContext, Frame, HardwareDeviceContext, HardwareFramesContext } from "node-av/lib";
import type { EncoderSettings } from "../../encode/profiles.ts";
import type { FrameView } from "../../motion/frame.ts";
import type { FrameFormat } from "../../plan.ts";
import { check } from "./av.ts";

/** Frames in GPU memory at a time: an encoder's references and what it holds back for reordering. */
const POOL_FRAMES = 24;

/** Opened before the encoder, since it says what the encoder gets; closed after it. */
export class FrameInput {
  readonly #format: FrameFormat;
  readonly #surface: EncoderSettings["surface"];
  readonly #frame = new Frame();
  readonly #upload: Upload | null;

  /** @throws ReelburstError ENCODER_UNAVAILABLE when the GPU cannot be opened */
  constructor(context: CodecContext, format: FrameFormat, surface: EncoderSettings["surface"]) {
    this.#format = format;
    this.#surface = surface;
    const pixelFormat = surface === "yuv420p" ? AV_PIX_FMT_YUV420P : AV_PIX_FMT_NV12;
    this.#upload = surface === "vaapi" ? new Upload(format) : null;
    context.pixelFormat = surface === "vaapi" ? AV_PIX_FMT_VAAPI : pixelFormat;
    if (this.#upload !== null) context.hwFramesCtx = this.#upload.frames;
    this.#frame.alloc();
    this.#frame.width = format.width;
    this.#frame.height = format.height;
    this.#frame.format = pixelFormat;
    tag(this.#frame);
    check(this.#frame.getBuffer(0), "frame buffer");
  }

  /** @returns a frame to send, valid until the next call */
  fill(planes: FrameView, pts: bigint): Frame {
    const frame = this.#frame;
    check(frame.makeWritable(), "frame buffer");
    const { width, height } = this.#format;
    const data = frame.data as Buffer[];
    const strides = frame.linesize;
    copyPlane(planes.y, planes.yStride, width, height, data[0] as Buffer, strides[0] as number);
    if (this.#surface === "yuv420p") {
      copyPlane(planes.u, planes.uvStride, width / 2, height / 2, data[1] as Buffer, strides[1] as number);
      copyPlane(planes.v, planes.uvStride, width / 2, height / 2, data[2] as Buffer, strides[2] as number);
    } else {
      interleave(planes, width / 2, height / 2, data[1] as Buffer, strides[1] as number);
    }
    frame.pts = pts;
    return this.#upload?.copy(frame) ?? frame;
  }

  close(): void {
    this.#frame.free();
    this.#upload?.close();
  }
}

/** Copies frames into GPU surfaces through VAAPI, on the first render node that the driver finds. */
class Upload {
  readonly frames = new HardwareFramesContext();
  readonly #device = new HardwareDeviceContext();
  readonly #surface = new Frame();

  constructor(format: FrameFormat) {
    const opened = this.#device.create(AV_HWDEVICE_TYPE_VAAPI, null, null);
    check(opened, "The GPU did not open for VAAPI", "ENCODER_UNAVAILABLE");
    this.frames.alloc(this.#device);
    this.frames.format = AV_PIX_FMT_VAAPI;
    this.frames.swFormat = AV_PIX_FMT_NV12;
    this.frames.width = format.width;
    this.frames.height = format.height;
    this.frames.initialPoolSize = POOL_FRAMES;
    check(this.frames.init(), "The GPU gave no memory for frames", "ENCODER_UNAVAILABLE");
    this.#surface.alloc();
  }

  copy(frame: Frame): Frame {
    const surface = this.#surface;
    // The encoder keeps a reference of its own to what it was sent before.
    surface.unref();
    check(this.frames.getBuffer(surface, 0), "GPU frame");
    check(this.frames.transferDataSync(surface, frame, 0), "copy a frame to the GPU");
    surface.pts = frame.pts;
    tag(surface);
    return surface;
  }

  close(): void {
    this.#surface.free();
    this.frames.free();
    this.#device.free();
  }
}

function tag(frame: Frame): void {
  frame.colorRange = AVCOL_RANGE_MPEG;
  frame.colorSpace = AVCOL_SPC_BT709;
  frame.colorPrimaries = AVCOL_PRI_BT709;
  frame.colorTrc = AVCOL_TRC_BT709;
}

function copyPlane(
  source: Uint8Array,
  sourceStride: number,
  width: number,
  height: number,
  target: Buffer,
  targetStride: number,
): void {
  if (sourceStride === targetStride) {
    target.set(source.subarray(0, sourceStride * height));
    return;
  }
  for (let row = 0; row < height; row++) {
    target.set(source.subarray(row * sourceStride, row * sourceStride + width), row * targetStride);
  }
}

/** NV12: U and V in turn in one plane. Sizes in chroma samples. */
export function interleave(
  { u, v, uvStride }: Pick<FrameView, "u" | "v" | "uvStride">,
  width: number,
  height: number,
  target: Uint8Array,
  targetStride: number,
): void {
  for (let row = 0; row < height; row++) {
    const [from, to] = [row * uvStride, row * targetStride];
    for (let column = 0; column < width; column++) {
      target[to + 2 * column] = u[from + column] as number;
      target[to + 2 * column + 1] = v[from + column] as number;
    }
  }
}
