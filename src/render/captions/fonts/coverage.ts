import type { CaptionFace } from "./face.ts";

/**
 * What becomes of a character: `drawn` by some face; `ignored`, for it has no picture of its own (spaces,
 * joiners, variation selectors); `dropped` with a warning (emoji and symbols that no face has);
 * `missing`, an error: a letter, mark, number or punctuation sign that no face has.
 */
export type CharacterFate = "drawn" | "ignored" | "dropped" | "missing";

const IGNORED = /[\s\p{Default_Ignorable_Code_Point}\p{Cc}]/u;
const EMOJI =
  /[\p{Extended_Pictographic}\p{Emoji_Presentation}\p{Emoji_Modifier}\p{Regional_Indicator}]|\u20e3|[\u{e0020}-\u{e007f}]/u;
const SYMBOL = /[\p{S}\p{Co}\ufffd]/u;

export function characterFate(char: string, faces: readonly CaptionFace[]): CharacterFate {
  const codePoint = char.codePointAt(0) ?? 0;
  // Variation selectors and joiners are ignored even where a face maps them.
  if (IGNORED.test(char)) return "ignored";
  if (faces.some((face) => face.covers(codePoint))) return "drawn";
  return EMOJI.test(char) || SYMBOL.test(char) ? "dropped" : "missing";
}
