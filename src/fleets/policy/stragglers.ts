/** A chunk under way. */
export interface RunningChunk {
  readonly key: string;
  readonly elapsedSeconds: number;
  /** How long it takes on an idle machine of this pool, as foretold from its like. */
  readonly expectedSeconds: number;
  /** How many machines work on it. */
  readonly copies: number;
}

/** Below this factor slow is not late: chunks differ by their scenes. */
const LATE_FACTOR = 1.5;

/**
 * Which chunks an idle machine should start a second time, the latest first; first result wins. Only when nothing is
 * queued (a copy must never keep real work waiting), never a third copy, and only where a fresh start could win: the
 * chunk has run half as long again as its like.
 */
export function chooseDuplicates(
  running: readonly RunningChunk[],
  queuedChunks: number,
  idleSlots: number,
): readonly string[] {
  if (queuedChunks > 0 || idleSlots <= 0) return [];
  const lateness = ({ elapsedSeconds, expectedSeconds }: RunningChunk): number =>
    elapsedSeconds / Math.max(expectedSeconds, 1e-3);
  return running
    .filter((chunk) => chunk.copies === 1 && lateness(chunk) >= LATE_FACTOR)
    .toSorted((a, b) => lateness(b) - lateness(a))
    .slice(0, idleSlots)
    .map(({ key }) => key);
}
