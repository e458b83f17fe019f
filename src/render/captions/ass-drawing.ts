import type { PlacedBlock, PlacedBox, PlacedLine } from "./layout.ts";
import type { CaptionShadow } from "./styles/caption-styles.ts";

/** One line of an ASS script's [Events]: what is drawn, on which layer. */
export interface Dialogue {
  readonly layer: number;
  readonly text: string;
}

const BOX_LAYER = 0;
const SHADOW_LAYER = 1;
export const TEXT_LAYER = 2;

/**
 * User text -> ASS text that draws exactly these characters and can hold no tag.
 *
 * libass reads `\{` and `\}` as braces, and of `\N \n \h \{ \}` as commands; every other backslash is drawn.
 * So braces get a backslash, and a backslash gets a word joiner (U+2060) after it, which libass takes out
 * before shaping. Checked by rendering with libass 0.17.4.
 */
export function escapeAssText(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu, " ")
    .replace(/[\\{}]/gu, (char) => (char === "\\" ? "\\\u2060" : `\\${char}`));
}

/** `#rrggbb` -> `&HBBGGRR&`. */
export function assColor(hex: string): string {
  const [, red, green, blue] = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/iu.exec(hex) ?? [
    null,
    "ff",
    "ff",
    "ff",
  ];
  return `&H${blue}${green}${red}&`.toUpperCase();
}

/** Opacity 0 invisible .. 1 solid -> ASS alpha, which is the other way round. */
export function assAlpha(opacity: number): string {
  const transparency = Math.round((1 - Math.min(1, Math.max(0, opacity))) * 255);
  return `&H${transparency.toString(16).toUpperCase().padStart(2, "0")}&`;
}

/** How a whole production's captions are painted. Colours are #rrggbb. */
export interface CaptionPaint {
  readonly color: string;
  readonly outlineColor: string;
  readonly highlightColor: string;
  readonly boxColor: string;
  /** 0 invisible .. 1 solid. */
  readonly boxOpacity: number;
  readonly outlineEm: number;
  readonly shadow: CaptionShadow | null;
}

/** A range of a line's text, UTF-16 offsets. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A placed block -> its dialogues: box, shadows, lines.
 *
 * @param marked for each line, the range in the highlight colour, or null
 * @param zoom 1 = as laid out; otherwise about the block's centre
 */
export function drawBlock(
  block: PlacedBlock,
  paint: CaptionPaint,
  marked: readonly (TextRange | null)[],
  zoom = 1,
): Dialogue[] {
  const dialogues: Dialogue[] = [];
  if (block.box && paint.boxOpacity > 0) {
    dialogues.push({
      layer: BOX_LAYER,
      text: drawBox(block, block.box, paint),
    });
  }
  const centerY = block.ink.y + block.ink.height / 2;
  for (const [i, placed] of block.lines.entries()) {
    const line = zoomed(placed, centerY, zoom);
    if (paint.shadow) dialogues.push({ layer: SHADOW_LAYER, text: drawShadow(line, paint.shadow) });
    dialogues.push({ layer: TEXT_LAYER, text: drawLine(line, paint, marked[i] ?? null) });
  }
  return dialogues;
}

function zoomed(line: PlacedLine, centerY: number, zoom: number): PlacedLine {
  if (zoom === 1) return line;
  return { ...line, emPixels: line.emPixels * zoom, baselineY: centerY + (line.baselineY - centerY) * zoom };
}

function drawLine(line: PlacedLine, paint: CaptionPaint, marked: TextRange | null): string {
  const outline = paint.outlineEm * line.emPixels;
  const tags = `${position(line, 0)}\\1c${assColor(paint.color)}\\3c${assColor(paint.outlineColor)}\\bord${pixels(outline)}`;
  return `{${tags}}${runsText(line, marked && { ...marked, on: paint.highlightColor, off: paint.color })}`;
}

