import type { TimedWord } from "../models/speech.ts";
import { sentencesOf } from "../outline/sentences.ts";
import type { Pcm } from "./pcm.ts";
import { windowPowers } from "./polish.ts";
import { soundingSpan, spreadWords, writtenWords } from "./spread-words.ts";

const SHORTEST_PAUSE_SECONDS = 0.16;
const WINDOW_SECONDS = 0.01;

/**
 * Times of words in a sound that came without any: the longest silences are taken for the ends of sentences, and inside a
 * sentence words share the time by their length. Where there are fewer silences than sentences, length alone decides.
 */
export function wordsByPauses(
  text: string,
  language: string,
  { samples, sampleRate }: Pcm,
): {
  readonly words: TimedWord[];
  readonly timing: "pauses" | "length";
} {
  const sentences = sentencesOf(text, language).map((sentence) => writtenWords(sentence, language));
  const span = soundingSpan(samples, sampleRate);
  const size = Math.max(1, Math.round(sampleRate * WINDOW_SECONDS));
  const powers = windowPowers(samples, size);
  const quiet = Math.max(...powers, 1e-12) / 10 ** 3.5;
  const pauses: { start: number; end: number }[] = [];
  let from = -1;
  for (const [index, power] of powers.entries()) {
    const at = (index * size) / sampleRate;
    if (power <= quiet && from < 0) from = at;
    if (power > quiet && from >= 0) {
      if (from > span.start && at - from >= SHORTEST_PAUSE_SECONDS) pauses.push({ start: from, end: at });
      from = -1;
    }
  }
  const needed = sentences.length - 1;
  if (needed === 0 || pauses.length < needed)
    return { words: spreadWords(sentences.flat(), span.start, span.end), timing: "length" };
  const chosen = pauses
    .toSorted((a, b) => b.end - b.start - (a.end - a.start))
    .slice(0, needed)
    .toSorted((a, b) => a.start - b.start);
  const words = sentences.flatMap((sentence, index) =>
    spreadWords(sentence, chosen[index - 1]?.end ?? span.start, chosen[index]?.start ?? span.end),
  );
  return { words, timing: "pauses" };
}
