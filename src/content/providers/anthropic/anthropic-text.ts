import { createAnthropic } from "@ai-sdk/anthropic";
import type { TextModel } from "../../models/text.ts";
import { languageModel } from "../shared/language-model.ts";

export function anthropicText(
  model: string | null,
  keys: readonly string[],
  baseUrl: string | null,
): TextModel {
  const chosen = model ?? "claude-haiku-4-5";
  return languageModel({
    name: "anthropic",
    model: chosen,
    keys,
    open: (settings) =>
      createAnthropic({ ...settings, ...(baseUrl === null ? {} : { baseURL: baseUrl }) })(chosen),
  });
}
