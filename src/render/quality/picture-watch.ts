/**
 * Watches a chunk's picture, without its captions, for black and for standing still. Both are judged on a grid of points
 * and not on every pixel: 576 of them are read in a fraction of the time that a frame takes to be painted, and what is
 * missed between them is smaller than a thirtieth of the frame.
 */
import type { LumaPlane, Signature } from "../assemble/luma-signature.ts";
import type { FrameSpan } from "./spans.ts";

const COLUMNS = 32;
const ROWS = 18;
const BLOCK = 2;
/** The thresholds of FFmpeg's `blackdetect`: 98 % of the picture within the lowest tenth of the range. */
const BLACK_LUMA = 16 + 0.1 * 219;
const BLACK_SHARE = 0.98;
/** The threshold of FFmpeg's `freezedetect`: a mean difference of -60 dB. */
const STILL_DIFFERENCE = 255 / 1000;

/** Frames are counted within the chunk. */
export interface PictureFacts {
  readonly black: readonly FrameSpan[];
  /** Each span shows its own first frame all the time. */
  readonly still: readonly FrameSpan[];
  /** Of the first and the last frame: whether a span goes on in the next chunk. */
  readonly edges: readonly [Signature, Signature];
}

export class PictureWatch {
  readonly #keepFrames: number;
  readonly #frameCount: number;
  readonly #black: FrameSpan[] = [];
  readonly #still: FrameSpan[] = [];
  /** Of the frame that the running still span began with, and of the present frame. */
  #reference = new Uint8Array(COLUMNS * ROWS);
  #points = new Uint8Array(COLUMNS * ROWS);
  /** Where the points are in the plane. */
  #places: Uint32Array | null = null;
  #blackFrom = -1;
  #stillFrom = 0;
  #frames = 0;
  #first: Signature = "";
  #last: Signature = "";

  /** @param keepFrames shorter spans are forgotten, unless they touch an end of the chunk */
  constructor(frameCount: number, keepFrames: number) {
    this.#frameCount = frameCount;
    this.#keepFrames = keepFrames;
  }

  /** Call with every frame, in order. */
  see(plane: LumaPlane): void {
    const index = this.#frames++;
    this.#places ??= placesIn(plane);
    const [places, points, reference, { data }] = [this.#places, this.#points, this.#reference, plane];
    let dark = 0;
    let difference = 0;
    for (let at = 0; at < places.length; at++) {
      const value = data[places[at] as number] as number;
      if (value <= BLACK_LUMA) dark++;
      difference += Math.abs(value - (reference[at] as number));
      points[at] = value;
    }
    if (index === 0) this.#first = blocksOf(points);
    if (index === this.#frameCount - 1) this.#last = blocksOf(points);
    const isBlack = dark >= BLACK_SHARE * points.length;
    if (isBlack && this.#blackFrom < 0) this.#blackFrom = index;
    if (!isBlack) this.#closeBlack(index);
    // Held against the span's beginning, or a move too slow for one frame would never be seen.
    if (index === 0 || difference > STILL_DIFFERENCE * points.length) {
      this.#closeStill(index);
      this.#stillFrom = index;
      [this.#reference, this.#points] = [points, this.#reference];
    }
  }

  finish(): PictureFacts {
    this.#closeBlack(this.#frames);
    this.#closeStill(this.#frames);
    return { black: this.#black, still: this.#still, edges: [this.#first, this.#last] };
  }

  #closeBlack(end: number): void {
    if (this.#blackFrom >= 0) this.#keep(this.#black, this.#blackFrom, end);
    this.#blackFrom = -1;
  }

  #closeStill(end: number): void {
    if (end > this.#stillFrom) this.#keep(this.#still, this.#stillFrom, end);
  }

  #keep(into: FrameSpan[], first: number, end: number): void {
    const mayGoOn = first === 0 || end === this.#frameCount;
    if (mayGoOn || end - first >= this.#keepFrames) into.push({ first, end });
  }
}

function placesIn({ width, height, stride }: LumaPlane): Uint32Array {
  return Uint32Array.from({ length: COLUMNS * ROWS }, (_, at) => {
    const row = Math.floor(((Math.floor(at / COLUMNS) + 0.5) * height) / ROWS);
    return row * stride + Math.floor((((at % COLUMNS) + 0.5) * width) / COLUMNS);
  });
}

/** Means of blocks of 2 x 2 points: enough to know a picture by, and a quarter to keep. */
function blocksOf(points: Uint8Array): Signature {
  const columns = COLUMNS / BLOCK;
  const sums = new Uint16Array(points.length / BLOCK ** 2);
  for (const [at, value] of points.entries()) {
    const block = Math.floor(at / COLUMNS / BLOCK) * columns + Math.floor((at % COLUMNS) / BLOCK);
    sums[block] = (sums[block] as number) + value;
  }
  return Buffer.from(sums.map((sum) => Math.round(sum / BLOCK ** 2))).toString("base64");
}
