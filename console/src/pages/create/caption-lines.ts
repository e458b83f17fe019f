/**
 * A caption's first part as one or two balanced lines, by the renderer's counts of letters. It measures with fonts; a
 * preview may count. Pure.
 */
const WIDE = /[\u3040-\u30ff\u3400-\u9fff\uff00-\uff60]/;
/** Of a line's Latin letters a CJK one takes so many. */
const WIDE_UNITS = 2.1;

/** Pieces that lines may be broken between, spaces left out. */
function piecesOf(text: string): string[] {
  return text
    .split(/\s+/)
    .flatMap((word) => (WIDE.test(word) ? [...word] : [word]))
    .filter((piece) => piece !== "");
}

function unitsOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + (WIDE.test(letter) ? WIDE_UNITS : 1), 0);
}

function join(pieces: readonly string[]): string {
  return pieces.reduce(
    (line, piece) =>
      line === "" || (WIDE.test(piece) && WIDE.test(line.at(-1) ?? "")) ? line + piece : `${line} ${piece}`,
    "",
  );
}

/** @param lineUnits Latin letters to a line, at most @returns the words of each line */
export function captionLines(text: string, lineUnits: number): string[][] {
  const pieces = piecesOf(text);
  let shown = pieces.length;
  while (shown > 1 && bestBreak(pieces.slice(0, shown), lineUnits) === null) shown--;
  const part = pieces.slice(0, shown);
  const at = bestBreak(part, lineUnits) ?? 0;
  return (at === 0 ? [part] : [part.slice(0, at), part.slice(at)]).map((line) =>
    line.some((piece) => WIDE.test(piece)) ? [join(line)] : line,
  );
}

/** Where the second line begins; 0: one line is enough; null: two are not. */
function bestBreak(pieces: readonly string[], lineUnits: number): number | null {
  if (unitsOf(join(pieces)) <= lineUnits) return 0;
  let best: number | null = null;
  let least = lineUnits;
  for (let at = 1; at < pieces.length; at++) {
    const longer = Math.max(unitsOf(join(pieces.slice(0, at))), unitsOf(join(pieces.slice(at))));
    if (longer <= least) [best, least] = [at, longer];
  }
  return best;
}
