/** The script stage over any language model of the `ai` package. Its own retries are off: `fallback/` does that. */
import { APICallError, generateText, type LanguageModel, NoObjectGeneratedError, Output } from "ai";
import { ProviderError } from "../../models/provider.ts";
import type { ScriptRequest, TextModel } from "../../models/text.ts";
import { faultOf, isRefusal } from "./faults.ts";
import { requestWhole, textOf } from "./http.ts";
import { tokenCost } from "./prices.ts";
import { draftOf, scriptPrompt, writtenScript } from "./script-prompt.ts";

export interface LanguageModelOptions {
  readonly name: string;
  readonly model: string;
  readonly keys: readonly string[];
  readonly open: (settings: { apiKey: string; fetch: typeof fetch }) => LanguageModel;
}

// It writes its hints for developers to our users' terminals otherwise.
(globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;

const MOST_OUTPUT_TOKENS = 12_000;
const MOST_BYTES = 4e6;
const IDLE_MS = 120_000;

export function languageModel({ name, model, keys, open }: LanguageModelOptions): TextModel {
  return {
    name,
    model,
    keys,
    // Two bytes a token is on the safe side for every script.
    estimateMicros: (request) => {
      const { system, prompt } = scriptPrompt(request);
      return tokenCost(model, Buffer.byteLength(system + prompt) / 2 + 1_500, MOST_OUTPUT_TOKENS);
    },
    call: async (request, { key, signal }) => {
      let said = "";
      const listening: typeof fetch = async (input, init) => {
        const answer = await requestWhole(
          String(input),
          { ...init, signal },
          { idleMs: IDLE_MS, maxBytes: MOST_BYTES },
        );
        said = textOf(answer.body);
        return new Response(textOf(answer.body), {
          status: answer.status,
          headers: plainHeaders(answer.headers),
        });
      };
      try {
        const { output, usage } = await generateText({
          model: open({ apiKey: key ?? "", fetch: listening }),
          output: Output.object({ schema: writtenScript }),
          ...scriptPrompt(request),
          maxRetries: 0,
          maxOutputTokens: MOST_OUTPUT_TOKENS,
          abortSignal: signal,
        });
        return { answer: draftFrom(output, request, costOf(model, usage)), costMicros: costOf(model, usage) };
      } catch (error) {
        throw explained(error, said, model);
      }
    },
  };
}

function draftFrom(object: Parameters<typeof draftOf>[0], request: ScriptRequest, costMicros: number | null) {
  try {
    return draftOf(object, request);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    throw new ProviderError(error.fault, error.message, { costMicros });
  }
}

function explained(thrown: unknown, said: string, model: string): unknown {
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof ProviderError) return error;
    if (APICallError.isInstance(error) && error.statusCode !== undefined && error.statusCode >= 400)
      return faultOf(error.statusCode, new Headers(error.responseHeaders ?? {}), error.responseBody ?? "");
  }
  if (isRefusal(said)) return new ProviderError("refused", "the content was refused.", { cause: thrown });
  const usage = NoObjectGeneratedError.isInstance(thrown) ? thrown.usage : undefined;
  if (NoObjectGeneratedError.isInstance(thrown) || said !== "")
    return new ProviderError("malformed", "the answer is no script of the shape asked for.", {
      cause: thrown,
      costMicros: usage === undefined ? null : costOf(model, usage),
    });
  return thrown;
}

function costOf(
  model: string,
  usage: { readonly inputTokens?: number | undefined; readonly outputTokens?: number | undefined },
): number | null {
  if (usage.inputTokens === undefined || usage.outputTokens === undefined) return null;
  return tokenCost(model, usage.inputTokens, usage.outputTokens);
}

/** The body has been decoded already. */
function plainHeaders(headers: Headers): Headers {
  const plain = new Headers(headers);
  for (const name of ["content-encoding", "content-length", "transfer-encoding"]) plain.delete(name);
  return plain;
}
