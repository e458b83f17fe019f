/** Seeded randomness and gradient noise. Everything is repeatable: one seed, one picture. */

export type Random = () => number;

/** Mulberry32: 0 <= value < 1. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Perlin's improved noise in two dimensions, with 256 unit gradients; about -0.7..0.7. */
export class Noise {
  readonly #order = new Uint8Array(512);
  readonly #gradients = new Float32Array(512);

  constructor(seed: number) {
    const next = random(seed);
    const order = Uint8Array.from({ length: 256 }, (_, index) => index);
    for (let i = 255; i > 0; i--) {
      const j = Math.floor(next() * (i + 1));
      const kept = order[i] as number;
      order[i] = order[j] as number;
      order[j] = kept;
    }
    for (let i = 0; i < 512; i++) this.#order[i] = order[i & 255] as number;
    for (let i = 0; i < 256; i++) {
      const angle = next() * Math.PI * 2;
      this.#gradients[i * 2] = Math.cos(angle);
      this.#gradients[i * 2 + 1] = Math.sin(angle);
    }
  }

  at(x: number, y: number): number {
    const order = this.#order;
    const gradients = this.#gradients;
    const floorX = Math.floor(x);
    const floorY = Math.floor(y);
    const fx = x - floorX;
    const fy = y - floorY;
    const cx = floorX & 255;
    const cy = floorY & 255;
    const left = order[cx] as number;
    const right = order[cx + 1] as number;
    const g00 = (order[left + cy] as number) * 2;
    const g10 = (order[right + cy] as number) * 2;
    const g01 = (order[left + cy + 1] as number) * 2;
    const g11 = (order[right + cy + 1] as number) * 2;
    const n00 = (gradients[g00] as number) * fx + (gradients[g00 + 1] as number) * fy;
    const n10 = (gradients[g10] as number) * (fx - 1) + (gradients[g10 + 1] as number) * fy;
    const n01 = (gradients[g01] as number) * fx + (gradients[g01 + 1] as number) * (fy - 1);
    const n11 = (gradients[g11] as number) * (fx - 1) + (gradients[g11 + 1] as number) * (fy - 1);
    const u = fx * fx * fx * (fx * (fx * 6 - 15) + 10);
    const v = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
    const top = n00 + u * (n10 - n00);
    return top + v * (n01 + u * (n11 - n01) - top);
  }

  /** Octaves of noise, each at twice the frequency; about -1..1. */
  fbm(x: number, y: number, octaves: number, gain = 0.5): number {
    let sum = 0;
    let amplitude = 1;
    let px = x;
    let py = y;
    for (let i = 0; i < octaves; i++) {
      sum += amplitude * this.at(px, py);
      // Turned a little at each octave, so that the lattice does not show.
      const turned = 1.6 * px + 1.2 * py;
      py = -1.2 * px + 1.6 * py + 17.3;
      px = turned + 31.7;
      amplitude *= gain;
    }
    return sum * 1.4 * (1 - gain) * 1.25;
  }

  /** Sharp crests: 0..1. */
  ridged(x: number, y: number, octaves: number, gain = 0.5): number {
    let sum = 0;
    let amplitude = 1;
    let total = 0;
    let px = x;
    let py = y;
    for (let i = 0; i < octaves; i++) {
      const crest = 1 - Math.abs(this.at(px, py)) * 1.6;
      sum += amplitude * crest * crest;
      total += amplitude;
      const turned = 1.6 * px + 1.2 * py;
      py = -1.2 * px + 1.6 * py + 11.1;
      px = turned + 5.3;
      amplitude *= gain;
    }
    return sum / total;
  }
}

export const clamp = (value: number, low = 0, high = 1): number => Math.min(high, Math.max(low, value));
export const mix = (a: number, b: number, t: number): number => a + (b - a) * t;
export function smoothstep(low: number, high: number, value: number): number {
  const t = clamp((value - low) / (high - low));
  return t * t * (3 - 2 * t);
}
