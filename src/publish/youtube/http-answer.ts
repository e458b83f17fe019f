import { ReelburstError } from "../../support/errors.ts";
import type { RequestOptions, SafeFetch, SafeResponse } from "../../support/safe-fetch/contract.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Answers of these servers are small; more is a fault of theirs. */
const MAX_ANSWER_BYTES = 4e6;

/**
 * One request and its whole answer, whatever the status. Redirects are not followed: 308 means something else in a
 * resumable upload, and nobody should be handed a token by one.
 */
export async function request(fetch: SafeFetch, url: string, options: RequestOptions): Promise<HttpAnswer> {
  const response: SafeResponse = await fetch.request(url, {
    ...options,
    maxRedirects: 0,
    maxBytes: MAX_ANSWER_BYTES,
  });
  const parts: Uint8Array[] = [];
  for await (const part of response.body) parts.push(part);
  return {
    status: response.status,
    headers: response.headers,
    text: Buffer.concat(parts).toString("utf8"),
  };
}

/** null: no JSON object. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

export function answerInvalid(what: string, cause?: unknown): ReelburstError {
  return new ReelburstError("YOUTUBE_ANSWER_INVALID", `Google's answer ${what}.`, {
    retryable: true,
    hint: "Run the same command again; if it stays, report it.",
    cause,
  });
}
