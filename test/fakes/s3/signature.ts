/**
 * The server's half of AWS Signature Version 4, from the public description: what a request must be signed with, in
 * its headers or in its URL. Written anew, not taken from the SDK, so that the two check each other.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export interface SignedParts {
  readonly method: string;
  /** As on the wire, still escaped. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export interface Verdict {
  /** null: signed as it should be. Else S3's name for what is wrong. */
  readonly problem: string | null;
  /** What the signature says of the body: its SHA-256, or that it is unsigned. */
  readonly payload: string;
}

const FIFTEEN_MINUTES_MS = 15 * 60_000;

export function verifySignature(
  request: SignedParts,
  secrets: ReadonlyMap<string, string>,
  nowMs: number,
): Verdict {
  const isInUrl = request.query.has("X-Amz-Signature");
  const given = isInUrl ? fromUrl(request) : fromHeader(request);
  if (given === null) return { problem: "AccessDenied", payload: "" };
  const { credential, signedHeaders, signature, amzDate, payload } = given;
  const [accessKey = "", day = "", region = "", service = "", end = ""] = credential.split("/");
  const secret = secrets.get(accessKey);
  if (secret === undefined) return { problem: "InvalidAccessKeyId", payload };
  const signedAtMs = Date.parse(
    amzDate.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (Number.isNaN(signedAtMs) || !amzDate.startsWith(day)) return { problem: "AccessDenied", payload };
  if (isInUrl) {
    const lifetimeMs = Number(request.query.get("X-Amz-Expires")) * 1000;
    if (!(lifetimeMs > 0 && lifetimeMs <= 7 * 86_400_000))
      return { problem: "AuthorizationQueryParametersError", payload };
    if (nowMs > signedAtMs + lifetimeMs) return { problem: "AccessDenied", payload };
  } else if (Math.abs(nowMs - signedAtMs) > FIFTEEN_MINUTES_MS) {
    return { problem: "RequestTimeTooSkewed", payload };
  }
  // Every header of Amazon's must be signed, and the host: otherwise somebody on the way could change them.
  const needed = Object.keys(request.headers).filter((name) => name === "host" || name.startsWith("x-amz-"));
  if (needed.some((name) => !signedHeaders.includes(name))) return { problem: "AccessDenied", payload };
  const canonical = [
    request.method,
    request.path,
    canonicalQuery(request.query),
    ...signedHeaders.map((name) => `${name}:${headerText(request.headers[name])}`),
    "",
    signedHeaders.join(";"),
    payload,
  ].join("\n");
  const scope = `${day}/${region}/${service}/${end}`;
  const text = [
    "AWS4-HMAC-SHA256",
    amzDate,
    scope,
    createHash("sha256").update(canonical).digest("hex"),
  ].join("\n");
  let key: Buffer | string = `AWS4${secret}`;
  for (const part of [day, region, service, "aws4_request"])
    key = createHmac("sha256", key).update(part).digest();
  const expected = createHmac("sha256", key).update(text).digest();
  const actual = Buffer.from(signature, "hex");
  const isRight = expected.length === actual.length && timingSafeEqual(expected, actual);
  return { problem: isRight ? null : "SignatureDoesNotMatch", payload };
}

interface Given {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly amzDate: string;
  readonly payload: string;
}

function fromHeader({ headers }: SignedParts): Given | null {
  const match = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/.exec(
    headers.authorization ?? "",
  );
  if (match === null) return null;
  return {
    credential: match[1] ?? "",
    signedHeaders: (match[2] ?? "").split(";"),
    signature: match[3] ?? "",
    amzDate: headerText(headers["x-amz-date"]),
    payload: headerText(headers["x-amz-content-sha256"]),
  };
}

function fromUrl({ query }: SignedParts): Given | null {
  if (query.get("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256") return null;
  return {
    credential: query.get("X-Amz-Credential") ?? "",
    signedHeaders: (query.get("X-Amz-SignedHeaders") ?? "").split(";"),
    signature: query.get("X-Amz-Signature") ?? "",
    amzDate: query.get("X-Amz-Date") ?? "",
    payload: "UNSIGNED-PAYLOAD",
  };
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join("&");
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function headerText(header: string | readonly string[] | undefined): string {
  const text = typeof header === "string" ? header : (header ?? []).join(",");
  return text.trim().replace(/ +/g, " ");
}