function drawShadow(line: PlacedLine, shadow: CaptionShadow): string {
  const em = line.emPixels;
  const black = "&H000000&";
  const alpha = assAlpha(shadow.opacity);
  const tags = `${position(line, shadow.offsetEm * em)}\\1c${black}\\3c${black}\\1a${alpha}\\3a${alpha}`;
  return `{${tags}\\bord${pixels(shadow.spreadEm * em)}\\blur${pixels(shadow.blurEm * em)}}${runsText(line, null)}`;
}

/**
 * `\an8` = top centre: libass centres by the width that it shapes itself, so that a line stands centred in
 * its box even where its hinting differs from our measuring by a fraction of a pixel.
 */
function position(line: PlacedLine, dropY: number): string {
  return `\\an8\\pos(${pixels(line.centerX)},${pixels(line.baselineY - lineAscender(line) + dropY)})`;
}

/** libass places a line by its tallest run's ascender. */
const lineAscender = (line: PlacedLine): number =>
  Math.max(...line.runs.map(({ face }) => (face.info.assAscender / face.info.unitsPerEm) * line.emPixels), 0);

/** A marked range and the colours inside and after it. */
interface Mark extends TextRange {
  readonly on: string;
  readonly off: string;
}

function runsText(line: PlacedLine, mark: Mark | null): string {
  let text = "";
  let offset = 0;
  for (const { face, text: run } of line.runs) {
    const { family, unitsPerEm, assAscender, assDescender } = face.info;
    // An ASS font size spans ascender and descender together, not the em.
    text += `{\\fn${family}\\fs${pixels((line.emPixels * (assAscender + assDescender)) / unitsPerEm)}}`;
    text += mark ? markedText(run, offset, mark) : escapeAssText(run);
    offset += run.length;
  }
  return text;
}

function markedText(run: string, offset: number, mark: Mark): string {
  const start = Math.min(Math.max(mark.start - offset, 0), run.length);
  const end = Math.min(Math.max(mark.end - offset, 0), run.length);
  if (start >= end) return escapeAssText(run);
  const inside = `{\\1c${assColor(mark.on)}}${escapeAssText(run.slice(start, end))}{\\1c${assColor(mark.off)}}`;
  return escapeAssText(run.slice(0, start)) + inside + escapeAssText(run.slice(end));
}

/**
 * A rectangle with corners of cubic Béziers (0.5523: the best fit to a quarter circle). It names a font, since
 * libass skips even a drawing when the style's own font is not there.
 */
function drawBox(block: PlacedBlock, box: PlacedBox, paint: CaptionPaint): string {
  const family = block.lines[0]?.runs[0]?.face.info.family ?? "";
  const tags = `\\an7\\pos(${pixels(box.x)},${pixels(box.y)})\\fn${family}\\1c${assColor(paint.boxColor)}\\1a${assAlpha(paint.boxOpacity)}`;
  return `{${tags}\\bord0\\p1}${roundedPath(box)}{\\p0}`;
}

/** The outline of a box whose top left corner is 0,0. */
export function roundedPath({
  width: w,
  height: h,
  radius: r,
}: Pick<PlacedBox, "width" | "height" | "radius">): string {
  const k = r * (1 - 0.5523);
  const p = (...values: number[]): string => values.map(pixels).join(" ");
  return [
    `m ${p(r, 0)} l ${p(w - r, 0)} b ${p(w - k, 0, w, k, w, r)}`,
    `l ${p(w, h - r)} b ${p(w, h - k, w - k, h, w - r, h)}`,
    `l ${p(r, h)} b ${p(k, h, 0, h - k, 0, h - r)}`,
    `l ${p(0, r)} b ${p(0, k, k, 0, r, 0)}`,
  ].join(" ");
}

/** Hundredths of a pixel are finer than libass's own raster (1/64). */
export const pixels = (value: number): string => String(Math.round(value * 100) / 100);
