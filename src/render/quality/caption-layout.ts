/** Where captions stand, held against the safe area. Pure. */
import type { CompiledCaptions } from "../captions/compile.ts";

export interface CaptionLayout {
  readonly startMs: number;
  readonly endMs: number;
  readonly lines: number;
  /** How far it reaches out of the safe area, in pixels; 0: not at all. */
  readonly overflowPixels: number;
}

const SAFE_SIDE = 0.05;
const SAFE_EDGE = 0.025;
/** Boxes end on whole pixels. */
const ROUNDING = 2;

/** One entry for each picture of captions, in order of time. */
export function captionLayouts({ events, frame }: CompiledCaptions): CaptionLayout[] {
  return events.map(({ startMs, endMs, block }) => {
    const { x, y, width, height } = block.box ?? block.ink;
    const over = Math.max(
      frame.width * SAFE_SIDE - x,
      x + width - frame.width * (1 - SAFE_SIDE),
      frame.height * SAFE_EDGE - y,
      y + height - frame.height * (1 - SAFE_EDGE),
    );
    return {
      startMs,
      endMs,
      lines: block.lines.length,
      overflowPixels: over > ROUNDING ? Math.round(over) : 0,
    };
  });
}
