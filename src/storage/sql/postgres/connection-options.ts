import { readFileSync } from "node:fs";
import type { ClientConfig } from "pg";
import { ReelburstError } from "../../../support/errors.ts";

const SSL_MODES = ["disable", "require", "verify-full"] as const;
type SslMode = (typeof SSL_MODES)[number];

/**
 * What `pg` is given for a DATABASE_URL.
 *
 * `sslmode` means what it means to PostgreSQL's own tools, and is read here because `pg` gives `require` another
 * meaning from one version to the next: `disable` (the default), `require` (encrypted, whoever answers),
 * `verify-full` (encrypted, and the certificate must be the host's; `sslrootcert` names a file with the authority).
 * `prefer` and `allow` are refused: they let whoever sits in between choose.
 *
 * @throws {ReelburstError} `DATABASE_URL_INVALID`. The message never holds the password.
 */
export function connectionOptions(url: string): Pick<ClientConfig, "connectionString" | "ssl"> {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw invalid("is no URL");
  }
  if (parsed.protocol !== "postgres:" && parsed.protocol !== "postgresql:") {
    throw invalid(`begins with ${parsed.protocol}//, not with postgres://`);
  }
  const mode = parsed.searchParams.get("sslmode") ?? "disable";
  const root = parsed.searchParams.get("sslrootcert");
  parsed.searchParams.delete("sslmode");
  parsed.searchParams.delete("sslrootcert");
  if (!isSslMode(mode)) throw invalid(`has sslmode=${mode}; known are ${SSL_MODES.join(", ")}`);
  return { connectionString: parsed.href, ssl: sslOf(mode, root) };
}

/** For logs and messages: where, and nothing secret. */
export function describeUrl(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname === "" ? "local socket" : hostname}${port === "" ? "" : `:${port}`}${pathname}`;
  } catch {
    return "the database";
  }
}

function sslOf(mode: SslMode, root: string | null): NonNullable<ClientConfig["ssl"]> | false {
  switch (mode) {
    case "disable":
      return false;
    case "require":
      return { rejectUnauthorized: false };
    case "verify-full":
      return { rejectUnauthorized: true, ...(root === null ? {} : { ca: readRoot(root) }) };
  }
}

function readRoot(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw invalid(`names sslrootcert=${file}, which cannot be read`, error);
  }
}

function isSslMode(mode: string): mode is SslMode {
  return (SSL_MODES as readonly string[]).includes(mode);
}

function invalid(problem: string, cause?: unknown): ReelburstError {
  return new ReelburstError("DATABASE_URL_INVALID", `DATABASE_URL ${problem}.`, {
    hint: "Write it as postgres://user:password@host:5432/database?sslmode=verify-full.",
    cause,
  });
}
