import type { Frame, FramePlane } from "./frame.ts";
import type { KernelModule } from "./kernel-module.ts";
import { align, type Region } from "./memory.ts";

/** Something to lay over frames: a caption, a watermark, a card. */
export interface Overlay {
  readonly region: Region;
  readonly luma: OverlayPlane;
  readonly chroma: OverlayPlane;
}

/** Straight (not premultiplied) samples and their alpha, with their corner at `left`,`top` of the frame's plane. */
interface OverlayPlane {
  /** Luma, or U with V behind it. */
  readonly samples: number;
  readonly alpha: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly strideBytes: number;
}

/** Where an overlay's top left corner goes, in whole frame pixels; may be odd, negative or beyond the frame. */
export interface OverlayPlacement {
  readonly x: number;
  readonly y: number;
  readonly frameWidth: number;
  readonly frameHeight: number;
}

/** `rgba`: straight (not premultiplied) 8-bit sRGB, tightly packed. Null when nothing of it lies in the frame. */
export function prepareOverlay(
  kernel: KernelModule,
  rgba: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
  { x, y, frameWidth, frameHeight }: OverlayPlacement,
): Overlay | null {
  if (!(width > 0 && height > 0 && rgba.byteLength === width * height * 4)) {
    throw new RangeError(`${rgba.byteLength} bytes are not an RGBA picture of ${width}x${height}`);
  }
  if (x >= frameWidth || y >= frameHeight || x + width <= 0 || y + height <= 0) return null;
  // Chroma sample i reaches over luma columns 2i-1..2i+1, row j over 2j..2j+1; shifts round down below zero too.
  const chromaLeft = x >> 1;
  const chromaTop = y >> 1;
  const chromaWidth = ((x + width) >> 1) - chromaLeft + 1;
  const chromaHeight = ((y + height - 1) >> 1) - chromaTop + 1;
  const lumaStride = align(width, 16);
  const chromaStride = align(chromaWidth, 16);
  const lumaBytes = lumaStride * height;
  const chromaBytes = chromaStride * chromaHeight;
  // 16 bytes more: a clipped overlay is read from the middle of its rows on, in whole vectors.
  const region = kernel.memory.allocate(2 * lumaBytes + 3 * chromaBytes + 16);
  const samples = region.address;
  const overlay = {
    region,
    luma: { samples, alpha: samples + lumaBytes, left: x, top: y, width, height, strideBytes: lumaStride },
    chroma: {
      samples: samples + 2 * lumaBytes,
      alpha: samples + 2 * lumaBytes + 2 * chromaBytes,
      left: chromaLeft,
      top: chromaTop,
      width: chromaWidth,
      height: chromaHeight,
      strideBytes: chromaStride,
    },
  };
  fill(kernel, overlay, rgba);
  return overlay;
}

function fill(kernel: KernelModule, { luma, chroma }: Overlay, rgba: Uint8Array | Uint8ClampedArray): void {
  const { exports, memory } = kernel;
  const rowBytes = luma.width * 4;
  const rows = memory.allocate(rowBytes * 2);
  // Two source rows at a time: rows 2j and 2j+1 of the frame, even where the overlay begins on an odd one.
  for (let j = 0; j < chroma.height; j++) {
    const [upper, lower] = [0, 1].map((line) => {
      const row = 2 * (chroma.top + j) + line - luma.top;
      if (row < 0 || row >= luma.height) return 0;
      const address = rows.address + line * rowBytes;
      memory.bytes(address, rowBytes).set(rgba.subarray(row * rowBytes, (row + 1) * rowBytes));
      const at = row * luma.strideBytes;
      exports.prepareOverlayLuma(address, luma.width, luma.samples + at, luma.alpha + at);
      return address;
    }) as [number, number];
    const at = chroma.samples + j * chroma.strideBytes;
    const plane = chroma.strideBytes * chroma.height;
    exports.prepareOverlayChroma(
      upper,
      lower,
      luma.width,
      2 * chroma.left - luma.left,
      chroma.width,
      at,
      at + plane,
      at + 2 * plane,
    );
  }
  memory.free(rows);
}

/** Lays the overlay over the frame, less what lies outside. Only its rectangle is touched. `opacity` 0..256. */
export function composeOverlay(kernel: KernelModule, overlay: Overlay, frame: Frame, opacity: number): void {
  const weight = Math.min(Math.max(Math.round(opacity), 0), 256);
  if (weight === 0) return;
  const compose = (from: OverlayPlane, samples: number, onto: FramePlane) => {
    const left = Math.max(from.left, 0);
    const top = Math.max(from.top, 0);
    const width = Math.min(from.left + from.width, onto.width) - left;
    const height = Math.min(from.top + from.height, onto.height) - top;
    if (width <= 0 || height <= 0) return;
    const skipped = (top - from.top) * from.strideBytes + left - from.left;
    kernel.exports.composePlane(
      samples + skipped,
      from.alpha + skipped,
      from.strideBytes,
      onto.address + top * onto.width + left,
      onto.width,
      width,
      height,
      weight,
    );
  };
  const { luma, chroma } = overlay;
  compose(luma, luma.samples, frame.y);
  compose(chroma, chroma.samples, frame.u);
  compose(chroma, chroma.samples + chroma.strideBytes * chroma.height, frame.v);
}
