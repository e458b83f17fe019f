import { expect, it } from "vitest";
import { cardColors, contrast } from "./card-colors.ts";
import { paintBackground } from "./paint-background.ts";

const card = {
  layout: "title",
  title: "x",
  text: [],
  kicker: null,
  attribution: null,
  theme: "dark",
  accent: "#ffb224",
  background: null,
  font: null,
} as const;

it("a background is one colour in changing light: no other hue, no band, the same every time", () => {
  const colors = cardColors(card);
  const place = { ...colors, lightX: 0.88, lightY: 0.08 };
  const rgb = paintBackground(place, 320, 180);
  expect(Buffer.compare(paintBackground(place, 320, 180), rgb)).toBe(0);
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colors.base.slice(at, at + 2), 16));
  const means: number[] = [];
  let otherHues = 0;
  for (let x = 0; x < 320; x += 8) {
    let sum = 0;
    for (let y = 80; y < 100; y++) {
      for (let i = x; i < x + 8; i++) {
        const at = (y * 320 + i) * 3;
        sum += rgb[at] as number;
        // Rounded together, so the channels keep their distance.
        if ((rgb[at] as number) - (rgb[at + 1] as number) !== (red ?? 0) - (green ?? 0)) otherHues += 1;
        if ((rgb[at] as number) - (rgb[at + 2] as number) !== (red ?? 0) - (blue ?? 0)) otherHues += 1;
      }
    }
    means.push(sum / 160);
  }
  expect(otherHues).toBe(0);
  // Without grain a column's mean would be a whole step for long stretches.
  expect(new Set(means.map((mean) => mean.toFixed(1))).size).toBeGreaterThan(25);
  expect(Math.max(...means) - Math.min(...means)).toBeGreaterThan(8);
});

it.each(["#ffffff", "#000000", "#808080", "#b7410e", "#f2c6c6", "#0b3d2e", "#ffd400", "#3b82f6"])(
  "words can be read on %s, whatever theme and accent are asked for",
  (background) => {
    for (const theme of ["dark", "light"] as const) {
      for (const accent of ["#ffb224", background]) {
        const colors = cardColors({ ...card, theme, background, accent });
        expect(contrast(colors.title, background)).toBeGreaterThanOrEqual(3.6);
        expect(contrast(colors.accentText, background)).toBeGreaterThanOrEqual(3);
      }
    }
  },
);
