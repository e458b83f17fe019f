import type { Fraction } from "../../spec/production.ts";
import { assDocument } from "./ass-document.ts";
import { drawBlock } from "./ass-drawing.ts";
import type { CaptionEvent, CompiledCaptions } from "./compile.ts";

/** A caption picture that stands still for some frames. Frame 0 is the window's first frame. */
export interface CaptionState {
  /**
   * First frame. Negative only while a fade-in that began before the window still runs in it,
   * so that the fade goes on where the chunk before left it.
   */
  readonly startFrame: number;
  /** Exclusive. Past the window's end only while a fade-out runs across it. */
  readonly endFrame: number;
  /** Frames from the first on over which the opacity rises; 0: none. */
  readonly fadeInFrames: number;
  /** Frames up to the last over which the opacity falls; 0: none. */
  readonly fadeOutFrames: number;
  /** A whole ASS script that shows this picture from 0 s on. The same picture has the same script in any window. */
  readonly ass: string;
  /** Equal exactly when the pictures are equal: the drawing instructions without the script around them. */
  readonly key: string;
}

/**
 * The pictures for a window of the scene, times rounded to frames. Frames without a caption have no state.
 *
 * @param startFrame first frame of the window in the scene
 * @param endFrame exclusive
 */
export function assForWindow(
  compiled: CompiledCaptions,
  startFrame: number,
  endFrame: number,
  fps: Fraction,
): { states: CaptionState[] } {
  const states: CaptionState[] = [];
  for (let i = firstEndingAfter(compiled.events, startFrame, fps); i < compiled.events.length; i++) {
    const event = compiled.events[i];
    if (!event || toFrame(event.startMs, fps) >= endFrame) break;
    for (const piece of pieces(event, fps)) {
      const visible = cut(piece, startFrame, endFrame);
      if (visible) states.push(drawn(compiled, event, visible));
    }
  }
  return { states };
}

interface Piece {
  readonly startFrame: number;
  readonly endFrame: number;
  readonly fadeInFrames: number;
  readonly fadeOutFrames: number;
  readonly zoom: number;
}

/** Events lie in time order, so the first of a window is found by halving. */
function firstEndingAfter(events: readonly CaptionEvent[], frame: number, fps: Fraction): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (toFrame(events[middle]?.endMs ?? 0, fps) > frame) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Splits an event into the one-frame pictures of its pop and the picture that stays. */
function pieces(event: CaptionEvent, fps: Fraction): Piece[] {
  const first = toFrame(event.startMs, fps);
  const endFrame = toFrame(event.endMs, fps);
  if (endFrame <= first) return [];
  // Too short a word would be all pop.
  const pop = endFrame - first > 2 * event.pop.length ? event.pop : [];
  const popped = pop.map((zoom, i) => ({
    startFrame: first + i,
    endFrame: first + i + 1,
    fadeInFrames: 0,
    fadeOutFrames: 0,
    zoom,
  }));
  const startFrame = first + pop.length;
  const longest = Math.floor((endFrame - startFrame) / 3);
  const fadeFrames = (ms: number): number =>
    ms === 0 ? 0 : Math.min(longest, Math.max(1, toFrame(ms, fps)));
  const stay = {
    startFrame,
    endFrame,
    fadeInFrames: fadeFrames(event.fadeInMs),
    fadeOutFrames: fadeFrames(event.fadeOutMs),
    zoom: 1,
  };
  return [...popped, stay];
}

/**
 * Scene frames -> window frames. What does not show inside the window is cut away, so that a chunk's key
 * does not change with edits that its frames cannot show.
 */
function cut(piece: Piece, windowStart: number, windowEnd: number): Piece | null {
  if (piece.endFrame <= windowStart || piece.startFrame >= windowEnd) return null;
  const fadingIn = piece.startFrame + piece.fadeInFrames > windowStart;
  const fadingOut = piece.endFrame - piece.fadeOutFrames < windowEnd;
  return {
    startFrame: fadingIn ? piece.startFrame - windowStart : Math.max(0, piece.startFrame - windowStart),
    fadeInFrames: fadingIn ? piece.fadeInFrames : 0,
    endFrame: (fadingOut ? piece.endFrame : Math.min(piece.endFrame, windowEnd)) - windowStart,
    fadeOutFrames: fadingOut ? piece.fadeOutFrames : 0,
    zoom: piece.zoom,
  };
}

function drawn(
  { frame, paint, fonts }: CompiledCaptions,
  event: CaptionEvent,
  { zoom, ...piece }: Piece,
): CaptionState {
  const dialogues = drawBlock(event.block, paint, event.marked, zoom);
  return {
    ...piece,
    ass: assDocument(frame, fonts[0]?.family ?? "", dialogues),
    key: `${frame.width}x${frame.height}\n${dialogues.map(({ layer, text }) => `${layer},${text}`).join("\n")}`,
  };
}

const toFrame = (ms: number, { num, den }: Fraction): number => Math.round((ms * num) / (1000 * den));
