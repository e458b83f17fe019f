import type { KernelModule } from "./kernel-module.ts";
import { align, type Region } from "./memory.ts";

/** Replicated samples around every plane: what six taps reach. */
export const PAD_COLUMNS = 8;
export const PAD_ROWS = 8;
/** A column of a strip: 8 rows of i16. */
export const COLUMN_BYTES = 16;
const STRIP_ROWS = 8;

/** Rows that the reducer is fed must be readable this many samples beyond both ends at most. */
export function reducerPad(factor: number): number {
  return factor < 1 ? columnTaps(factor) + 16 : 16;
}

/**
 * One plane of a picture at its working size, edges replicated: i16 samples with 6 fractional bits around mid-grey, in
 * strips of 8 rows, column by column (why: `assembly/resample.ts`).
 */
export interface Plane {
  readonly region: Region;
  /** Address of column 0 of the strip with rows 0..7. */
  readonly address: number;
  readonly stripBytes: number;
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
    const stripBytes = align(width + 2 * PAD_COLUMNS, 8) * COLUMN_BYTES;
    const strips = Math.ceil((height + PAD_ROWS) / STRIP_ROWS) + 1;
    const region = kernel.memory.allocate(stripBytes * strips);
    const address = region.address + stripBytes + PAD_COLUMNS * COLUMN_BYTES;
    this.#plane = { region, address, stripBytes, width, height, factor };
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
    const { height } = this.#plane;
    const last = this.#rowAt(height - 1);
    const rowBytes = this.#at.stripRowStride;
    for (let row = height; row % STRIP_ROWS !== 0; row++) {
      this.#kernel.memory.copy(last - PAD_COLUMNS * 2, this.#rowAt(row) - PAD_COLUMNS * 2, rowBytes);
    }
    const end = align(height, STRIP_ROWS);
    if (end !== height) this.#storeStrip(end - STRIP_ROWS, this.#rowAt(0), rowBytes);
    for (let row = end; row < height + PAD_ROWS; row += STRIP_ROWS) this.#storeStrip(row, last, 0);
    this.#kernel.memory.free(this.#temporary);
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
    const row = this.#nextTarget++;
    const target = this.#rowAt(row);
    exports.reduceColumns(this.#at.rowList, coefficients, rows, this.#plane.width, target);
    exports.padRow(target, this.#plane.width, PAD_COLUMNS);
    if (row === 0) this.#storeStrip(-PAD_ROWS, target, 0);
    if ((row + 1) % STRIP_ROWS === 0) {
      this.#storeStrip(row + 1 - STRIP_ROWS, this.#rowAt(0), this.#at.stripRowStride);
    }
  }

  /** Where finished row `row` waits for the other seven of its strip. */
  #rowAt(row: number): number {
    return this.#at.stripRows + (row % STRIP_ROWS) * this.#at.stripRowStride + PAD_COLUMNS * 2;
  }

  /** `first`: address of sample 0 of the strip's first row. */
  #storeStrip(row: number, first: number, rowBytes: number): void {
    const { address, stripBytes } = this.#plane;
    const target = address + (row / STRIP_ROWS) * stripBytes - PAD_COLUMNS * COLUMN_BYTES;
    const columns = stripBytes / COLUMN_BYTES;
    this.#kernel.exports.storeStrip(first - PAD_COLUMNS * 2, rowBytes, columns, target);
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
  readonly stripRows: number;
  readonly stripRowStride: number;
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
  const stripRowStride = align((align(plane.width, 8) + 2 * PAD_COLUMNS) * 2);
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
    stripRows: place(stripRowStride * STRIP_ROWS),
    stripRowStride,
  };
  return { layout, sizeBytes: end };
}

function shift(layout: Layout, by: number): Layout {
  const entries = Object.entries(layout).map(([name, value]) => [
    name,
    name.endsWith("Stride") ? value : value + by,
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
