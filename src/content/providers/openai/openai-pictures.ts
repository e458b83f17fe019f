import { z } from "zod";
import type { ImageModel } from "../../models/image.ts";
import { jsonOf, requestOk } from "../shared/http.ts";
import { pictureOf } from "../shared/picture-answer.ts";
import { PICTURE_PRICES } from "../shared/prices.ts";

const answerShape = z.object({ data: z.array(z.object({ b64_json: z.string() })).min(1) });

export function openaiPictures(
  model: string | null,
  keys: readonly string[],
  baseUrl: string | null,
): ImageModel {
  const chosen = model ?? "gpt-image-1";
  const costMicros = PICTURE_PRICES[chosen] ?? null;
  return {
    name: "openai",
    model: chosen,
    keys,
    estimateMicros: () => costMicros,
    call: async ({ prompt, width, height }, { key, signal }) => {
      const size = width > height * 1.1 ? "1536x1024" : height > width * 1.1 ? "1024x1536" : "1024x1024";
      const { body } = await requestOk(`${baseUrl ?? "https://api.openai.com/v1"}/images/generations`, {
        method: "POST",
        headers: { authorization: `Bearer ${key ?? ""}`, "content-type": "application/json" },
        body: JSON.stringify({ model: chosen, prompt, size, n: 1, quality: "medium" }),
        signal,
      });
      const parsed = answerShape.safeParse(jsonOf(body));
      return { answer: pictureOf(parsed.data?.data[0]?.b64_json, costMicros), costMicros };
    },
  };
}
