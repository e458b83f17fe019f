import { HARD_BREAK } from "../cue.ts";
import {
  firstChar,
  hasWordCharacter,
  isIdeographic,
  joinWords,
  lastChar,
  mayBreakBetween,
} from "./characters.ts";
import { segmenterFor } from "./segmenter.ts";

/** A stretch of text that stays on one line: a word with its punctuation. Offsets are UTF-16 units of the text. */
export interface BreakUnit {
  readonly start: number;
  readonly end: number;
  /** A space stands between this unit and the next one (when both are on the same line). */
  readonly spaceAfter: boolean;
  /** The line must end here. */
  readonly hardBreakAfter: boolean;
  /** How good a place this is to stop reading. */
  readonly stop: "sentence" | "clause" | "word" | "clinging";
}

/**
 * A cue's text -> the text that is laid out: the author's line breaks become spaces (or nothing, between
 * CJK or Thai), except in a dialogue, where each speaker keeps a line.
 */
export function flowText(text: string): string {
  return text
    .split(HARD_BREAK)
    .map((block) => {
      const lines = block.split("\n").map((line) => line.replace(/[ \u00a0]{2,}/gu, " ").trim());
      const dialogue = lines.filter((line) => /^[-–—‐][ \p{L}\p{N}]/u.test(line)).length >= 2;
      return dialogue ? lines.join(HARD_BREAK) : joinWords(lines);
    })
    .filter((block) => block !== "")
    .join(HARD_BREAK);
}

const CLOSERS = "[\"'”’»›」』】）)\\]]*$";
const SENTENCE_END = new RegExp(`[.!?。！？…]${CLOSERS}`, "u");
const CLAUSE_END = new RegExp(`[,;:，；：、—–]${CLOSERS}`, "u");
/** English words that belong to what follows; a line that ends with one reads badly. */
const CLINGING = new Set(
  "a an the of to in on at for and or but by with from as is are was my your his her our their its".split(
    " ",
  ),
);

/**
 * Grammatical particles lean on the word before them: a line should not begin with one. Chinese has a few;
 * in Japanese nearly every short hiragana segment is one, and joining them gives phrases (bunsetsu).
 */
const PARTICLE = /^(?:[的了着过们地得吗呢吧啊呀]|[\u3041-\u3096]{1,3})$/u;
const LONGEST_PHRASE = 8;

/** Flowed text -> its unbreakable units in order. Words by `Intl.Segmenter`, then kinsoku. */
export function breakUnits(text: string, language: string | null): BreakUnit[] {
  const units: BreakUnit[] = [];
  let start = -1;
  let end = -1;
  const push = (spaceAfter: boolean, hardBreakAfter: boolean): void => {
    if (start < 0) {
      const last = units.at(-1);
      if (last && hardBreakAfter) units[units.length - 1] = { ...last, spaceAfter: false, hardBreakAfter };
      return;
    }
    const word = text.slice(start, end);
    units.push({ start, end, spaceAfter, hardBreakAfter, stop: stopAfter(word) });
    start = -1;
  };
  for (const { segment, index } of segmenterFor(language, "word").segment(text)) {
    if (/^[ \n\u2028\u3000]+$/u.test(segment)) {
      const hard = segment.includes(HARD_BREAK);
      push(!hard, hard);
    } else {
      const left = lastChar(text.slice(Math.max(start, 0), Math.max(end, 0)));
      const leans =
        PARTICLE.test(segment) &&
        isIdeographic(left) &&
        hasWordCharacter(left) &&
        end - start < LONGEST_PHRASE;
      const breaks = start >= 0 && !leans && mayBreakBetween(left, firstChar(segment));
      if (breaks) push(false, false);
      if (start < 0) start = index;
      end = index + segment.length;
    }
  }
  push(false, false);
  return attachPunctuation(units, text);
}

function stopAfter(word: string): BreakUnit["stop"] {
  if (SENTENCE_END.test(word)) return "sentence";
  if (CLAUSE_END.test(word)) return "clause";
  return CLINGING.has(word.toLowerCase()) ? "clinging" : "word";
}

/** Punctuation standing alone between spaces (French `!`, a dialogue dash, `♪`) joins a neighbour's line. */
function attachPunctuation(units: readonly BreakUnit[], text: string): BreakUnit[] {
  const joined: BreakUnit[] = [];
  for (const unit of units) {
    const previous = joined.at(-1);
    const attach =
      previous &&
      !previous.hardBreakAfter &&
      (isBare(previous, text) || (isBare(unit, text) && !opens(unit, text)));
    if (attach && unit.end - previous.start <= 40) {
      joined[joined.length - 1] = { ...unit, start: previous.start };
    } else {
      joined.push(unit);
    }
  }
  return joined;
}

const isBare = (unit: BreakUnit, text: string): boolean =>
  !hasWordCharacter(text.slice(unit.start, unit.end));
const opens = (unit: BreakUnit, text: string): boolean =>
  /^[-–—¿¡«“‘([♪♫]+$/u.test(text.slice(unit.start, unit.end));
