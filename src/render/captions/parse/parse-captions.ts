import { ReelburstError } from "../../../support/errors.ts";
import type { ParsedCaptions } from "../cue.ts";
import { decodeCaptionBytes } from "./decode-bytes.ts";
import { CAPTION_LIMITS, refuseTooLarge } from "./limits.ts";
import { parseSrt } from "./srt.ts";
import { parseVtt } from "./vtt.ts";
import { parseWordTimings } from "./word-timings.ts";

/**
 * Bytes of an .srt, .vtt or word-timing .json file -> cues in file order, all markup removed.
 * The content decides the format, never the file's name: a VTT file named .srt is read as VTT.
 *
 * @throws ReelburstError CAPTIONS_ENCODING, CAPTIONS_INVALID, CAPTIONS_TOO_LARGE
 */
export function parseCaptions(bytes: Uint8Array): ParsedCaptions {
  const { text, issues } = decodeCaptionBytes(bytes);
  const start = text.trimStart();
  const parsed = start.startsWith("WEBVTT")
    ? parseVtt(start)
    : start.startsWith("{") || start.startsWith("[")
      ? parseJsonOrSrt(start)
      : parseSrt(text);
  const characters = parsed.cues.reduce((sum, { text: shown }) => sum + shown.length, 0);
  refuseTooLarge("characters", characters, CAPTION_LIMITS.allCharacters);
  // A file of blank lines is no film without captions: something failed to write it.
  if (parsed.cues.length === 0 && parsed.issues.length === 0) {
    throw new ReelburstError(
      "CAPTIONS_INVALID",
      start === ""
        ? "The caption file holds no caption: it is blank."
        : "The caption file holds no caption: no line has a time such as 00:00:01,000 --> 00:00:02,500.",
      {
        hint: "Give an SRT, WebVTT or word-timing JSON file, or leave `subtitles` out.",
      },
    );
  }
  return { cues: parsed.cues, issues: [...issues, ...parsed.issues] };
}

/** An SRT without indices may begin with `{\an8}` or `[Music]`; JSON never contains an arrow outside a word. */
function parseJsonOrSrt(text: string): ParsedCaptions {
  const srt = parseSrt(text);
  return srt.cues.length > 0 && !/^[{[]\s*["{\]}]/u.test(text) ? srt : parseWordTimings(text);
}
