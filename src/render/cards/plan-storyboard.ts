/** A sheet of a script's segments to look at before the film is made: picture, number, length and words of each. */
import type { FaceInfo } from "../captions/fonts/face.ts";
import type { FaceLibrary } from "../captions/fonts/face-library.ts";
import { preflight, withoutDropped } from "../captions/fonts/preflight.ts";
import type { CaptionWeight } from "../captions/fonts/shipped-fonts.ts";
import type { FrameSize, Rectangle } from "../captions/layout.ts";
import { cardAss } from "./card-ass.ts";
import type { CardLine } from "./card-plan.ts";
import { placeText, STYLES, setText, type TextStyle } from "./card-text.ts";

export interface StoryboardCell {
  /** Segment's name and length. */
  readonly label: string;
  readonly words: string;
}

export interface StoryboardPlan {
  readonly width: number;
  readonly height: number;
  /** Where each cell's picture goes. */
  readonly places: readonly Rectangle[];
  readonly ass: string;
  readonly fonts: readonly string[];
  readonly paper: string;
}

const PAPER = "#121214";
const INK = "#f4f2ee";
const FAINT = "#a5a29b";
const ACCENT = "#ffb224";
const EDGE = 48;
const GAP = 36;
const HEAD = 132;
const MOST_LINES = 7;
/** Of cells; a longer script is a text to read and not a sheet to look at. */
export const MOST_CELLS = 60;

const LABEL: TextStyle = { ...STYLES.small, weight: "semibold" };
const WORDS: TextStyle = { ...STYLES.small, leading: 1.42 };

export function planStoryboard(
  {
    title,
    about,
    cells,
    frame,
    language,
  }: {
    readonly title: string;
    readonly about: string;
    readonly cells: readonly StoryboardCell[];
    readonly frame: FrameSize;
    readonly language: string;
  },
  library: Pick<FaceLibrary, "facesForTexts">,
): { plan: StoryboardPlan; fonts: readonly FaceInfo[] } {
  const tall = frame.height > frame.width;
  const columns = Math.min(cells.length, tall ? 5 : frame.width === frame.height ? 4 : 3);
  const pictureWidth = tall ? 300 : frame.width === frame.height ? 380 : 560;
  const pictureHeight = Math.round((pictureWidth * frame.height) / frame.width);
  const width = 2 * EDGE + columns * pictureWidth + (columns - 1) * GAP;
  const texts = [title, about, ...cells.flatMap(({ label, words }) => [label, words])];
  const set = (text: string, style: TextStyle, em: number, maxWidth: number) => {
    const faces = library.facesForTexts(null, style.weight as CaptionWeight, texts);
    const { dropped, missing } = preflight([{ startMs: 0, endMs: 0, text }], faces);
    // The film itself will refuse letters without a glyph; the sheet is only looked at.
    const bare = missing.reduce((rest, { character }) => rest.replaceAll(character, "?"), text);
    const shown = dropped.length === 0 ? bare : withoutDropped(bare, faces);
    const whole = setText([shown], { style, faces, language, emPixels: em, maxWidth, breakWords: true });
    if (whole === null || whole.lines.length <= MOST_LINES) return whole;
    return { ...whole, lines: [...whole.lines.slice(0, MOST_LINES - 1), "…"] };
  };
  const lines: CardLine[] = [];
  const write = (
    text: string,
    style: TextStyle,
    em: number,
    x: number,
    y: number,
    maxWidth: number,
    color: string,
  ): number => {
    const done = text === "" ? null : set(text, style, em, maxWidth);
    if (done === null) return y;
    lines.push(...placeText(done, x, y, "left", color));
    return y + done.capPixels + (done.lines.length - 1) * done.leadingPixels + done.descentPixels;
  };
  write(title, { ...STYLES.heading }, 38, EDGE, EDGE, width - 2 * EDGE, INK);
  write(about, WORDS, 19, EDGE, EDGE + 52, width - 2 * EDGE, FAINT);
  const places: Rectangle[] = [];
  let top = EDGE + HEAD - 28;
  for (let row = 0; row * columns < cells.length; row++) {
    let bottom = top + pictureHeight;
    for (const [column, cell] of cells.slice(row * columns, (row + 1) * columns).entries()) {
      const x = EDGE + column * (pictureWidth + GAP);
      places.push({ x, y: top, width: pictureWidth, height: pictureHeight });
      const below = write(cell.label, LABEL, 17, x, top + pictureHeight + 18, pictureWidth, ACCENT);
      bottom = Math.max(bottom, write(cell.words, WORDS, 18, x, below + 12, pictureWidth, INK));
    }
    top = bottom + GAP;
  }
  const fonts = [
    ...new Map(
      lines.flatMap(({ runs }) => runs.map(({ face }) => [face.info.sha256, face.info] as const)),
    ).values(),
  ];
  const size = { width, height: Math.round(top + EDGE - GAP) };
  return {
    plan: {
      ...size,
      places,
      ass: cardAss({ lines, shapes: [] }, size, fonts[0]?.family ?? ""),
      fonts: fonts.map(({ sha256 }) => sha256),
      paper: PAPER,
    },
    fonts,
  };
}
