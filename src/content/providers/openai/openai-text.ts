import { createOpenAI } from "@ai-sdk/openai";
import type { TextModel } from "../../models/text.ts";
import { languageModel } from "../shared/language-model.ts";

/** OpenAI, or any service that speaks its chat protocol at `baseUrl`. */
export function openaiText(model: string | null, keys: readonly string[], baseUrl: string | null): TextModel {
  const chosen = model ?? "gpt-4.1-mini";
  return languageModel({
    name: "openai",
    model: chosen,
    keys,
    // Chat, not the newer responses: it is what compatible services have.
    open: (settings) =>
      createOpenAI({ ...settings, ...(baseUrl === null ? {} : { baseURL: baseUrl }) }).chat(chosen),
  });
}
