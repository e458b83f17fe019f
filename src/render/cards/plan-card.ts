import type { CardSettings } from "../../spec/production.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { CaptionFace, FaceInfo } from "../captions/fonts/face.ts";
import type { FaceLibrary } from "../captions/fonts/face-library.ts";
import { type MissingGlyph, preflight, withoutDropped } from "../captions/fonts/preflight.ts";
import type { CaptionWeight } from "../captions/fonts/shipped-fonts.ts";
import type { FrameSize } from "../captions/layout.ts";
import { cardAss } from "./card-ass.ts";
import { cardColors } from "./card-colors.ts";
import type { CardPlan } from "./card-plan.ts";
import { isRightToLeft } from "./card-text.ts";
import { layOutCard } from "./lay-out-card.ts";

export interface PlanCardInput {
  readonly card: CardSettings;
  /** Of the film; the card is drawn larger. */
  readonly frame: FrameSize;
  readonly language: string | null;
  readonly faces: Pick<FaceLibrary, "facesForTexts">;
  readonly captioned: boolean;
  /** Where the card stands in the production, for messages. */
  readonly path: string;
}

export interface PlannedCard {
  readonly plan: CardPlan;
  readonly fonts: readonly FaceInfo[];
  /** Emoji and symbols that no face has, left out; by the part they stood in. */
  readonly notices: readonly { readonly code: string; readonly message: string; readonly path: string }[];
}

/** Of the frame: motion looks closer, and letters that are scaled down stay sharp. */
const MARGIN = 1.25;
/** Frames above it are drawn at their own size: 4k with its margin is 13 MP, 8k would be 52. */
const MAX_PIXELS = 16e6;

/** Light falls from the side that the words do not begin at; on some cards from below, so that a row of them changes. */
const LIGHT_X = 0.88;
const LIGHT_Y: Partial<Readonly<Record<CardSettings["layout"], number>>> = {
  end: 0.1,
  section: 0.5,
  statement: 0.94,
};

/**
 * Words -> what a render process draws.
 *
 * @throws ReelburstError GLYPHS_MISSING, CARD_TEXT_TOO_LONG, FONT_UNUSABLE
 */
export function planCard({ card, frame, language, faces, captioned, path }: PlanCardInput): PlannedCard {
  const grown = Math.max(1, Math.min(MARGIN, Math.sqrt(MAX_PIXELS / (frame.width * frame.height))));
  const size = { width: Math.round(frame.width * grown), height: Math.round(frame.height * grown) };
  const texts = [card.title, ...card.text, card.kicker, card.attribution].filter((text) => text !== null);
  // Capitals of a kicker are other characters than those the user wrote.
  const wanted = [...texts, (card.kicker ?? "").toLocaleUpperCase(language ?? "en"), "“0123456789"];
  const byWeight = new Map<CaptionWeight, CaptionFace[]>();
  const facesOf = (weight: CaptionWeight): CaptionFace[] => {
    const known = byWeight.get(weight) ?? faces.facesForTexts(card.font, weight, wanted);
    byWeight.set(weight, known);
    return known;
  };
  const { shown, notices } = checkGlyphs(card, facesOf("regular"), path);
  const colors = cardColors(card);
  const placed = layOutCard({ card: shown, frame: size, colors, language, faces: facesOf, captioned });
  if (placed === null) {
    throw new ReelburstError(
      "CARD_TEXT_TOO_LONG",
      `The card's words do not fit the frame at a size that can be read (${texts.join(" ").length} characters).`,
      { path: `${path}.${longestPart(shown)}`, hint: "Shorten it, or make two cards of it." },
    );
  }
  const fonts = [
    ...new Map(
      placed.lines.flatMap((line) => line.runs.map(({ face }) => [face.info.sha256, face.info] as const)),
    ).values(),
  ];
  const { base, light, shade } = colors;
  const mirrored = isRightToLeft(texts.join(" "));
  return {
    plan: {
      ...size,
      background: {
        base,
        light,
        shade,
        lightX: card.layout === "end" ? 0.5 : mirrored ? 1 - LIGHT_X : LIGHT_X,
        lightY: LIGHT_Y[card.layout] ?? 0.08,
      },
      ass: cardAss(placed, size, fonts[0]?.family ?? ""),
      fonts: fonts.map((font) => font.sha256),
    },
    fonts,
    notices,
  };
}

/** The card without what no face has; a missing letter is an error that names its part. */
function checkGlyphs(
  card: CardSettings,
  faces: readonly CaptionFace[],
  path: string,
): { shown: CardSettings; notices: PlannedCard["notices"] } {
  const notices: { code: string; message: string; path: string }[] = [];
  const clean = <Text extends string | null>(text: Text, part: string): Text => {
    if (text === null) return text;
    const { missing, dropped } = preflight([{ startMs: 0, endMs: 0, text }], faces);
    if (missing.length > 0) {
      throw new ReelburstError("GLYPHS_MISSING", `No font of the card has ${named(missing)}.`, {
        path: `${path}.${part}`,
        hint: "Set the card's `font` to a font that has these characters.",
      });
    }
    if (dropped.length === 0) return text;
    notices.push({
      code: "GLYPHS_DROPPED",
      message: `No font of the card has ${named(dropped)}. ${dropped.length === 1 ? "It is" : "They are"} left out.`,
      path: `${path}.${part}`,
    });
    return withoutDropped(text, faces) as Text;
  };
  const shown = {
    ...card,
    title: clean(card.title, "title"),
    text: card.text.map((line, index) => clean(line, card.text.length > 1 ? `text[${index}]` : "text")),
    kicker: clean(card.kicker, "kicker"),
    attribution: clean(card.attribution, "attribution"),
  };
  return { shown, notices };
}

function named(glyphs: readonly MissingGlyph[]): string {
  const more = glyphs.length > 8 ? ` and ${glyphs.length - 8} more` : "";
  return `${glyphs
    .slice(0, 8)
    .map((glyph) => `${glyph.character} (${glyph.codePoint})`)
    .join(", ")}${more}`;
}

function longestPart({ title, text }: CardSettings): "title" | "text" {
  return (title ?? "").length > text.join(" ").length ? "title" : "text";
}
