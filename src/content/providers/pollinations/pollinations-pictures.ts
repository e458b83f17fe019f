import { digestOf } from "../../../support/hash.ts";
import type { ImageModel } from "../../models/image.ts";
import { requestOk } from "../shared/http.ts";
import { pictureOf } from "../shared/picture-answer.ts";

/** Longer addresses are cut by servers between here and there. */
const MOST_PROMPT = 900;

/** Works without a key; with one it is asked for more often. */
export function pollinationsPictures(
  model: string | null,
  keys: readonly string[],
  baseUrl: string | null,
): ImageModel {
  const chosen = model ?? "flux";
  return {
    name: "pollinations",
    model: chosen,
    keys: keys.length === 0 ? null : keys,
    estimateMicros: () => 0,
    call: async ({ prompt, width, height }, { key, signal }) => {
      const query = new URLSearchParams({
        model: chosen,
        width: String(width),
        height: String(height),
        nologo: "true",
        // The same prompt gives the same picture.
        seed: String(Number.parseInt(digestOf(prompt).slice(0, 7), 16)),
      });
      const { body } = await requestOk(
        `${baseUrl ?? "https://image.pollinations.ai"}/prompt/${encodeURIComponent(prompt.slice(0, MOST_PROMPT))}?${query}`,
        { headers: key === null ? {} : { authorization: `Bearer ${key}` }, signal },
      );
      return { answer: pictureOf(body, 0), costMicros: 0 };
    },
  };
}
