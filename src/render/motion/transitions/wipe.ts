import type { Direction } from "../../../spec/production.ts";
import type { Frame } from "../frame.ts";
import type { KernelModule } from "../kernel-module.ts";
import { align } from "../memory.ts";
import { coverPlane } from "./cover-plane.ts";

/** Width of the edge as a fraction of the side it travels along: soft, and still seen as an edge. */
export const WIPE_EDGE = 0.07;

/**
 * How much of the later scene is seen along the edge's way, 0..255, at `count` samples that lie `every` pixels apart,
 * the first at `first`. `moved` 0..1: at 0 the edge is just outside the frame, at 1 just beyond.
 */
export function wipeCover(
  direction: Direction,
  moved: number,
  side: number,
  { count, every, first }: { readonly count: number; readonly every: number; readonly first: number },
): Uint8Array {
  const edge = WIPE_EDGE * side;
  const reached = moved * (side + edge);
  const backwards = direction === "left" || direction === "up";
  return Uint8Array.from({ length: count }, (_, index) => {
    const place = first + index * every;
    const behind = (reached - (backwards ? side - place : place)) / edge;
    const t = Math.min(1, Math.max(0, behind));
    return Math.round(255 * t * t * (3 - 2 * t));
  });
}

/** Lays `above` over `onto` as far as the edge has come. */
export function wipe(
  kernel: KernelModule,
  above: Frame,
  onto: Frame,
  direction: Direction,
  moved: number,
): void {
  const across = direction === "left" || direction === "right";
  const side = across ? onto.width : onto.height;
  const luma = { count: side, every: 1, first: 0.5 };
  // Chroma lies on even columns and between two rows.
  const chroma = { count: side / 2, every: 2, first: across ? 0.5 : 1 };
  const row = kernel.memory.allocate(align(onto.width, 16));
  for (const [plane, samples] of [
    ["y", luma],
    ["u", chroma],
    ["v", chroma],
  ] as const) {
    const cover = wipeCover(direction, moved, side, samples);
    const mask = kernel.memory.bytes(row.address, row.sizeBytes);
    if (across) mask.set(cover);
    else mask.fill(255);
    coverPlane(kernel, above[plane], onto[plane], (y) => ({
      mask: row.address,
      opacity: across ? 256 : opacityOf(cover[y] as number),
    }));
  }
  kernel.memory.free(row);
}

/** 0..255 to 0..256, so that 255 is solid. */
function opacityOf(cover: number): number {
  return cover + (cover >> 7);
}
