/** Text on a canvas in Inter, by weight. */
import { createRequire } from "node:module";
import path from "node:path";
import { GlobalFonts, type SKRSContext2D } from "@napi-rs/canvas";

const folder = path.dirname(createRequire(import.meta.url).resolve("@expo-google-fonts/inter"));
for (const weight of ["400Regular", "500Medium", "600SemiBold", "700Bold"])
  GlobalFonts.registerFromPath(
    path.join(folder, weight, `Inter_${weight}.ttf`),
    `bench-${Number.parseInt(weight, 10)}`,
  );

export interface TextLook {
  /** Pixels. */
  readonly size: number;
  readonly color: string;
  readonly weight?: 400 | 500 | 600 | 700;
  readonly align?: "left" | "right" | "center";
}

/** `y` is the base line. @returns the width in pixels */
export function text(context: SKRSContext2D, words: string, x: number, y: number, look: TextLook): number {
  context.font = `${look.size}px bench-${look.weight ?? 400}`;
  context.fillStyle = look.color;
  context.textAlign = look.align ?? "left";
  context.fillText(words, x, y);
  return context.measureText(words).width;
}

export function box(
  context: SKRSContext2D,
  [x, y, width, height]: readonly [number, number, number, number],
  fill: string,
  radius = 0,
  stroke?: string,
): void {
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
  context.fillStyle = fill;
  context.fill();
  if (stroke === undefined) return;
  context.strokeStyle = stroke;
  context.lineWidth = 2;
  context.stroke();
}
