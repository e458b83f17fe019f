/**
 * What a frame looks like in a few hundred bytes, so that a decoded frame can be held against the painted one. Luma
 * only: every picture and every caption that can be told apart by a viewer differs in it.
 */

/** One plane, rows `stride` bytes apart. */
export interface LumaPlane {
  readonly data: Uint8Array;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels from the frame's top left corner; lies within the frame. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Bytes in base64: it goes into JSON records. */
export type Signature = string;

const FRAME_GRID = { columns: 16, rows: 9 };
/** Captions are wide and low; a cell is about a letter wide. */
const CAPTION_GRID = { columns: 24, rows: 6 };
/** More would only cost time: the mean of a cell of 250 pixels is stable to a tenth of a level. */
const SAMPLES = 40_000;
/** Deviations are small numbers; twice their value still fits into a byte. */
const DEVIATION_SCALE = 2;

/** Means of 16 x 9 blocks. */
export function frameSignature(plane: LumaPlane): Signature {
  const { means } = measure(plane, { x: 0, y: 0, width: plane.width, height: plane.height }, FRAME_GRID);
  return means.toString("base64");
}

/**
 * Means and standard deviations of 24 x 6 blocks of an area. The deviations are what finds text: bright letters with
 * a dark outline can leave the mean of a block as it was.
 */
export function areaSignature(plane: LumaPlane, area: Area): Signature {
  const { means, deviations } = measure(plane, area, CAPTION_GRID);
  return Buffer.concat([means, deviations]).toString("base64");
}

function measure(
  plane: LumaPlane,
  area: Area,
  grid: { readonly columns: number; readonly rows: number },
): { means: Buffer; deviations: Buffer } {
  const cells = grid.columns * grid.rows;
  const sums = new Float64Array(cells);
  const squares = new Float64Array(cells);
  const counts = new Uint32Array(cells);
  const step = Math.max(1, Math.floor(Math.sqrt((area.width * area.height) / SAMPLES)));
  const columnOf = Uint8Array.from({ length: area.width }, (_, x) => (x * grid.columns) / area.width);
  for (let y = 0; y < area.height; y += step) {
    const row = Math.floor((y * grid.rows) / area.height) * grid.columns;
    const at = (area.y + y) * plane.stride + area.x;
    // Each row begins elsewhere, so that an upright edge never falls between all samples.
    for (let x = (y / step) % step; x < area.width; x += step) {
      const value = plane.data[at + x] as number;
      const cell = row + (columnOf[x] as number);
      sums[cell] = (sums[cell] as number) + value;
      squares[cell] = (squares[cell] as number) + value * value;
      counts[cell] = (counts[cell] as number) + 1;
    }
  }
  const means = Buffer.alloc(cells);
  const deviations = Buffer.alloc(cells);
  for (let cell = 0; cell < cells; cell++) {
    // An area smaller than the grid leaves cells without a pixel: zero on both sides.
    const count = Math.max(1, counts[cell] as number);
    const mean = (sums[cell] as number) / count;
    means[cell] = Math.round(mean);
    const variance = Math.max(0, (squares[cell] as number) / count - mean * mean);
    deviations[cell] = Math.min(255, Math.round(Math.sqrt(variance) * DEVIATION_SCALE));
  }
  return { means, deviations };
}

/** Root of the mean squared difference, and the largest difference of any value; in levels of luma. */
export function signatureDistance(a: Signature, b: Signature): { rms: number; largest: number } {
  const [left, right] = [Buffer.from(a, "base64"), Buffer.from(b, "base64")];
  if (left.length !== right.length) return { rms: 255, largest: 255 };
  let sum = 0;
  let largest = 0;
  for (const [index, value] of left.entries()) {
    const difference = Math.abs(value - (right[index] as number));
    sum += difference * difference;
    largest = Math.max(largest, difference);
  }
  return { rms: Math.sqrt(sum / Math.max(1, left.length)), largest };
}

/**
 * How far `seen` lies on the way from `bare` to `full`: 0 shows nothing of what was added, 1 all of it. Unlike a
 * distance this does not depend on how much the encoder has softened the frame as a whole.
 */
export function shareOf(seen: Signature, bare: Signature, full: Signature): number {
  const [s, b, f] = [seen, bare, full].map((each) => Buffer.from(each, "base64")) as [Buffer, Buffer, Buffer];
  let along = 0;
  let length = 0;
  for (const [index, from] of b.entries()) {
    const way = (f[index] as number) - from;
    along += ((s[index] ?? 0) - from) * way;
    length += way * way;
  }
  return length === 0 ? 1 : along / length;
}
