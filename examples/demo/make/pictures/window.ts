/** City lamps through a wet window, 1:1. Every drop is a small lens: it shows the street upside down. */
import { add, blend, gradient, HdrImage, hex, type Rgb, scale } from "../hdr.ts";
import { clamp, Noise, type Random, random, smoothstep } from "../noise.ts";
import { develop } from "../tone.ts";

interface Lamp {
  readonly x: number;
  readonly y: number;
  /** Radius of its blur disc when out of focus, in picture heights. */
  readonly radius: number;
  readonly color: Rgb;
  readonly gain: number;
}

const COLORS = [
  hex("#ffb24a"),
  hex("#ffc06a"),
  hex("#ff9436"),
  hex("#ffd79a"),
  hex("#ffab5c"),
  hex("#ff8a4a"),
  hex("#ffe6c0"),
  hex("#ff5238"),
  hex("#74b4ff"),
  hex("#9fd8ff"),
];

export function paintWindow(width: number, height: number): Uint8Array {
  const next = random(1234);
  const lamps = streetLamps(next);
  const blurred = street(width, height, lamps, 1, 0.011);
  const seen = street(Math.round(width / 2), Math.round(height / 2), lamps, 0.5, 0.016);
  const drops = rain(width, height, next);
  const image = new HdrImage(width, height);
  const mist = new Noise(15);
  image.paint((px, py) => {
    const at = Math.floor(py) * width + Math.floor(px);
    const thickness = drops.height[at] as number;
    const wet = smoothstep(0.02, 0.16, thickness);
    const fog = 0.08 + 0.05 * mist.fbm((px / height) * 5, (py / height) * 5, 4);
    const behind = add(scale(blurred.sample(px, py), 0.9), hex("#40639f", 0.24), fog);
    if (wet <= 0) return behind;
    const nx = drops.slopeX[at] as number;
    const ny = drops.slopeY[at] as number;
    const tilt = Math.min(1, Math.hypot(nx, ny));
    // Bent through the drop: steeper glass looks farther away, on the other side.
    const seenX = clamp(px / width - nx * 0.42, 0.01, 0.99) * seen.width;
    const seenY = clamp(0.5 - ny * 0.44, 0.01, 0.99) * seen.height;
    let inside = add(scale(seen.sample(seenX, seenY), 0.85), behind, 0.38);
    inside = scale(inside, 1 - 0.55 * smoothstep(0.7, 1, tilt));
    const glint = smoothstep(0.9, 1, 1 - Math.hypot(nx + 0.3, ny + 0.52) * 1.25);
    inside = add(inside, hex("#cfe2ff"), glint * 1.3);
    return blend(behind, inside, wet);
  });
  return develop(image, { exposure: 1.15, bloom: 0.12, saturation: 1.12, vignette: 0.3 });
}

function streetLamps(next: Random): Lamp[] {
  const lamps: Lamp[] = [];
  for (let i = 0; i < 96; i++) {
    const far = next();
    const row = 0.42 + 0.34 * far ** 1.7 + (next() - 0.5) * 0.1;
    lamps.push({
      x: -0.05 + next() * 1.1,
      y: far < 0.22 ? 0.12 + next() * 0.4 : row,
      radius: 0.014 + 0.05 * far * (0.5 + 0.5 * next()),
      color: COLORS[Math.min(COLORS.length - 1, Math.floor(next() ** 1.1 * COLORS.length))] as Rgb,
      gain: 0.1 + 0.62 * next() ** 2.2,
    });
  }
  return lamps;
}

