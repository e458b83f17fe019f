/** Puts written words on a synthesiser's phones. */
export interface Phone {
  readonly name: string;
  /** Seconds. */
  readonly start: number;
  readonly end: number;
}

/** A wrong phone is a little cheaper than one too many and one too few. */
const SUBSTITUTION = 0.9;

/**
 * A synthesiser tells when each phone sounds but not which word it belongs to. With the phones of each word said alone,
 * both strings are aligned by edit distance, since a word in its sentence may lose or change a phone.
 *
 * @returns null for a word of which nothing is heard
 */
export function alignPhones(
  wordPhones: readonly (readonly string[])[],
  spoken: readonly Phone[],
): ({ readonly start: number; readonly end: number } | null)[] {
  const expected = wordPhones.flatMap((phones, word) => phones.map((name) => ({ name, word })));
  const columns = spoken.length + 1;
  const cost = new Float64Array((expected.length + 1) * columns);
  const at = (row: number, column: number): number => cost[row * columns + column] as number;
  const change = (row: number, column: number): number =>
    expected[row - 1]?.name === spoken[column - 1]?.name ? 0 : SUBSTITUTION;
  for (let row = 0; row <= expected.length; row++)
    for (let column = 0; column < columns; column++)
      cost[row * columns + column] =
        row === 0 || column === 0
          ? row + column
          : Math.min(
              at(row - 1, column - 1) + change(row, column),
              at(row - 1, column) + 1,
              at(row, column - 1) + 1,
            );
  const spans = wordPhones.map(() => ({ start: Number.POSITIVE_INFINITY, end: Number.NEGATIVE_INFINITY }));
  let row = expected.length;
  let column = spoken.length;
  while (row > 0 && column > 0) {
    if (at(row, column) === at(row - 1, column - 1) + change(row, column)) {
      const span = spans[expected[row - 1]?.word ?? -1];
      const phone = spoken[column - 1];
      if (span !== undefined && phone !== undefined) {
        span.start = Math.min(span.start, phone.start);
        span.end = Math.max(span.end, phone.end);
      }
      row--;
      column--;
    } else if (at(row, column) === at(row - 1, column) + 1) row--;
    else column--;
  }
  return spans.map((span) => (span.end < span.start ? null : span));
}
