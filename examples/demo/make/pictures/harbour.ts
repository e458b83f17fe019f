/** A harbour town in the blue hour, 3:2. */
import { type CloudLayer, overlayClouds } from "../clouds.ts";
import { add, blend, gradient, HdrImage, hex, type Rgb, scale } from "../hdr.ts";
import { clamp, Noise, random, smoothstep } from "../noise.ts";
import { paintRange } from "../ridges.ts";
import { develop } from "../tone.ts";
import { drawTown } from "../town.ts";
import { fillWater } from "../water.ts";

export function paintHarbour(width: number, height: number): Uint8Array {
  const image = new HdrImage(width, height);
  const level = height * 0.665;
  const sun = { x: -0.55, y: -0.02 };
  const sky = [
    [0, hex("#e8906a", 0.6)],
    [0.1, hex("#b07f90", 0.46)],
    [0.26, hex("#5f74aa", 0.4)],
    [0.55, hex("#2c55a0", 0.34)],
    [1, hex("#15337a", 0.25)],
  ] as const;
  const veil: CloudLayer = {
    noise: new Noise(13),
    altitude: 0.9,
    frequency: [0.5, 0.8],
    cover: 0.46,
    softness: 0.55,
    opacity: 0.7,
    lit: hex("#d98a80", 0.42),
    shade: hex("#33497e", 0.26),
  };
  image.paint(
    (px, py) => {
      const x = (px - width / 2) / height;
      const up = (level - py) / height;
      const away = Math.hypot(x - sun.x, (up - sun.y) * 1.5);
      const dusk = 0.25 + 0.75 * Math.exp(-Math.abs(x - sun.x) * 0.9);
      const color = blend(gradient(sky, clamp(up / 0.66 + 0.16)), gradient(sky, clamp(up / 0.66)), dusk);
      return overlayClouds(add(color, hex("#ff9a60"), 0.22 * Math.exp(-away * 3)), veil, x, up, sun);
    },
    0,
    Math.ceil(level),
  );
  sparseStars(image, level);

  for (const [index, range] of [
    { base: 0.02, rise: 0.34, color: hex("#3d5a94", 0.27) },
    { base: 0.0, rise: 0.2, color: hex("#24406e", 0.19) },
  ].entries()) {
    const noise = new Noise(90 + index);
    paintRange(
      image,
      (px) => {
        const x = px / height;
        const shape = noise.fbm(x * (1.1 + index * 0.5), index + 3, 6, 0.46) * 0.5 + 0.5;
        const behind = index === 1 ? 0.9 * Math.exp(-(((px / width - 0.6) / 0.3) ** 2)) : 0;
        return level - height * (range.base + range.rise * shape * (0.55 + behind));
      },
      (px, py, below) => {
        const foot = smoothstep(0.02, 0.2, below / height) * 0.5;
        const relief = 1 + 0.3 * noise.fbm((px / height) * 16, (py / height) * 22, 5);
        return blend(scale(range.color, relief), hex("#6f82b0", 0.3), foot * (1 - index * 0.6));
      },
    );
  }
  layTown(image, drawTown(width, height, level - height * 0.0085));
  fillWater(image, { level, noise: new Noise(77), waves: 0.46, body: hex("#0b1a36", 0.4), pitch: 1.25 });
  return develop(image, { exposure: 1.5, bloom: 0.17, saturation: 1.08, vignette: 0.24 });
}

function sparseStars(image: HdrImage, level: number): void {
  const next = random(64);
  const unit = image.height / 1600;
  const dot = (x: number, y: number, gain: number, sigma: number): void => {
    for (let dy = -6; dy <= 6; dy++)
      for (let dx = -6; dx <= 6; dx++)
        image.addAt(
          x + dx,
          y + dy,
          hex("#e8f0ff"),
          gain * Math.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma)),
        );
  };
  for (let i = 0; i < 90; i++)
    dot(next() * image.width, next() ** 1.6 * level * 0.62, 0.05 + 0.3 * next() ** 5, unit * 0.9 + 0.3);
  dot(image.width * 0.27, image.height * 0.2, 5, unit * 1.9);
}

/** Surfaces take the sky's blue and the warm light of what shines near them. */
function layTown(image: HdrImage, town: ReturnType<typeof drawTown>): void {
  const { width, height } = image;
  const linear = Float32Array.from(
    { length: 256 },
    (_, value) => hex(`#${value.toString(16).padStart(2, "0").repeat(3)}`)[0],
  );
  const channel = (data: Uint8ClampedArray, at: number): number => linear[data[at] as number] as number;
  const light = new HdrImage(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) light.data[i * 3 + c] = channel(town.light, i * 4 + c);
  }
  const near = light.blurred(height * 0.008);
  const wide = light.blurred(height * 0.03);
  const ambient: Rgb = hex("#6284c6", 0.36);
  for (let i = 0; i < width * height; i++) {
    const alpha = (town.surface[i * 4 + 3] as number) / 255;
    for (let c = 0; c < 3; c++) {
      const at = i * 3 + c;
      const lamp = (near.data[at] as number) * 0.7 + (wide.data[at] as number) * 1.9;
      const surface = channel(town.surface, i * 4 + c) * ((ambient[c] as number) + lamp);
      image.data[at] =
        (image.data[at] as number) * (1 - alpha) +
        surface * alpha +
        (light.data[at] as number) * 2.7 +
        (wide.data[at] as number) * 0.025;
    }
  }
}
