import { randomBytes } from "node:crypto";
import type { ApiClient } from "./api-client.ts";

/**
 * One caption track of one language (developers.google.com/youtube/v3/docs/captions/insert). Times are in the file:
 * YouTube no longer finds them by itself.
 * @throws YouTubeError YOUTUBE_CAPTIONS_EXIST when there is one; after a lost answer that is success
 */
export async function insertCaptions(
  api: ApiClient,
  track: { readonly videoId: string; readonly language: string; readonly bytes: Uint8Array },
  signal: AbortSignal,
): Promise<void> {
  const resource = {
    snippet: { videoId: track.videoId, language: track.language, name: "", isDraft: false },
  };
  // Random, so that no caption can hold it.
  const boundary = `reelburst-${randomBytes(18).toString("hex")}`;
  const body = Buffer.concat([
    Buffer.from(
      `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(resource)}\r\n` +
        `--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`,
    ),
    track.bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  await api.send({
    url: `${api.servers.api}/upload/youtube/v3/captions?uploadType=multipart&part=snippet`,
    method: "POST",
    headers: { "content-type": `multipart/related; boundary=${boundary}` },
    body,
    signal,
  });
}
