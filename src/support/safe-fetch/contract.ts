import type { ReelburstError } from "../errors.ts";

/**
 * The one way anything here reaches a URL. Only the public internet and what the settings name is connected to; no
 * cookies are kept, no proxy is taken from the environment, and nothing waits or grows without an end.
 *
 * Errors are `ReelburstError`s: URL_INVALID, URL_FORBIDDEN, URL_NOT_FOUND, FETCH_FAILED, FETCH_REDIRECTED,
 * FETCH_TIMEOUT, FETCH_TOO_LARGE, FETCH_TRUNCATED, FETCH_DAMAGED, FETCH_TYPE_REFUSED, ABORTED.
 */
export interface SafeFetch {
  /** One attempt, redirects followed. Whatever the status, it is an answer. Read the body or `discard` it. */
  request(url: string, options?: RequestOptions): Promise<SafeResponse>;
  /** The whole body of a successful answer; tried again where that can help. For small ones: it is held in memory. */
  read(url: string, options?: RequestOptions & AttemptOptions): Promise<ReadResponse>;
  /** The whole body into a file that appears whole or not at all; tried again where that can help. */
  download(url: string, filePath: string, options?: DownloadOptions): Promise<Downloaded>;
  /** Ends all connections. */
  close(): Promise<void>;
}

export interface FetchTimeouts {
  /** Resolving, connecting and TLS. */
  readonly connectMs: number;
  /** From the connection to the end of the answer's headers. */
  readonly headersMs: number;
  /** Longest wait for the next `idleBytes` of the body. */
  readonly idleMs: number;
  readonly idleBytes: number;
  /** One attempt from its beginning to the body's end, redirects included. */
  readonly totalMs: number;
}

export interface RequestOptions {
  readonly method?: "GET" | "HEAD" | "POST" | "PUT";
  /** Sent to the first origin only, but for conditions and `accept`. Never cookies. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Of the body as it is read, after any content coding. Default 64 MB. */
  readonly maxBytes?: number;
  /** Media types taken, `image/*` for a family; all when left out. Held against successful answers only. */
  readonly types?: readonly string[];
  readonly timeouts?: Partial<FetchTimeouts>;
  /** Default 5; 0 gives the redirecting answer back. */
  readonly maxRedirects?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface AttemptOptions {
  /** Default 4. */
  readonly attempts?: number;
  /** Hears of each attempt that failed and is followed by another. */
  readonly onRetry?: (error: ReelburstError, delayMs: number) => void;
}

export interface DownloadOptions extends Omit<RequestOptions, "method" | "body">, AttemptOptions {
  /** Lower-case hex; other content is FETCH_DAMAGED. */
  readonly sha256?: string;
  /** `totalBytes` is null when the server does not say. */
  readonly onBytes?: (receivedBytes: number, totalBytes: number | null) => void;
}

export interface SafeResponse {
  /** After redirects. */
  readonly url: string;
  readonly status: number;
  /** Names in lower case; several of one name are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the server announces, when the body is sent as it is. */
  readonly sizeBytes: number | null;
  /** Once. Leaving the loop early ends the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
}

export interface ReadResponse extends Pick<SafeResponse, "url" | "status" | "headers"> {
  readonly body: Uint8Array;
}

export type Downloaded =
  | {
      readonly kind: "stored";
      /** After redirects. */
      readonly url: string;
      readonly sizeBytes: number;
      /** Lower-case hex. */
      readonly sha256: string;
      readonly contentType: string | null;
      readonly etag: string | null;
      readonly lastModified: string | null;
    }
  /** The answer to a condition in `headers`: 304. No file was written. */
  | { readonly kind: "unchanged" };
