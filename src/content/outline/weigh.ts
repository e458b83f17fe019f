/** Which sentences of a text carry it. */
import { FIGURE } from "./figure.ts";
import { COMMON_WORDS, wordsOf } from "./sentences.ts";

/** Such a beginning points at the sentence before: alone it hangs in the air. */
const LEANS_BACK =
  /^(?:this|that|these|those|it|its|they|their|he|she|his|her|such|so|but|and|or|yet|then|there|however|therefore|instead|otherwise|also|still|both|neither|here|hence|thus|as a result|for example|for instance|in other words|on the other hand|at the same time)\b/i;
const LEANS_BACK_WIDE = /^(?:这|那|它|他|她|但|而|因此|所以|然而|于是|同时|此外|例如|其)/u;

export function leansBack(sentence: string): boolean {
  return LEANS_BACK.test(sentence) || LEANS_BACK_WIDE.test(sentence);
}

export class Weigher {
  readonly #language: string;
  readonly #frequency = new Map<string, number>();
  readonly #common: ReadonlySet<string>;

  constructor(texts: readonly string[], language: string) {
    this.#language = language;
    this.#common = COMMON_WORDS[language.split("-")[0] ?? ""] ?? new Set();
    for (const text of texts)
      for (const word of new Set(this.#subject(text)))
        this.#frequency.set(word, (this.#frequency.get(word) ?? 0) + 1);
  }

  /**
   * 0 and up. The mean weight of its words (those that come back in the text), a lead for sentences that open a
   * paragraph, for numbers and for words of the heading; long ones and those that lean on others lose.
   */
  weigh(sentence: string, place: { readonly opens: boolean; readonly heading: string | null }): number {
    const words = this.#subject(sentence);
    if (words.length === 0) return 0;
    const mean =
      words.reduce((sum, word) => sum + Math.log2(this.#frequency.get(word) ?? 1), 0) /
      Math.sqrt(words.length * 9);
    const heading = new Set(place.heading === null ? [] : this.#subject(place.heading));
    const shared = words.filter((word) => heading.has(word)).length;
    let weight = mean + Math.min(0.4, shared * 0.2);
    if (place.opens) weight += 0.35;
    if (FIGURE.test(sentence)) weight += 0.7;
    if (leansBack(sentence)) weight -= 0.5;
    if (words.length > 22) weight -= 0.25;
    if (words.length < 3) weight -= 0.3;
    if (/[?？]$/.test(sentence)) weight -= 0.15;
    return Math.max(0, weight);
  }

  #subject(text: string): string[] {
    return wordsOf(text, this.#language)
      .filter((word) => !this.#common.has(word) && (word.length > 2 || /\p{sc=Han}/u.test(word)))
      .map((word) => (this.#language.startsWith("en") ? word.replace(/(?:'s|ies|es|s|ed|ing)$/, "") : word));
  }
}
