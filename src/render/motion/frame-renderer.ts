import type { Frame, FramePlane } from "./frame.ts";
import type { KernelModule } from "./kernel-module.ts";
import { align, type Region } from "./memory.ts";
import type { ViewportRect } from "./path.ts";
import { MAX_TAPS, PhaseTables, type ResampleFilter, resampleFilter } from "./phase-tables.ts";
import { DENSITY, MAX_STEP, type PreparedPicture } from "./picture.ts";
import { PAD_COLUMNS, PAD_ROWS, type Plane } from "./plane-reducer.ts";

/** Rows of the ring between the horizontal and the vertical pass; fixed in `assembly/resample.ts`. */
const RING_ROWS = 16;
const GROUP_COLUMNS = 8;

/** Where the samples of an output plane lie, in output pixels: sample i at `first + i * every`. */
interface Siting {
  readonly every: number;
  readonly x: number;
  readonly y: number;
}

const LUMA: Siting = { every: 1, x: 0.5, y: 0.5 };
/** MPEG-2 siting, what H.264 and HEVC assume by default: on even luma columns, midway between two luma rows. */
const CHROMA: Siting = { every: 2, x: 0.5, y: 1 };

/** Pixels of the frame, fractional, by which what is drawn lies further right and down; at most 2 either way. */
export interface PixelShift {
  readonly x: number;
  readonly y: number;
}

const NO_SHIFT: PixelShift = { x: 0, y: 0 };
/** Beyond this a widened filter would read behind the padding. */
const MAX_SHIFT = 2;

/** Resamples viewports of prepared pictures into frames; keeps its tables' memory from frame to frame. */
export class FrameRenderer {
  readonly #kernel: KernelModule;
  readonly #phases: PhaseTables;
  #scratch: Region | null = null;

  constructor(kernel: KernelModule) {
    this.#kernel = kernel;
    this.#phases = new PhaseTables(kernel);
  }

  /** Throws RangeError for a viewport outside the picture, or wider than the picture was prepared for. */
  render(picture: PreparedPicture, rect: ViewportRect, frame: Frame, shift = NO_SHIFT): void {
    assertInside(picture, rect);
    if (!(Math.abs(shift.x) <= MAX_SHIFT && Math.abs(shift.y) <= MAX_SHIFT)) {
      throw new RangeError(`frame shifted by ${shift.x},${shift.y}`);
    }
    // In this order: the last row of a plane may spill into the next, which then overwrites it.
    this.#planes([[picture.y, frame.y]], rect, frame, LUMA, shift);
    this.#planes(
      [
        [picture.u, frame.u],
        [picture.v, frame.v],
      ],
      rect,
      frame,
      CHROMA,
      shift,
    );
  }

  /** Planes of one geometry, so that U and V share their tables. */
  #planes(
    planes: readonly [readonly Plane[], FramePlane][],
    rect: ViewportRect,
    frame: Frame,
    siting: Siting,
    shift: PixelShift,
  ): void {
    const across = rect.width / frame.width;
    const down = rect.height / frame.height;
    const stepPerFactor = { x: across * siting.every, y: down * siting.every };
    const [levels, { width, height }] = planes[0] as [readonly Plane[], FramePlane];
    const level = chooseLevel(levels, Math.min(stepPerFactor.x, stepPerFactor.y));
    const { factor, width: sourceWidth, height: sourceHeight } = levels[level] as Plane;
    const step = { x: stepPerFactor.x * factor, y: stepPerFactor.y * factor };
    if (Math.max(step.x, step.y) > MAX_STEP * 1.001) {
      throw new RangeError(`the viewport is ${Math.max(step.x, step.y).toFixed(2)} samples per pixel wide`);
    }
    const start = {
      x: (rect.left + (siting.x - shift.x) * across) * factor - 0.5,
      y: (rect.top + (siting.y - shift.y) * down) * factor - 0.5,
    };
    const filters = { x: resampleFilter(step.x), y: resampleFilter(step.y) };
    const groups = Math.ceil(width / GROUP_COLUMNS);
    const at = this.#layOut(groups, height, filters);
    const { exports } = this.#kernel;
    const columns = filters.x;
    exports.buildColumns(
      at.columns,
      groups * GROUP_COLUMNS,
      start.x,
      step.x,
      columns.taps,
      this.#phases.of(columns),
      -GROUP_COLUMNS,
      sourceWidth + PAD_COLUMNS - 24,
    );
    const rows = filters.y;
    exports.buildRows(
      at.rows,
      height,
      start.y,
      step.y,
      rows.taps,
      this.#phases.of(rows),
      -PAD_ROWS,
      sourceHeight + PAD_ROWS - MAX_TAPS,
    );
    for (const [sources, target] of planes) {
      const source = sources[level] as Plane;
      exports.resamplePlane(
        source.address,
        source.strideBytes,
        at.columns,
        columns.taps / 2,
        groups,
        at.rows,
        rows.taps,
        height,
        at.ring,
        at.ringStride,
        target.address,
        target.width,
      );
    }
  }

  #layOut(groups: number, height: number, filters: { x: ResampleFilter; y: ResampleFilter }) {
    const columnBytes = align(groups * (32 + filters.x.taps * 16));
    const rowBytes = align(height * (4 + filters.y.taps * 2));
    // One cache line more than the row, so that the rows of the ring do not fall on the same cache sets.
    const ringStride = align(groups * GROUP_COLUMNS * 2) + 64;
    const sizeBytes = columnBytes + rowBytes + ringStride * RING_ROWS;
    if (this.#scratch === null || this.#scratch.sizeBytes < sizeBytes) {
      if (this.#scratch !== null) this.#kernel.memory.free(this.#scratch);
      this.#scratch = this.#kernel.memory.allocate(sizeBytes);
    }
    const columns = this.#scratch.address;
    const rows = columns + columnBytes;
    const ring = rows + rowBytes;
    return { columns, rows, ring, ringStride };
  }
}

/** The coarsest level that still has enough samples per output pixel. */
function chooseLevel(levels: readonly Plane[], stepPerFactor: number): number {
  for (let level = levels.length - 1; level > 0; level--) {
    if ((levels[level] as Plane).factor * stepPerFactor >= DENSITY) return level;
  }
  return 0;
}

function assertInside(picture: PreparedPicture, { left, top, width, height }: ViewportRect): void {
  const slack = 1e-6 * (picture.width + picture.height);
  const inside =
    left >= -slack &&
    top >= -slack &&
    width > 0 &&
    height > 0 &&
    left + width <= picture.width + slack &&
    top + height <= picture.height + slack;
  if (!inside) {
    throw new RangeError(
      `viewport ${left},${top} ${width}x${height} is not inside ${picture.width}x${picture.height}`,
    );
  }
}
