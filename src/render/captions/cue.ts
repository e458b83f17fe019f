/**
 * What every stage of captions speaks: cues in time, and what was lost on the way as data.
 */

/** One caption as its author wrote it, cleaned of all markup. Times are from the start of the scene. */
export interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  /**
   * Plain text. `\n` is the author's line break (a wish, rebalanced by the layout);
   * U+2028 is a break that must stay (two cues shown at once, two speakers).
   */
  readonly text: string;
  /** When each word is spoken, in order. Absent when the source has no word timings. */
  readonly words?: readonly CueWord[];
}

export interface CueWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

export type CaptionIssueCode =
  | "CAPTION_MALFORMED"
  | "CAPTION_EMPTY"
  | "CAPTION_NEGATIVE_DURATION"
  | "CAPTION_OVERLAP"
  | "CAPTION_CROWDED"
  | "CAPTION_PAST_END"
  | "CAPTION_TEXT_CAPPED"
  | "CAPTION_ENCODING"
  | "GLYPHS_DROPPED";

/** An expected, partial loss. It never stops a render; it is shown to the user and kept in the result. */
export interface CaptionIssue {
  readonly code: CaptionIssueCode;
  /** What happened and what it means. One message stands for all cues with the same fault. */
  readonly message: string;
  /** How many cues are affected. */
  readonly count: number;
  /** Start of the first affected cue; null when it has no time. */
  readonly atMs: number | null;
}

export interface ParsedCaptions {
  readonly cues: readonly Cue[];
  readonly issues: readonly CaptionIssue[];
}

/** A break that must stay, inside `Cue.text`. */
export const HARD_BREAK = "\u2028";

/** `00:14.2`, or `1:00:14.2` past the first hour: how captions' times are told to people. */
export function formatMoment(ms: number): string {
  const tenths = Math.round(ms / 100);
  const hours = Math.floor(tenths / 36_000);
  const minutes = String(Math.floor(tenths / 600) % 60).padStart(2, "0");
  const seconds = String(Math.floor(tenths / 10) % 60).padStart(2, "0");
  return `${hours > 0 ? `${hours}:` : ""}${minutes}:${seconds}.${tenths % 10}`;
}
