import type { Picture } from "../../models/image.ts";
import { ProviderError } from "../../models/provider.ts";
import { pictureFormatOf } from "./picture-format.ts";

/** @throws ProviderError `malformed` */
export function pictureOf(content: string | Uint8Array | undefined, costMicros: number | null): Picture {
  const bytes = typeof content === "string" ? Buffer.from(content, "base64") : content;
  const format = bytes === undefined ? null : pictureFormatOf(bytes);
  if (bytes === undefined || format === null)
    throw new ProviderError("malformed", "the answer is no picture.", { costMicros });
  return { kind: "picture", bytes, format };
}
