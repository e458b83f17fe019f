/** Sunset over a mountain lake, 16:9. */

import { type CloudLayer, overlayClouds } from "../clouds.ts";
import { add, blend, gradient, HdrImage, hex, type Rgb, scale } from "../hdr.ts";
import { drawMask, stencil } from "../mask.ts";
import { clamp, Noise, random, smoothstep } from "../noise.ts";
import { drawPine } from "../pine.ts";
import { develop } from "../tone.ts";
import { fillWater } from "../water.ts";

const SKY = [
  [0, hex("#ff9a4a", 1.35)],
  [0.08, hex("#ffae66", 1.05)],
  [0.2, hex("#e99a86", 0.8)],
  [0.36, hex("#a888a4", 0.62)],
  [0.58, hex("#5f79a6", 0.5)],
  [1, hex("#2c4c82", 0.4)],
] as const;

export function paintGold(width: number, height: number): Uint8Array {
  const image = new HdrImage(width, height);
  const level = height * 0.615;
  const sun = { x: 0.2, y: 0.078 };
  const high: CloudLayer = {
    noise: new Noise(21),
    altitude: 1.5,
    frequency: [0.62, 0.36],
    cover: 0.47,
    softness: 0.6,
    opacity: 0.6,
    lit: hex("#ff9d6b", 1.1),
    shade: hex("#8d86a8", 0.42),
  };
  const low: CloudLayer = {
    noise: new Noise(34),
    altitude: 0.62,
    frequency: [0.95, 0.8],
    cover: 0.5,
    softness: 0.36,
    opacity: 0.94,
    lit: hex("#ff8a3e", 1.9),
    shade: hex("#5d5478", 0.34),
  };
  image.paint(
    (px, py) => {
      const x = (px - width / 2) / height;
      const up = (level - py) / height;
      const away = Math.hypot(x - sun.x, (up - sun.y) * 1.1);
      let color = gradient(SKY, clamp(up / 0.62));
      color = add(color, hex("#ffb060"), 1.1 * Math.exp(-away * 7) + 0.38 * Math.exp(-away * 2.2));
      color = overlayClouds(color, high, x, up, sun);
      color = overlayClouds(color, low, x, up, sun);
      const disc = smoothstep(0.0285, 0.0262, Math.hypot(x - sun.x, up - sun.y));
      return add(color, hex("#ffd9a0"), disc * 16 + 2.4 * Math.exp(-away * 34));
    },
    0,
    Math.ceil(level),
  );

  const ranges = [
    { seed: 3, base: 0.035, rise: 0.15, frequency: 1.7, color: hex("#b0788c", 0.62), sharp: 0.8 },
    { seed: 8, base: 0.024, rise: 0.1, frequency: 2.3, color: hex("#7f5f86", 0.4), sharp: 0.6 },
    { seed: 12, base: 0.012, rise: 0.058, frequency: 2.9, color: hex("#4a4168", 0.26), sharp: 0.45 },
    { seed: 19, base: 0.004, rise: 0.03, frequency: 4.4, color: hex("#272843", 0.16), sharp: 0.35 },
  ];
  for (const range of ranges) {
    const noise = new Noise(range.seed);
    const crest = (px: number): number => {
      const x = (px - width / 2) / height;
      const crests =
        noise.ridged(x * range.frequency, 0.5, 6, 0.48) * range.sharp +
        (noise.fbm(x * range.frequency * 0.8, 3.5, 6) * 0.5 + 0.5) * (1 - range.sharp);
      const valley = 0.35 + 0.65 * smoothstep(0.02, 0.75, Math.abs(x - sun.x + 0.06));
      return level - height * (range.base + range.rise * crests * valley * 1.25);
    };
    const tops = Float32Array.from({ length: width }, (_, px) => crest(px + 0.5));
    image.paint(
      (px, py, under) => {
        const top = tops[Math.floor(px)] as number;
        const cover = clamp(py - top + 0.5);
        if (cover === 0) return under;
        const x = (px - width / 2) / height;
        const up = (level - py) / height;
        const away = Math.hypot(x - sun.x, up - sun.y);
        const warm = Math.exp(-away * 4.2);
        const foot = smoothstep(0.06, 0, up) * 0.5;
        const relief = noise.fbm(x * 26, up * 34 + x * 8, 4) * 0.12;
        let color: Rgb = scale(range.color, 1 + relief);
        color = blend(color, hex("#b98aa2", 0.6), foot * (0.55 + 0.45 * warm));
        color = add(color, hex("#ff8a5c"), warm * 0.42 * (0.3 + range.base * 16));
        return blend(under, color, cover);
      },
      0,
      Math.ceil(level),
    );
  }
  fillWater(image, { level, noise: new Noise(50), waves: 0.62, body: hex("#16283c", 0.5) });

  // The sun's path: wavelets that happen to tilt towards the eye, wider and sparser the nearer they are.
  const sparkle = new Noise(63);
  image.paint((px, py, under) => {
    const x = (px - width / 2) / height - sun.x;
    const down = (py - level) / height;
    const near = 0.09 / (down + 0.012);
    const lane = Math.exp(-((x / (0.012 + down * 0.2)) ** 2)) * smoothstep(0.02, 0.12, down);
    const facet = sparkle.fbm(x * near * 62, near * 175, 3, 0.6) + 0.25 * sparkle.at(x * 9, near * 20);
    return add(under, hex("#ffcf8a"), lane * smoothstep(0.22, 0.62, facet) * 1.5);
  }, Math.ceil(level));

  const next = random(77);
  const shore = new Noise(9);
  const trees = drawMask(width, height, (context) => {
    const bank = (x: number): number =>
      height *
      (1.012 - 0.3 * smoothstep(0.36, -0.06, x / width) ** 1.25 + 0.012 * shore.fbm((x / height) * 7, 1, 4));
    context.beginPath();
    context.moveTo(-5, height + 5);
    for (let x = -5; x <= width * 0.6; x += 2) context.lineTo(x, bank(x));
    context.lineTo(width * 0.6, height + 5);
    context.fill();
    for (let i = 0; i < 16; i++) {
      const x = width * (-0.02 + 0.3 * ((i + next() * 0.8) / 16));
      const tall = height * (0.68 - (x / width) * 1.7) * (0.6 + next() * 0.42);
      if (tall > height * 0.05)
        drawPine(context, x, bank(x) + height * 0.012, tall, next, (next() - 0.5) * 0.03);
    }
    for (let i = 0; i < 260; i++) {
      const x = width * 0.4 * next();
      const tall = height * (0.01 + next() * 0.022);
      context.beginPath();
      context.moveTo(x - height * 0.0016, bank(x) + 3);
      context.quadraticCurveTo(x, bank(x) - tall * 0.6, x + (next() - 0.3) * tall * 0.7, bank(x) - tall);
      context.lineTo(x + height * 0.0016, bank(x) + 3);
      context.fill();
    }
  });
  stencil(image, trees, (x, y) => {
    const glow = Math.exp(-Math.hypot((x - width / 2) / height - sun.x, (level - y) / height - sun.y) * 2.4);
    return add(hex("#0d0f1a", 0.5), hex("#ff7a30"), glow * 0.05);
  });
  return develop(image, { exposure: 0.92, bloom: 0.13, saturation: 1.08, vignette: 0.22 });
}
