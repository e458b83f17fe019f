/** Houses on a hillside above a quay, as two drawings: what the surfaces are, and what shines. */
import { createCanvas, type SKRSContext2D } from "@napi-rs/canvas";
import { Noise, type Random, random, smoothstep } from "./noise.ts";
import { drawBoats, drawQuay, type Pair } from "./quay.ts";

export interface Town {
  /** Surface colours, RGBA. */
  readonly surface: Uint8ClampedArray;
  /** Lit windows, lamps: RGB on black. */
  readonly light: Uint8ClampedArray;
}

const WALLS = [
  "#c9a27a",
  "#b98068",
  "#d8c9a8",
  "#a9776a",
  "#c7b39a",
  "#8f9aa3",
  "#d1a65f",
  "#b9b0a4",
  "#a4634f",
  "#dcd6c8",
];
const ROOFS = ["#4a2f2a", "#56352c", "#3c3336", "#5a3a2e", "#383c46"];
const PANES = ["#ffb75a", "#ffc878", "#ffa848", "#ffd79a", "#ff9c3e", "#ffe2b4"];

export function drawTown(width: number, height: number, quay: number): Town {
  const surface = createCanvas(width, height);
  const light = createCanvas(width, height);
  const town = { draw: surface.getContext("2d"), glow: light.getContext("2d") };
  town.glow.fillStyle = "#000";
  town.glow.fillRect(0, 0, width, height);
  const next = random(413);
  const slope = new Noise(6);
  const unit = height / 1600;
  const rows = 9;
  /** The town climbs in the middle and sinks to the quay at its ends. */
  const baseAt = (middle: number, near: number, row: number): number => {
    const climb =
      0.245 * Math.exp(-(((middle - 0.56) / 0.27) ** 2)) +
      0.05 * Math.exp(-(((middle - 0.16) / 0.12) ** 2)) +
      0.02;
    return quay - (1 - near) ** 1.05 * height * climb * (1 + 0.22 * slope.at(middle * 7, row));
  };
  for (let row = 0; row < rows; row++) {
    const near = row / (rows - 1);
    drawSlope(town, (middle) => baseAt(middle, near, row), width, quay, unit, near, next);
    let x = width * 0.03 - 60 * unit * next();
    while (x < width * 1.02) {
      const wide = unit * (54 + 62 * next()) * (0.56 + 0.44 * near);
      const middle = (x + wide / 2) / width;
      const base = baseAt(middle, near, row);
      const crowded =
        row === rows - 1 || next() < 0.93 - 0.5 * smoothstep(0.3, 0.5, Math.abs(middle - 0.55)) * (1 - near);
      if (crowded)
        drawHouse(
          town,
          x,
          base + 16 * unit,
          wide,
          unit * (74 + 76 * next()) * (0.56 + 0.5 * near),
          unit,
          near,
          next,
        );
      x += wide * (row === rows - 1 ? 1.0 : 1.02 + 0.55 * next());
    }
    if (row === 4) drawChurch(town, width * 0.585, quay - height * 0.105, unit);
  }
  drawQuay(town, width, quay, unit, next);
  drawBoats(town, width, quay, unit, next);
  return {
    surface: town.draw.getImageData(0, 0, width, height).data,
    light: town.glow.getImageData(0, 0, width, height).data,
  };
}

/** Ground and trees behind a row of houses, so that nothing floats. */
function drawSlope(
  { draw, glow }: Pair,
  base: (middle: number) => number,
  width: number,
  quay: number,
  unit: number,
  near: number,
  next: Random,
): void {
  for (const context of [draw, glow]) {
    context.fillStyle = context === glow ? "#000" : near < 0.5 ? "#2f3a34" : "#453f39";
    context.beginPath();
    context.moveTo(0, quay);
    for (let x = 0; x <= width; x += 8) context.lineTo(x, base(x / width) - 4 * unit);
    context.lineTo(width, quay);
    context.fill();
  }
  if (near > 0.85) return;
  for (let i = 0; i < 90; i++) {
    const x = next() * width;
    const ground = base(x / width) + 8 * unit;
    const tall = unit * (26 + 42 * next()) * (near === 0 ? 1.25 : 0.9);
    const slim = next() < 0.4;
    draw.fillStyle = next() < 0.5 ? "#263329" : "#31402f";
    for (const context of [draw, glow]) {
      if (context === glow) context.fillStyle = "#000";
      context.beginPath();
      if (slim) context.ellipse(x, ground - tall * 0.75, tall * 0.15, tall * 0.95, 0, 0, Math.PI * 2);
      else
        for (let k = 0; k < 4; k++)
          context.ellipse(
            x + (k - 1.5) * tall * 0.2,
            ground - tall * (0.4 + 0.16 * ((k * 7) % 3)),
            tall * 0.3,
            tall * 0.34,
            0,
            0,
            Math.PI * 2,
          );
      context.fill();
    }
  }
}

const pick = (list: readonly string[], next: Random): string =>
  list[Math.floor(next() * list.length)] ?? "#888888";

