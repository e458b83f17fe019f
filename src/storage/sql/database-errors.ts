import { ReelburstError } from "../../support/errors.ts";

/** Node's own codes for a connection that was not made or did not last. */
const CONNECTION_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  // A Unix socket whose server is away.
  "ENOENT",
]);

/** `pg` gives these no code; each is a connection that went away or was never had. */
const CONNECTION_MESSAGES =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|timeout expired|Query read timeout)/;

/** PostgreSQL's five signs of what went wrong, or what the driver itself says; null when neither. */
export function sqlState(error: unknown): string | null {
  const source = error instanceof ReelburstError ? error.cause : error;
  if (typeof source !== "object" || source === null || !("code" in source)) return null;
  return typeof source.code === "string" ? source.code : null;
}

/** What a driver threw, as one of the codes that `Queryable` names. Ours pass through. */
export function databaseError(thrown: unknown): ReelburstError {
  if (thrown instanceof ReelburstError) return thrown;
  const state = sqlState(thrown) ?? "";
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const make = (code: string, message: string, retryable: boolean, hint?: string): ReelburstError =>
    new ReelburstError(code, message, { retryable, cause: thrown, hint });
  if (isConnectionFailure(state, text)) {
    return make("DATABASE_UNAVAILABLE", `The database does not answer: ${text}.`, true);
  }
  if (state === "57014" || state === "55P03") {
    return make("DATABASE_TIMEOUT", `The database took too long: ${text}.`, true);
  }
  if (state === "40001" || state === "40P01") {
    return make("DATABASE_CONFLICT", `Two transactions stood in each other's way: ${text}.`, true);
  }
  if (state === "53100" || state === "ENOSPC") {
    return make("DISK_FULL", `The database's disk is full: ${text}.`, false, "Free some space there.");
  }
  if (state.startsWith("28") || state === "3D000" || state === "42501") {
    const hint = "Check the user, password and database in DATABASE_URL.";
    return make("DATABASE_REFUSED", `The database refuses: ${text}.`, false, hint);
  }
  return make("DATABASE_FAILED", `The database refused a statement: ${text}.`, false);
}

function isConnectionFailure(state: string, text: string): boolean {
  // 08: connection; 57P01-57P03: shut down, crashed, starting; 53300: no connection left. 25P03: idle for too long.
  return (
    CONNECTION_CODES.has(state) ||
    /^(?:08...|57P0[1-4]|53300|25P03)$/.test(state) ||
    CONNECTION_MESSAGES.test(text)
  );
}

export function closedError(): ReelburstError {
  return new ReelburstError("DATABASE_CLOSED", "The database is closed.");
}
