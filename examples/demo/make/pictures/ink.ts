/** Mountains in ink on paper, 3:4: mist, a pavilion, a boat. Blue and green washes in the old manner. */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { GlobalFonts } from "@napi-rs/canvas";
import { HdrImage, hex, type Rgb } from "../hdr.ts";
import { drawBirds, drawBoat, drawInkPine, drawPavilion } from "../ink-tree.ts";
import { drawMask, stencil } from "../mask.ts";
import { clamp, mix, Noise, random, smoothstep } from "../noise.ts";
import { paintRange } from "../ridges.ts";
import { develop } from "../tone.ts";

const PAPER = hex("#efe4cc");
/** What one coat of ink lets through of each colour; a thin coat looks bluish. */
const INK: Rgb = [2.6, 2.35, 1.95];

const inked = (under: Rgb, amount: number, pigment: Rgb = INK): Rgb => [
  under[0] * Math.exp(-amount * pigment[0]),
  under[1] * Math.exp(-amount * pigment[1]),
  under[2] * Math.exp(-amount * pigment[2]),
];

interface Massif {
  readonly base: number;
  readonly peaks: readonly (readonly [x: number, height: number, width: number])[];
  readonly ink: number;
  readonly wash: Rgb;
  readonly roughness: number;
}

const AZURITE: Rgb = [1.5, 0.75, 0.28];
const MALACHITE: Rgb = [1.25, 0.55, 0.75];

const MASSIFS: readonly Massif[] = [
  {
    base: 0.47,
    peaks: [
      [0.2, 0.16, 0.1],
      [0.42, 0.24, 0.08],
      [0.56, 0.17, 0.07],
      [0.85, 0.12, 0.12],
    ],
    ink: 0.15,
    wash: AZURITE,
    roughness: 0.5,
  },
  {
    base: 0.53,
    peaks: [
      [0.06, 0.2, 0.09],
      [0.64, 0.345, 0.075],
      [0.74, 0.29, 0.05],
      [0.53, 0.2, 0.05],
    ],
    ink: 0.3,
    wash: AZURITE,
    roughness: 0.8,
  },
  {
    base: 0.62,
    peaks: [
      [0.24, 0.335, 0.07],
      [0.15, 0.25, 0.055],
      [0.33, 0.22, 0.045],
      [0.93, 0.24, 0.1],
    ],
    ink: 0.52,
    wash: AZURITE,
    roughness: 1,
  },
  {
    base: 0.72,
    peaks: [
      [0.9, 0.27, 0.085],
      [0.78, 0.17, 0.055],
      [0.02, 0.14, 0.1],
    ],
    ink: 0.78,
    wash: MALACHITE,
    roughness: 1.1,
  },
];

