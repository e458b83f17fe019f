import { expect, it } from "vitest";
import { textColors } from "./ass-colors.ts";
import { escapeAssText } from "./ass-drawing.ts";

const line = (layer: number, text: string): string =>
  `Dialogue: ${layer},0:00:00.00,9:00:00.00,Caption,,0,0,0,,${text}`;

it("textColors finds the letters' colours and those of their highlight, not those of box and shadow", () => {
  const document = [
    line(0, "{\\an7\\1c&H000000&\\1a&H73&}m 0 0"),
    line(1, "{\\1c&H111111&}shadow"),
    line(2, "{\\1c&HF0E1D2&\\3c&H000000&\\bord2}one {\\1c&H00FFFF&}two{\\1c&HF0E1D2&}"),
  ].join("\n");
  expect(textColors(document)).toEqual(["#d2e1f0", "#ffff00"]);
});

it("textColors takes nothing that a user wrote for a colour", () => {
  expect(textColors(line(2, `{\\1c&HFFFFFF&}${escapeAssText("{\\1c&H0000FF&}")}`))).toEqual(["#ffffff"]);
});
