import type { Direction } from "../../../spec/production.ts";

/** The line between two pictures of which at least one moves: everything left of (or above) it, and the rest. */
export interface Seam {
  readonly axis: "x" | "y";
  /** Pixels from the left or top: an even number, so that chroma can be copied, and the rest, 0 to 2. */
  readonly whole: number;
  readonly rest: number;
  /** On which side the later scene is. */
  readonly incoming: SeamSide;
}

export type SeamSide = "before" | "after";

/** @param moved 0..1 of the way that the later scene has to go */
export function seamAt(direction: Direction, moved: number, width: number, height: number): Seam {
  const axis = direction === "left" || direction === "right" ? "x" : "y";
  const side = axis === "x" ? width : height;
  const incoming = direction === "left" || direction === "up" ? "after" : "before";
  const at = (incoming === "after" ? 1 - moved : moved) * side;
  const whole = Math.min(2 * Math.floor(at / 2), side - 2);
  return { axis, whole, rest: at - whole, incoming };
}

/**
 * The fraction of its way by which a picture on this side is rendered shifted; the whole pixels are copied. Without
 * it a picture would move in steps of two pixels, which tremble where the move is slow.
 */
export function shiftBeside(
  { axis, rest }: Seam,
  side: SeamSide,
): { readonly x: number; readonly y: number } {
  const shift = side === "after" ? rest : rest - 2;
  return axis === "x" ? { x: shift, y: 0 } : { x: 0, y: shift };
}
