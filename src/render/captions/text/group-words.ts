import type { SpokenSpan } from "./align-words.ts";
import { textUnits } from "./characters.ts";

const MAX_WORDS = 3;
/** Latin characters; what an eye takes in at once. */
const MAX_UNITS = 15;
/** A pause this long begins a new group. */
const PAUSE_MS = 700;

/** Words -> groups of one to three that are shown at once: short, on one line, never across a sentence's end. */
export function groupWords(
  text: string,
  spans: readonly SpokenSpan[],
  fits: (text: string) => boolean,
): SpokenSpan[] {
  const groups: (SpokenSpan & { words: number; lastMs: number })[] = [];
  for (const span of spans) {
    const group = groups.at(-1);
    const joined = group ? text.slice(group.start, span.end) : "";
    const together =
      group &&
      group.words < MAX_WORDS &&
      !/[.!?。！？…,，、;；:：\u2028]["'”’」』)）]*\s*$/u.test(text.slice(group.start, span.start)) &&
      textUnits(joined) <= MAX_UNITS &&
      span.startMs - group.lastMs <= PAUSE_MS &&
      fits(joined);
    if (together)
      groups[groups.length - 1] = {
        start: group.start,
        end: span.end,
        startMs: group.startMs,
        words: group.words + 1,
        lastMs: span.startMs,
      };
    else groups.push({ ...span, words: 1, lastMs: span.startMs });
  }
  return groups.map(({ start, end, startMs }) => ({ start, end, startMs }));
}
