/**
 * The order in which the patches of a dissolve appear: clouds of low frequency. Grain, a threshold for every pixel,
 * was rejected: it costs an encoder more bits than the two scenes together and is smeared all the same.
 */

/** Size of the largest patches as a fraction of the frame's short side; each octave is half as large and half as strong. */
const PATCH = 0.26;
/**
 * How each octave's lattice is turned (cosine, sine): patches along rows and columns look like tiles. Of right-angled
 * triangles with whole sides, so that no machine's sine is asked.
 */
const TURNS = [
  [4 / 5, 3 / 5],
  [-3 / 5, 4 / 5],
  [5 / 13, 12 / 13],
] as const;
/** Any number; all films dissolve alike, so that a chunk's bytes depend on nothing else. */
const SEED = 0x51ed270b;
/** The clouds are computed at every fourth pixel: their finest patch is larger by far. */
const COARSE = 4;
const RANKS = 4096;

/** Where samples lie, in pixels: sample i at `first + i * every`. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly every: number;
  readonly firstX: number;
  readonly firstY: number;
}

/** Thresholds 0..255 on a frame of these sides; every value on about as many samples, so that a dissolve runs evenly. */
export class SoftPattern {
  readonly #columns: number;
  /** Clouds 0..1 at pixels 0, 4, 8, ... and one beyond the frame. */
  readonly #clouds: Float64Array;
  /** Threshold of a cloud's value, by its 4096th. */
  readonly #ranks: Uint8Array;

  constructor(frameWidth: number, frameHeight: number) {
    this.#columns = Math.ceil(frameWidth / COARSE) + 2;
    const rows = Math.ceil(frameHeight / COARSE) + 2;
    this.#clouds = drawClouds(this.#columns, rows, (PATCH * Math.min(frameWidth, frameHeight)) / COARSE);
    this.#ranks = rankValues(this.#clouds);
  }

  /** Row by row into `target`, tightly packed. */
  draw(grid: Grid, target: Uint8Array): void {
    const clouds = this.#clouds;
    const above = new Float64Array(this.#columns);
    for (let y = 0; y < grid.height; y++) {
      const place = (grid.firstY + y * grid.every) / COARSE;
      const upper = Math.floor(place);
      const from = upper * this.#columns;
      for (let x = 0; x < above.length; x++) {
        const top = clouds[from + x] as number;
        above[x] = top + ((clouds[from + this.#columns + x] as number) - top) * (place - upper);
      }
      for (let x = 0; x < grid.width; x++) {
        const across = (grid.firstX + x * grid.every) / COARSE;
        const left = Math.floor(across);
        const start = above[left] as number;
        const value = start + ((above[left + 1] as number) - start) * (across - left);
        target[y * grid.width + x] = this.#ranks[Math.round(value * (RANKS - 1))] as number;
      }
    }
  }
}

function drawClouds(columns: number, rows: number, patch: number): Float64Array {
  const clouds = new Float64Array(columns * rows);
  for (const [octave, [cosine, sine]] of TURNS.entries()) {
    const cell = patch / 2 ** octave;
    const strength = 2 ** (TURNS.length - 1 - octave) / (2 ** TURNS.length - 1);
    const seed = Math.imul(SEED, octave + 1);
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const at = y * columns + x;
        const value = cloudAt((x * cosine - y * sine) / cell, (x * sine + y * cosine) / cell, seed);
        clouds[at] = (clouds[at] as number) + strength * value;
      }
    }
  }
  return clouds;
}

function cloudAt(x: number, y: number, seed: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const across = smooth(x - left);
  const upper = mix(nodeValue(left, top, seed), nodeValue(left + 1, top, seed), across);
  const lower = mix(nodeValue(left, top + 1, seed), nodeValue(left + 1, top + 1, seed), across);
  return mix(upper, lower, smooth(y - top));
}

function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

function smooth(t: number): number {
  return t * t * t * (t * (6 * t - 15) + 10);
}

/** 0..1, from the node's place alone. */
function nodeValue(x: number, y: number, seed: number): number {
  let value = Math.imul(x + 1, 0x9e3779b1) ^ Math.imul(y + 1, 0x85ebca6b) ^ seed;
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  value = Math.imul(value ^ (value >>> 12), 0x297a2d39);
  return ((value ^ (value >>> 15)) >>> 0) / 0xffffffff;
}

function rankValues(values: Float64Array): Uint8Array {
  const counts = new Uint32Array(RANKS);
  for (const value of values) {
    const bin = Math.round(value * (RANKS - 1));
    counts[bin] = (counts[bin] as number) + 1;
  }
  let below = 0;
  return Uint8Array.from(counts, (count) => {
    const rank = Math.round((255 * (below + count / 2)) / values.length);
    below += count;
    return rank;
  });
}
