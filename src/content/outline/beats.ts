/** A text's blocks -> beats: what one segment of a film could say. */
import type { Block } from "./read-text.ts";
import { sentencesOf, spokenSeconds } from "./sentences.ts";
import { leansBack, type Weigher } from "./weigh.ts";

export interface Line {
  readonly text: string;
  readonly seconds: number;
  readonly weight: number;
  /** It makes no sense without the line before it. */
  readonly leans: boolean;
}

export type BeatKind = "prose" | "list" | "quote" | "turn";

export interface Beat {
  readonly kind: BeatKind;
  readonly heading: string | null;
  /** The first one under its heading. */
  readonly opensSection: boolean;
  readonly lines: readonly Line[];
  readonly speaker: string | null;
  readonly attribution: string | null;
  /** Of a list: what it is a list of. */
  readonly leadIn: string | null;
}

const SPLIT_SECONDS = 24;

export function beatsOf(blocks: readonly Block[], weigher: Weigher, language: string): Beat[] {
  const beats: Beat[] = [];
  let heading: string | null = null;
  let opensSection = true;
  let prose: Line[] = [];
  const add = (beat: Partial<Beat> & Pick<Beat, "kind" | "lines">): void => {
    beats.push({ heading, opensSection, speaker: null, attribution: null, leadIn: null, ...beat });
    opensSection = false;
  };
  const closeProse = (): void => {
    if (prose.length > 0) add({ kind: "prose", lines: prose });
    prose = [];
  };
  const lineOf = (text: string, opens: boolean): Line => ({
    text,
    seconds: spokenSeconds(text),
    weight: weigher.weigh(text, { opens, heading }),
    leans: leansBack(text),
  });
  for (const block of blocks) {
    switch (block.kind) {
      case "heading":
        closeProse();
        heading = block.text;
        opensSection = true;
        break;
      case "prose": {
        // A new paragraph after a long one is a new thought.
        if (prose.reduce((sum, { seconds }) => sum + seconds, 0) > SPLIT_SECONDS) closeProse();
        prose.push(...sentencesOf(block.text, language).map((text, index) => lineOf(text, index === 0)));
        break;
      }
      case "list": {
        const last = prose.at(-1);
        const leadIn = last !== undefined && /[:：]$/.test(last.text) ? last : null;
        if (leadIn !== null) prose.pop();
        closeProse();
        const items = block.items.map((item) => lineOf(item.replaceAll("\n", " "), true));
        add({ kind: "list", lines: items, leadIn: leadIn?.text ?? null });
        break;
      }
      case "quote":
        closeProse();
        add({ kind: "quote", lines: [lineOf(block.text, true)], attribution: block.attribution });
        break;
      case "turn":
        closeProse();
        add({ kind: "turn", lines: [lineOf(block.text, true)], speaker: block.speaker });
        break;
    }
  }
  closeProse();
  return beats;
}

/** Cuts the longest prose in two until there are enough beats, or none is left to cut. */
export function splitBeats(beats: readonly Beat[], wanted: number): Beat[] {
  const result = [...beats];
  while (result.length < wanted) {
    let longest = -1;
    for (const [index, beat] of result.entries())
      if (
        beat.kind === "prose" &&
        cutOf(beat) > 0 &&
        lengthOf(beat) > (longest < 0 ? 0 : lengthOf(result[longest]))
      )
        longest = index;
    const beat = result[longest];
    if (beat === undefined) break;
    const at = cutOf(beat);
    result.splice(
      longest,
      1,
      { ...beat, lines: beat.lines.slice(0, at) },
      { ...beat, opensSection: false, lines: beat.lines.slice(at) },
    );
  }
  return result;
}

function lengthOf(beat: Beat | undefined): number {
  return beat?.lines.reduce((sum, { seconds }) => sum + seconds, 0) ?? 0;
}

/** Nearest to the middle, before a line that stands by itself; 0 when there is none. */
function cutOf({ lines }: Beat): number {
  const middle = lines.length / 2;
  let best = 0;
  for (let at = 1; at < lines.length; at++)
    if (lines[at]?.leans === false && (best === 0 || Math.abs(at - middle) < Math.abs(best - middle)))
      best = at;
  return best;
}
