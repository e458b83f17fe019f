import type { CueWord } from "../cue.ts";
import type { BreakUnit } from "./break-units.ts";
import { textUnits } from "./characters.ts";

/** A word in the flowed text with the time from which it is spoken. Spans are in order and do not overlap. */
export interface SpokenSpan {
  readonly start: number;
  readonly end: number;
  readonly startMs: number;
}

/**
 * Finds each timed word in the flowed text, by its characters without spaces. A span reaches to the next
 * word, so that it takes its punctuation along. Null when the words are not those of the text.
 */
export function alignWords(text: string, words: readonly CueWord[]): SpokenSpan[] | null {
  const spans: { start: number; end: number; startMs: number }[] = [];
  let cursor = 0;
  for (const word of words) {
    const wanted = word.text.replace(/[\s\u2028]+/gu, "");
    if (wanted === "") continue;
    const start = findFrom(text, wanted, cursor);
    if (!start) return null;
    const previous = spans.at(-1);
    if (previous) previous.end = start.at;
    spans.push({ start: spans.length === 0 ? 0 : start.at, end: start.end, startMs: word.startMs });
    cursor = start.end;
  }
  const last = spans.at(-1);
  if (!last) return null;
  last.end = text.length;
  return spans.map((span) => ({
    ...span,
    end: span.start + text.slice(span.start, span.end).trimEnd().length,
  }));
}

/** Where `wanted` stands from `cursor` on, spaces in the text not counted; within reach, so this stays linear. */
function findFrom(text: string, wanted: string, cursor: number): { at: number; end: number } | null {
  for (let at = cursor; at < Math.min(text.length, cursor + 40); at++) {
    let i = at;
    let matched = 0;
    if (/\s/u.test(text[at] ?? "")) continue;
    while (i < text.length && matched < wanted.length) {
      if (/[\s\u2028]/u.test(text[i] ?? "")) i += 1;
      else if (text[i] === wanted[matched]) {
        i += 1;
        matched += 1;
      } else break;
    }
    if (matched === wanted.length) return { at, end: i };
  }
  return null;
}

/**
 * Without word timings: the cue's time shared out over its words by their length. An approximation: a
 * speaker's pauses are not in it, so words may be marked some tenths of a second early or late.
 */
export function interpolateWords(
  text: string,
  units: readonly BreakUnit[],
  startMs: number,
  endMs: number,
): SpokenSpan[] {
  // A constant for each word, since short words take longer than their letters say.
  const weights = units.map((unit) => textUnits(text.slice(unit.start, unit.end)) + 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  let before = 0;
  return units.map((unit, i) => {
    const span = {
      start: unit.start,
      end: unit.end,
      startMs: startMs + ((endMs - startMs) * before) / total,
    };
    before += weights[i] ?? 0;
    return span;
  });
}
