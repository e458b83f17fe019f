import type { CaptionSettings } from "../../spec/production.ts";
import type { CaptionFace } from "./fonts/face.ts";
import { type FaceRun, faceRuns } from "./fonts/face-runs.ts";
import type { CaptionStyle } from "./styles/caption-styles.ts";
import { hasWide } from "./text/characters.ts";

export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/** A rectangle in pixels from the frame's top left corner. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A box with rounded corners, in whole pixels. */
export interface PlacedBox extends Rectangle {
  readonly radius: number;
}

/** A line where it will be drawn. */
export interface PlacedLine {
  readonly text: string;
  readonly runs: readonly FaceRun[];
  readonly emPixels: number;
  readonly baselineY: number;
  /** Centre of the shaped advance. */
  readonly centerX: number;
  /** Left edge and width of what the eye sees: the advance without the blank half of `，` or `（` at its ends. */
  readonly x: number;
  readonly width: number;
}

export interface PlacedBlock {
  readonly lines: readonly PlacedLine[];
  /** All lines, from the capitals' top to the descenders' bottom, without outline or box. */
  readonly ink: Rectangle;
  readonly box: PlacedBox | null;
}

/** Share of the short side that an em takes. CJK needs more: its strokes are denser. */
const LATIN_SIZE = 0.044;
const CJK_SIZE = 0.046;
/** An em is never more than this share of the short side, whatever `settings.size` says: two lines must fit. */
const MAX_EM = 0.2;
const SIDE_MARGIN = 0.05;
const BOX_PAD_X = 0.56;
const BOX_PAD_Y = 0.36;
const BOX_RADIUS = 0.34;

/** Heights in em above and below the baseline by which a line is judged centred and inside the frame. */
const LATIN_LINE = { above: 0.78, below: 0.21, pitch: 1.28 };
const CJK_LINE = { above: 0.86, below: 0.14, pitch: 1.34 };

/** Full-width signs whose ink fills half the cell. At a line's end the other half hangs out, or the line looks off centre. */
const LEFT_BLANK = /^[「『（《〈【〔]/u;
const RIGHT_BLANK = /[，。、」』）》〉】〕]$/u;
const BLANK = 0.45;

/** Pixels of an em for a cue's text. */
export function emPixels(
  text: string,
  style: CaptionStyle,
  settings: CaptionSettings,
  frame: FrameSize,
): number {
  const shortSide = Math.min(frame.width, frame.height);
  const share = (hasWide(text) ? CJK_SIZE : LATIN_SIZE) * style.scale * Math.max(settings.size, 0);
  return Math.max(1, Math.min(share, MAX_EM) * shortSide);
}

/** Pixels that a line of text may take: the frame without 5 % at each side, without box padding and outline. */
export function safeLineWidth(em: number, style: CaptionStyle, frame: FrameSize): number {
  const beside = style.box ? BOX_PAD_X : Math.max(style.outlineEm, style.shadow?.spreadEm ?? 0);
  return Math.max(em, frame.width * (1 - 2 * SIDE_MARGIN) - 2 * beside * em);
}

/** Share of the height kept free below the lowest line: 7 %, growing to a third in 9:16, where apps put their controls. */
function bottomMargin(frame: FrameSize): number {
  const aspect = frame.width / frame.height;
  const portrait = Math.min(1, Math.max(0, (1 - aspect) / (1 - 9 / 16)));
  return 0.07 + portrait * (1 / 3 - 0.07);
}

const TOP_MARGIN = 0.07;
const TOP_MARGIN_PORTRAIT = 0.12;
const EDGE = 0.025;

/**
 * Lines of one part -> where each is drawn. Lines are already broken; a line that is too wide all the same
 * (one enormous glyph) is drawn smaller rather than cut.
 */
export function layoutBlock(
  lines: readonly string[],
  em: number,
  style: CaptionStyle,
  settings: Pick<CaptionSettings, "position">,
  frame: FrameSize,
  faces: readonly CaptionFace[],
): PlacedBlock {
  const metrics = lines.some(hasWide) ? CJK_LINE : LATIN_LINE;
  const maxWidth = safeLineWidth(em, style, frame);
  const shaped = lines.map((text) => {
    const runs = faceRuns(text, faces);
    const widthEm = runs.reduce((sum, run) => sum + run.face.advanceEm(run.text), 0);
    const blank = { left: LEFT_BLANK.test(text) ? BLANK : 0, right: RIGHT_BLANK.test(text) ? BLANK : 0 };
    return {
      text,
      runs,
      widthEm: widthEm - blank.left - blank.right,
      hangEm: (blank.right - blank.left) / 2,
    };
  });
  const widest = Math.max(...shaped.map((line) => line.widthEm), 0);
  const size = Math.min(em, maxWidth / (widest || 1));
  const height = (metrics.above + metrics.below + metrics.pitch * (lines.length - 1)) * size;
  const padY = style.box ? BOX_PAD_Y * size : style.outlineEm * size;
  const top = Math.round(blockTop(height, padY, settings.position, frame));
  const width = widest * size;
  const centerX = frame.width / 2;
  const ink = { x: centerX - width / 2, y: top, width, height };
  return {
    lines: shaped.map((line, i) => ({
      text: line.text,
      runs: line.runs,
      emPixels: size,
      centerX: centerX + line.hangEm * size,
      baselineY: Math.round(top + (metrics.above + metrics.pitch * i) * size),
      x: centerX - (line.widthEm * size) / 2,
      width: line.widthEm * size,
    })),
    ink,
    box: style.box ? boxAround(ink, size) : null,
  };
}

function blockTop(
  height: number,
  padY: number,
  position: CaptionSettings["position"],
  frame: FrameSize,
): number {
  const portrait = frame.height > frame.width;
  const highest = frame.height * (portrait ? TOP_MARGIN_PORTRAIT : TOP_MARGIN);
  const lowest = frame.height * (1 - bottomMargin(frame)) - height;
  const wanted = { top: highest, bottom: lowest, middle: (frame.height - height) / 2 }[position];
  // Huge text gives up its place, but keeps its box or outline off the frame's edges.
  const edge = Math.ceil(padY) + EDGE * frame.height;
  return Math.max(edge, Math.min(wanted, frame.height - height - edge));
}

/** Whole pixels, so that the box's edges are crisp. */
function boxAround(ink: Rectangle, em: number): PlacedBox {
  const padX = Math.round(BOX_PAD_X * em);
  const padY = Math.round(BOX_PAD_Y * em);
  const x = Math.floor(ink.x) - padX;
  const y = Math.floor(ink.y) - padY;
  const width = Math.ceil(ink.x + ink.width) + padX - x;
  const height = Math.ceil(ink.y + ink.height) + padY - y;
  return { x, y, width, height, radius: Math.round(Math.min(BOX_RADIUS * em, width / 2, height / 2)) };
}
