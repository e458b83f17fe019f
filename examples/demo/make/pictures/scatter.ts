/** Why a low sun is red, 4:3: a drawing in flat colours. Noon's short way through the air against evening's long one. */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createCanvas, GlobalFonts, type SKRSContext2D } from "@napi-rs/canvas";
import { random } from "../noise.ts";

const NIGHT = "#0e1524";
const INTER = "@expo-google-fonts/inter";

export function paintScatter(width: number, height: number): Uint8Array {
  const files = dirname(createRequire(import.meta.url).resolve(INTER));
  GlobalFonts.registerFromPath(join(files, "500Medium/Inter_500Medium.ttf"), "label");
  GlobalFonts.registerFromPath(join(files, "300Light/Inter_300Light.ttf"), "note");
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  // Drawn in a space 2048 wide.
  context.scale(width / 2048, width / 2048);
  draw(context);
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) pixels[i * 3 + c] = data[i * 4 + c] as number;
  return pixels;
}

/** The Earth's centre stands far below; the observer is at the top of the arc. */
const EARTH = { x: 760, y: 2700, radius: 1640 };
const AIR = 235;
const OBSERVER = { x: EARTH.x, y: EARTH.y - EARTH.radius - 84 };

function draw(context: SKRSContext2D): void {
  context.fillStyle = NIGHT;
  context.fillRect(0, 0, 2048, 1536);
  const next = random(3);
  for (let i = 0; i < 90; i++)
    disc(
      context,
      next() * 2048,
      next() * 760,
      1 + next() * 1.6,
      `rgba(200,215,255,${(0.1 + 0.35 * next()).toFixed(2)})`,
    );
  // The air in steps, thinner upward: an honest gradient of flat bands.
  const bands = ["#14233f", "#182f58", "#1d3d72", "#24508f", "#2f68ac"];
  for (const [index, color] of bands.entries()) {
    disc(context, EARTH.x, EARTH.y, EARTH.radius + AIR * (1 - index / bands.length), color);
  }
  disc(context, EARTH.x, EARTH.y, EARTH.radius, "#0a0f1a");
  disc(context, EARTH.x, EARTH.y + 16, EARTH.radius, "#121c2e");

  const noon = { x: OBSERVER.x, y: 330 };
  const evening = { x: 1830, y: OBSERVER.y - 60 };
  ray(context, noon, OBSERVER, entry(noon), ["#fff6e0", "#fff0cd"]);
  ray(context, evening, OBSERVER, entry(evening), [
    "#fff6e0",
    "#ffe3a3",
    "#ffc061",
    "#ff9243",
    "#f8623a",
    "#dd3f38",
  ]);
  scattered(context, entry(noon), OBSERVER, 4, 0.74);
  scattered(context, entry(evening), OBSERVER, 19, 0.87);
  sun(context, noon.x, noon.y, "#fff3d0", "#ffe08a");
  sun(context, evening.x, evening.y, "#ffd9a0", "#ffb224");
  observer(context);
  context.textAlign = "left";
  label(context, "noon", "the short way", noon.x + 118, noon.y - 6);
  context.textAlign = "right";
  label(context, "evening", "almost forty times more air", evening.x + 70, evening.y - 158);
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the way from `sun` to the observer meets the top of the air. */
function entry(from: Point): Point {
  let [low, high] = [0, 1];
  for (let i = 0; i < 40; i++) {
    const t = (low + high) / 2;
    const x = OBSERVER.x + (from.x - OBSERVER.x) * t;
    const y = OBSERVER.y + (from.y - OBSERVER.y) * t;
    if (Math.hypot(x - EARTH.x, y - EARTH.y) < EARTH.radius + AIR) low = t;
    else high = t;
  }
  return { x: OBSERVER.x + (from.x - OBSERVER.x) * low, y: OBSERVER.y + (from.y - OBSERVER.y) * low };
}

function disc(context: SKRSContext2D, x: number, y: number, radius: number, color: string): void {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.fill();
}

/** White in space, then one colour after another on the way through the air. */
function ray(context: SKRSContext2D, from: Point, to: Point, enters: Point, colors: readonly string[]): void {
  context.lineWidth = 9;
  context.lineCap = "butt";
  const inAir = context.createLinearGradient(enters.x, enters.y, to.x, to.y);
  for (const [index, color] of colors.entries()) inAir.addColorStop(index / (colors.length - 1), color);
  for (const [a, b, style] of [
    [from, enters, "#fff6e0"],
    [enters, to, inAir],
  ] as const) {
    context.strokeStyle = style;
    context.beginPath();
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
    context.stroke();
  }
}

/** Blue leaves the ray to all sides. */
function scattered(context: SKRSContext2D, from: Point, to: Point, count: number, until: number): void {
  const next = random(count);
  for (let i = 0; i < count; i++) {
    const t = ((i + 0.55) / count) * until;
    const x = from.x + (to.x - from.x) * t;
    const y = from.y + (to.y - from.y) * t;
    const side = i % 2 === 0 ? 1 : -1;
    const along = Math.atan2(to.y - from.y, to.x - from.x);
    const angle = along + side * (0.75 + 0.75 * next());
    const long = 46 + 46 * next();
    context.strokeStyle = t < 0.45 ? "#7cc0ff" : "#5aa2f2";
    context.lineWidth = 5;
    context.lineCap = "round";
    context.beginPath();
    context.moveTo(x + Math.cos(angle) * 15, y + Math.sin(angle) * 15);
    context.lineTo(x + Math.cos(angle) * long, y + Math.sin(angle) * long);
    context.stroke();
    disc(context, x + Math.cos(angle) * (long + 15), y + Math.sin(angle) * (long + 15), 4.5, "#a8d6ff");
  }
}

function sun(context: SKRSContext2D, x: number, y: number, core: string, rim: string): void {
  disc(context, x, y, 92, `${rim}22`);
  disc(context, x, y, 74, `${rim}44`);
  disc(context, x, y, 56, rim);
  disc(context, x, y, 48, core);
}

/** Someone looking up, far too large. */
function observer(context: SKRSContext2D): void {
  const { x, y: eye } = OBSERVER;
  const y = eye + 84;
  context.fillStyle = "#f4efe4";
  context.beginPath();
  context.roundRect(x - 11, y - 50, 22, 40, 10);
  context.fill();
  context.fillRect(x - 9, y - 16, 7, 22);
  context.fillRect(x + 2, y - 16, 7, 22);
  disc(context, x, y - 64, 11, "#f4efe4");
}

function label(context: SKRSContext2D, title: string, note: string, x: number, y: number): void {
  context.fillStyle = "#f4efe4";
  context.font = "54px label";
  context.fillText(title, x, y);
  context.fillStyle = "#9fb4d8";
  context.font = "40px note";
  context.fillText(note, x, y + 56);
}
