import { createHmac, timingSafeEqual } from "node:crypto";
import { MAX_SIGNED_SECONDS } from "./object-store.ts";

/**
 * Signed URLs for stores that have none of their own: our HTTP server checks them and serves the object. Pure.
 *
 * Everything the URL allows is in it and under the signature: method, key, expiry and, for an upload, the exact size,
 * type and digest. Several keys can be valid at once, so that a secret can be replaced while URLs are out.
 */
export interface UrlKey {
  /** Stands in the URL. */
  readonly id: string;
  /** At least 32 bytes of randomness. */
  readonly secret: string | Uint8Array;
}

export interface UrlGrant {
  readonly method: "GET" | "PUT";
  readonly key: string;
  /** Whole seconds since the epoch. */
  readonly expiresAt: number;
  readonly sizeBytes?: number | undefined;
  readonly contentType?: string | undefined;
  readonly sha256?: string | undefined;
  readonly downloadName?: string | undefined;
}

export type UrlVerdict =
  | { readonly isValid: true; readonly grant: UrlGrant }
  | { readonly isValid: false; readonly reason: "unsigned" | "wrong" | "expired" };

/** @returns the query, without "?". */
export function signGrant(grant: UrlGrant, signingKey: UrlKey): string {
  const query = writeGrant(grant, signingKey.id);
  query.set("signature", signatureOf(grant.key, query, signingKey).toString("base64url"));
  return query.toString();
}

/**
 * @param key the object's, from the URL's path.
 * @param method of the request; HEAD counts as GET.
 * @param nowMs wall time.
 */
export function verifyGrant(
  request: { readonly method: string; readonly key: string; readonly query: string },
  keys: readonly UrlKey[],
  nowMs: number,
): UrlVerdict {
  const query = new URLSearchParams(request.query);
  const given = query.get("signature");
  if (given === null) return { isValid: false, reason: "unsigned" };
  query.delete("signature");
  const grant = readGrant(request.key, query);
  const signingKey = keys.find(({ id }) => id === query.get("key-id"));
  if (grant === null || signingKey === undefined) return { isValid: false, reason: "wrong" };
  // Written anew: a name twice, another order or another spelling is not what was signed.
  const signed = signatureOf(grant.key, writeGrant(grant, signingKey.id), signingKey);
  const bytes = Buffer.from(given, "base64url");
  if (bytes.length !== signed.length || !timingSafeEqual(bytes, signed))
    return { isValid: false, reason: "wrong" };
  if (writeGrant(grant, signingKey.id).toString() !== query.toString())
    return { isValid: false, reason: "wrong" };
  const method = request.method === "HEAD" ? "GET" : request.method;
  if (method !== grant.method) return { isValid: false, reason: "wrong" };
  if (nowMs >= grant.expiresAt * 1000) return { isValid: false, reason: "expired" };
  return { isValid: true, grant };
}

function writeGrant(grant: UrlGrant, keyId: string): URLSearchParams {
  const query = new URLSearchParams({
    method: grant.method,
    expires: String(grant.expiresAt),
    "key-id": keyId,
  });
  if (grant.sizeBytes !== undefined) query.set("size", String(grant.sizeBytes));
  if (grant.contentType !== undefined) query.set("type", grant.contentType);
  if (grant.sha256 !== undefined) query.set("sha256", grant.sha256);
  if (grant.downloadName !== undefined) query.set("name", grant.downloadName);
  return query;
}

function readGrant(key: string, query: URLSearchParams): UrlGrant | null {
  const method = query.get("method");
  const expiresAt = Number(query.get("expires"));
  if ((method !== "GET" && method !== "PUT") || !Number.isSafeInteger(expiresAt)) return null;
  const size = query.get("size");
  return {
    method,
    key,
    expiresAt,
    sizeBytes: size === null ? undefined : Number(size),
    contentType: query.get("type") ?? undefined,
    sha256: query.get("sha256") ?? undefined,
    downloadName: query.get("name") ?? undefined,
  };
}

/** The key's length stands before it: no key and query can be cut elsewhere to give the same text. */
function signatureOf(key: string, query: URLSearchParams, { secret }: UrlKey): Buffer {
  return createHmac("sha256", secret).update(`reelburst-url-1\n${key.length}\n${key}\n${query}`).digest();
}

/**
 * Whole seconds since the epoch.
 * @throws {RangeError} a URL that is valid for longer than a week, or for no time, is a mistake in the program.
 */
export function expiryOf(nowMs: number, expiresInSeconds: number): number {
  if (!(expiresInSeconds > 0 && expiresInSeconds <= MAX_SIGNED_SECONDS)) {
    throw new RangeError(`A signed URL can't be valid for ${expiresInSeconds} s.`);
  }
  return Math.ceil(nowMs / 1000 + expiresInSeconds);
}
