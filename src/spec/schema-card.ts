import { z } from "zod";
import { CARD_DEFAULTS } from "./defaults.ts";
import { color, field, fontPath } from "./schema-fields.ts";

/** More never fits a card; a text of that length is a slip, refused before it is laid out. */
const MAX_TITLE = 300;
const MAX_TEXT = 600;
const MAX_LINES = 12;

const words = (most: number) => z.string().max(most).regex(/\S/, "Expected text that is not blank.");

export const card = z.strictObject({
  layout: field(
    z.enum(["title", "section", "statement", "end", "quote", "list", "figure"]),
    "title opens, section opens a part, end closes; statement is one large sentence; quote shows text as somebody's words, list its lines one by one, figure the title as a large number.",
    CARD_DEFAULTS.layout,
  ),
  title: field(words(MAX_TITLE).nullable(), "The large words. Every layout but quote and list needs them."),
  text: field(
    z
      .union([words(MAX_TEXT), z.array(words(MAX_TEXT)).min(1).max(MAX_LINES)], {
        error: "Expected text, or a list of lines.",
      })
      .nullable(),
    "What stands under the title: text, or a list of lines.",
  ),
  kicker: field(words(80).nullable(), "A short line above the title, shown in spaced capitals."),
  attribution: field(words(200).nullable(), "Who said it, or where it is from."),
  theme: field(z.enum(["dark", "light"]), "Dark or light. Default: dark, or what suits the background."),
  accent: field(color, "Colour of the rule and of what is stressed.", CARD_DEFAULTS.accent),
  background: field(color.nullable(), "Colour of the background; without it, the theme's own."),
  font: field(fontPath.nullable(), "Path of a TrueType or OpenType file; without it, the shipped faces."),
});
