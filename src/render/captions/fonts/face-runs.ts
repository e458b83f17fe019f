import { isIdeographic } from "../text/characters.ts";
import { graphemes } from "../text/segmenter.ts";
import type { CaptionFace } from "./face.ts";

/** A stretch of text drawn by one face. */
export interface FaceRun {
  readonly text: string;
  readonly face: CaptionFace;
}

/** Quotes, dashes and dots that Latin and CJK share: their width and height follow the line's script. */
const SHARED_PUNCTUATION = /^[“”‘’…‥—―·]$/u;
const IGNORABLE = /^\p{Default_Ignorable_Code_Point}$/u;

/**
 * A line -> runs, each drawn by the first face that has all its characters. Spaces go with what precedes them;
 * in a CJK line, shared punctuation takes the CJK face, except quotes around Latin text.
 */
export function faceRuns(text: string, faces: readonly CaptionFace[]): FaceRun[] {
  const [preferred] = faces;
  if (!preferred || text === "") return [];
  // Nearly every caption is drawn by one face.
  if (preferred.info && !isIdeographic(text) && coversAll(preferred, text))
    return [{ text, face: preferred }];
  const parts = graphemes(text);
  const cjkFace = isMostlyCjk(parts) ? faceOfFirst(parts, faces) : undefined;
  const runs: { text: string; face: CaptionFace }[] = [];
  for (const [i, part] of parts.entries()) {
    const current = runs.at(-1);
    const face =
      pickFace(part, faces, current?.face, quotesLatin(parts, i) ? undefined : cjkFace) ?? preferred;
    if (current && current.face === face) current.text += part;
    else runs.push({ text: part, face });
  }
  return runs;
}

function pickFace(
  part: string,
  faces: readonly CaptionFace[],
  current: CaptionFace | undefined,
  cjkFace: CaptionFace | undefined,
): CaptionFace | undefined {
  if (part === " " && current && coversAll(current, part)) return current;
  if (cjkFace && SHARED_PUNCTUATION.test(part) && coversAll(cjkFace, part)) return cjkFace;
  return faces.find((face) => coversAll(face, part));
}

/** A Latin word within Chinese makes no Latin line; a Chinese word within English makes no Chinese one. */
function isMostlyCjk(parts: readonly string[]): boolean {
  const ideographs = parts.filter(isIdeographic).length;
  const letters = parts.filter((part) => /\p{L}/u.test(part)).length - ideographs;
  return ideographs > 0 && ideographs * 3 >= letters;
}

/** Whether the quotation mark at `at` belongs to a pair around Latin text only, or is an apostrophe. */
function quotesLatin(parts: readonly string[], at: number): boolean {
  const part = parts[at] ?? "";
  if (part === "’" && /\p{sc=Latn}/u.test(parts[at - 1] ?? "") && /\p{sc=Latn}/u.test(parts[at + 1] ?? ""))
    return true;
  const opener = "“‘".indexOf(part);
  const closer = "”’".indexOf(part);
  if (part === "" || (opener < 0 && closer < 0)) return false;
  const other =
    opener >= 0 ? parts.indexOf("”’"[opener] ?? "", at) : parts.lastIndexOf("“‘"[closer] ?? "", at);
  return other >= 0 && !parts.slice(Math.min(at, other), Math.max(at, other)).some(isIdeographic);
}

/** The face that draws the text's first ideograph. */
function faceOfFirst(parts: readonly string[], faces: readonly CaptionFace[]): CaptionFace | undefined {
  const first = parts.find(isIdeographic);
  return first === undefined ? undefined : faces.find((face) => coversAll(face, first));
}

function coversAll(face: CaptionFace, text: string): boolean {
  for (const char of text) {
    if (!face.covers(char.codePointAt(0) ?? 0) && !IGNORABLE.test(char)) return false;
  }
  return true;
}

/** Measures text in em over several faces, each distinct text shaped once. */
export function createMeasurer(faces: readonly CaptionFace[]): (text: string) => number {
  const known = new Map<string, number>();
  return (text) => {
    const cached = known.get(text);
    if (cached !== undefined) return cached;
    const width = faceRuns(text, faces).reduce((sum, run) => sum + run.face.advanceEm(run.text), 0);
    if (known.size < 50_000) known.set(text, width);
    return width;
  };
}
