import type { Rectangle } from "../captions/layout.ts";
import type { CardLine, CardShape, PlacedCard } from "./card-plan.ts";
import { placeText, type SetText } from "./card-text.ts";

/** One thing in a column. `gap` is the blank above it, from the last baseline (or a shape's edge) to the capitals. */
export type StackEntry =
  | {
      readonly kind: "text";
      readonly set: SetText;
      readonly color: string;
      readonly gap: number;
      /** Stands at the column's edge, on the first line's baseline; the text is indented. */
      readonly marker?: { readonly set: SetText; readonly color: string; readonly indent: number };
    }
  | {
      readonly kind: "rule";
      readonly width: number;
      readonly height: number;
      readonly color: string;
      readonly gap: number;
    };

/** Which edge of a column its entries stand at. */
export type Anchor = CardLine["anchor"];

export function stackHeight(entries: readonly StackEntry[]): number {
  const last = entries.at(-1);
  const below = last?.kind === "text" ? last.set.descentPixels : 0;
  return entries.reduce((sum, entry, index) => sum + (index === 0 ? 0 : entry.gap) + heightOf(entry), below);
}

function heightOf(entry: StackEntry): number {
  return entry.kind === "text" ? entry.set.heightPixels : entry.height;
}

/**
 * A column of entries in an area.
 *
 * @param bias where the column's middle stands: 0 at the area's top, 1 at its bottom
 */
export function placeStack(
  entries: readonly StackEntry[],
  area: Rectangle,
  anchor: Anchor,
  bias: number,
): PlacedCard {
  const x = anchor === "left" ? area.x : anchor === "right" ? area.x + area.width : area.x + area.width / 2;
  const lines: CardLine[] = [];
  const shapes: CardShape[] = [];
  let y = area.y + Math.max(0, area.height - stackHeight(entries)) * bias;
  for (const [index, entry] of entries.entries()) {
    if (index > 0) y += entry.gap;
    if (entry.kind === "text") {
      const { marker, set } = entry;
      const indent = (marker?.indent ?? 0) * (anchor === "right" ? -1 : 1);
      lines.push(...placeText(set, x + indent, y, anchor, entry.color));
      if (marker !== undefined)
        lines.push(
          ...placeText(marker.set, x, y + set.capPixels - marker.set.capPixels, anchor, marker.color),
        );
    } else shapes.push(ruleAt(entry, x, y, anchor));
    y += heightOf(entry);
  }
  return { lines, shapes };
}

/** Whole pixels, so that its edges are crisp. */
function ruleAt(
  { width, height, color }: { width: number; height: number; color: string },
  x: number,
  y: number,
  anchor: Anchor,
): CardShape {
  const left = anchor === "left" ? x : anchor === "right" ? x - width : x - width / 2;
  return {
    x: Math.round(left),
    y: Math.round(y),
    width: Math.max(1, Math.round(width)),
    height: Math.max(1, Math.round(height)),
    radius: 0,
    color,
  };
}
