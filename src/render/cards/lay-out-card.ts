/** A card's words -> where each line and shape stands. Pure; sizes go down in steps until all of it fits. */
import type { CardSettings } from "../../spec/production.ts";
import type { Rectangle } from "../captions/layout.ts";
import type { PlacedCard } from "./card-plan.ts";
import { type CardInput, CardSetter, type KnownTexts, STEPS } from "./card-setter.ts";
import { type Anchor, placeStack, type StackEntry, stackHeight } from "./card-stack.ts";

/** @returns null when the words do not fit at the smallest size that can be read */
export function layOutCard(input: CardInput): PlacedCard | null {
  const known: KnownTexts = new Map();
  const layOut = (scale: number): PlacedCard | null =>
    LAYOUTS[input.card.layout](new CardSetter(input, scale, known));
  // What does not fit at the smallest size is not tried at the others: hopeless texts are the longest.
  const smallest = layOut(STEPS.at(-1) ?? 1);
  if (smallest === null) return null;
  for (const scale of STEPS.slice(0, -1)) {
    const placed = layOut(scale);
    if (placed !== null) return placed;
  }
  return smallest;
}

type Layout = (setter: CardSetter) => PlacedCard | null;

/** More lines of large letters than this are a text, not a title. */
const MOST_TITLE_LINES = { wide: 3, square: 5, tall: 5 } as const;

