/** The Milky Way over hills and a lit cabin, 16:9. */
import { add, blend, gradient, HdrImage, hex, type Rgb, scale } from "../hdr.ts";
import { drawMask, stencil } from "../mask.ts";
import { clamp, mix, Noise, random, smoothstep } from "../noise.ts";
import { drawPine } from "../pine.ts";
import { paintRange } from "../ridges.ts";
import { develop } from "../tone.ts";

export function paintStars(width: number, height: number): Uint8Array {
  const image = new HdrImage(width, height);
  const noise = new Noise(4);
  const dust = new Noise(18);
  const horizon = height * 0.8;
  const sky = [
    [0, hex("#5e86a8", 0.34)],
    [0.12, hex("#3a6192", 0.25)],
    [0.4, hex("#1c3a70", 0.165)],
    [1, hex("#0c1c44", 0.12)],
  ] as const;
  /** Along and across the galaxy's band, which leans over the picture. */
  const band = (px: number, py: number): { along: number; across: number } => {
    const x = (px - width * 0.56) / height;
    const y = (py - height * 0.4) / height;
    const turn = -1.02;
    return {
      along: x * Math.cos(turn) - y * Math.sin(turn),
      across: x * Math.sin(turn) + y * Math.cos(turn),
    };
  };
  const glowAt = (px: number, py: number): { light: number; lane: number } => {
    const { along, across } = band(px, py);
    const bend = across + 0.045 * noise.fbm(along * 1.5, 3, 3);
    const core = Math.exp(-((along - 0.3) ** 2) * 2.6);
    const wide = 0.135 + 0.07 * core;
    const light = Math.exp(-((bend / wide) ** 2)) * (0.5 + 1.1 * core);
    const cloudy = 0.62 + 0.75 * noise.fbm(along * 5.2, bend * 7, 6, 0.58);
    const warp = dust.fbm(along * 3 + 5, bend * 4, 3) * 0.6;
    const rift = dust.fbm(along * 2.6 + warp, bend * 6.4 + warp * 1.5, 6, 0.56) * 0.5 + 0.5;
    const lane =
      smoothstep(0.44, 0.66, rift + 0.14 * Math.exp(-(((bend + 0.012) / 0.05) ** 2))) *
      Math.exp(-((bend / (wide * 0.95)) ** 2));
    return { light: Math.max(0, light * cloudy), lane };
  };
  image.paint((px, py) => {
    const up = (horizon - py) / height;
    const { light, lane } = glowAt(px, py);
    const airglow = noise.fbm((px / height) * 1.2, up * 5, 4) * 0.12 + 1;
    let color: Rgb = scale(gradient(sky, clamp(up / 0.8)), airglow);
    const { along } = band(px, py);
    const warm = clamp(0.35 + along * 1.1);
    color = add(color, blend(hex("#8fb0ff"), hex("#ffc9a4"), warm), light * 0.19 * (1 - lane * 0.82));
    color = add(
      color,
      hex("#e0709a"),
      Math.max(0, noise.fbm((px / height) * 9, (py / height) * 9, 3) - 0.38) * light * 0.16,
    );
    const town = Math.exp(-(((px / width - 0.2) / 0.24) ** 2)) * Math.exp(-Math.max(0, up) * 9);
    return add(color, hex("#ffb070"), town * 0.16);
  });
  plantStars(image, glowAt, horizon);

  for (let index = 0; index < 4; index++) {
    const near = index / 3;
    const ridge = new Noise(60 + index);
    const tree = new Noise(70 + index);
    paintRange(
      image,
      (px) => {
        const x = px / height;
        const hills = ridge.fbm(x * mix(1.6, 0.8, near), index * 4, 5, 0.45) * 0.5 + 0.5;
        const forest = (tree.fbm(x * mix(190, 90, near), 1, 2) * 0.5 + 0.5) * mix(0.002, 0.011, near);
        return height * (mix(0.79, 0.985, near) - hills * mix(0.13, 0.12, near) - forest);
      },
      (px, py, below) => {
        const body = blend(hex("#2f5078", 0.13), hex("#060c18", 0.1), near ** 0.6);
        const mist = smoothstep(0.01, 0.13, below / height) * (1 - near) * 0.8;
        const town = Math.exp(-(((px / width - 0.2) / 0.24) ** 2)) * (1 - near);
        const veil = 0.75 + 0.35 * ridge.fbm((px / height) * 3, (py / height) * 9, 4);
        return add(blend(body, hex("#46689a", 0.17), mist * veil), hex("#ffb070"), town * mist * 0.035);
      },
    );
  }
  foreground(image);
  return develop(image, { exposure: 1.55, bloom: 0.12, saturation: 1.1, vignette: 0.3, grain: 0.8 });
}

