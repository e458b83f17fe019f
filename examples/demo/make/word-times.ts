/** Puts written words on a synthesiser's phones. */
import type { Phone } from "./flite.ts";

export interface TimedWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Flite tells when each phone sounds but not which word it belongs to. Every word is asked for alone, and the
 * two phone strings are aligned by edit distance, since a word in context may lose or change a phone.
 */
export function timeWords(
  words: readonly string[],
  spoken: readonly Phone[],
  phonesOf: (word: string) => string[],
): TimedWord[] {
  const expected = words.flatMap((word, index) => phonesOf(word).map((name) => ({ name, index })));
  const heard = spoken.filter((phone) => phone.name !== "pau");
  const columns = heard.length + 1;
  const cost = new Float64Array((expected.length + 1) * columns);
  const at = (row: number, column: number): number => cost[row * columns + column] as number;
  for (let row = 0; row <= expected.length; row++) {
    for (let column = 0; column < columns; column++) {
      if (row === 0 || column === 0) {
        cost[row * columns + column] = row + column;
        continue;
      }
      const same = expected[row - 1]?.name === heard[column - 1]?.name ? 0 : 0.9;
      cost[row * columns + column] = Math.min(
        at(row - 1, column - 1) + same,
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
      );
    }
  }
  const spans = words.map(() => ({ start: Number.POSITIVE_INFINITY, end: Number.NEGATIVE_INFINITY }));
  let row = expected.length;
  let column = heard.length;
  while (row > 0 && column > 0) {
    const same = expected[row - 1]?.name === heard[column - 1]?.name ? 0 : 0.9;
    if (at(row, column) === at(row - 1, column - 1) + same) {
      const span = spans[expected[row - 1]?.index ?? -1];
      const phone = heard[column - 1];
      if (span && phone) {
        span.start = Math.min(span.start, phone.start);
        span.end = Math.max(span.end, phone.end);
      }
      row--;
      column--;
    } else if (at(row, column) === at(row - 1, column) + 1) row--;
    else column--;
  }
  return spans.map((span, index) => {
    if (span.end < span.start) throw new Error(`No sound found for "${words[index]}"`);
    return { text: words[index] ?? "", start: span.start, end: span.end };
  });
}
