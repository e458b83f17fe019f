import type { KernelModule } from "./kernel-module.ts";
import type { Region } from "./memory.ts";

/** A tightly packed yuv420p frame (BT.709 limited, chroma sited left) in kernel memory: Y, then U, then V. */
export interface Frame {
  readonly region: Region;
  /** Luma pixels, even. */
  readonly width: number;
  readonly height: number;
  readonly sizeBytes: number;
  readonly y: FramePlane;
  readonly u: FramePlane;
  readonly v: FramePlane;
}

/** Rows are `width` bytes apart. */
export interface FramePlane {
  readonly address: number;
  readonly width: number;
  readonly height: number;
}

/** Views of a frame in kernel memory, without a copy. They die when that memory grows. */
export interface FrameView {
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
  /** All three, one behind the other. */
  readonly packed: Uint8Array;
  /** Bytes from row to row: the planes' widths. */
  readonly yStride: number;
  readonly uvStride: number;
}

/** The kernel writes and rewrites whole vectors: behind a row into the next one, behind the last into this. */
const SLACK_BYTES = 64;

export function allocateFrame(kernel: KernelModule, width: number, height: number): Frame {
  if (!(width > 0 && height > 0 && width % 2 === 0 && height % 2 === 0)) {
    throw new RangeError(`frame of ${width}x${height}: both sides must be even`);
  }
  const chroma = { width: width / 2, height: height / 2 };
  const chromaBytes = chroma.width * chroma.height;
  const sizeBytes = width * height + 2 * chromaBytes;
  const region = kernel.memory.allocate(sizeBytes + SLACK_BYTES);
  const u = region.address + width * height;
  return {
    region,
    width,
    height,
    sizeBytes,
    y: { address: region.address, width, height },
    u: { address: u, ...chroma },
    v: { address: u + chromaBytes, ...chroma },
  };
}

export function viewFrame(kernel: KernelModule, frame: Frame): FrameView {
  const view = ({ address, width, height }: FramePlane) => kernel.memory.bytes(address, width * height);
  return {
    y: view(frame.y),
    u: view(frame.u),
    v: view(frame.v),
    packed: kernel.memory.bytes(frame.region.address, frame.sizeBytes),
    yStride: frame.y.width,
    uvStride: frame.u.width,
  };
}
