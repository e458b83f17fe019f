import type { CaptionFace } from "../captions/fonts/face.ts";
import { createMeasurer, faceRuns } from "../captions/fonts/face-runs.ts";
import type { CaptionWeight } from "../captions/fonts/shipped-fonts.ts";
import { hasWide } from "../captions/text/characters.ts";
import { graphemes } from "../captions/text/segmenter.ts";
import { breakParagraph } from "./break-paragraph.ts";
import type { CardLine } from "./card-plan.ts";

/** How a part of a card is set. Sizes are shares of the frame's short side. */
export interface TextStyle {
  readonly weight: CaptionWeight;
  readonly size: number;
  /** Below this it is not made smaller. */
  readonly smallest: number;
  /** In em, between letters that stand apart. */
  readonly tracking: number;
  /** From baseline to baseline in em. CJK gets more. */
  readonly leading: number;
}

export const STYLES = {
  kicker: { weight: "semibold", size: 0.027, smallest: 0.02, tracking: 0.16, leading: 1.5 },
  title: { weight: "semibold", size: 0.132, smallest: 0.05, tracking: -0.026, leading: 1.06 },
  endTitle: { weight: "semibold", size: 0.104, smallest: 0.046, tracking: -0.024, leading: 1.1 },
  heading: { weight: "semibold", size: 0.078, smallest: 0.044, tracking: -0.02, leading: 1.12 },
  section: { weight: "semibold", size: 0.128, smallest: 0.046, tracking: -0.026, leading: 1.07 },
  number: { weight: "heavy", size: 0.62, smallest: 0.2, tracking: -0.04, leading: 1 },
  statement: { weight: "semibold", size: 0.094, smallest: 0.038, tracking: -0.021, leading: 1.16 },
  quote: { weight: "medium", size: 0.082, smallest: 0.036, tracking: -0.016, leading: 1.24 },
  mark: { weight: "heavy", size: 0.26, smallest: 0.14, tracking: 0, leading: 1 },
  figure: { weight: "heavy", size: 0.36, smallest: 0.07, tracking: -0.03, leading: 1 },
  text: { weight: "regular", size: 0.044, smallest: 0.028, tracking: -0.004, leading: 1.42 },
  item: { weight: "regular", size: 0.046, smallest: 0.028, tracking: -0.006, leading: 1.32 },
  marker: { weight: "semibold", size: 0.046, smallest: 0.028, tracking: 0, leading: 1.32 },
  small: { weight: "regular", size: 0.03, smallest: 0.022, tracking: 0, leading: 1.4 },
} as const satisfies Readonly<Record<string, TextStyle>>;

export type StyleName = keyof typeof STYLES;

/** Letters that join or stand in cells of their own are never moved apart. */
const SPACEABLE = /^[\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Zyyy}\p{sc=Zinh}]*$/u;
const RIGHT_TO_LEFT = /[\p{sc=Arab}\p{sc=Hebr}\p{sc=Syrc}\p{sc=Thaa}\p{sc=Nkoo}\p{sc=Adlm}]/u;

/** By the first letter, as browsers do with `dir="auto"`. */
export function isRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(/\p{L}/u.exec(text)?.[0] ?? "");
}

/** Lines of one part of a card, broken and measured but not yet placed. */
export interface SetText {
  readonly lines: readonly string[];
  readonly style: TextStyle;
  readonly faces: readonly CaptionFace[];
  readonly emPixels: number;
  readonly leadingPixels: number;
  /** From the first line's capitals (or full cells) to its baseline. */
  readonly capPixels: number;
  /** From the last baseline to the lowest descender. */
  readonly descentPixels: number;
  /** From the first line's capitals to the last baseline. */
  readonly heightPixels: number;
  readonly widthPixels: number;
  /** Set against the edge that is the right one. */
  readonly rightToLeft: boolean;
}

export interface SetOptions {
  readonly style: TextStyle;
  readonly faces: readonly CaptionFace[];
  readonly language: string | null;
  readonly emPixels: number;
  readonly maxWidth: number;
  readonly breakWords: boolean;
}

