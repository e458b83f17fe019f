/**
 * The resumable protocol, one request a function
 * (developers.google.com/youtube/v3/guides/using_resumable_upload_protocol). Whoever calls decides what an answer means.
 */
import { ReelburstError } from "../../support/errors.ts";
import type { ApiClient } from "./api-client.ts";
import { YouTubeError } from "./api-error.ts";
import { answerInvalid, type HttpAnswer, jsonObject } from "./http-answer.ts";

/** All but the last chunk are a multiple of it. */
export const CHUNK_UNIT = 256 * 1024;

export interface UploadedVideo {
  readonly id: string;
  readonly channelId: string | null;
  readonly privacyStatus: string | null;
  readonly publishAt: string | null;
}

export type SessionState =
  | { readonly kind: "open"; readonly receivedBytes: number }
  | { readonly kind: "complete"; readonly video: UploadedVideo }
  /** Unknown to the server: it has ended, or never was. */
  | { readonly kind: "gone" };

/** Long enough for a chunk on a slow line; one that takes longer is cut smaller by the caller. */
export const CHUNK_MS = 5 * 60_000;

/** @returns the session's address */
export async function startSession(
  api: ApiClient,
  resource: unknown,
  film: { readonly sizeBytes: number },
  signal: AbortSignal,
): Promise<string> {
  const answer = await api.send({
    url: `${api.servers.api}/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status`,
    method: "POST",
    headers: {
      "content-type": "application/json; charset=UTF-8",
      "x-upload-content-type": "video/mp4",
      "x-upload-content-length": `${film.sizeBytes}`,
    },
    body: JSON.stringify(resource),
    signal,
  });
  const location = answer.headers["location"];
  if (location === undefined || !isGoogles(location, api.servers.api))
    throw answerInvalid("names no address to upload to");
  return location;
}

/** The film and the login go to this address: it must be Google's, or the stand-in's of a test. */
export function isGoogles(address: string, apiOrigin: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, origin } = new URL(address);
  return origin === apiOrigin || (protocol === "https:" && hostname.endsWith(".googleapis.com"));
}

/** How far the server is. */
export async function askSession(
  api: ApiClient,
  uri: string,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<SessionState> {
  return stateOf(
    () =>
      api.send({
        url: uri,
        method: "PUT",
        headers: { "content-range": `bytes */${sizeBytes}` },
        body: new Uint8Array(0),
        signal,
      }),
    sizeBytes,
  );
}

export async function sendChunk(
  api: ApiClient,
  uri: string,
  chunk: {
    readonly bytes: Uint8Array;
    readonly offset: number;
    readonly sizeBytes: number;
    readonly timeoutMs: number;
  },
  signal: AbortSignal,
): Promise<SessionState> {
  const { bytes, offset, sizeBytes, timeoutMs } = chunk;
  return stateOf(
    () =>
      api.send({
        url: uri,
        method: "PUT",
        headers: {
          "content-type": "video/mp4",
          "content-range": `bytes ${offset}-${offset + bytes.length - 1}/${sizeBytes}`,
        },
        body: bytes,
        timeouts: { headersMs: timeoutMs, totalMs: timeoutMs + 60_000 },
        signal,
      }),
    sizeBytes,
  );
}

async function stateOf(ask: () => Promise<HttpAnswer>, sizeBytes: number): Promise<SessionState> {
  let answer: HttpAnswer;
  try {
    answer = await ask();
  } catch (error) {
    if (error instanceof YouTubeError && (error.status === 404 || error.status === 410))
      return { kind: "gone" };
    throw error;
  }
  if (answer.status === 308) return { kind: "open", receivedBytes: receivedBytes(answer, sizeBytes) };
  return { kind: "complete", video: videoOf(answer) };
}

/** `Range: bytes=0-524287`; no header means nothing yet. */
function receivedBytes({ headers }: HttpAnswer, sizeBytes: number): number {
  const range = headers["range"];
  if (range === undefined) return 0;
  const end = /^(?:bytes=)?0-(\d{1,15})$/.exec(range.trim())?.[1];
  const received = end === undefined ? Number.NaN : Number(end) + 1;
  if (!(received <= sizeBytes)) throw answerInvalid(`holds the range ${JSON.stringify(range.slice(0, 60))}`);
  return received;
}

function videoOf({ text }: HttpAnswer): UploadedVideo {
  const resource = jsonObject(text);
  const id = resource?.["id"];
  // Asked again, the session answers with the same resource.
  if (typeof id !== "string" || !/^[\w-]{1,64}$/.test(id))
    throw answerInvalid("to the last byte names no video");
  const part = (name: string, field: string): string | null => {
    const value = (resource?.[name] as Record<string, unknown> | undefined)?.[field];
    return typeof value === "string" ? value : null;
  };
  return {
    id,
    channelId: part("snippet", "channelId"),
    privacyStatus: part("status", "privacyStatus"),
    publishAt: part("status", "publishAt"),
  };
}

export function uploadUncertain(title: string): ReelburstError {
  return new ReelburstError(
    "YOUTUBE_UPLOAD_UNCERTAIN",
    `Every byte of ${JSON.stringify(title)} was sent, YouTube never confirmed it, and the session is gone: the video may exist.`,
    {
      hint: "Look in YouTube Studio. If it is there, run again with --video-id <its id>; if not, with --again.",
    },
  );
}
