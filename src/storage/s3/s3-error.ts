import { abortError } from "../../support/abort.ts";
import { ReelburstError } from "../../support/errors.ts";
import {
  digestMismatch,
  objectExists,
  objectNotFound,
  objectTooLarge,
  rangeInvalid,
  storageUnavailable,
  storageUnsupported,
} from "../storage-errors.ts";

export interface S3ErrorContext {
  readonly location: string;
  /** null: the request was about the bucket. */
  readonly key: string | null;
  readonly signal?: AbortSignal | undefined;
}

/** What the SDK threw, as one of ours. Names and status codes only: texts differ from store to store. */
export function s3Error(thrown: unknown, { location, key, signal }: S3ErrorContext): ReelburstError {
  if (thrown instanceof ReelburstError) return thrown;
  if (signal?.aborted) return abortError(signal);
  const name = textOf(thrown, "name") || textOf(thrown, "Code");
  const status = statusOf(thrown);
  if (name === "NoSuchBucket") return misconfigured(location, "has no such bucket", thrown);
  if (WRONG_PLACE.has(name)) return misconfigured(location, "is in another region", thrown);
  if (name === "NotImplemented" || status === 501)
    return storageUnsupported(location, "such function", thrown);
  if (key !== null) {
    if (name === "NoSuchKey" || status === 404) return objectNotFound(key, thrown);
    if (name === "PreconditionFailed" || status === 412) return objectExists(key, thrown);
    if (name === "EntityTooLarge" || status === 413) return objectTooLarge(key, null, thrown);
    if (name === "InvalidRange" || status === 416) return rangeInvalid(key, thrown);
    if (DAMAGED.has(name)) return digestMismatch(key, thrown);
  }
  if (DENIED.has(name) || status === 401 || status === 403) return denied(location, thrown);
  // 409: two conditional writes met; Amazon asks to try again. Without a status, no answer came.
  const isTransient =
    status === undefined || status >= 500 || TRANSIENT.has(name) || [408, 409, 429].includes(status);
  if (isTransient) return storageUnavailable(location, thrown);
  return new ReelburstError(
    "STORAGE_REFUSED",
    `The store ${location} refused the request: ${name || status}.`,
    {
      path: key ?? location,
      hint: "Check the settings in STORAGE_URL against what the store supports.",
      cause: thrown,
    },
  );
}

const WRONG_PLACE: ReadonlySet<string> = new Set([
  "PermanentRedirect",
  "AuthorizationHeaderMalformed",
  "IllegalLocationConstraintException",
]);
const DAMAGED: ReadonlySet<string> = new Set(["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"]);
const TRANSIENT: ReadonlySet<string> = new Set([
  "SlowDown",
  "RequestTimeout",
  "OperationAborted",
  "ThrottlingException",
]);
const DENIED: ReadonlySet<string> = new Set([
  "AccessDenied",
  "CredentialsProviderError",
  "ExpiredToken",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "TokenProviderError",
]);

function denied(location: string, cause: unknown): ReelburstError {
  return new ReelburstError("STORAGE_DENIED", `The store ${location} does not let us in.`, {
    path: location,
    hint: "Check the credentials, their rights on the bucket, and this machine's clock.",
    cause,
  });
}

function misconfigured(location: string, what: string, cause: unknown): ReelburstError {
  return new ReelburstError("STORAGE_MISCONFIGURED", `The store ${location} ${what}.`, {
    path: location,
    hint: "Correct bucket, region and endpoint in STORAGE_URL; the bucket must exist.",
    cause,
  });
}

function textOf(thrown: unknown, field: string): string {
  if (typeof thrown !== "object" || thrown === null) return "";
  const value = (thrown as Record<string, unknown>)[field];
  return typeof value === "string" ? value : "";
}

function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  const metadata = (thrown as { $metadata?: { httpStatusCode?: unknown } }).$metadata;
  return typeof metadata?.httpStatusCode === "number" ? metadata.httpStatusCode : undefined;
}