function plantStars(
  image: HdrImage,
  glowAt: (px: number, py: number) => { light: number; lane: number },
  horizon: number,
): void {
  const next = random(2024);
  const { width, height } = image;
  const unit = height / 1440;
  const tints = [hex("#9fbfff"), hex("#cfdcff"), hex("#ffffff"), hex("#ffe6c4"), hex("#ffc796")];
  for (let i = 0; i < 26_000; i++) {
    const px = next() * width;
    const py = next() * horizon * 1.05;
    const { light, lane } = glowAt(px, py);
    if (next() > 0.22 + light * 0.9 * (1 - lane * 0.8)) continue;
    // Many faint, few bright, as in the true sky.
    const magnitude = next() ** -0.62 - 1;
    const brightness =
      Math.min(3.6, 0.035 + magnitude * 0.062) * smoothstep(0, 0.16, (horizon - py) / height);
    const tint = tints[Math.floor(next() * tints.length)] as Rgb;
    const sigma = unit * (0.66 + Math.min(0.8, brightness * 0.3));
    const reach = Math.ceil(sigma * 3.4);
    const gain = (brightness * 1.1) / Math.max(0.35, sigma * sigma);
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        const x = Math.floor(px) + dx;
        const y = Math.floor(py) + dy;
        const r2 = (x + 0.5 - px) ** 2 + (y + 0.5 - py) ** 2;
        image.addAt(x, y, tint, gain * Math.exp(-r2 / (2 * sigma * sigma)));
      }
    }
  }
}

function foreground(image: HdrImage): void {
  const { width, height } = image;
  const next = random(8);
  const bank = new Noise(33);
  const ground = (x: number): number =>
    height *
    (0.93 -
      0.045 * smoothstep(0.55, 1.05, x / width) -
      0.03 * smoothstep(0.35, -0.05, x / width) +
      0.012 * bank.fbm((x / height) * 4, 1, 4));
  const cabin = { x: width * 0.31, y: ground(width * 0.31) + height * 0.004, size: height * 0.042 };
  const trees = drawMask(width, height, (context) => {
    context.beginPath();
    context.moveTo(-5, height + 5);
    for (let x = -5; x <= width + 5; x += 2) context.lineTo(x, ground(x));
    context.lineTo(width + 5, height + 5);
    context.fill();
    for (let i = 0; i < 60; i++) {
      const x =
        width *
        (i < 42 ? 0.68 + 0.36 * (i / 42) + 0.01 * next() : -0.03 + 0.2 * ((i - 42) / 18) + 0.01 * next());
      const edge = i < 42 ? smoothstep(0.64, 0.97, x / width) : smoothstep(0.22, 0.0, x / width);
      drawPine(
        context,
        x,
        ground(x) + height * 0.01,
        height * (0.05 + 0.3 * edge * (0.35 + 0.65 * next())),
        next,
        (next() - 0.5) * 0.02,
      );
    }
    const { x, y, size } = cabin;
    context.fillRect(x - size, y - size * 0.85, size * 2, size * 1.2);
    context.beginPath();
    context.moveTo(x - size * 1.22, y - size * 0.8);
    context.lineTo(x, y - size * 1.75);
    context.lineTo(x + size * 1.22, y - size * 0.8);
    context.fill();
    context.fillRect(x + size * 0.45, y - size * 1.85, size * 0.24, size * 0.8);
  });
  stencil(image, trees, (x, y) => {
    const light =
      Math.exp(-(((x - cabin.x) / (height * 0.11)) ** 2) - Math.max(0, y - cabin.y) / (height * 0.03)) *
      smoothstep(cabin.y - height * 0.004, cabin.y + height * 0.01, y);
    return add(hex("#04070e", 0.12), hex("#ff9c48"), light * 0.09);
  });
  const windows = drawMask(width, height, (context) => {
    const { x, y, size } = cabin;
    context.fillRect(x - size * 0.62, y - size * 0.6, size * 0.42, size * 0.36);
    context.fillRect(x + size * 0.2, y - size * 0.6, size * 0.42, size * 0.36);
    context.globalCompositeOperation = "destination-out";
    for (const left of [-0.62, 0.2]) {
      context.fillRect(x + size * (left + 0.19), y - size * 0.6, size * 0.04, size * 0.36);
      context.fillRect(x + size * left, y - size * 0.44, size * 0.42, size * 0.04);
    }
  });
  stencil(image, windows, () => hex("#ffb255", 2.6));
}
