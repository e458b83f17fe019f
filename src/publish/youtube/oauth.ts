/**
 * OAuth 2.0 for installed programs (RFC 8252, 7636, 8628) as Google speaks it. Our own few requests and not
 * google-auth-library's: that one has no device flow, and its requests do not go through `SafeFetch`.
 */
import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { ReelburstError } from "../../support/errors.ts";
import type { SafeFetch } from "../../support/safe-fetch/contract.ts";
import { isRetryableStatus } from "../../support/safe-fetch/fetch-errors.ts";
import type { GoogleServers } from "./google-servers.ts";
import { answerInvalid, type HttpAnswer, jsonObject, request } from "./http-answer.ts";

/** From the Google Cloud console. The "secret" of an installed program is none, and Google wants it all the same. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string | null;
}

export interface OAuthTools {
  readonly fetch: SafeFetch;
  readonly servers: GoogleServers;
  readonly client: OAuthClient;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface Grant {
  readonly accessToken: string;
  /** null: the one that was used stays valid. */
  readonly refreshToken: string | null;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** What was granted, which may be less than was asked for; null: as before. */
  readonly scopes: readonly string[] | null;
}

const grantSchema = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.number().positive(),
  scope: z.string().optional(),
});

export interface Pkce {
  readonly verifier: string;
  /** S256. */
  readonly challenge: string;
}

export function createPkce(): Pkce {
  const verifier = randomBytes(48).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

export async function exchangeCode(
  code: string,
  redirectUri: string,
  verifier: string,
  tools: OAuthTools,
  signal: AbortSignal,
): Promise<Grant> {
  const fields = {
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
  return grantFrom(await postForm(tools.servers.token, fields, tools, signal), tools.now());
}

/** @throws ReelburstError YOUTUBE_ACCESS_REVOKED, YOUTUBE_CLIENT_REFUSED, YOUTUBE_UNAVAILABLE (retryable) */
export async function refresh(refreshToken: string, tools: OAuthTools, signal: AbortSignal): Promise<Grant> {
  const fields = { grant_type: "refresh_token", refresh_token: refreshToken };
  return grantFrom(await postForm(tools.servers.token, fields, tools, signal), tools.now());
}

/** @returns false when Google does not know the token any more */
export async function revoke(token: string, tools: OAuthTools, signal: AbortSignal): Promise<boolean> {
  const answer = await postForm(tools.servers.revoke, { token }, tools, signal, false);
  if (answer.status === 200) return true;
  if (answer.status === 400) return false;
  throw oauthError(answer);
}

/** Sends a form; the client's id and secret go along unless `identify` is false. */
export function postForm(
  url: string,
  fields: Readonly<Record<string, string>>,
  { fetch, client }: OAuthTools,
  signal: AbortSignal,
  identify = true,
): Promise<HttpAnswer> {
  const all = {
    ...fields,
    ...(identify && { client_id: client.id }),
    ...(identify && client.secret !== null && { client_secret: client.secret }),
  };
  return request(fetch, url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams(all).toString(),
    signal,
  });
}

export function grantFrom(answer: HttpAnswer, now: number): Grant {
  if (answer.status !== 200) throw oauthError(answer);
  const read = grantSchema.safeParse(jsonObject(answer.text));
  // The text itself is not passed on: it may hold a token.
  if (!read.success) throw answerInvalid("to the login holds no token");
  const { access_token, refresh_token, expires_in, scope } = read.data;
  return {
    accessToken: access_token,
    refreshToken: refresh_token ?? null,
    expiresAtMs: now + expires_in * 1000,
    scopes: scope?.split(" ").filter((each) => each !== "") ?? null,
  };
}

/** OAuth's own word for a refusal: `invalid_grant`, `slow_down`. */
export function oauthWord({ text }: HttpAnswer): string | null {
  const word = jsonObject(text)?.["error"];
  return typeof word === "string" ? word : null;
}

export function oauthError(answer: HttpAnswer): ReelburstError {
  const word = oauthWord(answer);
  switch (word) {
    case "invalid_grant":
      return new ReelburstError(
        "YOUTUBE_ACCESS_REVOKED",
        "Google does not accept the login any more: it was revoked, its password was changed, or it has expired.",
        {
          hint: 'Log in again with "publish login youtube". Logins of a project in testing end after seven days.',
        },
      );
    case "invalid_client":
    case "unauthorized_client":
    case "deleted_client":
      return new ReelburstError(
        "YOUTUBE_CLIENT_REFUSED",
        "Google does not know the OAuth client, or its secret.",
        {
          path: "YOUTUBE_CLIENT_ID",
          hint: "Check YOUTUBE_CLIENT_ID and YOUTUBE_CLIENT_SECRET, and that the client is of the type the flow wants.",
        },
      );
    case "access_denied":
      return new ReelburstError("YOUTUBE_LOGIN_REFUSED", "The login was refused on Google's page.", {
        hint: "Log in again and allow it; a project in testing admits only its test users.",
      });
    default:
  }
  if (isRetryableStatus(answer.status)) {
    return new ReelburstError("YOUTUBE_UNAVAILABLE", `Google's login answered with HTTP ${answer.status}.`, {
      retryable: true,
      hint: "Run the same command later.",
    });
  }
  return new ReelburstError(
    "YOUTUBE_LOGIN_REFUSED",
    `Google refuses the login (HTTP ${answer.status}${word === null ? "" : `, ${word.slice(0, 60)}`}).`,
    { hint: "Check the OAuth client in the Google Cloud console." },
  );
}
