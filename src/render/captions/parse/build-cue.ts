import type { CaptionIssueCode, Cue, CueWord } from "../cue.ts";
import type { IssueLog } from "../issue-log.ts";
import { cleanMarkup, tidyText } from "./clean-text.ts";
import { CAPTION_LIMITS } from "./limits.ts";

/** Raw payload of one cue -> cue, or null when nothing is left of it. Losses go to `log`. */
export function buildCue(startMs: number, endMs: number, payload: string, log: IssueLog): Cue | null {
  if (endMs < startMs) {
    log.add("CAPTION_NEGATIVE_DURATION", startMs);
    return null;
  }
  // Cut before the cleaning, generously, so that a cue of megabytes costs no megabytes of work.
  const stretches = cleanMarkup(payload.slice(0, CAPTION_LIMITS.characters * 20));
  const whole = tidyText(stretches.map((stretch) => stretch.text).join(""));
  const text = capText(whole);
  if (text === "") {
    log.add("CAPTION_EMPTY", startMs);
    return null;
  }
  if (text !== whole || payload.length > CAPTION_LIMITS.characters * 20)
    log.add("CAPTION_TEXT_CAPPED", startMs);
  const words = stretches.length > 1 ? timedWords(stretches, startMs, endMs) : [];
  return words.length > 0 ? { startMs, endMs, text, words } : { startMs, endMs, text };
}

/** WebVTT inline timestamps: each stretch is spoken from its own timestamp to the next one. */
function timedWords(
  stretches: readonly { text: string; atMs: number | null }[],
  startMs: number,
  endMs: number,
): CueWord[] {
  const words: CueWord[] = [];
  for (const [index, stretch] of stretches.entries()) {
    const text = tidyText(stretch.text).replaceAll("\n", " ");
    const from = clamp(stretch.atMs ?? startMs, startMs, endMs);
    const to = clamp(stretches[index + 1]?.atMs ?? endMs, from, endMs);
    if (text !== "") words.push({ text, startMs: from, endMs: to });
  }
  return words;
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** Cuts at the limit without splitting a surrogate pair, and marks the cut. */
function capText(text: string): string {
  if (text.length <= CAPTION_LIMITS.characters) return text;
  return `${text
    .slice(0, CAPTION_LIMITS.characters)
    .toWellFormed()
    .replace(/\ufffd$/u, "")
    .trimEnd()}…`;
}

/** The wording of what reading a file can lose. */
export const PARSE_MESSAGES: Readonly<Partial<Record<CaptionIssueCode, (captions: string) => string>>> = {
  CAPTION_MALFORMED: (captions) =>
    `${captions} could not be read: the timing line is broken. They are left out.`,
  CAPTION_EMPTY: (captions) => `${captions} without text. Nothing is shown for them.`,
  CAPTION_NEGATIVE_DURATION: (captions) => `${captions} end before they begin. They are left out.`,
  CAPTION_TEXT_CAPPED: (captions) =>
    `${captions} longer than ${CAPTION_LIMITS.characters.toLocaleString("en-US")} characters. The text is cut there.`,
};
