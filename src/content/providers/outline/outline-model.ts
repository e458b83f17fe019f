import { Worker } from "node:worker_threads";
import { whenAborted, withTimeout } from "../../../support/abort.ts";
import { ReelburstError, type SerializedError } from "../../../support/errors.ts";
import { ProviderError } from "../../models/provider.ts";
import type { ScriptRequest, TextModel } from "../../models/text.ts";
import type { ScriptDraft } from "../../script.ts";

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

async function outlined(
  request: ScriptRequest,
  mostMs: number,
  signal: AbortSignal,
): Promise<ScriptDraft | null> {
  const worker = new Worker(new URL("./outline-worker.ts", import.meta.url), {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  const replied = new Promise<{ draft: ScriptDraft | null } | { error: SerializedError }>(
    (resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", () => reject(new Error("The thread ended.")));
    },
  );
  const stop = whenAborted(signal, () => void worker.terminate());
  try {
    const reply = await withTimeout(() => replied, { timeoutMs: mostMs, what: "The text's reader", signal });
    if ("error" in reply) throw ReelburstError.fromJSON(reply.error);
    return reply.draft;
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof ReelburstError && error.code !== "TIMED_OUT") throw error;
    throw new ReelburstError("SOURCE_UNREADABLE", "The text's Markdown can't be read in reasonable time.", {
      cause: error,
      hint: "Give it as plain text, or take out what is not prose.",
    });
  } finally {
    stop();
    await worker.terminate();
  }
}
