import { type BreakUnit, breakUnits } from "./break-units.ts";
import { isIdeographic, mayBreakBetween, textUnits } from "./characters.ts";
import { graphemes } from "./segmenter.ts";

/** One line of a caption: a range of the flowed text, without the spaces at its ends. */
export interface TextLine {
  readonly start: number;
  readonly end: number;
}

/** What is on screen at once: one or two lines. */
export type CaptionPart = readonly TextLine[];

export interface LineLimits {
  /** In the unit of `measure`. */
  readonly maxWidth: number;
  /** Latin characters; see `textUnits`. */
  readonly maxUnits: number;
  readonly measure: (text: string) => number;
}

/**
 * Flowed text -> parts of at most two lines, shown one after another. Every line holds the limits; two lines
 * are balanced and broken at a good place; parts end at sentences where they can.
 *
 * Parts are chosen by dynamic programming over the units; widths are sums of unit widths, so each
 * unit is shaped once (kerning across a space is below 0.5 % of a line, which the safe width forgives).
 */
export function breakIntoParts(text: string, language: string | null, limits: LineLimits): CaptionPart[] {
  const units = fitUnits(text, breakUnits(text, language), limits);
  const fitter = new Fitter(text, units, limits);
  const count = units.length;
  const best: { cost: number; from: number }[] = [{ cost: 0, from: -1 }];
  for (let end = 1; end <= count; end++) {
    best[end] = { cost: Number.POSITIVE_INFINITY, from: end - 1 };
    for (let from = end - 1; from >= 0; from--) {
      const lines = fitter.twoLines(from, end);
      // A single unit always makes a part, even one that no width can hold: the layout shrinks it.
      if (!lines && end - from > 1) break;
      const cost = (best[from]?.cost ?? 0) + fitter.partCost(from, end, count);
      if (cost < (best[end]?.cost ?? 0)) best[end] = { cost, from };
    }
  }
  const parts: CaptionPart[] = [];
  for (let end = count; end > 0; ) {
    const from = best[end]?.from ?? end - 1;
    parts.push(fitter.lines(from, end));
    end = from;
  }
  return parts.reverse();
}

/** Breaks units that are wider than a line, between graphemes and by kinsoku where possible. */
export function fitUnits(text: string, units: readonly BreakUnit[], limits: LineLimits): BreakUnit[] {
  return units.flatMap((unit) => {
    const word = text.slice(unit.start, unit.end);
    if (limits.measure(word) <= limits.maxWidth && textUnits(word) <= limits.maxUnits) return [unit];
    const pieces: BreakUnit[] = [];
    const parts = graphemes(word);
    const widths = parts.map((part) => limits.measure(part));
    let start = 0;
    while (start < parts.length) {
      let end = start + 1;
      let width = widths[start] ?? 0;
      let size = textUnits(parts[start] ?? "");
      while (end < parts.length) {
        width += widths[end] ?? 0;
        size += textUnits(parts[end] ?? "");
        if (width > limits.maxWidth || size > limits.maxUnits) break;
        end += 1;
      }
      if (end < parts.length) end = retreat(parts, start, end);
      const from: number = pieces.at(-1)?.end ?? unit.start;
      const to = from + parts.slice(start, end).join("").length;
      const last = end >= parts.length;
      pieces.push({
        start: from,
        end: to,
        spaceAfter: last && unit.spaceAfter,
        hardBreakAfter: last && unit.hardBreakAfter,
        stop: last ? unit.stop : "word",
      });
      start = end;
    }
    return pieces;
  });
}

/** The last place at or before `end` where breaking is allowed, within a few characters; else `end` itself. */
function retreat(parts: readonly string[], start: number, end: number): number {
  for (let at = end; at > Math.max(start, end - 6); at--) {
    const left = parts[at - 1] ?? "";
    const right = parts[at] ?? "";
    const plain = !isIdeographic(left) && !isIdeographic(right) && /[\p{L}\p{N}]/u.test(right);
    if (plain || mayBreakBetween(left, right)) return at;
  }
  return end;
}

