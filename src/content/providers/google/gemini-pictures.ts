import { z } from "zod";
import type { ImageModel } from "../../models/image.ts";
import { ProviderError } from "../../models/provider.ts";
import { isRefusal } from "../shared/faults.ts";
import { jsonOf, requestOk, textOf } from "../shared/http.ts";
import { pictureOf } from "../shared/picture-answer.ts";
import { PICTURE_PRICES } from "../shared/prices.ts";

const answerShape = z.object({
  candidates: z.array(
    z.object({
      content: z.object({
        parts: z.array(z.object({ inlineData: z.object({ data: z.string() }).optional() })),
      }),
    }),
  ),
});

const RATIOS = { "16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1, "4:5": 4 / 5 } as const;

export function geminiPictures(
  model: string | null,
  keys: readonly string[],
  baseUrl: string | null,
): ImageModel {
  const chosen = model ?? "gemini-2.5-flash-image";
  const costMicros = PICTURE_PRICES[chosen] ?? null;
  return {
    name: "gemini",
    model: chosen,
    keys,
    estimateMicros: () => costMicros,
    call: async ({ prompt, width, height }, { key, signal }) => {
      const [aspectRatio] = Object.entries(RATIOS).toSorted(
        (a, b) => Math.abs(a[1] - width / height) - Math.abs(b[1] - width / height),
      )[0] as [string, number];
      const base = baseUrl ?? "https://generativelanguage.googleapis.com/v1beta";
      const { body } = await requestOk(`${base}/models/${encodeURIComponent(chosen)}:generateContent`, {
        method: "POST",
        headers: { "x-goog-api-key": key ?? "", "content-type": "application/json" },
        body: JSON.stringify({
          contents: [{ role: "user", parts: [{ text: prompt }] }],
          generationConfig: { responseModalities: ["IMAGE"], imageConfig: { aspectRatio } },
        }),
        signal,
      });
      if (isRefusal(textOf(body))) throw new ProviderError("refused", "the content was refused.");
      const parsed = answerShape.safeParse(jsonOf(body));
      const data = parsed.data?.candidates[0]?.content.parts.find(
        ({ inlineData }) => inlineData !== undefined,
      );
      return { answer: pictureOf(data?.inlineData?.data, costMicros), costMicros };
    },
  };
}
