import { CARD_DEFAULTS } from "./defaults.ts";
import type { Issue } from "./issue.ts";
import { errorIssue } from "./issue.ts";
import type { CardLayout, CardSettings } from "./production.ts";
import { normalizeColor } from "./schema-fields.ts";
import type { SceneInput } from "./schema-scene.ts";
import type { ResolvePath } from "./source-path.ts";

type CardInput = NonNullable<SceneInput["card"]>;

export function resolveCard(input: CardInput, path: string, resolvePath: ResolvePath): CardSettings {
  const { text } = input;
  const background = input.background == null ? null : normalizeColor(input.background);
  return {
    layout: input.layout ?? CARD_DEFAULTS.layout,
    title: input.title ?? null,
    text: text == null ? [] : typeof text === "string" ? [text] : [...text],
    kicker: input.kicker ?? null,
    attribution: input.attribution ?? null,
    theme: input.theme ?? (background !== null && isLight(background) ? "light" : "dark"),
    accent: normalizeColor(input.accent ?? CARD_DEFAULTS.accent),
    background,
    font: input.font == null ? null : resolvePath(input.font, `${path}.font`),
  };
}

const NEEDED: Readonly<Record<CardLayout, "title" | "text">> = {
  title: "title",
  section: "title",
  statement: "title",
  end: "title",
  quote: "text",
  list: "text",
  figure: "title",
};

/** Every layout has one part without which it is empty. */
export function checkCard(card: CardSettings, path: string): Issue[] {
  const part = NEEDED[card.layout];
  if (part === "title" ? card.title !== null : card.text.length > 0) return [];
  return [
    errorIssue("REQUIRED", `${path}.${part}`, `A card of the layout "${card.layout}" needs "${part}".`),
  ];
}

/** By luma, where black and white letters read equally well. */
function isLight(color: string): boolean {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 128;
}