export function paintInk(width: number, height: number): Uint8Array {
  const image = new HdrImage(width, height);
  const fibre = new Noise(3);
  const cloud = new Noise(12);
  const unit = height / 2560;
  image.paint((px, py) => {
    const [x, y] = [px / height, py / height];
    const grain = fibre.fbm(x * 260, y * 90, 3) * 0.018 + fibre.fbm(x * 5, y * 5, 4) * 0.035;
    const dusk = smoothstep(0.34, 0.0, y + 0.03 * cloud.fbm(x * 3, y * 3, 4));
    const paper: Rgb = [PAPER[0] * (1 + grain), PAPER[1] * (1 + grain), PAPER[2] * (1 + grain * 1.3)];
    const moon = Math.hypot(px - width * 0.79, py - height * 0.115) / (width * 0.062);
    const halo = smoothstep(3.4, 1, moon);
    const disc = smoothstep(1.015, 0.985, moon);
    return inked(paper, dusk * 0.33 * (1 - disc) * (1 - halo * 0.4), AZURITE);
  });

  const dotted = random(91);
  MASSIFS.forEach((massif, index) => {
    const noise = new Noise(200 + index);
    const crest = (px: number): number => {
      const x = px / width;
      let top = 0;
      for (const [at, tall, wide] of massif.peaks) {
        const side = Math.abs(x - at) / wide;
        top = Math.max(top, tall * Math.exp(-(side ** 1.7) * 0.72));
      }
      const jag =
        noise.fbm(x * 7, index * 5, 7, 0.58) * 0.034 + noise.ridged(x * 19, index * 3, 6, 0.6) * 0.024;
      return (
        height *
        (massif.base -
          top * (1 + 0.13 * noise.fbm(x * 15, index, 4)) -
          jag * massif.roughness * (0.3 + 2.4 * top))
      );
    };
    paintRange(image, crest, (px, py, below, under) => {
      const [x, y] = [px / height, py / height];
      const down = below / height;
      const warp = noise.fbm(x * 9, y * 5, 4) * 0.5;
      // Cun: broken strokes that run down the flanks.
      const strokes = noise.ridged(x * 30 + warp * 3.2, y * 8 + warp * 2, 5, 0.56);
      const dry = noise.fbm(x * 150, y * 60, 3) * 0.5 + 0.5;
      const texture = smoothstep(0.42, 0.86, strokes * 0.82 + dry * 0.22);
      const edge =
        Math.exp(-down / 0.0042) * (0.55 + 0.65 * noise.fbm(x * 26, index, 3)) +
        0.5 * Math.exp(-down / 0.022);
      const mistLine =
        massif.base - 0.055 - 0.05 * (cloud.fbm(x * 3.4 + index * 3, index + y * 2.4, 5) + 0.15);
      const fade = smoothstep(mistLine + 0.04, mistLine - 0.145, y);
      const tone = massif.ink * fade;
      // Mist covers what lies behind as well.
      const veil = clamp(0.93 - fade * 0.35);
      const lit: Rgb = [
        mix(under[0], PAPER[0] * 0.985, veil),
        mix(under[1], PAPER[1] * 0.985, veil),
        mix(under[2], PAPER[2] * 0.985, veil),
      ];
      const washed = inked(lit, tone * (0.72 + 0.3 * noise.fbm(x * 4, y * 4, 3)), massif.wash);
      return inked(washed, tone * (0.13 + texture * 0.66 + edge * 0.85));
    });
    // Moss dots: far trees, set down along the crests.
    const moss = drawMask(width, height, (context) => {
      for (let i = 0; i < 900; i++) {
        const px = dotted() * width;
        const top = crest(px);
        const steep = Math.abs(crest(px + 6 * unit) - crest(px - 6 * unit)) / (12 * unit);
        if (top > height * (massif.base - 0.08) || steep > 1.7 * dotted()) continue;
        const size = unit * (1.6 + 3.4 * dotted()) * (0.7 + 0.2 * index);
        context.globalAlpha = 0.3 + 0.55 * dotted();
        context.beginPath();
        context.ellipse(
          px,
          top + size * (dotted() * 7 - 0.8),
          size * 0.75,
          size * (1 + dotted()),
          0,
          0,
          Math.PI * 2,
        );
        context.fill();
      }
    });
    stencil(image, moss, (_x, _y, under) => inked(under, massif.ink * 1.15));
  });
  water(image, cloud);
  shore(image, unit);
  return develop(image, { curve: "print", bloom: 0, vignette: 0.12, grain: 0.7 });
}

function water(image: HdrImage, cloud: Noise): void {
  const { width, height } = image;
  image.paint(
    (px, py, under) => {
      const [x, y] = [px / height, py / height];
      const line =
        smoothstep(0.3, 0.62, cloud.fbm(x * 5, y * 130, 3)) *
        smoothstep(0.3, 0.0, Math.abs(y - 0.86)) *
        smoothstep(0.12, 0.5, cloud.fbm(x * 2.3 + 4, y * 11, 3));
      const mirrored =
        smoothstep(0.74, 0.8, y) * smoothstep(1.04, 0.78, y) * (0.09 + 0.05 * cloud.fbm(x * 3, y * 22, 4));
      return inked(inked(under, mirrored * 1.25, AZURITE), line * 0.11);
    },
    Math.floor(height * 0.72),
  );
  const boat = drawMask(width, height, (context) => {
    drawBoat(context, width * 0.4, height * 0.825, width * 0.105);
  });
  stencil(image, boat, (_x, _y, under) => inked(under, 1.05));
}

