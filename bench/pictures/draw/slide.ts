/** A lecture slide with much text: headings, two columns of points, a table, a foot line. */
import { type Canvas, createCanvas } from "@napi-rs/canvas";
import { box, text } from "./lettering.ts";

const INK = "#1b2430";
const SOFT = "#55606e";
const ACCENT = "#b3402a";

const LEFT = [
  [
    "The tide is a wave with a wavelength of half the Earth",
    "Its crest passes a coast every 12 hours and 25 minutes.",
  ],
  ["Bays that fit the wave make it taller", "The Bay of Fundy resonates at 13 hours and gains up to 16 m."],
  ["Spring tides follow the moon by about two days", "Water has to travel from the Southern Ocean first."],
  ["Rotation turns every basin into a slow whirl", "Around an amphidromic point there is no tide at all."],
  ["Friction on shallow shelves slows the day", "2.3 ms a century; corals of the Devonian count 400 days."],
] as const;

const ROWS = [
  ["Port", "Mean range", "Springs", "Neaps", "Largest part"],
  ["Saint John", "6.62 m", "7.68 m", "5.41 m", "M2 3.04 m"],
  ["Avonmouth", "9.58 m", "12.27 m", "6.50 m", "M2 4.27 m"],
  ["Saint-Malo", "8.12 m", "10.74 m", "5.04 m", "M2 3.76 m"],
  ["Anchorage", "7.89 m", "9.01 m", "6.13 m", "M2 3.58 m"],
  ["Cuxhaven", "2.94 m", "3.31 m", "2.38 m", "M2 1.37 m"],
  ["Trieste", "0.56 m", "0.86 m", "0.22 m", "M2 0.27 m"],
  ["Papeete", "0.21 m", "0.29 m", "0.10 m", "S2 0.07 m"],
] as const;

export function drawSlide(): Canvas {
  const [width, height] = [2560, 1440];
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  box(context, [0, 0, width, height], "#fbfaf6");
  box(context, [0, 0, 28, height], ACCENT);
  text(context, "Why the sea comes twice a day", 150, 196, { size: 104, color: INK, weight: 700 });
  text(context, "Lecture 4: forced waves in closed basins", 152, 270, { size: 46, color: SOFT, weight: 500 });
  box(context, [152, 310, 2256, 4], "#d9d4c8");

  LEFT.forEach(([claim, reason], index) => {
    const y = 410 + index * 176;
    box(context, [152, y - 30, 18, 18], ACCENT, 9);
    text(context, claim, 204, y, { size: 44, color: INK, weight: 600 });
    text(context, reason, 204, y + 58, { size: 36, color: SOFT });
  });

  const [left, top] = [1420, 372];
  box(context, [left, top, 1000, 640], "#ffffff", 16, "#d9d4c8");
  const columns = [28, 268, 468, 640, 800];
  ROWS.forEach((row, index) => {
    const y = top + 66 + index * 76;
    if (index > 0) box(context, [left + 20, y - 52, 960, 2], "#e8e4da");
    row.forEach((cell, column) => {
      text(context, cell, left + (columns[column] ?? 0), y, {
        size: 30,
        color: index === 0 ? ACCENT : column === 0 ? INK : SOFT,
        weight: index === 0 || column === 0 ? 600 : 400,
      });
    });
  });
  box(context, [left, 1050, 1000, 190], "#f2e3dc", 16);
  text(context, "Take away", left + 32, 1110, { size: 34, color: ACCENT, weight: 700 });
  text(context, "Gravity only starts the water; the shape of the", left + 32, 1164, { size: 36, color: INK });
  text(context, "coast decides how far it climbs.", left + 32, 1212, { size: 36, color: INK });

  text(context, "Values rounded; invented for this picture and not to be navigated by.", 152, 1372, {
    size: 28,
    color: "#8a8f98",
  });
  text(context, "17 / 42", 2408, 1372, { size: 28, color: "#8a8f98", align: "right" });
  return canvas;
}
