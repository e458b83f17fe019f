import { ReelburstError } from "../support/errors.ts";

/** The failures every store has in common; `path` is the object's key. */

export function objectNotFound(key: string, cause?: unknown): ReelburstError {
  return new ReelburstError("OBJECT_NOT_FOUND", `There is no object ${key} in the store.`, {
    path: key,
    hint: "It may have been deleted, or kept for its retention time only.",
    cause,
  });
}

export function objectExists(key: string, cause?: unknown): ReelburstError {
  return new ReelburstError("OBJECT_EXISTS", `There is already an object ${key}.`, {
    path: key,
    hint: "Use the one that is there, or choose another name.",
    cause,
  });
}

export function digestMismatch(key: string, cause?: unknown): ReelburstError {
  return new ReelburstError(
    "OBJECT_DIGEST_MISMATCH",
    `The bytes of ${key} are not those that were announced: their SHA-256 differs.`,
    {
      path: key,
      retryable: true,
      hint: "Send or fetch it again; if it stays, the source is damaged.",
      cause,
    },
  );
}

export function sizeMismatch(key: string, wantedBytes: number, actualBytes: number): ReelburstError {
  return new ReelburstError(
    "OBJECT_SIZE_MISMATCH",
    `${key} was to have ${wantedBytes} bytes, and ${actualBytes} came.`,
    { path: key, retryable: true, hint: "Send it again, whole." },
  );
}

export function objectTooLarge(key: string, maxBytes: number | null, cause?: unknown): ReelburstError {
  const limit = maxBytes === null ? "the store takes" : `the ${maxBytes} bytes allowed`;
  return new ReelburstError("OBJECT_TOO_LARGE", `${key} is larger than ${limit}.`, {
    path: key,
    hint: "Send a smaller file, or raise the limit.",
    cause,
  });
}

export function rangeInvalid(key: string, cause?: unknown): ReelburstError {
  return new ReelburstError("OBJECT_RANGE_INVALID", `${key} has no such range of bytes.`, {
    path: key,
    hint: "Ask for bytes within the object.",
    cause,
  });
}

/** @param retryAfter what to wait for, when the store has said so. */
export function storageUnavailable(location: string, cause: unknown): ReelburstError {
  return new ReelburstError("STORAGE_UNAVAILABLE", `The store ${location} does not answer as it should.`, {
    path: location,
    retryable: true,
    hint: "Try again; if it stays, check the network and the store's own state.",
    cause,
  });
}

export function storageUnsupported(location: string, what: string, cause?: unknown): ReelburstError {
  return new ReelburstError("STORAGE_UNSUPPORTED", `The store ${location} has no ${what}.`, {
    path: location,
    hint: "Turn it off in STORAGE_URL, or use a store that has it.",
    cause,
  });
}
