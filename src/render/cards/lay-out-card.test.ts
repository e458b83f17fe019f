import { describe, expect, it } from "vitest";
import type { CardLayout, CardSettings } from "../../spec/production.ts";
import type { CaptionFace } from "../captions/fonts/face.ts";
import { createFaceLibrary } from "../captions/fonts/face-library.ts";
import { cardColors } from "./card-colors.ts";
import type { PlacedCard } from "./card-plan.ts";
import { layOutCard } from "./lay-out-card.ts";

const library = createFaceLibrary();
const CARD: CardSettings = {
  layout: "title",
  title: "The Blue Hour",
  text: ["Why the sky turns blue twice a day, and what it does to the colours underneath"],
  kicker: "A short film",
  attribution: "Northlight Studio",
  theme: "dark",
  accent: "#ffb224",
  background: null,
  font: null,
};
const FRAMES = {
  "16:9": { width: 1920, height: 1080 },
  "9:16": { width: 1080, height: 1920 },
  "1:1": { width: 1080, height: 1080 },
  "4:5": { width: 1080, height: 1350 },
} as const;
const LAYOUTS: CardLayout[] = ["title", "section", "statement", "end", "quote", "list", "figure"];
const WORDS: Readonly<Record<string, Partial<CardSettings>>> = {
  plain: {},
  bare: { kicker: null, attribution: null, title: "Hi", text: ["Ho"] },
  long: {
    title: "Internationalisation and the unreasonable effectiveness of small decisions",
    text: ["A first paragraph that goes on for a while.", "And a second one, which is no shorter than that."],
  },
  "long kicker": {
    kicker: "a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n",
  },
  "one word": { title: "Donaudampfschifffahrtsgesellschaftskapitän" },
  Chinese: {
    title: "为什么黄昏的天空会慢慢变成深蓝色",
    text: ["大气散射、臭氧吸收与人眼的适应。"],
    kicker: "第一章",
    attribution: "荀子《劝学》",
  },
};

function layOut(
  changes: Partial<CardSettings>,
  frame = FRAMES["16:9"] as { width: number; height: number },
  more = {},
) {
  const card = { ...CARD, ...changes };
  const texts = [card.title ?? "", ...card.text, card.kicker ?? "", card.attribution ?? ""];
  return layOutCard({
    card,
    frame,
    colors: cardColors(card),
    language: null,
    faces: (weight) => library.facesForTexts(null, weight, texts),
    captioned: false,
    ...more,
  });
}

/** Every line's letters as a rectangle, generously: ascenders and descenders of the whole face. */
function boxes({ lines }: PlacedCard) {
  return lines.map((line) => ({
    left: line.inkX,
    right: line.inkX + line.inkWidth,
    top: line.baselineY - 0.78 * line.emPixels,
    bottom: line.baselineY + 0.24 * line.emPixels,
    text: line.text,
  }));
}

describe("layOutCard", () => {
  const cases = Object.keys(FRAMES).flatMap((shape) => LAYOUTS.map((layout) => [shape, layout] as const));

  it.each(cases)("%s %s: everything inside the margins, no line over another", (shape, layout) => {
    const frame = FRAMES[shape as keyof typeof FRAMES];
    for (const [name, words] of Object.entries(WORDS)) {
      const placed = layOut({ ...words, layout }, frame);
      expect(placed, name).not.toBeNull();
      const all = boxes(placed as PlacedCard);
      expect(all.length, name).toBeGreaterThan(1);
      for (const box of all) {
        expect(box.left, `${name}: ${box.text}`).toBeGreaterThan(0.06 * frame.width);
        expect(box.right, `${name}: ${box.text}`).toBeLessThan(0.94 * frame.width);
        expect(box.top, `${name}: ${box.text}`).toBeGreaterThan(0.08 * frame.height);
        expect(box.bottom, `${name}: ${box.text}`).toBeLessThan(0.92 * frame.height);
      }
      if (layout === "quote") continue; // Its mark has ink in the upper third of its cell only.
      for (const [i, a] of all.entries())
        for (const b of all.slice(i + 1))
          if (a.left < b.right && b.left < a.right)
            expect(
              Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top),
              `${a.text} / ${b.text}`,
            ).toBeLessThan(0.012 * frame.height);
    }
  });

  it("keeps a hierarchy: the title is larger than the text, the text than the kicker", () => {
    for (const frame of Object.values(FRAMES)) {
      for (const words of [WORDS["plain"], WORDS["long"]]) {
        const sizes = new Set(layOut({ ...words }, frame)?.lines.map((line) => Math.round(line.emPixels)));
        const [title = 0, text = 0, kicker = 0] = [...sizes].sort((a, b) => b - a);
        expect(title).toBeGreaterThan(1.25 * text);
        expect(text).toBeGreaterThan(kicker);
      }
    }
  });

  it("loses no word", () => {
    const placed = layOut(WORDS["long"] ?? {});
    const shown = placed?.lines.map((line) => line.text).join(" ");
    expect(shown).toContain("Internationalisation and the unreasonable effectiveness of small decisions");
    expect(shown).toContain("which is no shorter than that.");
  });

  it("a title that is too wide gets smaller, the text under it does not", () => {
    const text = (changes: Partial<CardSettings>) =>
      layOut(changes)?.lines.find((line) => line.text.startsWith("Why"))?.emPixels;
    expect(text(WORDS["one word"] ?? {})).toBe(text({}));
  });

  it("all lines of a column begin at one edge, to the pixel", () => {
    const placed = layOut(WORDS["long"] ?? {}, FRAMES["9:16"]) as PlacedCard;
    const edges = new Set([
      ...placed.lines.map(({ inkX }) => Math.round(inkX)),
      ...placed.shapes.map(({ x }) => x),
    ]);
    expect(edges.size).toBe(1);
  });

  it("Arabic and Hebrew stand at the right, the list's numbers too", () => {
    const covering = (weight: "regular") => {
      const face = library.facesForTexts(null, weight, ["a"])[0] as CaptionFace;
      return [{ ...face, covers: () => true }];
    };
    const frame = FRAMES["16:9"];
    for (const layout of ["title", "list"] as const) {
      const words = {
        layout,
        title: "השעה הכחולה",
        text: ["שמיים כחולים", "צללים"],
        kicker: null,
        attribution: null,
      };
      const placed = layOut(words, frame, { faces: covering }) as PlacedCard;
      for (const line of placed.lines) expect(line.anchor).toBe("right");
      const title = placed.lines.find((line) => line.text.startsWith("השעה"));
      expect((title?.inkX ?? 0) + (title?.inkWidth ?? 0)).toBeCloseTo(frame.width * (1 - 0.094), 0);
    }
  });

  it("leaves room for captions", () => {
    for (const [shape, lowest] of [
      ["16:9", 0.75],
      ["9:16", 0.55],
    ] as const) {
      const frame = FRAMES[shape];
      const placed = layOut({}, frame, { captioned: true }) as PlacedCard;
      expect(Math.max(...boxes(placed).map(({ bottom }) => bottom))).toBeLessThan(lowest * frame.height);
    }
  });

  it("null when the words do not fit at a size that can be read", () => {
    expect(layOut({ text: Array.from({ length: 12 }, () => "word ".repeat(100)) })).toBeNull();
    expect(layOut({ title: "word ".repeat(60) })).toBeNull();
  });
});
