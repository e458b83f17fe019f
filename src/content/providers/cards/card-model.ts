import type { ImageModel } from "../../models/image.ts";
import { ProviderError } from "../../models/provider.ts";

/** Sets a segment's words as a card; it is drawn with the film. */
export function cardModel(): ImageModel {
  return {
    name: "cards",
    model: "1",
    keys: null,
    fresh: true,
    estimateMicros: () => 0,
    call: async ({ card }) => {
      if (card === null) throw new ProviderError("unsupported", "the segment has no words for a card.");
      return { answer: { kind: "card", card }, costMicros: 0 };
    },
  };
}
