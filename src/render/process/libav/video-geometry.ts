/** How a video's stored pixels come to stand upright and fill a frame. Pure. */

/** In this order: columns become rows, then left becomes right, then top becomes bottom. */
export interface Turn {
  readonly transpose: boolean;
  readonly mirror: boolean;
  readonly flip: boolean;
}

const UPRIGHT: Turn = { transpose: false, mirror: false, flip: false };

/**
 * From a display matrix (nine little-endian 32-bit numbers, in rows): phones store turned frames and say so there.
 * Only quarter turns and mirroring are told apart; a matrix that is anything else leaves the picture as it is.
 */
export function readTurn(matrix: Uint8Array | null): Turn {
  if (matrix === null || matrix.length < 36) return UPRIGHT;
  const view = new DataView(matrix.buffer, matrix.byteOffset, matrix.byteLength);
  const [a, b, c, d] = [0, 4, 12, 16].map((at) => Math.sign(view.getInt32(at, true))) as [
    number,
    number,
    number,
    number,
  ];
  // A stored point (x, y) is shown at (a x + c y, b x + d y).
  if (a !== 0 && d !== 0 && b === 0 && c === 0) return { transpose: false, mirror: a < 0, flip: d < 0 };
  if (b !== 0 && c !== 0 && a === 0 && d === 0) return { transpose: true, mirror: c < 0, flip: b < 0 };
  return UPRIGHT;
}

export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The middle part of the stored frame that fills a frame of shape `wanted`, or null when that is all of it.
 *
 * @param shown width / height as shown: upright, with square pixels
 */
export function coverCrop(
  stored: { readonly width: number; readonly height: number },
  shown: number,
  wanted: number,
  transpose: boolean,
): Crop | null {
  const across = Math.min(1, wanted / shown);
  const down = Math.min(1, shown / wanted);
  const [x, y] = transpose ? [down, across] : [across, down];
  const width = cut(stored.width, x);
  const height = cut(stored.height, y);
  if (width === stored.width && height === stored.height) return null;
  return { left: even((stored.width - width) / 2), top: even((stored.height - height) / 2), width, height };
}

/** An untouched side keeps its length, odd as it may be. */
function cut(side: number, share: number): number {
  return share >= 1 ? side : Math.min(side, Math.max(2, even(side * share)));
}

/** Even sides of the whole picture in a frame; at least two pixels. */
export function containedSize(
  shown: number,
  width: number,
  height: number,
): { width: number; height: number } {
  const scale = Math.min(width / shown, height);
  return {
    width: Math.min(width, Math.max(2, even(scale * shown))),
    height: Math.min(height, Math.max(2, even(scale))),
  };
}

/** The nearest even number; of two, the larger. */
export function even(value: number): number {
  return 2 * Math.floor(value / 2 + 0.5);
}
