import type { KernelModule } from "./kernel-module.ts";
import { align, type Region } from "./memory.ts";
import { coverFraction } from "./path.ts";
import { type Plane, PlaneReducer, reducerPad } from "./plane-reducer.ts";

/** What the picture will be shown on: the frame's size in pixels and the largest scale of any viewpoint (>= 1). */
export interface PictureTarget {
  readonly outputWidth: number;
  readonly outputHeight: number;
  readonly maxScale: number;
}

/** A still, ready to be resampled frame by frame: planar BT.709 limited range, at working size. */
export interface PreparedPicture {
  /** Source pixels: the coordinates that viewports are given in. */
  readonly width: number;
  readonly height: number;
  /** From the finest to the coarsest. */
  readonly y: readonly Plane[];
  readonly u: readonly Plane[];
  readonly v: readonly Plane[];
}

/**
 * Working samples per output pixel at the closest view. At 1 the second resampling takes the edge off small print (SSIM
 * 0.990 against resampling the source in one step), at 1.2 it keeps it (above 0.997); beyond, it only costs time.
 */
export const DENSITY = 1.2;
/** The filter suppresses what a frame cannot show up to this many working samples per output pixel; wider views use a coarser level. */
export const MAX_STEP = 1.75;
/** From level to level. With 2, views just too wide for one level would find the next too coarse. */
const LEVEL_RATIO = 1.45;
/** Reducing by less than this costs sharpness and gains nothing. */
const WORTH_REDUCING = 0.9;

/** Takes a picture in strips of rows, top to bottom, and keeps only what its target needs. */
export class PictureBuilder {
  readonly #kernel: KernelModule;
  readonly #width: number;
  readonly #height: number;
  readonly #reducers: Readonly<Record<"y" | "u" | "v", readonly PlaneReducer[]>>;
  readonly #rgbRow: Region;
  readonly #sampleRows: Region;
  readonly #rowAddresses: { readonly y: number; readonly u: number; readonly v: number };
  readonly #pad: number;
  #rowsAdded = 0;

  constructor(kernel: KernelModule, width: number, height: number, target: PictureTarget) {
    if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
      throw new RangeError(`picture of ${width}x${height} pixels`);
    }
    this.#kernel = kernel;
    this.#width = width;
    this.#height = height;
    const cover = coverFraction(width / height, target.outputWidth / target.outputHeight);
    // Output pixels per source pixel at scale 1, and samples wanted per source pixel at the closest view.
    const wide = target.outputWidth / (cover.width * width);
    const close = wide * Math.max(1, target.maxScale) * DENSITY;
    // 4:2:0 has half as many chroma samples; a picture shown magnified keeps the full chroma it came with.
    const factors = { y: levelFactors(close, wide), u: levelFactors(close / 2, wide / 2) };
    const reducers = (list: readonly number[]) =>
      list.map((factor) => new PlaneReducer(kernel, width, height, factor));
    this.#reducers = { y: reducers(factors.y), u: reducers(factors.u), v: reducers(factors.u) };
    this.#pad = align(Math.max(...[...factors.y, ...factors.u].map(reducerPad)), 32);
    const rowBytes = align((width + 2 * this.#pad) * 2 + kernel.exports.convertRowSlack());
    this.#rgbRow = kernel.memory.allocate(width * 3 + kernel.exports.convertRowSlack());
    this.#sampleRows = kernel.memory.allocate(rowBytes * 3);
    const first = this.#sampleRows.address + this.#pad * 2;
    this.#rowAddresses = { y: first, u: first + rowBytes, v: first + rowBytes * 2 };
  }

  /** Interleaved 8-bit sRGB rows, tightly packed, any whole number of them. */
  addRows(rgb: Uint8Array): void {
    const rowBytes = this.#width * 3;
    if (rgb.byteLength % rowBytes !== 0 || this.#rowsAdded + rgb.byteLength / rowBytes > this.#height) {
      throw new RangeError(
        `${rgb.byteLength} bytes are not whole rows of this ${this.#width}x${this.#height} picture`,
      );
    }
    const { exports, memory } = this.#kernel;
    const { y, u, v } = this.#rowAddresses;
    for (let offset = 0; offset < rgb.byteLength; offset += rowBytes) {
      memory.bytes(this.#rgbRow.address, rowBytes).set(rgb.subarray(offset, offset + rowBytes));
      exports.convertRow(this.#rgbRow.address, this.#width, y, u, v);
      for (const channel of ["y", "u", "v"] as const) {
        const row = this.#rowAddresses[channel];
        exports.padRow(row, this.#width, this.#pad);
        for (const reducer of this.#reducers[channel]) reducer.addRow(row);
      }
      this.#rowsAdded++;
    }
  }

  finish(): PreparedPicture {
    if (this.#rowsAdded !== this.#height) {
      throw new RangeError(`only ${this.#rowsAdded} of ${this.#height} rows were added`);
    }
    this.#freeRows();
    const planes = (channel: "y" | "u" | "v") => this.#reducers[channel].map((reducer) => reducer.finish());
    return { width: this.#width, height: this.#height, y: planes("y"), u: planes("u"), v: planes("v") };
  }

  /** Gives everything back when the picture cannot be completed. */
  abandon(): void {
    this.#freeRows();
    for (const list of Object.values(this.#reducers)) for (const reducer of list) reducer.abandon();
  }

  #freeRows(): void {
    this.#kernel.memory.free(this.#rgbRow);
    this.#kernel.memory.free(this.#sampleRows);
  }
}

/** Reductions to keep: the closest view gets DENSITY samples per output pixel, the widest at most MAX_STEP. */
function levelFactors(close: number, wide: number): number[] {
  const factors = [close < WORTH_REDUCING ? close : 1];
  for (let factor = factors[0] as number; factor / wide > MAX_STEP; ) {
    factor /= LEVEL_RATIO;
    factors.push(factor);
  }
  return factors;
}
