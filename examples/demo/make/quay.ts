/** The water front: a quay wall with lamps, and sailing boats moored along it. */
import type { SKRSContext2D } from "@napi-rs/canvas";
import type { Random } from "./noise.ts";

/** Whatever is drawn on `draw` must also be drawn black on `glow`, where it hides light behind it. */
export interface Pair {
  readonly draw: SKRSContext2D;
  readonly glow: SKRSContext2D;
}

export function drawQuay(
  { draw, glow }: Pair,
  width: number,
  quay: number,
  unit: number,
  next: Random,
): void {
  draw.fillStyle = "#8a7d6c";
  draw.fillRect(0, quay - 16 * unit, width, 30 * unit);
  glow.fillStyle = "#000";
  glow.fillRect(0, quay - 16 * unit, width, 30 * unit);
  for (let x = width * 0.02; x < width; x += width * 0.052) {
    const at = x + (next() - 0.5) * 24 * unit;
    draw.fillStyle = "#15171c";
    draw.fillRect(at - 1.5 * unit, quay - 84 * unit, 3 * unit, 70 * unit);
    glow.fillStyle = "#fff1d2";
    glow.beginPath();
    glow.arc(at, quay - 88 * unit, 6.2 * unit, 0, Math.PI * 2);
    glow.fill();
  }
}

export function drawBoats(
  { draw, glow }: Pair,
  width: number,
  quay: number,
  unit: number,
  next: Random,
): void {
  for (let i = 0; i < 11; i++) {
    const x = width * (0.05 + 0.92 * ((i + next() * 0.7) / 11));
    const long = unit * (92 + 66 * next());
    const mast = unit * (170 + 150 * next());
    const water = quay + 14 * unit;
    draw.fillStyle = i % 3 === 0 ? "#24405e" : i % 3 === 1 ? "#d9d4c8" : "#6b2c2a";
    for (const context of [draw, glow]) {
      if (context === glow) context.fillStyle = "#000";
      context.beginPath();
      context.moveTo(x - long * 0.5, water - 20 * unit);
      context.lineTo(x + long * 0.56, water - 24 * unit);
      context.lineTo(x + long * 0.4, water + 2 * unit);
      context.lineTo(x - long * 0.42, water + 2 * unit);
      context.fill();
    }
    draw.fillStyle = "#cfc8b8";
    draw.fillRect(x - long * 0.18, water - 34 * unit, long * 0.36, 12 * unit);
    draw.fillStyle = "#f0eadc";
    draw.fillRect(x - 1.9 * unit, water - mast, 3.8 * unit, mast - 20 * unit);
    draw.strokeStyle = "rgba(225,220,205,0.6)";
    draw.lineWidth = Math.max(0.6, unit);
    draw.beginPath();
    draw.moveTo(x - long * 0.48, water - 20 * unit);
    draw.lineTo(x, water - mast);
    draw.lineTo(x + long * 0.54, water - 24 * unit);
    draw.stroke();
    if (next() < 0.55) {
      glow.fillStyle = "#ffc677";
      glow.fillRect(x - long * 0.12, water - 31 * unit, long * 0.1, 6 * unit);
      glow.fillRect(x + long * 0.04, water - 31 * unit, long * 0.1, 6 * unit);
    }
    if (next() < 0.3) {
      glow.fillStyle = next() < 0.5 ? "#ff6a4a" : "#e8fff0";
      glow.beginPath();
      glow.arc(x, water - mast, 2.6 * unit, 0, Math.PI * 2);
      glow.fill();
    }
  }
}
