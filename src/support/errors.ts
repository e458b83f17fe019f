/**
 * One error shape for everything a user or a caller can meet.
 *
 * Nobody matches on message text: `code` is the stable name, `retryable` decides retries,
 * `path` points into the user's input, `hint` says what to do next.
 */
export class ReelburstError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  /** Where in the input: a JSON path such as `scenes[2].image.src`, or a file path. */
  readonly path: string | undefined;
  /** One sentence in the imperative: what the user can do about it. */
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "ReelburstError";
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.path = details.path;
    this.hint = details.hint;
  }

  /** Plain data, safe to send over IPC, to log and to print as JSON. The cause is left out on purpose. */
  toJSON(): SerializedError {
    return {
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      ...(this.path === undefined ? {} : { path: this.path }),
      ...(this.hint === undefined ? {} : { hint: this.hint }),
    };
  }

  static fromJSON(error: SerializedError): ReelburstError {
    return new ReelburstError(error.code, error.message, error);
  }

  /** Wraps anything thrown; a ReelburstError passes through unchanged. */
  static from(thrown: unknown, code = "INTERNAL"): ReelburstError {
    if (thrown instanceof ReelburstError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new ReelburstError(code, message, { cause: thrown });
  }
}

export interface ErrorDetails {
  readonly retryable?: boolean;
  readonly path?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

export interface SerializedError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly path?: string;
  readonly hint?: string;
}