/** Answers which ranges of units fit one or two lines, and how good they look there. */
class Fitter {
  readonly #text: string;
  readonly #units: readonly BreakUnit[];
  readonly #limits: LineLimits;
  /** Running sums, so that any range is measured by one subtraction. */
  readonly #width: number[] = [0];
  readonly #size: number[] = [0];
  readonly #hard: number[] = [0];
  readonly #space: number;

  constructor(text: string, units: readonly BreakUnit[], limits: LineLimits) {
    this.#text = text;
    this.#units = units;
    this.#limits = limits;
    this.#space = limits.measure(" ");
    for (const [i, unit] of units.entries()) {
      const word = text.slice(unit.start, unit.end);
      this.#width.push((this.#width[i] ?? 0) + limits.measure(word) + (unit.spaceAfter ? this.#space : 0));
      this.#size.push((this.#size[i] ?? 0) + textUnits(word) + (unit.spaceAfter ? 1 : 0));
      this.#hard.push((this.#hard[i] ?? 0) + (unit.hardBreakAfter ? 1 : 0));
    }
  }

  /** Width of units `from` to `end` on one line, without the space after the last. */
  #widthOf(from: number, end: number): number {
    const trailing = this.#units[end - 1]?.spaceAfter ? this.#space : 0;
    return (this.#width[end] ?? 0) - (this.#width[from] ?? 0) - trailing;
  }

  #fitsOneLine(from: number, end: number): boolean {
    const trailing = this.#units[end - 1]?.spaceAfter ? 1 : 0;
    const size = (this.#size[end] ?? 0) - (this.#size[from] ?? 0) - trailing;
    if (size > this.#limits.maxUnits + 1e-9) return false;
    if ((this.#hard[end - 1] ?? 0) > (this.#hard[from] ?? 0)) return false;
    return this.#widthOf(from, end) <= this.#limits.maxWidth;
  }

  /** Where to break `from`..`end`: `end` when one line holds it, null when not even two do. */
  twoLines(from: number, end: number): number | null {
    if (this.#fitsOneLine(from, end)) return end;
    let best: number | null = null;
    let bestCost = Number.POSITIVE_INFINITY;
    for (let at = end - 1; at > from; at--) {
      if (!this.#fitsOneLine(at, end)) break;
      if (!this.#fitsOneLine(from, at)) continue;
      const cost = this.#breakCost(from, at, end);
      if (cost < bestCost) {
        bestCost = cost;
        best = at;
      }
    }
    return best;
  }

  /** Difference of the two widths as a share of their sum, less for a break after punctuation. */
  #breakCost(from: number, at: number, end: number): number {
    const first = this.#widthOf(from, at);
    const second = this.#widthOf(at, end);
    const stop = this.#units[at - 1]?.stop ?? "word";
    const merit = { sentence: -0.22, clause: -0.14, word: 0, clinging: 0.12 }[stop];
    return Math.abs(first - second) / (first + second || 1) + merit;
  }

  /** Few parts, each ending where a reader would pause, none of them a leftover. */
  partCost(from: number, end: number, count: number): number {
    const stop = this.#units[end - 1]?.stop ?? "word";
    const ending = end === count ? 0 : { sentence: 0, clause: 0.7, word: 2, clinging: 3 }[stop];
    const fill = this.#widthOf(from, end) / (2 * this.#limits.maxWidth);
    const hard = (this.#hard[end - 1] ?? 0) > (this.#hard[from] ?? 0) ? 0 : (1 - Math.min(fill, 1)) ** 2;
    return 4 + ending + 2.5 * hard;
  }

  lines(from: number, end: number): CaptionPart {
    const at = this.twoLines(from, end) ?? end;
    const ranges =
      at === end
        ? [[from, end]]
        : [
            [from, at],
            [at, end],
          ];
    return ranges.map(([a = 0, b = 0]) => {
      const start = this.#units[a]?.start ?? 0;
      return { start, end: this.#units[b - 1]?.end ?? this.#text.length };
    });
  }
}
