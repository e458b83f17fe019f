import { ReelburstError } from "../support/errors.ts";

/** The HTTP API as the tools use it: the same requests, wherever they go. */
export interface Api {
  /** Whatever the status; the body is parsed JSON. */
  request(
    method: "GET" | "POST",
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<ApiAnswer>;
  /** Makes sources of the caller's own known to the server. Default: they are assets already. */
  bring?(document: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
  /** A path of the server as an address that the caller can open. */
  address(path: string): string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A refusal as it came: an agent needs every finding to mend its document. */
export class ApiRefusal extends ReelburstError {
  readonly issues: readonly unknown[];

  constructor(error: ConstructorParameters<typeof ReelburstError>, issues: readonly unknown[]) {
    super(...error);
    this.issues = issues;
  }
}

/** @throws ApiRefusal */
export function requireSuccess({ status, body }: ApiAnswer): unknown {
  if (status >= 200 && status < 300) return body;
  const problem = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const text = (name: string): string | undefined => {
    const value = problem[name];
    return typeof value === "string" ? value : undefined;
  };
  const issues = problem["issues"];
  throw new ApiRefusal(
    [
      text("code") ?? "INTERNAL",
      text("detail") ?? `The server answered ${status}.`,
      { retryable: problem["retryable"] === true, path: text("path"), hint: text("hint") },
    ],
    Array.isArray(issues) ? issues : [],
  );
}