function shore(image: HdrImage, unit: number): void {
  const { width, height } = image;
  const next = random(55);
  const rock = new Noise(81);
  const bank = (px: number): number => {
    const x = px / width;
    const right =
      0.07 * smoothstep(0.51, 0.64, x) + 0.1 * smoothstep(0.745, 0.85, x) + 0.05 * smoothstep(0.86, 0.99, x);
    const left = 0.055 * smoothstep(0.3, 0.02, x);
    return (
      height *
      (1.005 - (right + left) * (1 + 0.2 * rock.fbm(x * 8, 2, 5)) - 0.012 * rock.ridged(x * 14, 4, 5))
    );
  };
  paintRange(image, bank, (px, py, below, under) => {
    const [x, y] = [px / height, py / height];
    const bent = rock.fbm(x * 9, y * 6, 3);
    const facets = rock.ridged(x * 34 + y * 20 + bent * 1.1, y * 9 - x * 5 + bent * 0.5, 5, 0.58);
    const low = smoothstep(0.0, 0.09, below / height);
    const dry = rock.fbm(x * 170, y * 90, 3) * 0.5 + 0.5;
    const edge = Math.exp(-below / (height * 0.003)) + 0.45 * Math.exp(-below / (height * 0.014));
    const covered: Rgb = [
      mix(under[0], PAPER[0], 0.6),
      mix(under[1], PAPER[1], 0.6),
      mix(under[2], PAPER[2], 0.6),
    ];
    return inked(
      inked(covered, 0.42, MALACHITE),
      0.16 + 0.3 * low + 0.5 * smoothstep(0.45, 0.9, facets * 0.82 + dry * 0.2) + 0.75 * edge,
    );
  });
  const growth = drawMask(width, height, (context) => {
    drawPavilion(context, width * 0.69, bank(width * 0.69) + 6 * unit, width * 0.094);
    drawInkPine(context, width * 0.845, bank(width * 0.845) + 12 * unit, height * 0.235, -0.55, next);
    drawInkPine(context, width * 0.925, bank(width * 0.925) + 16 * unit, height * 0.185, 0.25, next);
    drawInkPine(context, width * 0.605, bank(width * 0.605) + 8 * unit, height * 0.06, -0.4, next);
    drawInkPine(context, width * 0.07, bank(width * 0.07) + 8 * unit, height * 0.08, 0.5, next);
    for (let i = 0; i < 150; i++) {
      const x = width * (next() < 0.3 ? 0.26 * next() : 0.55 + 0.45 * next());
      const tall = unit * (12 + 26 * next());
      context.lineWidth = 1.6 * unit;
      context.beginPath();
      context.moveTo(x, bank(x) + 3 * unit);
      context.quadraticCurveTo(x, bank(x) - tall * 0.7, x + (next() - 0.5) * tall, bank(x) - tall);
      context.stroke();
    }
  });
  stencil(image, growth, (_x, _y, under) => inked(under, 1.35));
  const birds = drawMask(width, height, (context) => {
    drawBirds(context, width * 0.44, height * 0.165, width * 0.017, 7, next);
  });
  stencil(image, birds, (_x, _y, under) => inked(under, 0.75));
  seal(image, unit);
}

/** 暮色 (dusk), white on cinnabar. */
function seal(image: HdrImage, unit: number): void {
  const fonts = dirname(createRequire(import.meta.url).resolve("@embedpdf/fonts-sc"));
  GlobalFonts.registerFromPath(join(fonts, "../fonts/NotoSansHans-Bold.otf"), "seal");
  const { width, height } = image;
  const worn = new Noise(7);
  const side = 92 * unit;
  const [x, y] = [width * 0.085, height * 0.09];
  const mark = drawMask(width, height, (context) => {
    context.beginPath();
    context.roundRect(x, y, side, side * 1.86, 12 * unit);
    context.fill();
    context.globalCompositeOperation = "destination-out";
    context.font = `${78 * unit}px seal`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText("暮", x + side / 2, y + side * 0.51);
    context.fillText("色", x + side / 2, y + side * 1.37);
  });
  stencil(image, mark, (px, py, under) =>
    inked(under, 1.5 * smoothstep(-0.62, 0.0, worn.fbm(px / unit / 14, py / unit / 14, 4)), [0.28, 1.9, 2.1]),
  );
}
