import { createGoogleGenerativeAI } from "@ai-sdk/google";
import type { TextModel } from "../../models/text.ts";
import { languageModel } from "../shared/language-model.ts";

export function geminiText(model: string | null, keys: readonly string[], baseUrl: string | null): TextModel {
  const chosen = model ?? "gemini-2.5-flash";
  return languageModel({
    name: "gemini",
    model: chosen,
    keys,
    open: (settings) =>
      createGoogleGenerativeAI({ ...settings, ...(baseUrl === null ? {} : { baseURL: baseUrl }) })(chosen),
  });
}
