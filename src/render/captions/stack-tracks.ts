import type { CaptionEvent, CompiledCaptions } from "./compile.ts";
import type { PlacedBlock } from "./layout.ts";

/** One track's captions, and to which side they give way. */
export interface StackedTrack {
  readonly compiled: CompiledCaptions;
  readonly position: "bottom" | "middle" | "top";
}

/** Between two blocks, as a share of the frame's short side: tracks read as two, not as one paragraph. */
const GAP = 0.012;

interface Placed extends Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** From top to bottom of what is drawn, in pixels. */
interface Span {
  readonly top: number;
  readonly bottom: number;
}

/**
 * Several tracks over one picture: the first stays where it is, each further one is moved beyond what is shown
 * at the same time: upwards at the bottom, downwards elsewhere, and the other way where the frame ends.
 *
 * A block is moved as a whole, for as long as it stands: a karaoke line must not hop while it is spoken.
 * Blocks that no place in the frame can hold keep their own, and the caller is told how many.
 */
export function stackTracks(tracks: readonly StackedTrack[]): {
  tracks: CompiledCaptions[];
  crowded: number;
} {
  const placed: Placed[] = [];
  let crowded = 0;
  const stacked = tracks.map(({ compiled, position }) => {
    const { frame, paint } = compiled;
    const gap = Math.max(1, Math.round(GAP * Math.min(frame.width, frame.height)));
    const own: Placed[] = [];
    const earlier = timeWindow(placed);
    const events = blocksOf(compiled.events).flatMap((group) => {
      const { block } = group[0] as CaptionEvent;
      const startMs = (group[0] as CaptionEvent).startMs;
      const endMs = (group.at(-1) as CaptionEvent).endMs;
      const others = earlier(startMs, endMs);
      const span = spanOf(block, paint.outlineEm);
      const directions = position === "bottom" ? [-1, 1] : [1, -1];
      const shift = directions
        .map((direction) => shiftBeyond(span, others, direction, gap))
        .find((by) => span.top + by >= 0 && span.bottom + by <= frame.height);
      if (shift === undefined) crowded += 1;
      const by = shift ?? 0;
      own.push({ startMs, endMs, top: span.top + by, bottom: span.bottom + by });
      const moved = by === 0 ? block : movedBlock(block, by);
      return group.map((event) => ({ ...event, block: moved }));
    });
    placed.push(...own);
    placed.sort((a, b) => a.startMs - b.startMs);
    return { ...compiled, events };
  });
  return { tracks: stacked, crowded };
}

/** Answers what is shown within a window; asked in order of time, so that 10,000 cues are walked through once. */
function timeWindow(sorted: readonly Placed[]): (startMs: number, endMs: number) => Placed[] {
  let next = 0;
  let open: Placed[] = [];
  return (startMs, endMs) => {
    for (let one = sorted[next]; one !== undefined && one.startMs < endMs; one = sorted[++next])
      open.push(one);
    open = open.filter((one) => one.endMs > startMs);
    return open;
  };
}

/** Neighbouring events with the same block: one part of a cue, word by word. */
function blocksOf(events: readonly CaptionEvent[]): CaptionEvent[][] {
  const groups: CaptionEvent[][] = [];
  for (const event of events) {
    const group = groups.at(-1);
    if (group?.[0]?.block === event.block) group.push(event);
    else groups.push([event]);
  }
  return groups;
}

function spanOf({ ink, box, lines }: PlacedBlock, outlineEm: number): Span {
  const outline = outlineEm * (lines[0]?.emPixels ?? 0);
  const around = box ?? { y: ink.y - outline, height: ink.height + 2 * outline };
  return { top: Math.floor(around.y), bottom: Math.ceil(around.y + around.height) };
}

/** How far to go in one direction until nothing is touched. */
function shiftBeyond(span: Span, others: readonly Span[], direction: number, gap: number): number {
  let by = 0;
  for (let moved = true; moved; ) {
    moved = false;
    for (const other of others) {
      if (span.top + by >= other.bottom + gap || span.bottom + by <= other.top - gap) continue;
      by = direction < 0 ? other.top - gap - span.bottom : other.bottom + gap - span.top;
      moved = true;
    }
  }
  return by;
}

function movedBlock(block: PlacedBlock, by: number): PlacedBlock {
  return {
    lines: block.lines.map((line) => ({ ...line, baselineY: line.baselineY + by })),
    ink: { ...block.ink, y: block.ink.y + by },
    box: block.box === null ? null : { ...block.box, y: block.box.y + by },
  };
}
