/** Script, voices and pictures -> the production file that renders the film. */
import { Document, isSeq, type Node } from "yaml";
import { mix } from "../render/cards/card-colors.ts";
import type { ProductionInput } from "../spec/schema.ts";
import type { SceneInput } from "../spec/schema-scene.ts";
import type { SegmentPicture, SegmentVoice } from "./make-parts.ts";
import { repeatsCard } from "./repeats-card.ts";
import type { CardInput, Look, Script } from "./script.ts";

const END_SECONDS = 3;

export function productionOf(
  script: Script,
  voices: readonly SegmentVoice[],
  pictures: readonly SegmentPicture[],
): ProductionInput {
  const { look, aspect, language, title } = script;
  const end = endCard(script);
  const captions = captionsOver(look, look.background);
  return {
    version: 1,
    title,
    output: { aspect },
    defaults: {
      language,
      captions: { style: "karaoke", ...captions },
      pad: { before: 0.25, after: 0.45 },
      transition: { type: "fade", duration: 0.4 },
    },
    scenes: [
      ...script.segments.map((segment, index): SceneInput => {
        const voice = voices[index] as SegmentVoice;
        const picture = pictures[index] as SegmentPicture;
        const card = "card" in picture ? cardFor(picture.card, script) : null;
        return {
          id: segment.id,
          ...("file" in picture ? { image: picture.file } : { card: card ?? {} }),
          audio: voice.audio,
          subtitles:
            "card" in picture && repeatsCard(picture.card, segment.narration)
              ? { src: voice.captions, burn: false }
              : voice.captions,
          ...(card?.layout === "figure" ? { captions: OVER_PICTURES } : {}),
        };
      }),
      ...(end === null ? [] : [{ id: freeId(script), card: cardFor(end, script), duration: END_SECONDS }]),
    ],
    metadata: {
      description: script.description,
      tags: script.tags,
      source: { ...script.source },
    },
  };
}

export function productionText(production: ProductionInput, renderCommand: string): string {
  const document = new Document(production);
  document.commentBefore = ` Made from script.yaml. Render it with\n   ${renderCommand}\n The narration and its captions go together: new words are for the script.`;
  const scenes = document.get("scenes");
  if (isSeq(scenes)) for (const item of scenes.items.slice(1)) (item as Node).spaceBefore = true;
  return document.toString({ lineWidth: 100 });
}

export function cardFor(card: CardInput, { look }: Pick<Script, "look">): NonNullable<SceneInput["card"]> {
  return {
    layout: card.layout,
    ...(card.title === null ? {} : { title: card.title }),
    ...(card.text.length === 0 ? {} : { text: card.text }),
    ...(card.kicker === null ? {} : { kicker: card.kicker }),
    ...(card.attribution === null ? {} : { attribution: card.attribution }),
    ...tinted(card.layout, look),
  };
}

/** One look, but a rhythm in it: a figure turns the colours round, words of others stand on a ground of their own. */
function tinted(layout: CardInput["layout"], look: Look): Look {
  const { background, accent, theme } = look;
  if (layout === "figure") return turned(look);
  if (layout === "quote")
    return { ...look, background: mix(background, accent, theme === "dark" ? 0.17 : 0.13) };
  if (layout === "statement")
    return { ...look, background: mix(background, theme === "dark" ? "#ffffff" : "#000000", 0.045) };
  return look;
}

function turned({ theme, accent, background }: Look): Look {
  return { theme: theme === "dark" ? "light" : "dark", background: accent, accent: background };
}

const OVER_PICTURES = { color: "#ffffff", outlineColor: "#000000", highlightColor: "#ffb224" } as const;

/**
 * Letters that stand out from a ground. On a bright one they are white all the same: the captions' soft shadow is dark, and
 * dark letters in it look smudged.
 */
function captionsOver({ theme, accent }: Look, ground: string) {
  return theme === "dark"
    ? { color: "#ffffff", outlineColor: mix(ground, "#000000", 0.55), highlightColor: accent }
    : OVER_PICTURES;
}

/** Where a film's words come from somebody else, it ends by saying from whom. */
function endCard({ title, source }: Script): CardInput | null {
  const from = [source.author, source.site].filter((part) => part !== null);
  if (from.length === 0 || !["article", "feed", "reddit"].includes(source.kind)) return null;
  return {
    layout: "end",
    title: (source.title ?? title).slice(0, 200),
    text: [from.join(" · ").slice(0, 300)],
    kicker: null,
    attribution: source.from === null ? null : source.from.slice(0, 200),
  };
}

function freeId({ segments }: Script): string {
  let id = "end";
  while (segments.some((segment) => segment.id.toLowerCase() === id)) id += "_";
  return id;
}
