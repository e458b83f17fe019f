import { abortError } from "../abort.ts";
import { ReelburstError } from "../errors.ts";
import { systemCode } from "../file-errors.ts";

/** A URL as messages may show it: without query and credentials, where signatures and keys stand; one bounded line. */
export function shownUrl(url: URL | string): string {
  const parsed = typeof url === "string" ? (URL.canParse(url) ? new URL(url) : null) : url;
  if (parsed === null) return "the URL";
  const text = `${parsed.origin}${parsed.pathname}`;
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/**
 * One message for every address that is not public, and nothing about what answers there: whoever sends URLs must
 * not learn from the refusals what stands in the network behind.
 */
export function forbiddenUrl(url: URL | string): ReelburstError {
  return new ReelburstError("URL_FORBIDDEN", `${shownUrl(url)} is not on the public internet.`, {
    hint: "Use a public address; a private server must be named in the settings of whoever runs this program.",
  });
}

export function truncated(url: URL | string, cause?: unknown): ReelburstError {
  return new ReelburstError("FETCH_TRUNCATED", `${shownUrl(url)} broke off before its end.`, {
    retryable: true,
    hint: "Try again; if it stays, the server sends less than it announces.",
    cause,
  });
}

export function timedOut(url: URL | string, what: string, timeoutMs: number): ReelburstError {
  return new ReelburstError("FETCH_TIMEOUT", `${shownUrl(url)} ${what} within ${timeoutMs / 1000} s.`, {
    retryable: true,
    hint: "Try again later, or download the file by hand and name its path.",
  });
}

export function tooLarge(url: URL | string, why: string): ReelburstError {
  return new ReelburstError("FETCH_TOO_LARGE", `${shownUrl(url)} ${why}.`, {
    hint: "Use a smaller file.",
  });
}

/** What a final answer other than success means; null for success. */
export function statusError(url: URL | string, status: number): ReelburstError | null {
  if (status >= 200 && status < 300) return null;
  const shown = shownUrl(url);
  if (status === 404 || status === 410) {
    return new ReelburstError("URL_NOT_FOUND", `There is nothing at ${shown} (HTTP ${status}).`, {
      hint: "Check the URL; signed links expire.",
    });
  }
  if (status === 401 || status === 403) {
    return new ReelburstError(
      "FETCH_FAILED",
      `${shown} may not be read without signing in (HTTP ${status}).`,
      {
        hint: "Use a link that needs no account; signed links expire.",
      },
    );
  }
  return new ReelburstError("FETCH_FAILED", `${shown} answered with HTTP ${status}.`, {
    retryable: isRetryableStatus(status),
    hint: isRetryableStatus(status)
      ? "Try again later."
      : "Open the URL in a browser to see what it answers.",
  });
}

export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** How Node and undici name the two ways of not getting through. */
const UNANSWERED = /^(?:UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/;
const UNRESOLVED = /^(?:ENOTFOUND|ENODATA|EAI_AGAIN|EAI_NONAME)$/;

/** How TLS says that a certificate is not to be trusted; another attempt meets the same certificate. */
const CERTIFICATE = /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/;

/**
 * Anything a request can throw, as our error. System messages are not passed on: they name the address that was
 * connected to.
 * @param phase whether an answer had begun: what breaks off later is a truncated one
 */
export function fetchError(
  thrown: unknown,
  url: URL,
  phase: "request" | "body",
  signal: AbortSignal,
): ReelburstError {
  const own = ownError(thrown);
  if (own !== null) return own;
  if (signal.aborted) return abortError(signal);
  const code = systemCode(thrown) ?? "";
  if (UNANSWERED.test(code)) {
    return new ReelburstError("FETCH_TIMEOUT", `${url.host} can't be reached: nothing answers in time.`, {
      retryable: true,
      hint: "Check the URL's host and port, or try again later.",
      cause: thrown,
    });
  }
  if (phase === "body") return truncated(url, thrown);
  if (UNRESOLVED.test(code)) {
    return new ReelburstError("FETCH_FAILED", `No address is known for ${url.hostname}.`, {
      // A name server out of reach answers the same on some systems.
      retryable: true,
      hint: "Check the host's spelling and this machine's connection.",
      cause: thrown,
    });
  }
  if (CERTIFICATE.test(code)) {
    return new ReelburstError("FETCH_FAILED", `${url.host} shows a certificate that can't be trusted.`, {
      hint: "Check the URL's host; a certificate of your own can be named in NODE_EXTRA_CA_CERTS.",
      cause: thrown,
    });
  }
  return new ReelburstError("FETCH_FAILED", `${url.host} could not be reached or did not answer in HTTP.`, {
    retryable: true,
    hint: "Check the URL, or try again later.",
    cause: thrown,
  });
}

/** A refusal of our connector may arrive wrapped: Node gathers failed addresses in one AggregateError. */
function ownError(thrown: unknown): ReelburstError | null {
  for (let current = thrown, depth = 0; depth < 4; depth++) {
    if (current instanceof ReelburstError) return current;
    if (!(current instanceof Error)) return null;
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return null;
}