const measurers = new WeakMap<CaptionFace, Map<string, (text: string) => number>>();

/** One for each list of faces: a card is set many times until it fits. */
function measurerOf(faces: readonly CaptionFace[]): (text: string) => number {
  const [first] = faces;
  if (first === undefined) return () => 0;
  const known = measurers.get(first) ?? new Map<string, (text: string) => number>();
  measurers.set(first, known);
  const key = faces.map((face) => face.info.sha256).join(" ");
  const measurer = known.get(key) ?? createMeasurer(faces);
  known.set(key, measurer);
  return measurer;
}

/** Paragraphs -> lines of a width; null when a word does not fit and may not be broken. */
export function setText(paragraphs: readonly string[], options: SetOptions): SetText | null {
  const { style, faces, language, emPixels, maxWidth, breakWords } = options;
  const measureEm = measurerOf(faces);
  const measure = (text: string): number =>
    emPixels * (measureEm(text) + trackingEm(text, style) * Math.max(0, graphemes(text).length - 1));
  const lines: string[] = [];
  for (const paragraph of paragraphs) {
    const broken = breakParagraph(paragraph, language, {
      maxWidth,
      measure,
      join: emPixels * trackingEm(paragraph, style),
      breakWords,
    });
    if (broken === null) return null;
    lines.push(...broken);
  }
  const wide = lines.some(hasWide);
  const leadingPixels = emPixels * (style.leading + (wide ? 0.18 : 0));
  const capPixels = emPixels * (wide ? 0.84 : 0.73);
  return {
    lines,
    style,
    faces,
    emPixels,
    leadingPixels,
    capPixels,
    descentPixels: emPixels * (wide ? 0.14 : 0.24),
    heightPixels: capPixels + Math.max(0, lines.length - 1) * leadingPixels,
    widthPixels: Math.max(0, ...lines.map(measure)),
    rightToLeft: isRightToLeft(paragraphs.join(" ")),
  };
}

function trackingEm(text: string, { tracking }: TextStyle): number {
  return SPACEABLE.test(text) ? tracking : 0;
}

/**
 * Lines -> where each is drawn. `x` is where the ink begins, is centred or ends: a large letter's own blank at its
 * side is taken off, or a title would stand to the right of the small text under it.
 *
 * @param top of the first line's capitals
 */
export function placeText(
  text: SetText,
  x: number,
  top: number,
  anchor: CardLine["anchor"],
  color: string,
): CardLine[] {
  const { emPixels, faces, style } = text;
  return text.lines.map((line, index) => {
    const runs = faceRuns(line, faces);
    const tracking = trackingEm(line, style) * emPixels;
    const bearings = bearingsOf(runs, isRightToLeft(line));
    const left = bearings.left * emPixels;
    const right = bearings.right * emPixels;
    const advance =
      emPixels * runs.reduce((sum, run) => sum + run.face.advanceEm(run.text), 0) +
      tracking * Math.max(0, graphemes(line).length - 1);
    const inkWidth = advance - left - right;
    const inkX = anchor === "left" ? x : anchor === "right" ? x - inkWidth : x - inkWidth / 2;
    // libass adds the tracking after the last letter too.
    const drawn = advance + tracking;
    const start = inkX - left;
    return {
      text: line,
      runs,
      emPixels,
      baselineY: Math.round(top + text.capPixels + index * text.leadingPixels),
      x: anchor === "left" ? start : anchor === "right" ? start + drawn : start + drawn / 2,
      anchor,
      inkX,
      inkWidth,
      tracking,
      color,
    };
  });
}

/** A line's first and last glyph as the eye meets them, from the left. */
function bearingsOf(runs: readonly { text: string; face: CaptionFace }[], rightToLeft: boolean) {
  const visual = rightToLeft ? runs.toReversed() : runs;
  const first = visual[0];
  const last = visual.at(-1);
  return {
    left: first?.face.bearingsEm(first.text).left ?? 0,
    right: last?.face.bearingsEm(last.text).right ?? 0,
  };
}
