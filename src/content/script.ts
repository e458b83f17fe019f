/** A film's script: what is said and shown, segment by segment. A file of it may be edited before anything is spent. */
import { z } from "zod";
import { parseLanguage } from "../spec/language.ts";
import { FILM_LENGTHS, FILM_STYLES } from "./models/text.ts";

export const CARD_LAYOUTS = ["title", "section", "statement", "quote", "list", "figure", "end"] as const;

const line = (most: number) => z.string().trim().min(1).max(most);

/** The words of a card; its colours are the film's. */
export const cardInput = z.strictObject({
  layout: z.enum(CARD_LAYOUTS),
  title: line(300).nullable().default(null),
  text: z.array(line(600)).max(12).default([]),
  kicker: line(80).nullable().default(null),
  attribution: line(200).nullable().default(null),
});
export type CardInput = z.infer<typeof cardInput>;

const segment = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  /** A name of `voices`. */
  speaker: line(60).nullable().default(null),
  /** How it is said: `calm`, `ironic`. */
  tone: line(120).nullable().default(null),
  narration: line(4_000),
  /** What a picture shows, for providers that make pictures. */
  picture: line(1_500).nullable().default(null),
  card: cardInput.nullable().default(null),
});
export type Segment = z.infer<typeof segment>;

const words = {
  title: line(200),
  description: z.string().trim().max(5_000).default(""),
  tags: z.array(line(60)).max(40).default([]),
  language: z.string().transform((text, context) => {
    const language = parseLanguage(text);
    if (language !== null) return language;
    context.addIssue({ code: "custom", message: "Expected a language such as en or zh." });
    return z.NEVER;
  }),
};

/** What a text provider writes. */
export const scriptDraft = z.strictObject({
  ...words,
  segments: z.array(segment).min(1).max(400),
});
export type ScriptDraft = z.infer<typeof scriptDraft>;

const hex = z.string().regex(/^#[0-9a-fA-F]{6}$/, "Expected a colour such as #1f2430.");

export const look = z.strictObject({
  theme: z.enum(["dark", "light"]),
  accent: hex,
  background: hex,
});
export type Look = z.infer<typeof look>;

const maybe = z.string().max(2_000).nullable().default(null);

export const scriptFile = z
  .strictObject({
    script: z.literal(1),
    ...words,
    style: z.enum(FILM_STYLES).default("explainer"),
    length: z.enum(FILM_LENGTHS).default("medium"),
    aspect: z.enum(["16:9", "9:16", "1:1", "4:5"]).default("16:9"),
    look,
    /** Goes before each picture's prompt. */
    pictureStyle: z.string().trim().max(500).default(""),
    /** Speaker -> voice as the provider calls it, or null for its own choice. */
    voices: z.record(line(60), line(120).nullable()).default({}),
    source: z.strictObject({
      kind: z.enum(["topic", "file", "text", "article", "feed", "reddit"]),
      from: maybe,
      title: maybe,
      author: maybe,
      site: maybe,
      publishedAt: maybe,
      fetchedAt: maybe,
    }),
    segments: z.array(segment).min(1).max(400),
  })
  .superRefine(({ segments }, context) => {
    const seen = new Set<string>();
    for (const [index, { id }] of segments.entries()) {
      if (seen.has(id.toLowerCase()))
        context.addIssue({
          code: "custom",
          path: ["segments", index, "id"],
          message: `"${id}" stands twice.`,
        });
      seen.add(id.toLowerCase());
    }
  });
export type Script = z.infer<typeof scriptFile>;
