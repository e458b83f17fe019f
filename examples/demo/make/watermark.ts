/** Draws the watermark: a reel that bursts, and the name. Transparent PNG. */

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCanvas, GlobalFonts } from "@napi-rs/canvas";

const AMBER = "#ffb224";
const WIDTH = 640;
const HEIGHT = 150;

const inter = dirname(createRequire(import.meta.url).resolve("@expo-google-fonts/inter"));
GlobalFonts.registerFromPath(join(inter, "600SemiBold/Inter_600SemiBold.ttf"), "wordmark");

const mark = createCanvas(WIDTH, HEIGHT);
const context = mark.getContext("2d");
const [x, y] = [76, HEIGHT / 2];
context.strokeStyle = AMBER;
context.lineCap = "round";
context.lineWidth = 9;
const rays = 12;
for (let i = 0; i < rays; i++) {
  const angle = (i / rays) * Math.PI * 2 - Math.PI / 2;
  const outer = i % 2 === 0 ? 62 : 55;
  context.beginPath();
  context.moveTo(x + Math.cos(angle) * 46, y + Math.sin(angle) * 46);
  context.lineTo(x + Math.cos(angle) * outer, y + Math.sin(angle) * outer);
  context.stroke();
}
context.fillStyle = AMBER;
context.beginPath();
context.arc(x, y, 34, 0, Math.PI * 2);
// The play sign is cut out of the disc: wound the other way.
context.moveTo(x - 10, y - 17);
context.lineTo(x - 10, y + 17);
context.lineTo(x + 19, y);
context.closePath();
context.fill("evenodd");
context.fillStyle = "#ffffff";
context.font = "92px wordmark";
context.textBaseline = "alphabetic";
context.fillText("Reelburst", 158, y + 32);

// White letters on paper or in a lit window need an edge of their own: a tight one that draws them, a wide one that
// darkens what lies behind. One shadow alone is too faint, so each is laid several times.
const canvas = createCanvas(WIDTH, HEIGHT);
const edged = canvas.getContext("2d");
for (const [blur, times] of [
  [22, 3],
  [7, 3],
] as const) {
  edged.shadowColor = "rgba(0,0,0,0.75)";
  edged.shadowBlur = blur;
  for (let i = 0; i < times; i++) edged.drawImage(mark, 0, 0);
}
edged.shadowColor = "transparent";
edged.drawImage(mark, 0, 0);
writeFileSync(fileURLToPath(new URL("../watermark.png", import.meta.url)), canvas.toBuffer("image/png"));
