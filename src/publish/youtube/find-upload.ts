import type { ApiClient } from "./api-client.ts";
import { mayRead } from "./google-servers.ts";
import { jsonObject } from "./http-answer.ts";
import type { UploadedVideo } from "./upload-session.ts";

export type FoundUpload =
  | { readonly kind: "found"; readonly video: UploadedVideo }
  | { readonly kind: "absent" }
  /** The login may not look. */
  | { readonly kind: "unknown" };

/**
 * Is there a video among the channel's latest that has this size, this title, and is no older than the session? The last
 * resort of an upload whose session is gone; title or size alone would take another film for this one.
 * `fileDetails` is shown to a video's owner only (developers.google.com/youtube/v3/docs/videos#fileDetails).
 */
export async function findUpload(
  api: ApiClient,
  wanted: { readonly sizeBytes: number; readonly title: string; readonly sinceMs: number },
  signal: AbortSignal,
): Promise<FoundUpload> {
  if (!mayRead(api.scopes())) return { kind: "unknown" };
  const get = async (path: string): Promise<readonly unknown[]> => {
    const { text } = await api.send({ url: `${api.servers.api}/youtube/v3/${path}`, signal });
    const items = jsonObject(text)?.["items"];
    return Array.isArray(items) ? (items as unknown[]) : [];
  };
  const [channel] = await get("channels?part=contentDetails&mine=true");
  const playlist = field(channel, "contentDetails", "relatedPlaylists", "uploads");
  if (typeof playlist !== "string") return { kind: "unknown" };
  const query = new URLSearchParams({ part: "contentDetails", maxResults: "50", playlistId: playlist });
  const ids = (await get(`playlistItems?${query}`))
    .map((item) => field(item, "contentDetails", "videoId"))
    .filter((id) => typeof id === "string");
  if (ids.length === 0) return { kind: "absent" };
  const videos = await get(
    `videos?${new URLSearchParams({ part: "snippet,status,fileDetails", id: ids.join(",") })}`,
  );
  for (const video of videos) {
    const id = field(video, "id");
    const at = Date.parse(String(field(video, "snippet", "publishedAt")));
    if (typeof id !== "string" || field(video, "snippet", "title") !== wanted.title) continue;
    // A minute for clocks that differ.
    if (!(at >= wanted.sinceMs - 60_000)) continue;
    const size = field(video, "fileDetails", "fileSize");
    // While YouTube still works on a video it does not tell its size: then nobody can say.
    if (size === undefined) return { kind: "unknown" };
    if (Number(size) !== wanted.sizeBytes) continue;
    const text = (...path: string[]): string | null => {
      const value = field(video, ...path);
      return typeof value === "string" ? value : null;
    };
    return {
      kind: "found",
      video: {
        id,
        channelId: text("snippet", "channelId"),
        privacyStatus: text("status", "privacyStatus"),
        publishAt: text("status", "publishAt"),
      },
    };
  }
  return { kind: "absent" };
}

function field(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}
