import { TAPS } from "./filter-design.ts";
import type { Frame, FramePlane } from "./frame.ts";
import type { KernelModule } from "./kernel-module.ts";
import { align, type Region } from "./memory.ts";
import type { ViewportRect } from "./path.ts";
import { PhaseTables } from "./phase-tables.ts";
import { DENSITY, MAX_STEP, type PreparedPicture } from "./picture.ts";
import { COLUMN_BYTES, PAD_COLUMNS, PAD_ROWS, type Plane } from "./plane-reducer.ts";

/** Fixed in `assembly/resample.ts` and `assembly/tables.ts`. */
const GROUP_COLUMNS = 16;
const RECORD_BYTES = 16;
/** Samples off the grid: less than this is none. */
const ON_GRID = 1e-6;

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

export interface RenderOptions {
  readonly shift?: PixelShift | undefined;
  /**
   * The viewport does not move; a picture shown pixel by pixel is then copied as it is. A moving one is not, or it
   * would lose its edge with the second frame.
   */
  readonly still?: boolean;
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
  render(
    picture: PreparedPicture,
    rect: ViewportRect,
    frame: Frame,
    { shift = NO_SHIFT, still = false }: RenderOptions = {},
  ): void {
    assertInside(picture, rect);
    if (!(Math.abs(shift.x) <= MAX_SHIFT && Math.abs(shift.y) <= MAX_SHIFT)) {
      throw new RangeError(`frame shifted by ${shift.x},${shift.y}`);
    }
    // In this order: the last row of a plane may spill into the next, which then overwrites it.
    this.#planes([[picture.y, frame.y]], rect, frame, LUMA, shift, still);
    this.#planes(
      [
        [picture.u, frame.u],
        [picture.v, frame.v],
      ],
      rect,
      frame,
      CHROMA,
      shift,
      still,
    );
  }

  /** Planes of one geometry, so that U and V share their tables. */
  #planes(
    planes: readonly [readonly Plane[], FramePlane][],
    rect: ViewportRect,
    frame: Frame,
    siting: Siting,
    shift: PixelShift,
    still: boolean,
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
    const groups = Math.ceil(width / GROUP_COLUMNS);
    const at = this.#layOut(groups * GROUP_COLUMNS, height);
    const { exports } = this.#kernel;
    const exact = still && onGrid(start.x, step.x) && onGrid(start.y, step.y);
    const phasesOf = (each: number) => (exact ? this.#phases.identity() : this.#phases.of(each));
    exports.buildAxis(
      at.columns,
      groups * GROUP_COLUMNS,
      start.x,
      step.x,
      phasesOf(step.x),
      -PAD_COLUMNS,
      sourceWidth + PAD_COLUMNS - TAPS,
      COLUMN_BYTES,
    );
    exports.buildAxis(
      at.rows,
      height,
      start.y,
      step.y,
      phasesOf(step.y),
      -PAD_ROWS,
      sourceHeight + PAD_ROWS - TAPS,
      1,
    );
    for (const [sources, target] of planes) {
      const source = sources[level] as Plane;
      exports.resamplePlane(
        source.address,
        source.stripBytes,
        at.columns,
        groups,
        at.rows,
        height,
        at.ring,
        target.address,
        target.width,
      );
    }
  }

  #layOut(columns: number, rows: number): { columns: number; rows: number; ring: number } {
    const columnBytes = align(columns * RECORD_BYTES);
    const rowBytes = align(rows * RECORD_BYTES);
    const sizeBytes = columnBytes + rowBytes + this.#kernel.exports.ringBytes();
    if (this.#scratch === null || this.#scratch.sizeBytes < sizeBytes) {
      if (this.#scratch !== null) this.#kernel.memory.free(this.#scratch);
      this.#scratch = this.#kernel.memory.allocate(sizeBytes);
    }
    const { address } = this.#scratch;
    return { columns: address, rows: address + columnBytes, ring: address + columnBytes + rowBytes };
  }
}

/** Every output sample falls on a source sample. */
function onGrid(start: number, step: number): boolean {
  return Math.abs(step - 1) < ON_GRID && Math.abs(start - Math.round(start)) < ON_GRID;
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
