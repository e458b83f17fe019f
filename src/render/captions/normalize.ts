import { type CaptionIssue, type Cue, type CueWord, formatMoment, HARD_BREAK } from "./cue.ts";
import { IssueLog } from "./issue-log.ts";

/** Two cues that begin this close together are meant to be seen together. */
const TOGETHER_MS = 120;
/** More cues at one moment cannot be read. */
const MOST_TOGETHER = 4;
/** A shorter gap would only flicker: the earlier cue stays until the next one. */
const FLICKER_MS = 120;
/** Captions may hang over the end by this much without a word: rounding, not a mistake. */
const END_TOLERANCE_MS = 250;

export interface NormalizeOptions {
  /** How long the scene's sound (or the scene) lasts; null when it does not matter. */
  readonly durationMs: number | null;
  readonly minimumDurationMs: number;
}

/**
 * Cues in any order -> cues in time order, none overlapping, none past the end, none gone in a blink.
 * Cues that begin together are merged into one block; of other overlaps the earlier cue yields.
 */
export function normalizeCues(
  cues: readonly Cue[],
  { durationMs, minimumDurationMs }: NormalizeOptions,
): { cues: Cue[]; issues: CaptionIssue[] } {
  const log = new IssueLog();
  const end = durationMs ?? Number.POSITIVE_INFINITY;
  const sorted = cues
    .filter((cue) => cue.text !== "")
    .sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
  const kept = sorted.filter((cue) => cue.endMs >= cue.startMs && cue.startMs < end);
  const result: Cue[] = [];
  for (const [i, cue] of mergeSimultaneous(kept, log).entries()) {
    const previous = result[i - 1];
    if (previous && previous.endMs > cue.startMs) {
      log.add("CAPTION_OVERLAP", cue.startMs);
      result[i - 1] = retime(previous, cue.startMs);
    }
    result.push(retime(cue, Math.min(cue.endMs, end)));
  }
  const timed = result.map((cue, i) => {
    const limit = Math.min(result[i + 1]?.startMs ?? Number.POSITIVE_INFINITY, end);
    const wanted = Math.max(cue.endMs, cue.startMs + minimumDurationMs);
    return retime(cue, limit - wanted < FLICKER_MS && limit < end ? limit : Math.min(wanted, limit));
  });
  const issues = log.issues({
    CAPTION_CROWDED: (captions) =>
      `${captions} begin together with ${MOST_TOGETHER} others. They are left out.`,
    CAPTION_OVERLAP: (captions) => `${captions} begin while another is shown. The earlier one ends there.`,
  });
  const late = pastEnd(sorted, durationMs);
  return { cues: timed.filter((cue) => cue.endMs > cue.startMs), issues: late ? [...issues, late] : issues };
}

function mergeSimultaneous(sorted: readonly Cue[], log: IssueLog): Cue[] {
  const merged: Cue[] = [];
  let texts: string[] = [];
  for (const cue of sorted) {
    const previous = merged.at(-1);
    // A cue that ends before the other begins is read first, however short it is.
    const after = previous && previous.endMs <= cue.startMs && previous.startMs < cue.startMs;
    if (!previous || after || cue.startMs - previous.startMs > TOGETHER_MS) {
      merged.push(cue);
      texts = [cue.text];
    } else if (!texts.includes(cue.text) && texts.length === MOST_TOGETHER) {
      log.add("CAPTION_CROWDED", cue.startMs);
    } else {
      const endMs = Math.max(previous.endMs, cue.endMs);
      const known = texts.includes(cue.text);
      if (!known) texts.push(cue.text);
      // Word timings of two voices cannot be shown as one; the merged text is timed by its length.
      merged[merged.length - 1] = known
        ? { ...previous, endMs }
        : { startMs: previous.startMs, endMs, text: texts.join(HARD_BREAK) };
    }
  }
  return merged;
}

function retime(cue: Cue, endMs: number): Cue {
  if (endMs === cue.endMs) return cue;
  if (!cue.words) return { ...cue, endMs };
  const words: CueWord[] = cue.words.map((word) => ({
    text: word.text,
    startMs: Math.min(word.startMs, endMs),
    endMs: Math.min(word.endMs, endMs),
  }));
  return { ...cue, endMs, words };
}

function pastEnd(sorted: readonly Cue[], durationMs: number | null): CaptionIssue | null {
  if (durationMs === null) return null;
  const late = sorted.filter((cue) => cue.startMs >= durationMs);
  const lastEnd = sorted.reduce((latest, cue) => Math.max(latest, cue.endMs), 0);
  if (late.length === 0 && lastEnd - durationMs <= END_TOLERANCE_MS) return null;
  const overhang = ((lastEnd - durationMs) / 1000).toFixed(1);
  const consequence = late.length > 0 ? "are dropped" : "are cut";
  return {
    code: "CAPTION_PAST_END",
    message: `The audio ends ${overhang} s before the captions. Captions after ${formatMoment(durationMs)} ${consequence}; extend the audio or trim the captions.`,
    count: Math.max(late.length, 1),
    atMs: late[0]?.startMs ?? durationMs,
  };
}
