import { ReelburstError } from "../../../support/errors.ts";
import { type CaptionIssue, type Cue, formatMoment } from "../cue.ts";
import { graphemes } from "../text/segmenter.ts";
import { characterFate } from "./coverage.ts";
import type { CaptionFace } from "./face.ts";

/** A character that no face can draw, at its first appearance. */
export interface MissingGlyph {
  readonly character: string;
  /** `U+0E01` */
  readonly codePoint: string;
  readonly cueStartMs: number;
  readonly text: string;
}

export interface Preflight {
  /** Letters, marks, numbers, punctuation: the captions cannot be shown honestly. */
  readonly missing: readonly MissingGlyph[];
  /** Emoji and symbols: left out, and said so. */
  readonly dropped: readonly MissingGlyph[];
}

/** Looks every character up before a frame is rendered. Each missing code point is reported once. */
export function preflight(cues: readonly Cue[], faces: readonly CaptionFace[]): Preflight {
  const missing = new Map<string, MissingGlyph>();
  const dropped = new Map<string, MissingGlyph>();
  const known = new Set<string>();
  for (const cue of cues) {
    for (const character of cue.text) {
      if (known.has(character)) continue;
      known.add(character);
      const fate = characterFate(character, faces);
      if (fate === "drawn" || fate === "ignored") continue;
      const codePoint = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
      const found: MissingGlyph = { character, codePoint, cueStartMs: cue.startMs, text: cue.text };
      (fate === "missing" ? missing : dropped).set(character, found);
    }
  }
  return { missing: [...missing.values()], dropped: [...dropped.values()] };
}

/** @throws ReelburstError GLYPHS_MISSING naming the first characters and where they stand */
export function requireGlyphs({ missing }: Preflight): void {
  const [first] = missing;
  if (!first) return;
  const named = missing
    .slice(0, 8)
    .map((glyph) => `${glyph.character} (${glyph.codePoint})`)
    .join(", ");
  const more = missing.length > 8 ? ` and ${missing.length - 8} more` : "";
  throw new ReelburstError(
    "GLYPHS_MISSING",
    `No caption font has ${named}${more}. First needed by the caption at ${formatMoment(first.cueStartMs)}: "${first.text.slice(0, 80)}".`,
    { hint: "Set `captions.font` to a font that has these characters." },
  );
}

export function droppedIssue({ dropped }: Preflight): CaptionIssue | null {
  const [first] = dropped;
  if (!first) return null;
  const named = dropped
    .slice(0, 8)
    .map((glyph) => `${glyph.character} (${glyph.codePoint})`)
    .join(", ");
  const more = dropped.length > 8 ? ` and ${dropped.length - 8} more` : "";
  return {
    code: "GLYPHS_DROPPED",
    message: `No caption font has ${named}${more}. ${dropped.length === 1 ? "It is" : "They are"} left out of the picture (first at ${formatMoment(first.cueStartMs)}); the caption files (.srt, .vtt) keep ${dropped.length === 1 ? "it" : "them"}.`,
    count: dropped.length,
    atMs: first.cueStartMs,
  };
}

/** Takes out what `preflight` found to be dropped: whole graphemes, so that no half of an emoji stays. */
export function withoutDropped(text: string, faces: readonly CaptionFace[]): string {
  const drops = (part: string): boolean => [...part].some((char) => characterFate(char, faces) === "dropped");
  // Most captions have none; segmenting only those that do keeps 10,000 cues fast.
  if (!drops(text)) return text;
  return graphemes(text)
    .filter((grapheme) => !drops(grapheme))
    .join("")
    .replace(/ {2,}/gu, " ")
    .replace(/^ +| +$/gmu, "");
}
