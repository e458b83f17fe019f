/** Mountain ranges at dusk, a wide panorama: the farther, the bluer. */
import { type CloudLayer, overlayClouds } from "../clouds.ts";
import { add, blend, gradient, HdrImage, hex, scale } from "../hdr.ts";
import { drawMask, stencil } from "../mask.ts";
import { clamp, mix, Noise, random, smoothstep } from "../noise.ts";
import { drawPine } from "../pine.ts";
import { paintRange } from "../ridges.ts";
import { develop } from "../tone.ts";

const RANGES = 9;

export function paintRidges(width: number, height: number): Uint8Array {
  const image = new HdrImage(width, height);
  const sun = { x: 0.62, y: -0.02 };
  const horizon = height * 0.5;
  const streaks: CloudLayer = {
    noise: new Noise(5),
    altitude: 1.1,
    frequency: [0.4, 0.75],
    cover: 0.52,
    softness: 0.55,
    opacity: 0.7,
    lit: hex("#ffab8e", 0.85),
    shade: hex("#8b93b8", 0.5),
  };
  const sky = [
    [0, hex("#ffcaa0", 1.05)],
    [0.16, hex("#f3b6a4", 0.92)],
    [0.36, hex("#c4a9bd", 0.78)],
    [0.64, hex("#7f9cc8", 0.62)],
    [1, hex("#4673b4", 0.48)],
  ] as const;
  image.paint((px, py) => {
    const x = (px - width / 2) / height;
    const up = (horizon - py) / height;
    const away = Math.hypot(x - sun.x, (up - sun.y) * 1.2);
    const color = add(gradient(sky, clamp(up / 0.5 + 0.1)), hex("#ffb070"), 0.75 * Math.exp(-away * 3.2));
    return overlayClouds(color, streaks, x, up, sun);
  });
  const treeNoise = new Noise(99);
  for (let index = 0; index < RANGES; index++) {
    const near = index / (RANGES - 1);
    const noise = new Noise(100 + index * 7);
    const frequency = mix(1.5, 0.85, near);
    const base = mix(0.475, 1.0, near ** 1.35);
    const rise = mix(0.15, 0.26, near);
    const crest = (px: number): number => {
      const x = px / height;
      const crests = noise.ridged(x * frequency, index * 3.7, 7, 0.47);
      const rolling = noise.fbm(x * frequency * 0.55, index * 1.9 + 40, 3) * 0.5 + 0.5;
      const forest = near > 0.4 ? (treeNoise.fbm(x * 150, index, 2) * 0.5 + 0.5) * 0.0075 * near : 0;
      return height * (base - rise * (crests * 0.62 + rolling * 0.55) + 0.05 - forest);
    };
    const distant = hex("#8fb0dc", 0.72);
    const close = hex("#0d1a30", 0.22);
    const body = blend(distant, close, near ** 0.62);
    paintRange(image, crest, (px, py, below) => {
      const x = (px - width / 2) / height;
      const warm = Math.exp(-Math.abs(x - sun.x) * 1.15) * (1 - near) ** 1.5;
      const ribs =
        noise.ridged((px / height) * frequency * 3.2 + (below / height) * 2.2, (py / height) * 3.2, 5) - 0.45;
      let color = scale(body, 1 + ribs * mix(0.12, 0.5, near));
      color = add(color, hex("#ff9f72"), warm * 0.42);
      // Mist gathers towards the foot of every range, lit by the sky.
      const wisps = noise.fbm((px / height) * 1.3 + index, (py / height) * 7, 5) * 0.5 + 0.5;
      const foot = (py - height * (base - rise * 0.42)) / height;
      const mist =
        smoothstep(0.0, mix(0.12, 0.24, near), (below / height) * 0.35 + foot * 0.75 + (wisps - 0.5) * 0.09) *
        mix(0.85, 0.42, near);
      const air = add(blend(hex("#a9c0e2", 0.82), hex("#4b6d9e", 0.5), near), hex("#ffb488"), warm * 0.5);
      // Tree tops, where the range is near enough to see them.
      const canopy =
        near > 0.3 ? 1 + (near - 0.3) * 0.5 * treeNoise.fbm((px / height) * 95, (py / height) * 120, 2) : 1;
      return blend(scale(color, Math.max(0.2, canopy)), air, mist);
    });
  }
  const next = random(31);
  const bank = new Noise(61);
  const forest = drawMask(width, height, (context) => {
    const ground = (x: number): number =>
      height *
      (0.985 -
        0.09 * (bank.fbm((x / height) * 0.9, 2, 3) * 0.5 + 0.5) -
        0.12 * smoothstep(0.78, 1.02, x / width) -
        0.06 * smoothstep(0.2, -0.02, x / width));
    context.beginPath();
    context.moveTo(-5, height + 5);
    for (let x = -5; x <= width + 5; x += 3) context.lineTo(x, ground(x));
    context.lineTo(width + 5, height + 5);
    context.fill();
    const count = 230;
    for (let i = 0; i < count; i++) {
      const x = ((i + next()) / count) * width;
      const thick =
        0.2 +
        0.8 *
          smoothstep(-0.15, 0.3, bank.fbm((x / height) * 2.4, 8, 3) + 0.22 * smoothstep(0.8, 1, x / width));
      const tall = height * (0.035 + 0.15 * thick * (0.4 + 0.6 * next()));
      drawPine(context, x, ground(x) + height * 0.008, tall, next);
    }
  });
  stencil(image, forest, (_x, y) =>
    blend(hex("#0a1322", 0.3), hex("#22385c", 0.3), smoothstep(0.86, 1.02, y / height) * 0.35),
  );
  return develop(image, { exposure: 0.88, bloom: 0.07, saturation: 1.12, vignette: 0.14 });
}