/** @param focus 1 = fully out of focus; smaller discs carry the same light */
function street(
  width: number,
  height: number,
  lamps: readonly Lamp[],
  focus: number,
  edge: number,
): HdrImage {
  const image = new HdrImage(width, height);
  const noise = new Noise(42);
  const stops = [
    [0, hex("#1c3f8c", 0.3)],
    [0.3, hex("#3d64ad", 0.34)],
    [0.46, hex("#7c80b2", 0.36)],
    [0.56, hex("#473f5c", 0.22)],
    [0.72, hex("#141c33", 0.16)],
    [1, hex("#0b1226", 0.12)],
  ] as const;
  image.paint((px, py) => {
    const [x, y] = [px / width, py / height];
    const roofs = 0.09 * noise.fbm(x * 3.4, 1, 2);
    return scale(
      gradient(stops, clamp(y + roofs * smoothstep(0.25, 0.5, y))),
      1 + 0.22 * noise.fbm(x * 3, y * 3, 3),
    );
  });
  for (const lamp of lamps) {
    const mirrored: Lamp = {
      ...lamp,
      y: 1.32 - lamp.y * 0.72,
      gain: lamp.gain * 0.26,
      radius: lamp.radius * 1.1,
    };
    for (const [disc, stretch] of [
      [lamp, 1],
      [mirrored, 2.1],
    ] as const) {
      const radius = disc.radius * focus * height;
      // The wet street has no lens to make a disc of a lamp: it smears.
      const soft = disc === lamp ? Math.max(0.8, edge * height * focus) : radius * 1.5;
      const gain = Math.min(14, disc.gain / (focus * focus));
      for (
        let y = Math.floor(disc.y * height - radius * stretch - soft * stretch);
        y < disc.y * height + (radius + soft) * stretch;
        y++
      ) {
        for (let x = Math.floor(disc.x * width - radius - soft); x < disc.x * width + radius + soft; x++) {
          const distance = Math.hypot(x + 0.5 - disc.x * width, (y + 0.5 - disc.y * height) / stretch);
          const inside = smoothstep(radius + soft * 0.3, radius - soft * 0.3, distance);
          if (inside <= 0) continue;
          const rim = 0.62 + 0.38 * smoothstep(radius * 0.6, radius * 0.98, distance);
          image.addAt(x, y, disc.color, gain * inside * rim);
        }
      }
    }
  }
  return image;
}

interface Rain {
  readonly height: Float32Array;
  readonly slopeX: Float32Array;
  readonly slopeY: Float32Array;
}

/** Drops as spherical caps with a slightly uneven outline; bigger ones have run and left beads behind. */
function rain(width: number, height: number, next: Random): Rain {
  const field: Rain = {
    height: new Float32Array(width * height),
    slopeX: new Float32Array(width * height),
    slopeY: new Float32Array(width * height),
  };
  const shape = new Noise(71);
  const taken: { x: number; y: number; r: number }[] = [];
  const drop = (x: number, y: number, r: number, long: number): void => {
    const id = x * 13.7 + y * 7.1;
    for (
      let py = Math.max(0, Math.floor(y - r * long * 1.4));
      py < Math.min(height, y + r * long * 1.4);
      py++
    ) {
      for (let px = Math.max(0, Math.floor(x - r * 1.4)); px < Math.min(width, x + r * 1.4); px++) {
        const dx = (px + 0.5 - x) / r;
        const dy = (py + 0.5 - y) / (r * long);
        const angle = Math.atan2(dy, dx);
        const bulge =
          1 + 0.13 * shape.at(Math.cos(angle) * 1.1 + id, Math.sin(angle) * 1.1) + 0.07 * Math.sin(angle);
        const distance = Math.hypot(dx, dy) / bulge;
        if (distance >= 1) continue;
        const at = py * width + px;
        const cap = Math.sqrt(1 - distance * distance);
        if (cap <= (field.height[at] as number)) continue;
        field.height[at] = cap;
        field.slopeX[at] = dx / bulge;
        field.slopeY[at] = dy / bulge;
      }
    }
  };
  const free = (x: number, y: number, r: number): boolean =>
    taken.every((other) => Math.hypot(other.x - x, other.y - y) > (other.r + r) * 1.12);
  for (let i = 0; i < 7; i++) {
    const x = width * (0.08 + 0.86 * ((i + 0.2 + next() * 0.6) / 7));
    const y = height * (0.3 + 0.6 * next());
    const r = height * (0.013 + 0.009 * next());
    drop(x, y, r, 1.35);
    taken.push({ x, y, r: r * 1.3 });
    let [trailX, trailY] = [x, y - r * 2.4];
    while (trailY > -20) {
      const bead = r * (0.12 + 0.26 * next() ** 2);
      drop(trailX, trailY, bead, 1.2 + 0.5 * next());
      taken.push({ x: trailX, y: trailY, r: bead * 1.6 });
      trailX += (next() - 0.5) * r * 0.5;
      trailY -= bead * (2.2 + 4 * next());
    }
  }
  for (let i = 0; i < 2_600; i++) {
    const r = height * (0.0021 + 0.021 * next() ** 5.2);
    const [x, y] = [next() * width, next() * height];
    if (!free(x, y, r)) continue;
    drop(x, y, r, 1 + 0.28 * next());
    taken.push({ x, y, r });
  }
  return field;
}
