import type { Brief } from "./brief.ts";
import type { Fallback } from "./fallback/fallback.ts";
import { lookOf } from "./looks.ts";
import type { ScriptRequest } from "./models/text.ts";
import { languageOf } from "./outline/sentences.ts";
import type { Script, ScriptDraft } from "./script.ts";

/** The brief's script, whole: with voices, look and provenance beside the provider's words. */
export async function makeScript(
  brief: Brief,
  providers: Fallback<ScriptRequest, ScriptDraft>,
  signal: AbortSignal,
): Promise<Script> {
  const { source, length, style, aspect, theme, pictureStyle } = brief;
  const language = brief.language ?? languageOf(source.text ?? source.topic);
  const { answer } = await providers.ask(
    { source: withoutTime(source), length, style, language },
    null,
    signal,
  );
  const speakers = [...new Set(answer.segments.map(({ speaker }) => speaker ?? NARRATOR))];
  const { title, description, tags, segments } = answer;
  return {
    script: 1,
    title,
    description,
    tags,
    language: answer.language,
    style,
    length,
    aspect,
    look: lookOf(title, theme),
    pictureStyle,
    voices: Object.fromEntries(speakers.map((speaker, index) => [speaker, index === 0 ? brief.voice : null])),
    source: source.provenance,
    segments,
  };
}

/** When a source was fetched changes with each run and must not make it another request. */
function withoutTime(source: Brief["source"]): Brief["source"] {
  return { ...source, provenance: { ...source.provenance, fetchedAt: null } };
}

/** Of segments without a speaker. */
export const NARRATOR = "narrator";
