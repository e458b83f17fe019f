/** A flat illustration: hills in bands, a town, trees, birds. Large even areas with hard edges, a few soft gradients. */
import { type Canvas, createCanvas, type SKRSContext2D } from "@napi-rs/canvas";
import { mulberry32 } from "../../measure/similarity.ts";
import { box } from "./lettering.ts";

const [WIDTH, HEIGHT] = [2560, 1440];

export function drawIllustration(): Canvas {
  const canvas = createCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext("2d");
  const random = mulberry32(21);
  const sky = context.createLinearGradient(0, 0, 0, HEIGHT);
  for (const [at, color] of [
    [0, "#2d4a7c"],
    [0.35, "#7d7bb0"],
    [0.6, "#f0a58a"],
    [0.75, "#ffd9a0"],
  ] as const)
    sky.addColorStop(at, color);
  context.fillStyle = sky;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  disc(context, 1720, 640, 190, "#fff0cf");
  for (let index = 0; index < 9; index++)
    drawCloud(context, random() * WIDTH, 120 + random() * 360, 0.6 + random());
  drawRange(context, 760, 150, 0.0031, "#8a6f9e");
  drawRange(context, 860, 130, 0.0043, "#6b5a8c");
  drawTown(context, random);
  drawRange(context, 1060, 90, 0.0024, "#3f4f77");
  for (let index = 0; index < 70; index++)
    drawTree(context, random() * WIDTH, 1060 + random() * 130, 40 + random() * 60, "#2c3c62");
  drawRange(context, 1230, 80, 0.0019, "#24304f");
  for (let index = 0; index < 46; index++)
    drawTree(
      context,
      random() * WIDTH,
      1240 + random() * 190,
      90 + random() * 130,
      index % 3 === 0 ? "#17203a" : "#1c2845",
    );
  for (let index = 0; index < 24; index++)
    drawBird(context, 300 + random() * 1300, 200 + random() * 330, 12 + random() * 18);
  return canvas;
}

function disc(context: SKRSContext2D, x: number, y: number, radius: number, color: string): void {
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.fillStyle = color;
  context.fill();
}

function drawCloud(context: SKRSContext2D, x: number, y: number, scale: number): void {
  context.globalAlpha = 0.55;
  for (const [dx, dy, width] of [
    [0, 0, 320],
    [60, -34, 200],
    [-70, 30, 260],
  ] as const)
    box(context, [x + dx * scale, y + dy * scale, width * scale, 40 * scale], "#ffe3d0", 20 * scale);
  context.globalAlpha = 1;
}

function drawRange(
  context: SKRSContext2D,
  base: number,
  height: number,
  frequency: number,
  color: string,
): void {
  context.beginPath();
  context.moveTo(0, HEIGHT);
  for (let x = 0; x <= WIDTH; x += 4) {
    const swell =
      Math.sin(x * frequency + base) +
      0.5 * Math.sin(x * frequency * 2.7 + base * 2) +
      0.2 * Math.sin(x * frequency * 9 + base);
    context.lineTo(x, base - height * swell * 0.6);
  }
  context.lineTo(WIDTH, HEIGHT);
  context.fillStyle = color;
  context.fill();
}

function drawTown(context: SKRSContext2D, random: () => number): void {
  const walls = ["#e9c9a8", "#d99a7c", "#c7d0dc", "#b96f5d", "#f0e2c4"];
  for (let index = 0; index < 44; index++) {
    const x = 300 + index * 44 + random() * 20;
    const [width, height] = [50 + random() * 40, 70 + random() * 130];
    const top = 1010 - height;
    box(context, [x, top, width, height + 120], walls[index % walls.length] ?? "#ffffff");
    context.beginPath();
    context.moveTo(x - 8, top);
    context.lineTo(x + width / 2, top - 34 - random() * 40);
    context.lineTo(x + width + 8, top);
    context.fillStyle = index % 2 === 0 ? "#7b3f3a" : "#59424f";
    context.fill();
    for (let row = 0; row < height / 34; row++)
      for (let column = 0; column < 3; column++)
        if (random() < 0.7)
          box(
            context,
            [x + 9 + column * (width / 3.2), top + 14 + row * 34, 10, 16],
            random() < 0.5 ? "#ffd873" : "#4a5170",
          );
  }
}

function drawTree(context: SKRSContext2D, x: number, foot: number, height: number, color: string): void {
  context.fillStyle = color;
  for (let tier = 0; tier < 4; tier++) {
    const y = foot - height * (0.2 + tier * 0.22);
    const half = height * (0.26 - tier * 0.05);
    context.beginPath();
    context.moveTo(x - half, y);
    context.lineTo(x, y - height * 0.4);
    context.lineTo(x + half, y);
    context.fill();
  }
  context.fillRect(x - 3, foot - height * 0.22, 6, height * 0.22);
}

function drawBird(context: SKRSContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x - size, y);
  context.quadraticCurveTo(x - size / 2, y - size * 0.7, x, y);
  context.quadraticCurveTo(x + size / 2, y - size * 0.7, x + size, y);
  context.strokeStyle = "#26304f";
  context.lineWidth = 4;
  context.stroke();
}
