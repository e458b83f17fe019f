/** Runs of frames. Pure. */

/** First inclusive, end exclusive. */
export interface FrameSpan {
  readonly first: number;
  readonly end: number;
}

export interface ChunkSpans {
  readonly startFrame: number;
  /** In order, frames counted within the chunk. */
  readonly spans: readonly FrameSpan[];
  /** Whether what is seen at its first frame is what was seen at the end of the chunk before. */
  readonly continues: boolean;
}

/** Spans of the chunks -> spans of the film: what a chunk's edge has cut is one again. Shorter ones are left out. */
export function joinSpans(chunks: readonly ChunkSpans[], leastFrames: number): FrameSpan[] {
  const joined: FrameSpan[] = [];
  for (const { startFrame, spans, continues } of chunks) {
    for (const span of spans) {
      const [first, end] = [startFrame + span.first, startFrame + span.end];
      const before = joined.at(-1);
      const goesOn = span.first === 0 && continues && before?.end === startFrame;
      if (goesOn) joined[joined.length - 1] = { first: before.first, end };
      else joined.push({ first, end });
    }
  }
  return joined.filter(({ first, end }) => end - first >= leastFrames);
}

/** The parts of a span that lie in each of the stretches, which stand one behind the other. */
export function splitSpan<Stretch extends { readonly startFrame: number; readonly frameCount: number }>(
  { first, end }: FrameSpan,
  stretches: readonly Stretch[],
): { readonly stretch: Stretch; readonly first: number; readonly end: number }[] {
  return stretches.flatMap((stretch) => {
    const from = Math.max(first, stretch.startFrame);
    const to = Math.min(end, stretch.startFrame + stretch.frameCount);
    return from < to ? [{ stretch, first: from, end: to }] : [];
  });
}
