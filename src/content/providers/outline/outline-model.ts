import { ProviderError } from "../../models/provider.ts";
import type { ScriptRequest, TextModel } from "../../models/text.ts";
import type { ScriptDraft } from "../../script.ts";
import { inThread } from "../../thread.ts";

/** The longest text that is allowed takes two seconds. */
const MOST_MS = 20_000;

/** Makes a script of the text itself. It knows nothing, so a topic alone is not enough for it. */
export function outlineModel(mostMs = MOST_MS): TextModel {
  return {
    name: "outline",
    model: "1",
    keys: null,
    fresh: true,
    estimateMicros: () => 0,
    call: async (request, { signal }) => {
      if (request.source.text === null)
        throw new ProviderError("unsupported", "it shortens texts and there is only a topic.", {
          hint: "Give a text, or name a text provider.",
        });
      if (request.style === "story" || request.style === "news")
        throw new ProviderError(
          "unsupported",
          `it keeps a text's own words and can't make a ${request.style} of them.`,
        );
      const draft = await outlined(request, mostMs, signal);
      if (draft === null)
        throw new ProviderError("unsupported", "there is nothing in the text that can be said.");
      if (request.style === "dialogue" && new Set(draft.segments.map(({ speaker }) => speaker)).size < 2)
        throw new ProviderError("unsupported", "the text is no dialogue: its lines do not begin with names.");
      return { answer: draft, costMicros: 0 };
    },
  };
}

function outlined(
  request: ScriptRequest,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ScriptDraft | null> {
  return inThread(new URL("./outline-worker.ts", import.meta.url), request, {
    timeoutMs,
    signal,
    tooMuch: {
      message: "The text's Markdown can't be read in reasonable time.",
      hint: "Give it as plain text, or take out what is not prose.",
    },
  });
}
