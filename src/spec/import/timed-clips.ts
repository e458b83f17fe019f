import type { ImportReport } from "./import-report.ts";
import type { SceneDraft } from "./scene-draft.ts";
import { roundSeconds } from "./values.ts";

/** Clips nearer than this follow each other: editors round to frames. */
export const TOUCHING_SECONDS = 0.05;

/** A picture on a timeline, as it would fill the frame. */
export interface TimedClip {
  readonly draft: SceneDraft;
  /** Seconds; null: right behind the clip before it. */
  start: number | null;
  /** Seconds; null: not known before the file is read. */
  end: number | null;
}

/**
 * Clips of one layer over those below: what lies above is seen. Something above the middle of a clip would cut it in
 * two; it is given back instead.
 * @returns `upper` without those
 */
export function stack(lower: TimedClip[], upper: readonly TimedClip[]): TimedClip[] {
  return upper.filter((clip) => {
    if (lower.length === 0) return true;
    const { start, end } = clip;
    if (start === null || end === null) return false;
    const meeting = lower.filter((below) => overlaps(below, start, end));
    const cuts = meeting.map((below) => cutOf(below, start, end));
    if (cuts.includes(null)) return false;
    for (const [index, below] of meeting.entries()) cuts[index]?.(below);
    return true;
  });
}

/** Clips that are seen only where nothing else is: words do not hide a picture. */
export function besides(taken: readonly TimedClip[], clips: readonly TimedClip[]): TimedClip[] {
  if (taken.length === 0) return [...clips];
  return clips.filter(
    ({ start, end }) => start !== null && end !== null && !taken.some((clip) => overlaps(clip, start, end)),
  );
}

function overlaps(clip: TimedClip, start: number, end: number): boolean {
  if (clip.start === null || clip.end === null) return true;
  return clip.start < end - TOUCHING_SECONDS && clip.end > start + TOUCHING_SECONDS;
}

/** How to make room; null when a part would stay on both sides or none at all. */
function cutOf(clip: TimedClip, start: number, end: number): ((clip: TimedClip) => void) | null {
  if (clip.start === null || clip.end === null) return null;
  const before = start - clip.start > TOUCHING_SECONDS;
  const after = clip.end - end > TOUCHING_SECONDS;
  if (before === after) return null;
  if (before)
    return (below) => {
      const { video } = below.draft;
      if (video !== null && video.to !== null && below.end !== null)
        video.to -= (below.end - start) * video.speed;
      below.end = start;
    };
  return (below) => {
    const { video } = below.draft;
    if (video !== null && below.start !== null) video.from += (end - below.start) * video.speed;
    below.start = end;
  };
}

export function inTime(clips: readonly TimedClip[]): TimedClip[] {
  // Clips that follow whatever went before keep their places behind it.
  let last = 0;
  const keyed = clips.map((clip) => {
    last = clip.start ?? clip.end ?? last;
    return { clip, at: clip.start ?? last };
  });
  return keyed.toSorted((a, b) => a.at - b.at).map(({ clip }) => clip);
}

/**
 * Lengths from places: a scene lasts until the next one begins. A gap shows the picture before it a while longer, said;
 * one before the first scene shows that one earlier.
 * @param total length of the film where the document knows it
 */
export function layEndToEnd(clips: readonly TimedClip[], total: number | null, report: ImportReport): void {
  const first = clips[0];
  if (first !== undefined && (first.start ?? 0) > TOUCHING_SECONDS) {
    gap(
      report,
      first.draft,
      `Nothing is shown before ${roundSeconds(first.start ?? 0)} s`,
      "this begins at once",
    );
    first.start = 0;
  }
  for (const [index, clip] of clips.entries()) {
    const next = clips[index + 1];
    const { draft, start, end } = clip;
    const until = next === undefined ? Math.max(total ?? 0, end ?? 0) || null : next.start;
    if (start === null || (until === null && end === null)) {
      draft.seconds ??= start === null || end === null ? null : end - start;
      continue;
    }
    const last = until ?? (end as number);
    const blank = end === null ? 0 : last - end;
    if (blank > TOUCHING_SECONDS) {
      const { video } = draft;
      if (video !== null && video.to === null && end !== null)
        video.to = roundSeconds(video.from + (end - start) * video.speed);
      gap(
        report,
        draft,
        `Nothing is shown from ${roundSeconds(end ?? 0)} s to ${roundSeconds(last)} s`,
        draft.video === null || draft.video.speed === 1
          ? "this is shown so long"
          : "this is stretched over it",
      );
    }
    // A video whose length nobody states ends by itself; only the next clip's beginning ends it earlier.
    if (end !== null || next !== undefined) draft.seconds = last - start;
  }
}

function gap(report: ImportReport, draft: SceneDraft, what: string, instead: string): void {
  report.say(
    draft.node.path,
    `${what}; ${instead} instead.`,
    "A picture or a title there would fill the gap.",
  );
}
