import { type Cue, HARD_BREAK } from "./cue.ts";

/**
 * Cues with times from the start of the film -> a SubRip file, UTF-8, `\n` line ends.
 * SubRip has no escapes: a word joiner (U+2060, no width) keeps players from taking text for a tag or an entity.
 */
export function toSrt(cues: readonly Cue[]): string {
  return cues
    .map((cue, index) => {
      const text = plainLines(cue).replace(/<(?=[/!a-z\d])|&(?=#|[a-z]+;)/giu, "$&\u2060");
      return `${index + 1}\n${clock(cue.startMs, ",")} --> ${clock(cue.endMs, ",")}\n${guardArrow(text)}\n`;
    })
    .join("\n");
}

/** Cues with times from the start of the film -> a WebVTT file, UTF-8, `\n` line ends. */
export function toVtt(cues: readonly Cue[]): string {
  const blocks = cues.map((cue) => {
    const text = plainLines(cue).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    return `${clock(cue.startMs, ".")} --> ${clock(cue.endMs, ".")}\n${text}\n`;
  });
  return ["WEBVTT\n", ...blocks].join("\n");
}

const plainLines = (cue: Cue): string =>
  cue.text
    .replaceAll(HARD_BREAK, "\n")
    // Players of both formats obey ASS tags.
    .replace(/\{(?=\\)/gu, "{\u2060")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .join("\n");

/** Text such as `a --> b` would be read as a timing line. */
const guardArrow = (text: string): string => text.replaceAll("-->", "--\u2060>");

function clock(ms: number, separator: string): string {
  const whole = Math.max(0, Math.round(ms));
  const pad = (value: number, digits = 2): string => String(value).padStart(digits, "0");
  const hours = Math.floor(whole / 3_600_000);
  return `${pad(hours)}:${pad(Math.floor(whole / 60_000) % 60)}:${pad(Math.floor(whole / 1000) % 60)}${separator}${pad(whole % 1000, 3)}`;
}
