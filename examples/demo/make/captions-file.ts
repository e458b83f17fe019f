/** Writes cues as .srt or .vtt, and word timings as .json. */
import { writeFileSync } from "node:fs";
import type { TimedWord } from "./word-times.ts";

export interface Cue {
  /** Seconds from the start of the narration. */
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

export function writeCaptions(path: string, cues: readonly Cue[], words: readonly TimedWord[]): void {
  writeFileSync(path, path.endsWith(".json") ? json(words) : path.endsWith(".vtt") ? vtt(cues) : srt(cues));
}

const srt = (cues: readonly Cue[]): string =>
  cues
    .map(
      (cue, index) =>
        `${index + 1}\n${time(cue.start, ",")} --> ${time(cue.end, ",")}\n${cue.lines.join("\n")}\n`,
    )
    .join("\n");

const vtt = (cues: readonly Cue[]): string =>
  `WEBVTT\n\n${cues.map((cue) => `${time(cue.start, ".")} --> ${time(cue.end, ".")}\n${cue.lines.join("\n")}\n`).join("\n")}`;

const json = (words: readonly TimedWord[]): string =>
  `{\n  "words": [\n${words
    .map(
      (word) =>
        `    { "start": ${word.start.toFixed(3)}, "end": ${word.end.toFixed(3)}, "text": ${JSON.stringify(word.text)} }`,
    )
    .join(",\n")}\n  ]\n}\n`;

function time(seconds: number, separator: string): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(ms / 3_600_000))}:${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1000) % 60)}${separator}${String(ms % 1000).padStart(3, "0")}`;
}
