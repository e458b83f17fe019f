/** Conifer silhouettes on a canvas. */
import type { SKRSContext2D } from "@napi-rs/canvas";
import type { Random } from "./noise.ts";

/** @param lean sideways shift of the tip as a fraction of the height */
export function drawPine(
  context: SKRSContext2D,
  x: number,
  base: number,
  height: number,
  next: Random,
  lean = 0,
): void {
  const spread = height * (0.15 + next() * 0.06);
  const tiers = Math.round(26 + Math.sqrt(height) * 2.2 + next() * 8);
  const trunkAt = (t: number): number => x + lean * height * t * t;
  context.beginPath();
  context.moveTo(x - height * 0.012, base);
  context.lineTo(trunkAt(1) - 0.4, base - height);
  context.lineTo(trunkAt(1) + 0.4, base - height);
  context.lineTo(x + height * 0.012, base);
  context.fill();
  const bare = 0.05 + next() * 0.08;
  for (let tier = 0; tier < tiers; tier++) {
    const t = 1 - (tier / tiers) * (1 - bare);
    const reach = spread * (1 - t) ** 0.82 + height * 0.006;
    for (const side of [-1, 1]) {
      if (next() < 0.06) continue;
      const length = reach * (0.5 + next() * 0.62);
      const droop = length * (0.1 + next() * 0.5);
      const thickness = height * 0.012 + length * 0.16;
      const startX = trunkAt(t);
      const startY = base - height * t + (next() - 0.5) * height * 0.03;
      const tipX = startX + side * length;
      const tipY = startY + droop;
      context.beginPath();
      context.moveTo(startX, startY - thickness * 0.5);
      context.quadraticCurveTo(startX + side * length * 0.55, startY + droop * 0.1, tipX, tipY);
      // A ragged underside: hanging twigs.
      const teeth = 3 + Math.floor(length / (height * 0.022));
      for (let tooth = teeth; tooth > 0; tooth--) {
        const along = tooth / (teeth + 0.6);
        const px = startX + side * length * along;
        const py = startY + droop * along * along;
        context.lineTo(px, py + thickness * (0.5 + next() * 0.75) * (1.15 - along * 0.6));
        context.lineTo(px - (side * length) / teeth / 2.2, py + thickness * 0.18);
      }
      context.lineTo(startX, startY + thickness * 0.7);
      context.closePath();
      context.fill();
    }
  }
}
