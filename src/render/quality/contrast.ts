/**
 * How well a caption can be told from what is behind it: the contrast ratio of WCAG 2 (1 to 21) between the colour of
 * its letters and the pixels right beside them as they were painted, so with box, outline, shadow and picture. Beside,
 * not behind: a letter is read by its edge. Pure.
 */
import type { LumaPlane } from "../assemble/luma-signature.ts";
import type { FrameView } from "../motion/frame.ts";

/** 0..255 each, sRGB. */
export type Rgb = readonly [number, number, number];

/** A caption's own pixels before they were laid over the frame; `left` and `top` in the frame. */
export interface CaptionPixels {
  readonly luma: Uint8Array;
  /** 0 invisible .. 255 solid. */
  readonly alpha: Uint8Array;
  /** Bytes from row to row of both. */
  readonly stride: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface CaptionContrast {
  /** Against the mean of all that lies beside the letters. */
  readonly mean: number;
  /** Of the part, about a letter large, where it is lowest; in frames under 480 lines the same as `mean`. */
  readonly worst: number;
}

/** A letter's edge is softened over a pixel, which belongs to neither side. */
const EDGE_PIXELS = 1;
/** How far from a letter its surroundings are looked at, of the frame's short side: less than an outline is wide. */
const REACH = 0.003;
/** Side of a part, of the frame's short side: about an em and a half. */
const PART = 0.06;
/** Fewer pixels are a corner and say nothing. */
const LEAST_PIXELS = 24;
/** In smaller frames strokes are a pixel wide: a part of them is softened edges and little else. */
const LEAST_LINES = 480;
const SOLID_ALPHA = 230;
const SAME_LUMA = 12;
/** Letters cover a third of their lines, heavy CJK half. More is a box of the same colour. */
const MOST_INK = 0.7;

/** @returns null when there is nothing to compare: no letter of these colours, or a frame too small */
export function captionContrast(
  frame: FrameView & Pick<LumaPlane, "width" | "height">,
  caption: CaptionPixels,
  colors: readonly Rgb[],
): CaptionContrast | null {
  const ink = inkMask(caption, colors.map(lumaOf));
  const count = ink.reduce((sum, value) => sum + value, 0);
  if (count === 0) return null;
  if (count > MOST_INK * ink.length) return { mean: 1, worst: 1 };
  const { width, height } = caption;
  const shortSide = Math.min(frame.width, frame.height);
  const edge = widened(ink, width, height, EDGE_PIXELS);
  const reach = widened(ink, width, height, Math.max(2, Math.round(REACH * shortSide)));
  const side = Math.max(16, Math.round(PART * shortSide));
  const columns = Math.ceil(width / side);
  const parts = Array.from({ length: columns * Math.ceil(height / side) }, () => ({ sum: 0, count: 0 }));
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (reach[at] !== 1 || edge[at] !== 0) continue;
      const [frameX, frameY] = [caption.left + x, caption.top + y];
      if (frameX < 0 || frameY < 0 || frameX >= frame.width || frameY >= frame.height) continue;
      const part = parts[Math.floor(y / side) * columns + Math.floor(x / side)] as (typeof parts)[number];
      part.sum += luminanceAt(frame, frameX, frameY);
      part.count += 1;
    }
  }
  const all = parts.reduce((total, part) => ({
    sum: total.sum + part.sum,
    count: total.count + part.count,
  }));
  if (all.count < LEAST_PIXELS) return null;
  const inks = colors.map(luminance);
  const ratio = ({ sum, count: pixels }: { sum: number; count: number }): number =>
    Math.min(...inks.map((one) => contrastRatio(one, sum / pixels)));
  const large = shortSide < LEAST_LINES ? [] : parts.filter((part) => part.count >= LEAST_PIXELS);
  const mean = ratio(all);
  return { mean, worst: Math.min(mean, ...large.map(ratio)) };
}

/** (L1 + 0.05) / (L2 + 0.05), the lighter one on top: 1 the same .. 21 black on white. */
export function contrastRatio(a: number, b: number): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** WCAG 2's relative luminance, 0 black .. 1 white. */
export function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

const LINEAR = Float64Array.from({ length: 256 }, (_, value) => {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});

function linear(value: number): number {
  return LINEAR[Math.min(255, Math.max(0, Math.round(value)))] as number;
}

/** BT.709, limited range. */
function lumaOf([red, green, blue]: Rgb): number {
  return 16 + (219 * (0.2126 * red + 0.7152 * green + 0.0722 * blue)) / 255;
}

function luminanceAt(frame: FrameView, x: number, y: number): number {
  const light = (((frame.y[y * frame.yStride + x] as number) - 16) * 255) / 219;
  const chroma = (y >> 1) * frame.uvStride + (x >> 1);
  const u = (((frame.u[chroma] as number) - 128) * 255) / 224;
  const v = (((frame.v[chroma] as number) - 128) * 255) / 224;
  return luminance([light + 1.5748 * v, light - 0.1873 * u - 0.4681 * v, light + 1.8556 * u]);
}

/** 1 where a letter is: solid, and of one of the letters' colours. */
function inkMask(caption: CaptionPixels, lumas: readonly number[]): Uint8Array {
  const { width, height, stride, luma, alpha } = caption;
  const isInk = Uint8Array.from({ length: 256 }, (_, value) =>
    lumas.some((one) => Math.abs(one - value) <= SAME_LUMA) ? 1 : 0,
  );
  const mask = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0, from = y * stride; x < width; x++, from++, at++) {
      if ((alpha[from] as number) >= SOLID_ALPHA) mask[at] = isInk[luma[from] as number] as number;
    }
  }
  return mask;
}

/** Every pixel within `by` of one that is set, across, down and in between. */
function widened(mask: Uint8Array, width: number, height: number, by: number): Uint8Array {
  const across = new Uint8Array(mask.length);
  for (let y = 0; y < height; y++) spread(mask, across, y * width, 1, width, by);
  const both = new Uint8Array(mask.length);
  for (let x = 0; x < width; x++) spread(across, both, x, width, height, by);
  return both;
}

function spread(from: Uint8Array, into: Uint8Array, start: number, step: number, count: number, by: number) {
  let reachedUpTo = -1;
  for (let index = 0; index < count; index++) {
    if (from[start + index * step] !== 1) continue;
    const end = Math.min(count - 1, index + by);
    for (let each = Math.max(reachedUpTo + 1, index - by); each <= end; each++) into[start + each * step] = 1;
    reachedUpTo = end;
  }
}
