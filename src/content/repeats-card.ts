import type { CardInput } from "./script.ts";

/** Of the words said; below it a caption adds something to the card. */
const SHARE = 0.85;

/** Whether a card shows what is being said, so that captions over it would be the same text twice. */
export function repeatsCard({ title, text, attribution }: CardInput, narration: string): boolean {
  const shown = new Set(wordsOf([title, ...text, attribution].join(" ")));
  const said = wordsOf(narration);
  return said.length > 0 && said.filter((word) => shown.has(word)).length >= SHARE * said.length;
}

/** Scripts without spaces: by the letter. */
function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .match(
        /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}][\p{L}\p{M}\p{N}'’]*/gu,
      ) ?? []
  );
}
