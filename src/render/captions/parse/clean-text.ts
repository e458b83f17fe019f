import { CAPTION_LIMITS } from "./limits.ts";
import { parseTimestamp } from "./timestamp.ts";

/** A stretch of a cue's text. `atMs` is the inline timestamp it begins with, null before the first one. */
export interface TextStretch {
  readonly text: string;
  readonly atMs: number | null;
}

/**
 * Removes every tag from a cue's text and decodes its entities, in one pass over the text.
 *
 * Gone are HTML and WebVTT tags with their attributes (`<font size="5000">`, `<c.yellow>`, `<v Ann>`), ruby
 * annotations, and ASS override blocks (`{\p1}`). Kept are angle brackets and braces that are no tag
 * (`a < b`, `{x}`, `&lt;b&gt;`): they are text and will be drawn as text.
 */
export function cleanMarkup(raw: string): TextStretch[] {
  const stretches: TextStretch[] = [];
  let text = "";
  let atMs: number | null = null;
  let inRuby = false;
  // `{\` without its end is searched for once only, or a file of `{\{\{\` would take quadratic time.
  let bracesEnd = true;
  let i = 0;
  while (i < raw.length) {
    const char = raw[i];
    if (char === "<") {
      const end = endOfTag(raw, i);
      const body = end < 0 ? "" : raw.slice(i + 1, end);
      const moment = end < 0 ? null : parseTimestamp(body.trim());
      if (moment !== null || isTagBody(body)) {
        const name = /^\/?[a-z]*/iu.exec(body)?.[0].toLowerCase();
        if (moment !== null) {
          stretches.push({ text, atMs });
          text = "";
          atMs = moment;
        } else if (name === "br") text += "\n";
        else if (name === "rt") inRuby = true;
        else if (name === "/rt" || name === "/ruby") inRuby = false;
        i = end + 1;
        continue;
      }
    } else if (char === "{" && raw[i + 1] === "\\" && bracesEnd) {
      const end = raw.indexOf("}", i);
      if (end >= 0) {
        i = end + 1;
        continue;
      }
      bracesEnd = false;
    }
    const entity = char === "&" ? decodeEntity(raw, i) : null;
    if (!inRuby) text += entity?.text ?? char;
    i += entity?.length ?? 1;
  }
  stretches.push({ text, atMs });
  return stretches;
}

/** The `>` that closes the `<` at `from`, unless another `<` comes first; -1 when there is none. */
function endOfTag(raw: string, from: number): number {
  for (let i = from + 1; i < raw.length; i++) {
    if (raw[i] === ">") return i;
    if (raw[i] === "<") return -1;
  }
  return -1;
}

const isTagBody = (body: string): boolean => /^(?:\/?[a-z]|!--|\/?$)/iu.test(body) && body !== "";

const NAMED_ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  lrm: "",
  rlm: "",
};

function decodeEntity(raw: string, at: number): { text: string; length: number } | null {
  const match = /^&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,4}));/iu.exec(raw.slice(at, at + 10));
  if (!match) return null;
  const [whole, decimal, hex, name] = match;
  if (name !== undefined) {
    const text = NAMED_ENTITIES[name.toLowerCase()];
    return text === undefined ? null : { text, length: whole.length };
  }
  const codePoint = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
  const valid = codePoint <= 0x10ffff && (codePoint < 0xd800 || codePoint > 0xdfff);
  return { text: valid ? String.fromCodePoint(codePoint) : "", length: whole.length };
}

// Controls, bidi embeddings and overrides (they could turn a caption round), interlinear and object marks.
const UNDRAWN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc]/gu;
const STACKED_MARKS = new RegExp(`(\\p{M}{${CAPTION_LIMITS.marksPerLetter}})\\p{M}+`, "gu");

/**
 * Cleaned text -> NFC, no control characters, single spaces, `\n` between lines, trimmed.
 * Whether a word space (U+00A0) breaks is the layout's business, so it stays.
 */
export function tidyText(text: string): string {
  return text
    .toWellFormed()
    .replace(UNDRAWN, "")
    .normalize("NFC")
    .replace(STACKED_MARKS, "$1")
    .split("\n")
    .map((line) => line.replace(/[\t\v\f \u1680\u2000-\u200a\u205f]+/gu, " ").trim())
    .filter((line) => line !== "")
    .join("\n");
}
