/** Still water: the picture above the shore line, mirrored in small waves. */
import { add, blend, type HdrImage, type Rgb, scale } from "./hdr.ts";
import { clamp, type Noise, random, smoothstep } from "./noise.ts";

export interface Water {
  /** Shore line, pixel row. */
  readonly level: number;
  readonly noise: Noise;
  /** Steepness of the waves: 0.2 a mirror, 1 a breeze. */
  readonly waves: number;
  /** Colour of the water itself, seen where one looks down into it. */
  readonly body: Rgb;
  /** Wave length across, relative to the usual. */
  readonly pitch?: number;
}

export function fillWater(image: HdrImage, water: Water): void {
  const { width, height } = image;
  const next = random(5);
  const pitch = water.pitch ?? 1;
  const depth = height - water.level;
  image.paint((x, y) => {
    const down = (y - water.level) / height;
    const distance = 0.09 / (down + 0.004);
    const worldX = ((x - width / 2) / height) * distance * 26 * pitch;
    const worldZ = distance * 92 * pitch;
    // Far waves are smaller than a pixel: they blur the mirror instead of bending it.
    const visible = clamp(down * 9);
    const swell = water.noise.fbm(worldX * 0.33, worldZ * 0.2, 3);
    const ripple = water.noise.fbm(worldX + swell * 0.4, worldZ, 4, 0.55);
    const calm = 0.35 + 0.65 * smoothstep(-0.25, 0.35, water.noise.fbm(worldX * 0.045 + 7, worldZ * 0.05, 3));
    const slope = (ripple * (0.3 + 0.7 * visible) + swell * 0.7) * water.waves * calm;
    const spread = water.waves * calm * height * (0.012 + 0.03 * (1 - visible) * down + 0.022 * down);
    let sum: Rgb = [0, 0, 0];
    const samples = 6;
    for (let k = 0; k < samples; k++) {
      const jitter = (k + next()) / samples - 0.5;
      const mirrored =
        water.level -
        (y - water.level) * 0.96 +
        slope * height * 0.075 * (0.25 + down * 2.2) +
        jitter * spread * 2;
      sum = add(
        sum,
        image.sample(
          x + ripple * water.waves * height * 0.012 * (0.2 + down * 2),
          Math.min(water.level - 1, Math.abs(mirrored)),
        ),
        1 / samples,
      );
    }
    const facing = clamp(0.06 + 0.6 * smoothstep(0, depth / height, down) + slope * 0.25, 0.03, 0.75);
    return blend(scale(sum, 0.93), water.body, facing * 0.75);
  }, Math.ceil(water.level));
}
