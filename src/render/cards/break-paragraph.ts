import { HARD_BREAK } from "../captions/cue.ts";
import { fitUnits } from "../captions/text/break-lines.ts";
import { type BreakUnit, breakUnits, flowText } from "../captions/text/break-units.ts";

export interface ParagraphLimits {
  /** In the unit of `measure`. */
  readonly maxWidth: number;
  readonly measure: (text: string) => number;
  /** Added between letters, also those of neighbouring words. */
  readonly join: number;
  /** Break words that are wider than a line; otherwise such a text does not fit. */
  readonly breakWords: boolean;
}

/**
 * Text -> as few lines as hold it, of like length, ending where a reader would pause. A line break in the text
 * stays one. null when a word is wider than a line and may not be broken.
 */
export function breakParagraph(
  text: string,
  language: string | null,
  limits: ParagraphLimits,
): string[] | null {
  const flowed = flowText(text.replace(/\r?\n/g, HARD_BREAK));
  const whole = breakUnits(flowed, language);
  const fitting = fitUnits(flowed, whole, { ...limits, maxUnits: Number.POSITIVE_INFINITY });
  if (fitting.length > whole.length && !limits.breakWords) return null;
  const lines: string[] = [];
  for (let from = 0; from < fitting.length; ) {
    const hard = fitting.findIndex((unit, index) => index >= from && unit.hardBreakAfter);
    const end = hard < 0 ? fitting.length : hard + 1;
    lines.push(...balanced(flowed, fitting.slice(from, end), limits));
    from = end;
  }
  return lines;
}

/** The fewest lines that greedy filling needs, then the breaks among that many that leave the least uneven ones. */
function balanced(
  text: string,
  units: readonly BreakUnit[],
  { maxWidth, measure, join }: ParagraphLimits,
): string[] {
  const lineOf = (from: number, end: number): string =>
    text.slice(units[from]?.start ?? 0, units[end - 1]?.end ?? 0);
  // Running sums, so that each word is shaped once, as for captions.
  const after = (unit: BreakUnit | undefined): number => (unit?.spaceAfter ? measure(" ") + 2 * join : join);
  const sums = [0];
  for (const [index, unit] of units.entries())
    sums.push((sums[index] ?? 0) + measure(text.slice(unit.start, unit.end)) + after(unit));
  const widthOf = (from: number, end: number): number =>
    (sums[end] ?? 0) - (sums[from] ?? 0) - after(units[end - 1]);
  const fits = (from: number, end: number): boolean => end - from === 1 || widthOf(from, end) <= maxWidth;
  let count = 0;
  for (let from = 0; from < units.length; count++) {
    let end = from + 1;
    while (end < units.length && fits(from, end + 1)) end++;
    from = end;
  }
  const ideal = widthOf(0, units.length) / Math.max(1, count);
  // best[lines][end]: the cheapest way to put the first `end` units on that many lines.
  const best: { cost: number; from: number }[][] = [[{ cost: 0, from: 0 }]];
  for (let line = 1; line <= count; line++) {
    const row: { cost: number; from: number }[] = [];
    for (let end = line; end <= units.length; end++) {
      for (let from = end - 1; from >= line - 1 && fits(from, end); from--) {
        const before = best[line - 1]?.[from];
        if (before === undefined) continue;
        const cost = before.cost + ((widthOf(from, end) - ideal) / ideal) ** 2 + stopCost(units, end);
        if (cost < (row[end]?.cost ?? Number.POSITIVE_INFINITY)) row[end] = { cost, from };
      }
    }
    best.push(row);
  }
  const lines: string[] = [];
  for (let line = count, end = units.length; line > 0; line--) {
    const from = best[line]?.[end]?.from ?? 0;
    lines.unshift(lineOf(from, end));
    end = from;
  }
  return lines;
}

function stopCost(units: readonly BreakUnit[], end: number): number {
  if (end === units.length) return 0;
  return { sentence: -0.12, clause: -0.08, word: 0, clinging: 0.08 }[units[end - 1]?.stop ?? "word"];
}
