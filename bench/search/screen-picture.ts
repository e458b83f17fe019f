/** A picture like a screenshot: flat areas, one-pixel lines, small text. Drawn, so that none need be shipped. */
import { writeFileSync } from "node:fs";
import { createCanvas, GlobalFonts, type SKRSContext2D } from "@napi-rs/canvas";
import { interPath } from "../../src/render/captions/fonts/shipped-fonts.ts";
import { mulberry32 } from "../measure/similarity.ts";

const WIDTH = 2560;
const HEIGHT = 1440;
const FONT = "Screen";
const INKS = ["#24292f", "#0550ae", "#116329", "#953800", "#6e7781"] as const;

/** Writes a PNG of an editor's window with a list beside it and a chart. */
export function drawScreen(file: string): void {
  GlobalFonts.registerFromPath(interPath("medium"), FONT);
  const canvas = createCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext("2d");
  const random = mulberry32(11);
  fill(context, "#ffffff", 0, 0, WIDTH, HEIGHT);
  fill(context, "#e8eaed", 0, 0, WIDTH, 56);
  fill(context, "#f6f8fa", 0, 56, 520, HEIGHT - 56);
  fill(context, "#d0d7de", 520, 56, 1, HEIGHT - 56);
  for (const [index, colour] of ["#ff5f57", "#febc2e", "#28c840"].entries()) {
    context.fillStyle = colour;
    context.beginPath();
    context.arc(36 + index * 34, 28, 10, 0, Math.PI * 2);
    context.fill();
  }
  for (let row = 0; row < 36; row++) {
    if (row === 7) fill(context, "#ddf4ff", 0, 70 + row * 37, 520, 37);
    words(context, random, 30 + (row % 4) * 22, 96 + row * 37, 20, 2);
  }
  for (let row = 0; row < 42; row++) {
    context.fillStyle = "#8c959f";
    context.fillText(String(row + 1), 545, 96 + row * 32);
    if (row % 7 !== 6) words(context, random, 610 + (row % 5) * 36, 96 + row * 32, 18, 3 + (row % 6));
  }
  drawChart(context, random);
  writeFileSync(file, canvas.toBuffer("image/png"));
}

function drawChart(context: SKRSContext2D, random: () => number): void {
  const [left, top, width, height] = [1720, 140, 760, 520];
  fill(context, "#d0d7de", left - 1, top - 1, width + 2, height + 2);
  fill(context, "#ffffff", left, top, width, height);
  for (let line = 1; line < 8; line++) fill(context, "#eaeef2", left, top + line * 65, width, 1);
  for (let bar = 0; bar < 24; bar++) {
    const tall = 60 + random() * 400;
    fill(context, bar % 5 === 0 ? "#fb8500" : "#218bff", left + 20 + bar * 31, top + height - tall, 20, tall);
  }
}

function words(
  context: SKRSContext2D,
  random: () => number,
  left: number,
  baseline: number,
  size: number,
  count: number,
): void {
  context.font = `${size}px ${FONT}`;
  let x = left;
  for (let word = 0; word < count; word++) {
    const letters = Array.from({ length: 3 + Math.floor(random() * 8) }, () =>
      String.fromCharCode(97 + Math.floor(random() * 26)),
    ).join("");
    context.fillStyle = INKS[Math.floor(random() * INKS.length)] as string;
    context.fillText(letters, x, baseline);
    x += context.measureText(letters).width + size * 0.4;
  }
}

function fill(
  context: SKRSContext2D,
  colour: string,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  context.fillStyle = colour;
  context.fillRect(x, y, width, height);
}
