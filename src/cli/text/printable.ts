/**
 * What may steer a terminal or disguise text: control characters (C0, DEL, C1), line and paragraph
 * separators, bidirectional overrides and marks, tag characters. Joiners stay: scripts and emoji need them.
 */
const STEERING =
  /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/**
 * Text from outside (scene ids, file names, messages) as one harmless line. Line breaks and tabs become a
 * space, everything else that steers is dropped; the letters of an escape sequence stay and show the attempt.
 */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\r\n\t\v\f\u0085\u2028\u2029]+/g, " ")
    .replace(STEERING, "");
}

/** `JSON.stringify` escapes C0 only; a terminal obeys C1 as well. The parsed value is the same. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(STEERING, escapeUnits);
}

function escapeUnits(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
