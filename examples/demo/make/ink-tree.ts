/** Pines and small figures as an ink painter would set them down. */
import type { SKRSContext2D } from "@napi-rs/canvas";
import type { Random } from "./noise.ts";

/** A crooked pine with flat clouds of needles. */
export function drawInkPine(
  context: SKRSContext2D,
  x: number,
  base: number,
  height: number,
  lean: number,
  next: Random,
): void {
  const points: { x: number; y: number; w: number }[] = [];
  let px = x;
  for (let i = 0; i <= 14; i++) {
    const t = i / 14;
    px += lean * height * 0.05 * (1 + Math.sin(t * 5)) + (next() - 0.5) * height * 0.028;
    points.push({ x: px, y: base - height * t, w: height * 0.026 * (1 - t * 0.82) });
  }
  context.beginPath();
  for (const point of points) context.lineTo(point.x - point.w, point.y);
  for (const point of points.toReversed()) context.lineTo(point.x + point.w, point.y);
  context.fill();
  const boughs = 15;
  for (let i = 0; i < boughs; i++) {
    const at = points[Math.min(14, 5 + Math.floor((i / boughs) * 9.99))];
    if (!at) continue;
    const side = i % 2 === 0 ? 1 : -1;
    const t = (base - at.y) / height;
    const reach = height * (0.44 - 0.34 * t) * (0.5 + 0.55 * next());
    const [endX, endY] = [at.x + side * reach, at.y + height * (0.03 - 0.07 * next())];
    context.lineWidth = Math.max(1, height * 0.009 * (1.2 - t));
    context.beginPath();
    context.moveTo(at.x, at.y);
    context.quadraticCurveTo(at.x + side * reach * 0.5, at.y - height * 0.03, endX, endY);
    context.stroke();
    const clumps = 3 + Math.floor(next() * 3);
    for (let k = 0; k < clumps; k++) {
      const along = 0.35 + (0.75 * (k + next() * 0.5)) / clumps;
      needles(
        context,
        at.x + (endX - at.x) * along,
        at.y + (endY - at.y) * along - height * 0.012,
        height * (0.1 + 0.04 * next()),
        next,
      );
    }
  }
  const tip = points[14];
  if (tip)
    for (let k = 0; k < 4; k++)
      needles(
        context,
        tip.x + (next() - 0.5) * height * 0.1,
        tip.y + next() * height * 0.05,
        height * 0.075,
        next,
      );
}

/** A flat fan of strokes. */
function needles(context: SKRSContext2D, x: number, y: number, reach: number, next: Random): void {
  context.lineWidth = Math.max(0.7, reach * 0.022);
  for (let i = 0; i < 84; i++) {
    const angle = Math.PI * (1.02 + 0.96 * next());
    const long = reach * (0.4 + 0.6 * next());
    const startX = x + (next() - 0.5) * reach * 1.1;
    context.globalAlpha = 0.35 + 0.5 * next();
    context.beginPath();
    context.moveTo(startX, y + next() * reach * 0.1);
    context.lineTo(startX + Math.cos(angle) * long * 0.8, y + Math.sin(angle) * long * 0.42);
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** A flat boat with a cabin and one man with a pole; `size` is the boat's length. */
export function drawBoat(context: SKRSContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x - size * 0.52, y - size * 0.075);
  context.quadraticCurveTo(x - size * 0.1, y + size * 0.03, x + size * 0.3, y);
  context.quadraticCurveTo(x + size * 0.45, y - size * 0.03, x + size * 0.54, y - size * 0.11);
  context.quadraticCurveTo(x + size * 0.3, y + size * 0.08, x, y + size * 0.075);
  context.quadraticCurveTo(x - size * 0.36, y + size * 0.075, x - size * 0.52, y - size * 0.075);
  context.fill();
  context.beginPath();
  context.moveTo(x - size * 0.2, y);
  context.quadraticCurveTo(x - size * 0.2, y - size * 0.17, x, y - size * 0.175);
  context.quadraticCurveTo(x + size * 0.17, y - size * 0.17, x + size * 0.18, y);
  context.fill();
  context.beginPath();
  context.moveTo(x + size * 0.32, y);
  context.lineTo(x + size * 0.315, y - size * 0.17);
  context.quadraticCurveTo(x + size * 0.345, y - size * 0.235, x + size * 0.385, y - size * 0.17);
  context.lineTo(x + size * 0.4, y - size * 0.01);
  context.fill();
  context.beginPath();
  context.moveTo(x + size * 0.27, y - size * 0.195);
  context.lineTo(x + size * 0.35, y - size * 0.275);
  context.lineTo(x + size * 0.435, y - size * 0.195);
  context.fill();
  context.lineWidth = Math.max(1, size * 0.009);
  context.beginPath();
  context.moveTo(x + size * 0.3, y - size * 0.3);
  context.lineTo(x + size * 0.5, y + size * 0.14);
  context.stroke();
}

export function drawBirds(
  context: SKRSContext2D,
  x: number,
  y: number,
  size: number,
  count: number,
  next: Random,
): void {
  context.lineCap = "round";
  for (let i = 0; i < count; i++) {
    const bx = x + (i - count / 2) * size * 1.6 + (next() - 0.5) * size;
    const by = y + Math.abs(i - count * 0.4) * size * 0.55 + (next() - 0.5) * size * 0.6;
    const span = size * (0.6 + 0.35 * next());
    context.lineWidth = Math.max(1, span * 0.1);
    context.beginPath();
    context.moveTo(bx - span, by - span * 0.25);
    context.quadraticCurveTo(bx - span * 0.4, by - span * 0.5, bx, by);
    context.quadraticCurveTo(bx + span * 0.4, by - span * 0.55, bx + span, by - span * 0.3);
    context.stroke();
  }
}

/** A pavilion with swept eaves, open below. */
export function drawPavilion(context: SKRSContext2D, x: number, base: number, size: number): void {
  for (const [level, wide] of [
    [0.52, 0.62],
    [0.9, 0.42],
  ] as const) {
    const y = base - size * level;
    context.beginPath();
    context.moveTo(x - size * wide, y - size * 0.05);
    context.quadraticCurveTo(x - size * wide * 0.55, y + size * 0.0, x - size * wide * 0.2, y - size * 0.24);
    context.lineTo(x + size * wide * 0.2, y - size * 0.24);
    context.quadraticCurveTo(x + size * wide * 0.55, y + size * 0.0, x + size * wide, y - size * 0.05);
    context.quadraticCurveTo(x, y + size * 0.1, x - size * wide, y - size * 0.05);
    context.fill();
  }
  for (const offset of [-0.38, -0.14, 0.14, 0.38])
    context.fillRect(x + size * offset - size * 0.018, base - size * 0.52, size * 0.036, size * 0.54);
  context.fillRect(x - size * 0.26, base - size * 0.9, size * 0.52, size * 0.2);
  context.fillRect(x - size * 0.5, base - size * 0.04, size, size * 0.07);
  context.fillRect(x - size * 0.02, base - size * 1.27, size * 0.04, size * 0.16);
}
