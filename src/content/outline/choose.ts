/** Beats -> those lines of them that fit a film's length, in the text's own order. */
import { type FilmLength, LENGTHS } from "../models/text.ts";
import { type Beat, splitBeats } from "./beats.ts";
import { labelOf } from "./card-of.ts";
import { spokenSeconds } from "./sentences.ts";

export interface ChosenBeat {
  readonly beat: Beat;
  /** Indices of the lines that are said, ascending. */
  readonly lines: readonly number[];
}

/** Silence around each segment: pads and transitions. */
const SEGMENT_SECONDS = 0.9;
/** A list is read up to here. */
const MOST_ITEMS = 5;

/** A list may take this share of a film; above it only its items' names are said. */
const LIST_SHARE = 0.3;

export function chooseBeats(all: readonly Beat[], length: FilmLength): ChosenBeat[] {
  if (length === "full") return all.flatMap(wholeBeat);
  const { segments, seconds } = LENGTHS[length];
  const [fewest, most] = segments;
  const wanted = Math.round((fewest + most) / 2);
  const room = ((seconds[0] + seconds[1]) / 2) * LIST_SHARE;
  const beats = splitBeats(all, wanted).map((beat) => (beat.kind === "list" ? namesOnly(beat, room) : beat));
  const kept = keepBest(beats, Math.min(most, Math.max(wanted, Math.min(beats.length, most))));
  return fill(kept, fewest, (seconds[0] + seconds[1]) / 2);
}

function namesOnly(beat: Beat, roomSeconds: number): Beat {
  const said = beat.lines.slice(0, MOST_ITEMS).reduce((sum, { seconds }) => sum + seconds, 0);
  if (said <= roomSeconds) return beat;
  return {
    ...beat,
    lines: beat.lines.map((line) => {
      const text = labelOf(line.text);
      return { ...line, text, seconds: spokenSeconds(text) };
    }),
  };
}

/** The opening always, the rest by their best line: what is special about a text is seldom in its plain prose. */
function keepBest(beats: readonly Beat[], most: number): Beat[] {
  const last = beats.length - 1;
  const rank = (beat: Beat, index: number): number =>
    Math.max(...beat.lines.map(({ weight }) => weight)) +
    (index === 0 ? 100 : 0) +
    (beat.opensSection ? 0.4 : 0) +
    (index === last ? 0.4 : 0) +
    { list: 0.5, quote: 0.4, prose: 0, turn: 0 }[beat.kind];
  const ranked = beats
    .map((beat, index) => ({ index, rank: rank(beat, index) }))
    .toSorted((a, b) => b.rank - a.rank || a.index - b.index);
  const kept = new Set(ranked.slice(0, most).map(({ index }) => index));
  return beats.filter((_, index) => kept.has(index));
}

function fill(beats: readonly Beat[], fewest: number, target: number): ChosenBeat[] {
  let chosen = beats.map((beat) => ({ beat, lines: new Set(openingOf(beat)) }));
  const total = (): number =>
    chosen.reduce(
      (sum, { beat, lines }) =>
        sum +
        SEGMENT_SECONDS +
        [...lines].reduce((inner, line) => inner + (beat.lines[line]?.seconds ?? 0), 0),
      0,
    );
  // Too much already: whole beats go, the weakest first, but never the opening.
  while (total() > target * 1.15 && chosen.length > fewest) {
    const weakest = chosen
      .slice(1)
      .toSorted((a, b) => strength(a) - strength(b) || secondsOf(b) - secondsOf(a))[0];
    if (weakest === undefined) break;
    chosen = chosen.filter((one) => one !== weakest);
  }
  for (;;) {
    const room = target - total();
    const share = (target / chosen.length) * 1.6;
    let best: { into: Set<number>; add: readonly number[]; worth: number } | null = null;
    for (const { beat, lines } of chosen) {
      const said = [...lines].reduce((sum, line) => sum + (beat.lines[line]?.seconds ?? 0), 0);
      if (beat.kind === "list" && lines.size >= MOST_ITEMS) continue;
      for (const [index, line] of beat.lines.entries()) {
        if (lines.has(index)) continue;
        // A list is read from its top; prose may skip, but what leans on a line takes that line along.
        if (beat.kind === "list" && index > 0 && !lines.has(index - 1)) continue;
        const add = withSupport(beat, index, lines);
        const seconds = add.reduce((sum, one) => sum + (beat.lines[one]?.seconds ?? 0), 0);
        if (seconds > room || (said > 0 && said + seconds > share)) continue;
        const follows = lines.has(index - 1) || lines.has(index + 1);
        const worth = (line.weight + (follows ? 0.25 : 0) - said / share / 2) / Math.sqrt(add.length);
        if (best === null || worth > best.worth) best = { into: lines, add, worth };
      }
    }
    if (best === null) break;
    for (const index of best.add) best.into.add(index);
  }
  return chosen.map(({ beat, lines }) => ({ beat, lines: [...lines].toSorted((a, b) => a - b) }));
}

/** The least that can be said of a beat. */
function openingOf(beat: Beat): number[] {
  if (beat.kind === "list") return beat.lines.slice(0, 3).map((_, index) => index);
  let best = 0;
  for (const [index, line] of beat.lines.entries())
    if (worthOf(line, index) > worthOf(beat.lines[best], best)) best = index;
  return withSupport(beat, best, new Set());
}

function worthOf(line: Beat["lines"][number] | undefined, index: number): number {
  if (line === undefined) return -1;
  return line.weight - Math.max(0, line.seconds - 9) / 6 - (line.leans ? 0.4 : 0) + (index === 0 ? 0.5 : 0);
}

function withSupport(beat: Beat, index: number, there: ReadonlySet<number>): number[] {
  const add = [index];
  if (beat.kind !== "prose") return add;
  for (let at = index; at > 0 && beat.lines[at]?.leans === true && !there.has(at - 1); at--) add.push(at - 1);
  return add;
}

function strength({ beat, lines }: { beat: Beat; lines: ReadonlySet<number> }): number {
  return Math.max(...[...lines].map((line) => beat.lines[line]?.weight ?? 0)) + (beat.opensSection ? 0.3 : 0);
}

function secondsOf({ beat, lines }: { beat: Beat; lines: ReadonlySet<number> }): number {
  return [...lines].reduce((sum, line) => sum + (beat.lines[line]?.seconds ?? 0), 0);
}

/** Everything that is in it, in segments that a card can stand for. */
const MOST_SECONDS = 14;

function wholeBeat(beat: Beat): ChosenBeat[] {
  const parts: ChosenBeat[] = [];
  let lines: number[] = [];
  let seconds = 0;
  for (const [index, line] of beat.lines.entries()) {
    const full = beat.kind === "list" ? lines.length >= MOST_ITEMS : seconds + line.seconds > MOST_SECONDS;
    if (lines.length > 0 && full) {
      parts.push({ beat: parts.length === 0 ? beat : { ...beat, opensSection: false, leadIn: null }, lines });
      lines = [];
      seconds = 0;
    }
    lines.push(index);
    seconds += line.seconds;
  }
  parts.push({ beat: parts.length === 0 ? beat : { ...beat, opensSection: false, leadIn: null }, lines });
  return parts;
}
