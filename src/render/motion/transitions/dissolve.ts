import type { Frame } from "../frame.ts";
import type { KernelModule } from "../kernel-module.ts";
import { align, type Region } from "../memory.ts";
import { coverPlane } from "./cover-plane.ts";
import { SoftPattern } from "./soft-pattern.ts";

/** The thresholds of a dissolve in kernel memory: for luma, and behind them for chroma. One serves all frames of a size. */
export interface DissolvePattern {
  readonly region: Region;
  readonly width: number;
  readonly height: number;
}

/** A patch takes 1 / GAIN of the thresholds to become solid. At a quarter, edges are hard and patches look like blots. */
const GAIN = 2;
const TOP = 255 * 16;

export function prepareDissolve(kernel: KernelModule, width: number, height: number): DissolvePattern {
  const region = kernel.memory.allocate(width * height + (width * height) / 4 + 16);
  const pattern = new SoftPattern(width, height);
  const luma = { width, height, every: 1, firstX: 0.5, firstY: 0.5 };
  // Chroma lies on even columns and between two rows.
  const chroma = { width: width / 2, height: height / 2, every: 2, firstX: 0.5, firstY: 1 };
  pattern.draw(luma, kernel.memory.bytes(region.address, width * height));
  pattern.draw(chroma, kernel.memory.bytes(region.address + width * height, (width * height) / 4));
  return { region, width, height };
}

/** Lays `above` over `onto` where the pattern says that it is there already. `progress` 0..1. */
export function dissolve(
  kernel: KernelModule,
  above: Frame,
  onto: Frame,
  pattern: DissolvePattern,
  progress: number,
): void {
  const level = Math.round(progress * (TOP + TOP / GAIN));
  const mask = kernel.memory.allocate(align(onto.width, 16));
  const luma = pattern.region.address;
  for (const [plane, thresholds] of [
    ["y", luma],
    ["u", luma + pattern.width * pattern.height],
    ["v", luma + pattern.width * pattern.height],
  ] as const) {
    const { width } = onto[plane];
    coverPlane(kernel, above[plane], onto[plane], (y) => {
      kernel.exports.rampMask(thresholds + y * width, mask.address, width, level, GAIN);
      return { mask: mask.address, opacity: 256 };
    });
  }
  kernel.memory.free(mask);
}