function drawHouse(
  { draw, glow }: Pair,
  x: number,
  base: number,
  wide: number,
  tall: number,
  unit: number,
  near: number,
  next: Random,
): void {
  const top = base - tall;
  const gable = next() < 0.45;
  const rise = wide * (gable ? 0.42 : 0.26) * (0.8 + 0.4 * next());
  // Whatever shone behind this house is hidden by it.
  glow.fillStyle = "#000";
  const outline = (context: SKRSContext2D): void => {
    context.beginPath();
    context.moveTo(x, base);
    context.lineTo(x, top);
    if (gable) context.lineTo(x + wide / 2, top - rise);
    else {
      context.lineTo(x + wide * 0.12, top - rise);
      context.lineTo(x + wide * 0.88, top - rise);
    }
    context.lineTo(x + wide, top);
    context.lineTo(x + wide, base);
    context.closePath();
    context.fill();
  };
  outline(glow);
  draw.fillStyle = pick(ROOFS, next);
  outline(draw);
  draw.fillStyle = pick(WALLS, next);
  if (gable) {
    draw.beginPath();
    draw.moveTo(x + wide * 0.03, base);
    draw.lineTo(x + wide * 0.03, top);
    draw.lineTo(x + wide / 2, top - rise * 0.88);
    draw.lineTo(x + wide * 0.97, top);
    draw.lineTo(x + wide * 0.97, base);
    draw.fill();
  } else draw.fillRect(x + wide * 0.03, top, wide * 0.94, tall);
  draw.fillStyle = "rgba(0,0,0,0.28)";
  draw.fillRect(x + wide * 0.03, top, wide * 0.94, tall * 0.035);
  draw.fillStyle = "rgba(20,16,24,0.2)";
  draw.fillRect(x + wide * 0.82, top, wide * 0.15, tall);
  if (next() < 0.6) {
    draw.fillStyle = "#4b3a36";
    draw.fillRect(x + wide * (0.2 + 0.5 * next()), top - rise * 1.18, wide * 0.09, rise * 0.9);
  }
  const columns = Math.max(2, Math.round(wide / (26 * unit * (0.6 + 0.4 * near))));
  const floors = Math.max(2, Math.round(tall / (38 * unit * (0.6 + 0.4 * near))));
  const awake = 0.2 + 0.42 * next();
  for (let floor = 0; floor < floors; floor++) {
    for (let column = 0; column < columns; column++) {
      const cell = (wide * 0.9) / columns;
      const storey = (tall * 0.92) / floors;
      const px = x + wide * 0.05 + cell * (column + 0.28);
      const py = top + tall * 0.05 + storey * (floor + 0.22);
      const [w, h] = [cell * 0.44, storey * 0.56];
      draw.fillStyle = "#e6ddcc";
      draw.fillRect(px - w * 0.12, py - h * 0.08, w * 1.24, h * 1.16);
      draw.fillStyle = "#20293a";
      draw.fillRect(px, py, w, h);
      if (next() > awake) continue;
      glow.fillStyle = pick(PANES, next);
      glow.globalAlpha = 0.5 + 0.5 * next();
      glow.fillRect(px, py, w, h);
      glow.globalAlpha = 1;
      glow.fillStyle = "rgba(0,0,0,0.75)";
      if (w > 5) glow.fillRect(px + w * 0.46, py, w * 0.1, h);
      if (h > 8) glow.fillRect(px, py + h * 0.4, w, h * 0.06);
      if (next() < 0.3) glow.fillRect(px, py, w * (0.2 + 0.4 * next()), h);
    }
  }
}

function drawChurch({ draw, glow }: Pair, x: number, base: number, unit: number): void {
  const [wide, tall] = [58 * unit, 250 * unit];
  glow.fillStyle = "#000";
  glow.fillRect(x - wide / 2, base - tall, wide, tall);
  draw.fillStyle = "#cfc0a2";
  draw.fillRect(x - wide / 2, base - tall, wide, tall);
  draw.fillStyle = "rgba(20,16,24,0.25)";
  draw.fillRect(x + wide * 0.2, base - tall, wide * 0.3, tall);
  draw.fillStyle = "#34424c";
  for (const context of [draw, glow]) {
    context.beginPath();
    context.moveTo(x - wide * 0.62, base - tall);
    context.lineTo(x, base - tall - 138 * unit);
    context.lineTo(x + wide * 0.62, base - tall);
    context.fill();
  }
  draw.fillRect(x - 1.6 * unit, base - tall - 166 * unit, 3.2 * unit, 34 * unit);
  glow.fillStyle = "#ffd08a";
  for (const [offset, top] of [
    [-0.2, 62],
    [0.2, 62],
    [0, 140],
    [0, 186],
  ] as const) {
    glow.fillRect(x + wide * offset - 4 * unit, base - tall + top * unit, 8 * unit, 25 * unit);
    glow.beginPath();
    glow.arc(x + wide * offset, base - tall + top * unit, 4 * unit, 0, Math.PI * 2);
    glow.fill();
  }
  glow.fillStyle = "#ffe9c0";
  glow.beginPath();
  glow.arc(x, base - tall + 28 * unit, 13 * unit, 0, Math.PI * 2);
  glow.fill();
  glow.strokeStyle = "#302418";
  glow.lineWidth = 2.4 * unit;
  glow.beginPath();
  glow.moveTo(x, base - tall + 18 * unit);
  glow.lineTo(x, base - tall + 28 * unit);
  glow.lineTo(x + 7 * unit, base - tall + 31 * unit);
  glow.stroke();
}
