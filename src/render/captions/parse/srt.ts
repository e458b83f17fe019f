import type { Cue, ParsedCaptions } from "../cue.ts";
import { IssueLog } from "../issue-log.ts";
import { buildCue, PARSE_MESSAGES } from "./build-cue.ts";
import { CAPTION_LIMITS, refuseTooLarge } from "./limits.ts";
import { parseTimingLine } from "./timestamp.ts";

/**
 * SubRip text -> cues, in file order.
 *
 * Only timing lines are trusted to separate cues: indices may be missing or wrong, blank lines may be
 * missing or stand inside a cue. One pass, linear.
 *
 * @throws ReelburstError CAPTIONS_TOO_LARGE
 */
export function parseSrt(text: string): ParsedCaptions {
  const log = new IssueLog();
  const cues: Cue[] = [];
  let timing: { startMs: number; endMs: number } | null = null;
  let lines: string[] = [];
  let timed = 0;
  let index = 0;

  const close = (): void => {
    if (timing) {
      const cue = buildCue(timing.startMs, timing.endMs, lines.join("\n"), log);
      if (cue) cues.push(cue);
    }
    lines = [];
  };

  for (const line of text.split("\n")) {
    const next = line.includes("-->") ? parseTimingLine(line) : null;
    if (next) {
      index = takeIndex(lines, index);
      close();
      timing = next;
      timed += 1;
    } else if (looksLikeTiming(line)) {
      takeIndex(lines, index);
      close();
      timing = null;
      log.add("CAPTION_MALFORMED", null);
    } else {
      lines.push(line);
    }
  }
  close();
  refuseTooLarge("captions", timed, CAPTION_LIMITS.cues);
  return { cues, issues: log.issues(PARSE_MESSAGES) };
}

/** An arrow and no letters: meant as timing, though no time can be read from it. */
const looksLikeTiming = (line: string): boolean =>
  line.length < 200 && line.includes("-->") && !/\p{L}/u.test(line);

/**
 * Removes the index that belongs to the cue now beginning from the end of the text before it. A number is
 * an index when a blank line or nothing precedes it, or when it counts on; else it is the caption's own text.
 */
function takeIndex(lines: string[], previous: number): number {
  const last = lines.at(-1)?.trim() ?? "";
  if (!/^\d{1,9}$/u.test(last)) return previous;
  const before = lines.at(-2)?.trim() ?? "";
  const value = Number(last);
  if (before !== "" && value !== previous + 1) return previous;
  lines.pop();
  return value;
}
