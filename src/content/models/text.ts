import type { ScriptDraft } from "../script.ts";
import type { SourceText } from "../sources/source.ts";
import type { Provider } from "./provider.ts";

export const FILM_LENGTHS = ["short", "medium", "long", "full"] as const;
export type FilmLength = (typeof FILM_LENGTHS)[number];

export const FILM_STYLES = ["explainer", "story", "news", "satire", "dialogue"] as const;
export type FilmStyle = (typeof FILM_STYLES)[number];

/** Segments and seconds of each length; `full` is the whole text, however long. */
export const LENGTHS: Readonly<
  Record<
    FilmLength,
    { readonly segments: readonly [number, number]; readonly seconds: readonly [number, number] }
  >
> = {
  short: { segments: [3, 4], seconds: [20, 35] },
  medium: { segments: [5, 7], seconds: [45, 70] },
  long: { segments: [8, 12], seconds: [80, 120] },
  full: { segments: [1, 400], seconds: [1, 21_600] },
};

export interface ScriptRequest {
  /** A text, or a topic alone: then somebody has to know something about it. */
  readonly source: SourceText;
  readonly length: FilmLength;
  readonly style: FilmStyle;
  /** BCP 47 of the narration. */
  readonly language: string;
}

/** Writes the script of a film. */
export type TextModel = Provider<ScriptRequest, ScriptDraft>;
