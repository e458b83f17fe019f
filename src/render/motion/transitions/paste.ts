import type { Frame, FramePlane } from "../frame.ts";
import type { KernelModule } from "../kernel-module.ts";
import type { Seam, SeamSide } from "./seam.ts";

/**
 * Lays one side of a seam over a frame: `from` holds the picture that belongs there, shifted by `shiftBeside`, and is
 * copied to where it stands. The pixels that the seam runs through take only the share of them that it covers, or all
 * of it when `over` is set: then the other side is still to come.
 */
export function pasteBeside(
  kernel: KernelModule,
  from: Frame,
  onto: Frame,
  seam: Seam,
  side: SeamSide,
  over: boolean,
): void {
  const bytes = kernel.memory.bytes(0, kernel.memory.sizeBytes);
  const share = (covered: number): number =>
    over ? 256 : Math.round(256 * (side === "after" ? covered : 1 - covered));
  const { whole, rest } = seam;
  // Of a chroma sample the seam covers what it covers of the two pixels; its siting half a pixel beside is not seen.
  const luma = [Math.max(0, 1 - rest), Math.min(1, 2 - rest)].map(share);
  const chroma = [(2 - rest) / 2].map(share);
  pastePlane(bytes, from.y, onto.y, seam.axis, whole, side, luma);
  pastePlane(bytes, from.u, onto.u, seam.axis, whole / 2, side, chroma);
  pastePlane(bytes, from.v, onto.v, seam.axis, whole / 2, side, chroma);
}

/** @param shares 0..256, of the lines (columns or rows) from `whole` on that the seam runs through */
function pastePlane(
  bytes: Uint8Array,
  from: FramePlane,
  onto: FramePlane,
  axis: "x" | "y",
  whole: number,
  side: SeamSide,
  shares: readonly number[],
): void {
  const { width, height } = onto;
  const lines = axis === "x" ? width : height;
  const first = side === "after" ? whole + shares.length : 0;
  const end = side === "after" ? lines : whole;
  // What stands at line n comes from line n - moved.
  const moved = side === "after" ? whole : whole + shares.length - lines;
  if (axis === "y") {
    const start = from.address + (first - moved) * width;
    bytes.copyWithin(onto.address + first * width, start, start + Math.max(0, end - first) * width);
  } else if (end > first) {
    for (let y = 0; y < height; y++) {
      const start = from.address + y * width + first - moved;
      bytes.copyWithin(onto.address + y * width + first, start, start + end - first);
    }
  }
  const [along, across, length] = axis === "x" ? [width, 1, height] : [1, width, width];
  for (const [index, share] of shares.entries()) {
    let source = from.address + (whole + index - moved) * across;
    let target = onto.address + (whole + index) * across;
    for (let n = 0; n < length; n++) {
      const old = bytes[target] as number;
      bytes[target] = (old * (256 - share) + (bytes[source] as number) * share + 128) >> 8;
      source += along;
      target += along;
    }
  }
}
