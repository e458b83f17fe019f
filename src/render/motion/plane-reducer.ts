import type { KernelModule } from "./kernel-module.ts";
import { align, type Region } from "./memory.ts";

/** Replicated samples around every plane: the widest filter plus what the kernel's 16-byte loads overread. */
export const PAD_COLUMNS = 32;
export const PAD_ROWS = 8;

/** Rows that the reducer is fed must be readable this many samples beyond both ends at most. */
export function reducerPad(factor: number): number {
  return factor < 1 ? columnTaps(factor) + 16 : 16;
}

/** One 8-bit plane of a picture at its working size, edges replicated. */
export interface Plane {
  readonly region: Region;
  /** Address of sample (0,0). */
  readonly address: number;
  readonly strideBytes: number;
  readonly width: number;
  readonly height: number;
  /** Working samples per source pixel, <= 1: sample m lies at source position (m + 0.5) / factor. */
  readonly factor: number;
}

/**
 * Reduces one plane, fed row by row from top to bottom, so that a 50-megapixel picture never stands in memory as a
 * whole: only as many rows as the filter is high.
 */
export class PlaneReducer {
  readonly #kernel: KernelModule;
  readonly #sourceHeight: number;
  readonly #plane: Plane;
  readonly #temporary: Region;
  readonly #taps: { readonly columns: number; readonly rows: number };
  readonly #at: Layout;
  #nextSource = 0;
  #nextTarget = 0;

  constructor(kernel: KernelModule, sourceWidth: number, sourceHeight: number, factor: number) {
    this.#kernel = kernel;
    this.#sourceHeight = sourceHeight;
    const width = Math.ceil(sourceWidth * factor);
    const height = Math.ceil(sourceHeight * factor);
    const strideBytes = align(width + 2 * PAD_COLUMNS, 16);
    const region = kernel.memory.allocate(strideBytes * (height + 2 * PAD_ROWS) + 64);
    const address = region.address + strideBytes * PAD_ROWS + PAD_COLUMNS;
    this.#plane = { region, address, strideBytes, width, height, factor };
    this.#taps =
      factor < 1 ? { columns: columnTaps(factor), rows: rowTaps(factor) } : { columns: 0, rows: 2 };
    const { layout, sizeBytes } = layOut(this.#plane, this.#taps);
    this.#temporary = kernel.memory.allocate(sizeBytes);
    this.#at = shift(layout, this.#temporary.address);
    this.#buildTables();
  }

  /** `row`: address of the first of the source's i16 samples, padded by `reducerPad(factor)`. */
  addRow(row: number): void {
    const { exports } = this.#kernel;
    const index = this.#nextSource++;
    if (this.#plane.factor === 1) {
      this.#emit([row, row]);
      return;
    }
    const { columns, rows } = this.#taps;
    const at = this.#at;
    const slot = at.ring + (index % rows) * at.ringStride;
    exports.reduceRow(
      row,
      at.columnStarts,
      at.columnCoefficients,
      columns,
      align(this.#plane.width, 4),
      slot,
    );
    while (this.#nextTarget < this.#plane.height) {
      const start = this.#kernel.memory.words(at.rowStarts, this.#plane.height)[this.#nextTarget] as number;
      const last = this.#sourceHeight - 1;
      if (Math.min(start + rows - 1, last) > index) break;
      const addresses = Array.from({ length: rows }, (_, k) => {
        const source = Math.min(Math.max(start + k, 0), last);
        return at.ring + (source % rows) * at.ringStride;
      });
      this.#emit(addresses);
    }
  }

  /** The finished plane. All rows must have been added. */
  finish(): Plane {
    this.#kernel.memory.free(this.#temporary);
    const { address, strideBytes, width, height } = this.#plane;
    const { memory } = this.#kernel;
    for (let y = 0; y < height; y++) {
      const start = address + y * strideBytes;
      const row = memory.bytes(start - PAD_COLUMNS, strideBytes);
      row.fill(row[PAD_COLUMNS] as number, 0, PAD_COLUMNS);
      row.fill(row[PAD_COLUMNS + width - 1] as number, PAD_COLUMNS + width);
    }
    const top = address - PAD_COLUMNS;
    for (let n = 1; n <= PAD_ROWS; n++) {
      memory.bytes(top - n * strideBytes, strideBytes).set(memory.bytes(top, strideBytes));
      const bottom = top + (height - 1) * strideBytes;
      memory.bytes(bottom + n * strideBytes, strideBytes).set(memory.bytes(bottom, strideBytes));
    }
    return this.#plane;
  }

  abandon(): void {
    this.#kernel.memory.free(this.#temporary);
    this.#kernel.memory.free(this.#plane.region);
  }

  #emit(rowAddresses: readonly number[]): void {
    const { exports, memory } = this.#kernel;
    const { rows } = this.#taps;
    memory.words(this.#at.rowList, rows).set(rowAddresses);
    const coefficients =
      this.#at.rowCoefficients + (this.#plane.factor < 1 ? this.#nextTarget * rows * 2 : 0);
    const target = this.#plane.address + this.#nextTarget * this.#plane.strideBytes;
    exports.reduceColumns(this.#at.rowList, coefficients, rows, this.#plane.width, target);
    this.#nextTarget++;
  }

  #buildTables(): void {
    const { exports, memory } = this.#kernel;
    const at = this.#at;
    const { width, height, factor } = this.#plane;
    if (factor === 1) {
      // The whole weight (1 in Q14) on the first of the two rows.
      memory.words(at.rowCoefficients, 1)[0] = 16_384;
      return;
    }
    const { columns, rows } = this.#taps;
    exports.buildReducer(
      at.columnStarts,
      at.columnCoefficients,
      align(width, 4),
      columns,
      factor,
      at.weights,
    );
    exports.buildReducer(at.rowStarts, at.rowCoefficients, height, rows, factor, at.weights);
  }
}

interface Layout {
  readonly columnStarts: number;
  readonly columnCoefficients: number;
  readonly rowStarts: number;
  readonly rowCoefficients: number;
  readonly rowList: number;
  readonly weights: number;
  readonly ring: number;
  readonly ringStride: number;
}

function layOut(
  plane: Plane,
  taps: { columns: number; rows: number },
): { layout: Layout; sizeBytes: number } {
  let end = 0;
  const place = (sizeBytes: number): number => {
    const address = end;
    end += align(sizeBytes);
    return address;
  };
  const columns = align(plane.width, 4);
  const ringStride = align(columns * 2 + 16);
  const reduced = plane.factor < 1;
  const layout = {
    columnStarts: place(reduced ? columns * 4 : 0),
    columnCoefficients: place(columns * taps.columns * 2),
    rowStarts: place(reduced ? plane.height * 4 : 0),
    rowCoefficients: place((reduced ? plane.height : 1) * taps.rows * 2),
    rowList: place(taps.rows * 4),
    weights: place(Math.max(taps.columns, taps.rows) * 8),
    ring: place(reduced ? ringStride * taps.rows : 0),
    ringStride,
  };
  return { layout, sizeBytes: end };
}

function shift(layout: Layout, by: number): Layout {
  const entries = Object.entries(layout).map(([name, value]) => [
    name,
    name === "ringStride" ? value : value + by,
  ]);
  return Object.fromEntries(entries) as unknown as Layout;
}

/** Lanczos-3 spans 6 samples of the reduced plane; the horizontal pass takes eight taps at a time, the vertical two. */
function columnTaps(factor: number): number {
  return align(Math.floor(6 / factor) + 1, 8);
}

function rowTaps(factor: number): number {
  return align(Math.floor(6 / factor) + 1, 2);
}
