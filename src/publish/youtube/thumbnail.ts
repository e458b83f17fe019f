import { readFile, stat } from "node:fs/promises";
import { ReelburstError } from "../../support/errors.ts";
import { readError } from "../../support/file-errors.ts";
import type { ApiClient } from "./api-client.ts";

/**
 * 2 MB by most of Google's pages about thumbnails.set, 50 MB by its newest: the smaller one is taken by both.
 */
export const THUMBNAIL_BYTES = 2_000_000;

export interface Thumbnail {
  readonly bytes: Uint8Array;
  readonly type: "image/jpeg" | "image/png";
}

/** Makes a picture fit, in the render process. */
export type ShrinkPicture = (file: string, maxBytes: number, signal: AbortSignal) => Promise<Uint8Array>;

/**
 * The picture as YouTube takes it: as it is when it is a small JPEG or PNG, else made smaller.
 * @throws ReelburstError IMAGE_UNREADABLE and the like, for what is no picture
 */
export async function openThumbnail(
  file: string,
  shrink: ShrinkPicture,
  signal: AbortSignal,
): Promise<Thumbnail> {
  try {
    if ((await stat(file)).size <= THUMBNAIL_BYTES) {
      const bytes = await readFile(file);
      const type = typeOf(bytes);
      if (type !== null) return { bytes, type };
    }
  } catch (error) {
    throw readError(error, file);
  }
  const bytes = await shrink(file, THUMBNAIL_BYTES, signal);
  if (bytes.length > THUMBNAIL_BYTES) {
    throw new ReelburstError("PUBLISH_THUMBNAIL_TOO_LARGE", `${file} can't be brought below 2 MB.`, {
      path: file,
      hint: "Give a plainer picture with --thumbnail.",
    });
  }
  return { bytes, type: "image/jpeg" };
}

/** May be sent again: the same picture twice is one. */
export async function setThumbnail(
  api: ApiClient,
  videoId: string,
  { bytes, type }: Thumbnail,
  signal: AbortSignal,
): Promise<void> {
  await api.send({
    url: `${api.servers.api}/upload/youtube/v3/thumbnails/set?${new URLSearchParams({ videoId })}`,
    method: "POST",
    headers: { "content-type": type },
    body: bytes,
    signal,
  });
}

function typeOf(bytes: Uint8Array): Thumbnail["type"] | null {
  const head = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  return head === "\x89PNG\r\n\x1a\n" ? "image/png" : null;
}
