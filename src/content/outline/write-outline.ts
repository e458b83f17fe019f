/**
 * A script made of a text's own sentences: chosen, put behind each other, nothing added. The offline text provider.
 */
import type { ScriptRequest } from "../models/text.ts";
import type { ScriptDraft, Segment } from "../script.ts";
import { beatsOf } from "./beats.ts";
import { cardOf, shorten, titleCard } from "./card-of.ts";
import { type ChosenBeat, chooseBeats } from "./choose.ts";
import { type Block, readText } from "./read-text.ts";
import { COMMON_WORDS, wordsOf } from "./sentences.ts";
import { Weigher } from "./weigh.ts";

const MOST_NARRATION = 4_000;

/** Null when there is nothing in the text that can be said. */
export function writeOutline({ source, length, language, style }: ScriptRequest): ScriptDraft | null {
  const read = readText(source.text ?? "");
  const title = read.title ?? source.topic;
  const dialogue = style === "dialogue";
  const blocks: readonly Block[] = dialogue
    ? read.blocks
    : // Outside a dialogue "Note: …" is prose.
      read.blocks.map((block) =>
        block.kind === "turn" ? { kind: "prose", text: `${block.speaker}: ${block.text}` } : block,
      );
  const weigher = new Weigher([title, ...blocks.flatMap(textsOf)], language);
  const chosen = chooseBeats(beatsOf(blocks, weigher, language), length);
  if (chosen.length === 0) return null;
  const width = String(chosen.length).length;
  const { site, author } = source.provenance;
  const segments = chosen.map((one, index): Segment => {
    const said = narrationOf(one).slice(0, MOST_NARRATION);
    const lead = index === 0;
    return {
      id: `s${String(index + 1).padStart(Math.max(2, width), "0")}`,
      speaker: one.beat.speaker,
      tone: null,
      narration: said,
      picture: [title, one.beat.heading, shorten(said, 300)].filter((part) => part !== null).join(". "),
      card: lead
        ? titleCard(title, read.subtitle, site ?? read.author ?? author)
        : cardOf(one.beat, one.lines, language),
    };
  });
  numberSections(segments);
  return {
    title: title.slice(0, 200),
    description: read.subtitle ?? shorten(segments[0]?.narration ?? "", 300),
    tags: keywordsOf([title, ...blocks.flatMap(textsOf)], language),
    language,
    segments,
  };
}

/** A section's card shows which it is, where there are several. */
function numberSections(segments: readonly Segment[]): void {
  const sections = segments.flatMap(({ card }) => (card?.layout === "section" ? [card] : []));
  if (sections.length < 2) return;
  for (const [index, card] of sections.entries()) card.kicker = String(index + 1);
}

function textsOf(block: Block): string[] {
  return block.kind === "list" ? [...block.items] : [block.text];
}

/** Lines as one text to be spoken; items of a list end like sentences, so that the voice pauses. */
function narrationOf({ beat, lines }: ChosenBeat): string {
  const wide = /[\p{sc=Han}\p{sc=Kana}]/u.test(beat.lines[0]?.text ?? "");
  const said = lines.map((index) => beat.lines[index]?.text ?? "");
  const ended = said.map((line) =>
    /[.!?…。！？”"'’)）]$/u.test(line) ? line : `${line}${wide ? "。" : "."}`,
  );
  const leadIn = beat.kind === "list" ? (beat.leadIn ?? (beat.opensSection ? beat.heading : null)) : null;
  const intro = leadIn === null ? [] : [`${leadIn.replace(/[:：.。]$/, "")}${wide ? "：" : ":"}`];
  return [...intro, ...ended].join(wide ? "" : " ").replaceAll("\n", " ");
}

/** The words that come back most. */
function keywordsOf(texts: readonly string[], language: string): string[] {
  const common = COMMON_WORDS[language.split("-")[0] ?? ""] ?? new Set<string>();
  const counts = new Map<string, number>();
  for (const word of texts.flatMap((text) => wordsOf(text, language)))
    if (
      !common.has(word) &&
      (word.length > 3 || (/\p{sc=Han}/u.test(word) && word.length > 1)) &&
      !/^\d/.test(word)
    )
      counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > 1)
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, 8)
    .map(([word]) => word);
}
