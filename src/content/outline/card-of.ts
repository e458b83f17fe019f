/** What stands on the card while a segment is said: few words, chosen by what the segment is. */
import type { CardInput } from "../script.ts";
import type { Beat } from "./beats.ts";
import { FIGURE } from "./figure.ts";
import { sentencesOf } from "./sentences.ts";

const STATEMENT = 96;
const QUOTE = 240;
const ITEM = 64;

const card = (parts: Partial<CardInput> & Pick<CardInput, "layout">): CardInput => ({
  title: null,
  text: [],
  kicker: null,
  attribution: null,
  ...parts,
});

export function titleCard(title: string, subtitle: string | null, kicker: string | null): CardInput {
  return card({
    layout: "title",
    title: cut(title, 160),
    text: subtitle === null ? [] : [cut(subtitle, 140)],
    kicker: kicker === null ? null : cut(kicker, 60),
  });
}

export function cardOf(beat: Beat, lines: readonly number[], language: string): CardInput {
  const said = lines.map((index) => beat.lines[index]?.text ?? "");
  const kicker = beat.heading === null ? null : cut(beat.heading, 60);
  if (beat.kind === "list") {
    const leadIn = beat.leadIn?.replace(/[:：]$/, "") ?? null;
    return card({
      layout: "list",
      title: leadIn !== null && leadIn.length <= 60 ? leadIn : kicker,
      kicker: leadIn !== null && leadIn.length <= 60 ? kicker : null,
      text: said.map(labelOf),
    });
  }
  if (beat.kind === "quote" || beat.kind === "turn") {
    const text = shorten(said.join(" "), QUOTE);
    return card({ layout: "quote", text: [text], attribution: beat.attribution ?? beat.speaker, kicker });
  }
  const figure = figureIn(said, kicker);
  if (figure !== null) return figure;
  const statement = keyPhrase(said, language);
  // The heading alone: what is said stands in the captions.
  if (beat.opensSection && beat.heading !== null)
    return card({ layout: "section", title: cut(beat.heading, 120) });
  return card({ layout: "statement", title: statement, kicker });
}

/** "Salt: it lowers the melting point" is "Salt" on a card; the voice says the rest. */
export function labelOf(item: string): string {
  const label = /^(.{2,60}?)(?:：|:\s|\.\s|\s[—–-]\s|[。；])/u.exec(item)?.[1];
  return (label ?? shorten(item, ITEM)).replace(/[.。;；,，]$/, "");
}

/** The first number worth a card of its own, with the part of its sentence that says what it counts. */
function figureIn(said: readonly string[], kicker: string | null): CardInput | null {
  for (const sentence of said) {
    const found = FIGURE.exec(sentence)?.[1]?.trim().replace(/[.,]$/, "");
    if (found === undefined || found.length > 24 || /^[12]$/.test(found)) continue;
    // The sentence below says what is counted; beside a number only a short unit leaves it large.
    const [number = found, ...unit] = found.split(/\s+/);
    const title =
      found.length <= 9
        ? found
        : /^(?:hundred|thousand|million|billion|trillion)$/.test(unit[0] ?? "")
          ? `${number} ${unit[0]}`
          : number;
    return card({ layout: "figure", title, text: [shorten(sentence, 130)], kicker });
  }
  return null;
}

/** The shortest complete thought among the lines. */
function keyPhrase(said: readonly string[], language: string): string {
  const whole = said.flatMap((line) => sentencesOf(line, language));
  const fitting = whole.filter((line) => line.length >= 12 && line.length <= STATEMENT);
  const best = fitting.toSorted((a, b) => b.length - a.length)[0] ?? shorten(whole[0] ?? "", STATEMENT);
  return best.replace(
    /^(?:And|But|So|Yet|Then|However|Therefore|Instead|Still|Thus),?\s+(\p{L})/u,
    (_, first: string) => first.toUpperCase(),
  );
}

/** Ends where a thought does: before a dash or semicolon, else before a conjunction, else with an ellipsis. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  for (const pattern of [
    /[;；]|\s[—–]\s|[:：]\s/gu,
    /,\s(?=(?:which|and|but|because|so|when|while|where|until|as)\b)/gu,
    /[，、]/gu,
  ]) {
    const ends = [...text.matchAll(pattern)]
      .map(({ index }) => index)
      .filter((at) => at >= most / 3 && at <= most);
    const end = ends.at(-1);
    if (end !== undefined) return text.slice(0, end).trim();
  }
  return cut(text, most);
}

/** Whole words and an ellipsis. */
function cut(text: string, most: number): string {
  const line = text.replaceAll("\n", " ");
  if (line.length <= most) return line;
  const head = line.slice(0, most - 1);
  const space = head.lastIndexOf(" ");
  return `${(space > most / 2 ? head.slice(0, space) : head).replace(/[\s,;:，、—–-]+$/u, "")}…`;
}
