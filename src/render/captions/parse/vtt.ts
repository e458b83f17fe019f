import type { Cue, ParsedCaptions } from "../cue.ts";
import { IssueLog } from "../issue-log.ts";
import { buildCue, PARSE_MESSAGES } from "./build-cue.ts";
import { CAPTION_LIMITS, refuseTooLarge } from "./limits.ts";
import { parseTimingLine } from "./timestamp.ts";

/**
 * WebVTT text -> cues, in file order. STYLE, REGION and NOTE blocks, identifiers and cue settings are
 * skipped (placement is ours); inline timestamps become word timings.
 * Block structure after https://www.w3.org/TR/webvtt1/#file-parsing, with missing blank lines forgiven.
 *
 * @throws ReelburstError CAPTIONS_TOO_LARGE
 */
export function parseVtt(text: string): ParsedCaptions {
  const log = new IssueLog();
  const cues: Cue[] = [];
  let timing: { startMs: number; endMs: number } | null = null;
  let payload: string[] = [];
  let timed = 0;

  const close = (): void => {
    if (timing) {
      const cue = buildCue(timing.startMs, timing.endMs, payload.join("\n"), log);
      if (cue) cues.push(cue);
    }
    timing = null;
    payload = [];
  };

  for (const line of text.split("\n")) {
    if (line.trim() === "") {
      close();
    } else if (line.includes("-->")) {
      close();
      timing = parseTimingLine(line);
      timed += 1;
      if (!timing) log.add("CAPTION_MALFORMED", null);
    } else if (timing) {
      payload.push(line);
    }
    // Any other line belongs to the header, a STYLE, REGION or NOTE block, or is an identifier.
  }
  close();
  refuseTooLarge("captions", timed, CAPTION_LIMITS.cues);
  return { cues, issues: log.issues(PARSE_MESSAGES) };
}
