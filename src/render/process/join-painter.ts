/** Paints the frames on which one scene gives way to the next. */

import { ease } from "../motion/easing.ts";
import type { Frame } from "../motion/frame.ts";
import type { PixelShift } from "../motion/frame-renderer.ts";
import type { MotionKernel } from "../motion/kernel.ts";
import type { DissolvePattern } from "../motion/transitions/dissolve.ts";
import { seamAt, shiftBeside } from "../motion/transitions/seam.ts";
import type { EntrancePlan } from "../plan.ts";

const FULL = 256;

/** Draws a scene's frame as it is at this moment, moved by a fraction of pixels. */
export type DrawScene = (into: Frame, shift?: PixelShift) => void;

export class JoinPainter {
  readonly #kernel: MotionKernel;
  readonly #scratch: Frame;
  #pattern: DissolvePattern | null = null;

  constructor(kernel: MotionKernel, width: number, height: number) {
    this.#kernel = kernel;
    this.#scratch = kernel.createFrame(width, height);
  }

  /** Fills the frame with both scenes, at the entrance's frame `index`. */
  paint(entrance: EntrancePlan, index: number, below: DrawScene, above: DrawScene, frame: Frame): void {
    const progress = progressOf(entrance, index);
    const { look } = entrance;
    const scratch = this.#scratch;
    switch (look.kind) {
      case "fade": {
        const weight = Math.round(progress * FULL);
        below(frame);
        if (weight === 0) return;
        above(scratch);
        this.#kernel.blend(frame, scratch, weight, frame);
        return;
      }
      case "dissolve":
        below(frame);
        above(scratch);
        this.#pattern ??= this.#kernel.prepareDissolve(frame.width, frame.height);
        this.#kernel.dissolve(scratch, frame, this.#pattern, progress);
        return;
      case "wipe":
        below(frame);
        above(scratch);
        this.#kernel.wipe(scratch, frame, look.direction, moved(progress));
        return;
      case "slide": {
        const seam = seamAt(look.direction, moved(progress), frame.width, frame.height);
        below(frame);
        above(scratch, shiftBeside(seam, seam.incoming));
        this.#kernel.pasteBeside(scratch, frame, seam, seam.incoming, false);
        return;
      }
      case "push": {
        const seam = seamAt(look.direction, moved(progress), frame.width, frame.height);
        const [before, after] = seam.incoming === "before" ? [above, below] : [below, above];
        before(scratch, shiftBeside(seam, "before"));
        this.#kernel.pasteBeside(scratch, frame, seam, "before", true);
        after(scratch, shiftBeside(seam, "after"));
        this.#kernel.pasteBeside(scratch, frame, seam, "after", false);
        return;
      }
    }
  }

  close(): void {
    this.#kernel.freeFrame(this.#scratch);
    if (this.#pattern !== null) this.#kernel.freeDissolve(this.#pattern);
  }
}

/** Whether the later scene alone is seen. */
export function hasEntered(entrance: EntrancePlan | null, index: number): boolean {
  return entrance === null || Math.round(progressOf(entrance, index) * FULL) >= FULL;
}

function progressOf({ start, frames }: EntrancePlan, index: number): number {
  return Math.min(1, Math.max(0, (index - start + 0.5) / frames));
}

/** What travels sets off and arrives gently. */
function moved(progress: number): number {
  return ease("easeInOut", progress);
}
