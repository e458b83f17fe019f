/**
 * How fast a caption has to be read. Limits are those of Netflix' Timed Text Style Guides for adults: 20 characters a
 * second in English, 12 in Korean, 9 in Chinese (partnerhelp.netflixstudios.com). Its 4 for Japanese is left aside: it is
 * for translations that are shortened to fit; a narration written down word for word is twice as fast when spoken slowly.
 * Pure.
 */
import { isIdeographic, isWide } from "../captions/text/characters.ts";

const LATIN_PER_SECOND = 20;
const HANGUL_PER_SECOND = 12;
const IDEOGRAPHIC_PER_SECOND = 9;

export interface ReadingSpeed {
  /** Letters, signs and spaces; marks and joiners are part of the letter before them. */
  readonly characters: number;
  /** In scripts without spaces, those that a dictionary finds. */
  readonly words: number;
  readonly charactersPerSecond: number;
  readonly wordsPerMinute: number;
  /** Of the limit of its script, or of the mixture of its scripts: above 1 it is too fast. */
  readonly load: number;
}

const NOT_READ = /[\p{M}\p{Cf}\p{Cc}\u2028\u2029]/u;

let segmenter: Intl.Segmenter | undefined;

export function readingSpeed(text: string, seconds: number): ReadingSpeed {
  let [ideographic, hangul, others] = [0, 0, 0];
  for (const char of text.trim().replaceAll(/\s+/gu, " ")) {
    if (NOT_READ.test(char)) continue;
    if (isIdeographic(char)) ideographic += 1;
    else if (isWide(char)) hangul += 1;
    else others += 1;
  }
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "word" });
  let words = 0;
  for (const { isWordLike } of segmenter.segment(text)) if (isWordLike === true) words += 1;
  const characters = ideographic + hangul + others;
  const needed =
    ideographic / IDEOGRAPHIC_PER_SECOND + hangul / HANGUL_PER_SECOND + others / LATIN_PER_SECOND;
  const time = Math.max(seconds, 0.001);
  return {
    characters,
    words,
    charactersPerSecond: characters / time,
    wordsPerMinute: (words * 60) / time,
    load: needed / time,
  };
}
