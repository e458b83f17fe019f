import type { TimedWord } from "../models/speech.ts";
import { windowPowers } from "./polish.ts";

const WIDE = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]/gu;

/** As captions show them: parted by blanks; where a language has none, as a dictionary parts them, marks behind. */
export function writtenWords(text: string, language: string): string[] {
  const words: string[] = [];
  for (const piece of text.split(/\s+/)) {
    if (piece === "") continue;
    if (!/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}]/u.test(piece)) {
      words.push(piece);
      continue;
    }
    let open = "";
    for (const { segment, isWordLike } of new Intl.Segmenter(language, { granularity: "word" }).segment(
      piece,
    )) {
      if (isWordLike !== true) {
        // Opening marks go with the word behind them.
        if (/[\p{Ps}\p{Pi}]/u.test(segment) || words.length === 0) open += segment;
        else words[words.length - 1] += segment;
        continue;
      }
      words.push(open + segment);
      open = "";
    }
    if (open !== "") words.push(open);
  }
  return words;
}

/** Words over a span of time by how long each takes to say. An estimate: nobody listened. */
export function spreadWords(words: readonly string[], start: number, end: number): TimedWord[] {
  const weights = words.map((word) => {
    const wide = word.match(WIDE)?.length ?? 0;
    return (
      1 +
      wide * 3 +
      (word.length - wide) +
      (/[.!?。！？]$/u.test(word) ? 4 : /[,;:，；：]$/u.test(word) ? 2 : 0)
    );
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  let before = 0;
  return words.map((text, index) => {
    const from = start + ((end - start) * before) / total;
    before += weights[index] ?? 0;
    return { text, start: from, end: start + ((end - start) * before) / total };
  });
}

/** First and last moment of sound, in seconds: within 35 dB of the loudest window. */
export function soundingSpan(samples: Float32Array, sampleRate: number): { start: number; end: number } {
  const size = Math.max(1, Math.round(sampleRate * 0.01));
  const powers = windowPowers(samples, size);
  const threshold = Math.max(...powers, 1e-12) / 10 ** 3.5;
  const first = powers.findIndex((power) => power > threshold);
  const last = powers.findLastIndex((power) => power > threshold);
  if (first < 0) return { start: 0, end: samples.length / sampleRate };
  return { start: (first * size) / sampleRate, end: ((last + 1) * size) / sampleRate };
}
