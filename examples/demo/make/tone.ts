/** From linear light to a file: glow, film-like tone curve, vignette, fine grain, dithering. */
import sharp from "sharp";
import { HdrImage, type Rgb } from "./hdr.ts";
import { random } from "./noise.ts";

export interface Development {
  readonly exposure?: number;
  /** Share of bright light that spills: 0..0.3. */
  readonly bloom?: number;
  /** 1 = as painted. */
  readonly saturation?: number;
  /** How much darker the corners are, 0..1. */
  readonly vignette?: number;
  /** Standard deviation in 8-bit steps. Kept small: grain costs bit rate in every frame of a slow zoom. */
  readonly grain?: number;
  /** `film` rolls highlights off; `print` keeps reflectances (paper, flat colour) as they are. */
  readonly curve?: "film" | "print";
}

/** K. Narkowicz' fit of the ACES curve. */
const filmic = (x: number): number => (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14);

const encodeSrgb = (x: number): number => (x <= 0.0031308 ? x * 12.92 : 1.055 * x ** (1 / 2.4) - 0.055);

/** @returns interleaved 8-bit RGB */
export function develop(image: HdrImage, options: Development = {}): Uint8Array {
  const {
    exposure = 1,
    bloom = 0.08,
    saturation = 1,
    vignette = 0.18,
    grain = 0.9,
    curve = "film",
  } = options;
  const { width, height } = image;
  const glow = bloom > 0 ? glowOf(image) : null;
  const out = new Uint8Array(width * height * 3);
  const next = random(7);
  const radius = Math.hypot(width, height) / 2;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      const shade = exposure * (1 - vignette * (Math.hypot(x - width / 2, y - height / 2) / radius) ** 2.4);
      const spill: Rgb = glow
        ? glow.sample(((x + 0.5) * glow.width) / width, ((y + 0.5) * glow.height) / height)
        : [0, 0, 0];
      const r = ((image.data[at] as number) + spill[0] * bloom) * shade;
      const g = ((image.data[at + 1] as number) + spill[1] * bloom) * shade;
      const b = ((image.data[at + 2] as number) + spill[2] * bloom) * shade;
      const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
      // Two uniforms: a triangular distribution hides banding without a visible pattern.
      const noise = (next() + next() - 1) * 2.45 * grain * 0.41 + (next() - 0.5);
      const write = (channel: number, value: number): void => {
        const wanted = Math.max(0, luma + (value - luma) * saturation);
        const toned = curve === "film" ? filmic(wanted) : wanted;
        out[at + channel] = Math.max(
          0,
          Math.min(255, Math.round(encodeSrgb(Math.min(1, toned)) * 255 + noise)),
        );
      };
      write(0, r);
      write(1, g);
      write(2, b);
    }
  }
  return out;
}

/** What spills over: the bright parts, blurred narrow and wide, at a quarter of the size. */
function glowOf(image: HdrImage): HdrImage {
  const factor = 4;
  const width = Math.ceil(image.width / factor);
  const height = Math.ceil(image.height / factor);
  const small = new HdrImage(width, height);
  small.paint((x, y) => {
    const color = image.sample(x * factor, y * factor);
    const more = image.sample(x * factor + 2, y * factor + 2);
    return [
      Math.min(12, (color[0] + more[0]) / 2),
      Math.min(12, (color[1] + more[1]) / 2),
      Math.min(12, (color[2] + more[2]) / 2),
    ];
  });
  const near = small.blurred(width / 220);
  const wide = small.blurred(width / 45);
  const widest = small.blurred(width / 14);
  for (let i = 0; i < near.data.length; i++) {
    near.data[i] =
      (near.data[i] as number) * 0.5 + (wide.data[i] as number) * 0.3 + (widest.data[i] as number) * 0.2;
  }
  return near;
}

/** Writes .jpg, .webp or .png by the file's name. */
export async function writePicture(
  path: string,
  pixels: Uint8Array,
  width: number,
  height: number,
  quality = 88,
): Promise<void> {
  const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
  if (path.endsWith(".webp")) await picture.webp({ quality, effort: 5 }).toFile(path);
  else if (path.endsWith(".png")) await picture.png({ compressionLevel: 9 }).toFile(path);
  else await picture.jpeg({ quality, mozjpeg: true, chromaSubsampling: "4:2:0" }).toFile(path);
}
