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
/** Rows of a whole frame, of which a caption's share is walked: at 1080 lines, every eighth. */
const ROWS_LOOKED_AT = 135;
/** Side of a part, of the frame's short side: about an em and a half. */
const PART = 0.06;
/** Fewer pixels are a corner and say nothing. */
const LEAST_PIXELS = 8;
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
  const shortSide = Math.min(frame.width, frame.height);
  const { parts, inkShare } = lookBeside(frame, caption, inkTable(colors), shortSide);
  if (inkShare === 0) return null;
  if (inkShare > MOST_INK) return { mean: 1, worst: 1 };
  const all = parts.reduce((total, part) => ({
    sum: total.sum + part.sum,
    count: total.count + part.count,
  }));
  if (all.count < LEAST_PIXELS) return null;
  const inks = colors.map(luminance);
  const ratio = ({ sum, count }: Part): number =>
    Math.min(...inks.map((one) => contrastRatio(one, sum / count)));
  const large = shortSide < LEAST_LINES ? [] : parts.filter((part) => part.count >= LEAST_PIXELS);
  const mean = ratio(all);
  return { mean, worst: Math.min(mean, ...large.map(ratio)) };
}

/** Luminances of pixels beside letters. */
interface Part {
  sum: number;
  count: number;
}

/**
 * Walks some of the caption's rows; wherever a letter begins or ends, the pixels before or after it are looked at.
 * A mask of all letters, widened in both directions, was tried: it finds the same and takes twenty times as long.
 */
function lookBeside(
  frame: FrameView & Pick<LumaPlane, "width" | "height">,
  { luma, alpha, stride, left, top, width, height }: CaptionPixels,
  isInkLuma: Uint8Array,
  shortSide: number,
): { parts: Part[]; inkShare: number } {
  const reach = Math.max(2, Math.round(REACH * shortSide));
  const side = Math.max(16, Math.round(PART * shortSide));
  const step = Math.max(1, Math.floor(shortSide / ROWS_LOOKED_AT));
  const columns = Math.ceil(width / side);
  const parts = Array.from({ length: columns * Math.ceil(height / side) }, () => ({ sum: 0, count: 0 }));
  const isInk = (at: number): boolean =>
    (alpha[at] as number) >= SOLID_ALPHA && isInkLuma[luma[at] as number] === 1;
  let [ink, seen] = [0, 0];
  const look = (x: number, y: number): void => {
    const [frameX, frameY] = [left + x, top + y];
    if (frameX < 0 || frameY < 0 || frameX >= frame.width || frameY >= frame.height) return;
    if (x < 1 || y < 1 || x >= width - 1 || y >= height - 1) return;
    const at = y * stride + x;
    if (isInk(at) || isInk(at - 1) || isInk(at + 1) || isInk(at - stride) || isInk(at + stride)) return;
    const part = parts[Math.floor(y / side) * columns + Math.floor(x / side)] as Part;
    part.sum += luminanceAt(frame, frameX, frameY);
    part.count += 1;
  };
  for (let y = step >> 1; y < height; y += step) {
    let wasInk = false;
    for (let x = 0, at = y * stride; x < width; x++, at++) {
      // Most of a caption is see-through, and this is asked of every pixel.
      const is = (alpha[at] as number) >= SOLID_ALPHA && isInkLuma[luma[at] as number] === 1;
      if (is) ink++;
      if (is && !wasInk) for (let away = EDGE_PIXELS + 1; away <= reach; away++) look(x - away, y);
      if (!is && wasInk) for (let away = EDGE_PIXELS; away < reach; away++) look(x + away, y);
      wasInk = is;
    }
    seen += width;
  }
  return { parts, inkShare: ink / Math.max(1, seen) };
}

/** By luma: 1 where it is that of one of the letters' colours. */
function inkTable(colors: readonly Rgb[]): Uint8Array {
  const lumas = colors.map(lumaOf);
  return Uint8Array.from({ length: 256 }, (_, value) =>
    lumas.some((one) => Math.abs(one - value) <= SAME_LUMA) ? 1 : 0,
  );
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
  return (
    0.2126 * linear(light + 1.5748 * v) +
    0.7152 * linear(light - 0.1873 * u - 0.4681 * v) +
    0.0722 * linear(light + 1.8556 * u)
  );
}