const LAYOUTS: Readonly<Record<CardSettings["layout"], Layout>> = {
  title: (setter) => {
    const { card, colors, shape, area } = setter;
    const maxWidth = area.width * wide(setter, 0.88);
    const title = setter.display("title", card.title, 0.052, { maxWidth, maxLines: MOST_TITLE_LINES[shape] });
    if (title === null) return null;
    return column(setter, [
      ...setter.kicker(),
      ...title,
      ...setter.rule(0.066),
      ...setter.text("text", card.text, 0.05, colors.text, area.width * wide(setter, 0.66)),
      ...setter.text("small", [card.attribution], 0.05, colors.faint),
    ]);
  },
  end: (setter) => {
    const { card, colors, shape, area } = setter;
    const maxWidth = area.width * wide(setter, 0.88);
    const title = setter.display("endTitle", card.title, 0.05, {
      maxWidth,
      maxLines: MOST_TITLE_LINES[shape],
    });
    if (title === null) return null;
    const entries = [
      ...setter.kicker(),
      ...title,
      ...setter.rule(0.062),
      ...setter.text("text", card.text, 0.055, colors.text, area.width * wide(setter, 0.8)),
      ...setter.text("small", [card.attribution], 0.07, colors.faint),
    ];
    return column(setter, entries, "center");
  },
  section: (setter) => {
    const { card, colors, shape, area, rightToLeft } = setter;
    const number = card.kicker !== null && /^\d{1,2}$/.test(card.kicker) ? card.kicker : null;
    const maxWidth = area.width * wide(setter, number === null ? 0.86 : 0.7);
    const title = setter.display("section", card.title, 0.058, {
      maxWidth,
      maxLines: MOST_TITLE_LINES[shape],
    });
    if (title === null) return null;
    const words = column(setter, [
      ...(number === null ? setter.kicker() : []),
      ...title,
      ...setter.rule(0.066),
      ...setter.text("text", card.text, 0.05, colors.text, area.width * wide(setter, 0.6)),
      ...setter.text("small", [card.attribution], 0.05, colors.faint),
    ]);
    if (number === null || words === null) return words;
    // Large and faint on the other side, or above where there is no other side: seen before it is read.
    const behind = setter.text("number", [number], 0, colors.line);
    const anchor = rightToLeft ? "left" : "right";
    if (shape === "wide") return joined([placeStack(behind, area, anchor, BIAS[shape]), words]);
    const above = Math.max(
      0,
      Math.min(...words.lines.map(({ baselineY, emPixels }) => baselineY - emPixels)) - area.y,
    );
    const height = stackHeight(behind);
    return height * 1.1 > above
      ? words
      : joined([placeStack(behind, { ...area, height: above }, setter.start, 0.7), words]);
  },
  statement: (setter) => {
    const { card, colors, area, unit, rightToLeft } = setter;
    // The bar stands where the column's edge is, the words beside it.
    const indent = 0.058 * unit;
    const inner = { ...area, x: area.x + (rightToLeft ? 0 : indent), width: area.width - indent };
    const entries = [
      ...setter.kicker(inner.width),
      ...setter.text("statement", [card.title], 0.05, colors.title, inner.width),
      ...setter.text("text", card.text, 0.05, colors.text, inner.width * wide(setter, 0.7)),
      ...setter.text("small", [card.attribution], 0.06, colors.faint),
    ];
    const height = stackHeight(entries);
    if (height > area.height) return null;
    const placed = placeStack(entries, inner, setter.start, BIAS[setter.shape]);
    const width = Math.max(2, Math.round(0.0085 * unit));
    const bar = {
      x: Math.round(rightToLeft ? area.x + area.width - width : area.x),
      y: Math.round(area.y + (area.height - height) * BIAS[setter.shape]),
      width,
      height: Math.round(height),
      radius: 0,
      color: colors.accent,
    };
    return { lines: placed.lines, shapes: [...placed.shapes, bar] };
  },
  quote: (setter) => {
    const { card, colors, area } = setter;
    const [mark] = setter.text("mark", ["“"], 0.05, colors.accent);
    return column(setter, [
      ...setter.kicker(),
      ...(mark?.kind === "text"
        ? [{ ...mark, set: { ...mark.set, heightPixels: MARK_INK * mark.set.emPixels } }]
        : []),
      ...setter.text("quote", card.text, 0.052, colors.title, area.width * wide(setter, 0.86)),
      ...setter.text("small", [card.attribution], 0.07, colors.accentText),
      ...setter.text("small", [card.title], card.attribution === null ? 0.07 : 0.024, colors.faint),
    ]);
  },
  list: (setter) => {
    const { card, area, shape } = setter;
    const parted = shape === "wide" && card.title !== null;
    const left = { ...area, width: area.width * (parted ? 0.36 : 1) };
    const right = parted ? { ...area, x: area.x + area.width * 0.44, width: area.width * 0.56 } : area;
    const title = setter.display("heading", card.title, 0.045, {
      maxWidth: left.width,
      maxLines: parted ? 6 : MOST_TITLE_LINES[shape],
      // In a column of its own it need not shrink with the list.
      ...(parted ? { scale: 1 } : {}),
    });
    if (title === null) return null;
    const heading = [
      ...setter.kicker(left.width),
      ...title,
      ...(card.title === null ? [] : setter.rule(0.055)),
    ];
    const items = card.text.flatMap((item, index) => [
      ...(index === 0 ? [] : setter.hairline(0.034, right.width)),
      ...setter.item(item, String(index + 1), index === 0 ? 0.075 : 0.034, right.width),
    ]);
    if (!parted) return column(setter, [...heading, ...items]);
    const height = Math.max(stackHeight(heading), stackHeight(items));
    if (height > area.height) return null;
    // Both columns begin at one line; the taller one stands in the middle.
    const top = area.y + (area.height - height) * BIAS[shape];
    const columns = setter.rightToLeft ? [mirrored(left, area), mirrored(right, area)] : [left, right];
    return joined(
      [heading, items].map((entries, index) =>
        placeStack(entries, { ...(columns[index] ?? area), y: top }, setter.start, 0),
      ),
    );
  },
  figure: (setter) => {
    const { card, colors, area } = setter;
    const figure =
      setter.display("figure", card.title, 0.06, { maxLines: 1 }) ??
      setter.display("heading", card.title, 0.06, { maxLines: 3 });
    if (figure === null) return null;
    return column(setter, [
      ...setter.kicker(),
      ...figure,
      ...setter.rule(0.07),
      ...setter.text("text", card.text, 0.05, colors.text, area.width * wide(setter, 0.62)),
      ...setter.text("small", [card.attribution], 0.05, colors.faint),
    ]);
  },
};

/** Where a column's middle stands: a little above the frame's, as a picture is hung. */
const BIAS = { wide: 0.49, square: 0.48, tall: 0.44 } as const;
/** Height in em of a quotation mark's ink, which begins where capitals do. */
const MARK_INK = 0.27;

/** A share of the width in a wide frame, where a line across all of it is too long to read. */
function wide({ shape }: CardSetter, share: number): number {
  return shape === "wide" ? share : 1;
}

function column(
  setter: CardSetter,
  entries: readonly StackEntry[],
  anchor: Anchor = setter.start,
): PlacedCard | null {
  const { area, shape } = setter;
  return stackHeight(entries) > area.height ? null : placeStack(entries, area, anchor, BIAS[shape]);
}

function mirrored(part: Rectangle, whole: Rectangle): Rectangle {
  return { ...part, x: whole.x + whole.width - (part.x - whole.x) - part.width };
}

function joined(parts: readonly PlacedCard[]): PlacedCard {
  return {
    lines: parts.flatMap(({ lines }) => lines),
    shapes: parts.flatMap(({ shapes }) => shapes),
  };
}
