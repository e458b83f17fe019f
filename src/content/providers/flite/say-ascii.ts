/** A word as Flite can say it, in ASCII; null when there is a letter in it that English has no sound for. */
export function sayable(word: string): string | null {
  const plain = word
    .replace(/[“”„«»]/g, '"')
    .replace(/[‘’ʼ]/g, "'")
    .replace(/[–—]/g, ", ")
    .replace(/…/g, "...")
    .replace(/\$\s?(\d[\d.,]*\d|\d)/g, "$1 dollars")
    .replace(/€\s?(\d[\d.,]*\d|\d)|(\d[\d.,]*)\s?€/g, "$1$2 euros")
    .replace(/£\s?(\d[\d.,]*\d|\d)/g, "$1 pounds")
    .replace(/(\d)\s?%/g, "$1 percent")
    .replace(/(\d)\s?°C?/g, "$1 degrees")
    .replace(/[×✕]/g, " times ")
    .replace(/&/g, " and ")
    // "3,270" is one number; Flite reads the comma as a pause.
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, "")
    .replace(/ß/g, "ss")
    .replace(/[æÆ]/g, "ae")
    .replace(/[øØ]/g, "o")
    .replace(/[łŁ]/g, "l")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "");
  if (/[^\x00-\x7f]/.test(plain.replace(/[^\p{L}\p{N}]/gu, ""))) return null;
  return plain
    .replace(/[^ -~]/g, " ")
    .replace(/[\\^_`{|}~<>*#@[\]]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}
