/** A Reelburst server over HTTP: requests, and what goes wrong with them, as errors that say what to do. */
import { openAsBlob } from "node:fs";
import { linkSignals } from "../support/abort.ts";
import { ReelburstError } from "../support/errors.ts";

export interface ServerAddress {
  readonly url: string;
  readonly key: string | null;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

const HEALTH_MS = 10_000;

/** @throws everywhere ReelburstError SERVER_UNREACHABLE, SERVER_UNEXPECTED, ABORTED, and whatever the server says */
export class ServerClient {
  readonly url: string;
  readonly #key: string | null;

  /** @param address its URL may have a path, for a server behind a proxy */
  constructor({ url, key }: ServerAddress) {
    this.url = url.replace(/\/+$/, "");
    this.#key = key;
  }

  /**
   * Asks whether it is there, and whether it speaks our language.
   * @throws ReelburstError SERVER_VERSION
   */
  async greet(version: string, signal?: AbortSignal): Promise<void> {
    const linked = linkSignals(
      ...[AbortSignal.timeout(HEALTH_MS), ...(signal === undefined ? [] : [signal])],
    );
    try {
      const health = await this.json<{ version?: unknown }>("GET", "/health", { signal: linked.signal });
      if (typeof health.version !== "string") throw this.#unexpected();
      if (seriesOf(health.version) === seriesOf(version)) return;
      throw new ReelburstError(
        "SERVER_VERSION",
        `The server at ${this.url} is version ${health.version}; this program is ${version}.`,
        { hint: `Use version ${health.version} of this program, or bring the server up to ${version}.` },
      );
    } catch (error) {
      if (signal?.aborted !== true && linked.signal.aborted) throw this.#unreachable(error);
      throw error;
    } finally {
      linked.unlink();
    }
  }

  async json<Answer>(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const response = await this.send(method, path, options);
    try {
      return (await response.json()) as Answer;
    } catch (error) {
      options.signal?.throwIfAborted();
      throw this.#unexpected(error);
    }
  }

  /** The answer of a request that succeeded; its body is the caller's to read. */
  async send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const response = await this.raw(method, path, options);
    if (response.ok) return response;
    throw await this.#refusal(response);
  }

  /** The answer whatever its status. */
  async raw(
    method: string,
    path: string,
    { body, headers = {}, signal }: RequestOptions = {},
  ): Promise<Response> {
    signal?.throwIfAborted();
    const address = this.#resolve(path);
    try {
      return await fetch(address, {
        method,
        redirect: "error",
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(this.#key === null ? {} : { authorization: `Bearer ${this.#key}` }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#unreachable(error);
    }
  }

  /** Brings the bytes from `start` to `end` (not included) of a file, as a part of it. */
  async putPart(
    path: string,
    file: string,
    part: { readonly start: number; readonly end: number; readonly total: number },
    options: { readonly onBytes: (sent: number) => void; readonly signal: AbortSignal },
  ): Promise<void> {
    const { start, end, total } = part;
    let sent = start;
    const counted = (await openAsBlob(file))
      .slice(start, end)
      .stream()
      .pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform: (chunk, controller) => {
            sent += chunk.byteLength;
            options.onBytes(sent);
            controller.enqueue(chunk);
          },
        }),
      );
    const address = this.#resolve(path);
    let response: Response;
    try {
      response = await fetch(address, {
        method: "PUT",
        redirect: "error",
        headers: {
          "content-type": "application/octet-stream",
          ...(total === 0 ? {} : { "content-range": `bytes ${start}-${end - 1}/${total}` }),
          ...(this.#key === null ? {} : { authorization: `Bearer ${this.#key}` }),
        },
        body: counted,
        duplex: "half",
        signal: options.signal,
      } as RequestInit);
    } catch (error) {
      options.signal.throwIfAborted();
      throw this.#unreachable(error);
    }
    if (!response.ok) throw await this.#refusal(response);
    await response.body?.cancel();
  }

  /** An address of the server's own, absolute or a path. What leads elsewhere never gets our key. */
  #resolve(path: string): string {
    if (!path.startsWith("/")) throw this.#unexpected();
    return `${this.url}${path}`;
  }

  async #refusal(response: Response): Promise<ReelburstError> {
    const problem = (await response.json().catch(() => null)) as {
      code?: unknown;
      detail?: unknown;
      hint?: unknown;
      path?: unknown;
      retryable?: unknown;
      issues?: unknown;
    } | null;
    if (problem === null || typeof problem.code !== "string") return this.#unexpected();
    const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
    const isAboutKeys = problem.code === "KEY_REQUIRED" || problem.code === "KEY_INVALID";
    return new ServerRefusal(
      problem.code,
      text(problem.detail) ?? `The server answered ${response.status}.`,
      {
        retryable: problem.retryable === true,
        path: text(problem.path),
        hint: isAboutKeys
          ? "Set REELBURST_API_KEY to a key of this server; who runs it can make one."
          : text(problem.hint),
      },
      Array.isArray(problem.issues) ? (problem.issues as ServerIssue[]) : [],
    );
  }

  #unreachable(cause: unknown): ReelburstError {
    return new ReelburstError("SERVER_UNREACHABLE", `No server answers at ${this.url}.`, {
      retryable: true,
      hint: "See whether it runs and whether the address is right: --server, or REELBURST_SERVER.",
      cause,
    });
  }

  #unexpected(cause?: unknown): ReelburstError {
    return new ReelburstError("SERVER_UNEXPECTED", `What answers at ${this.url} is no Reelburst server.`, {
      hint: "Correct the address: --server, or REELBURST_SERVER.",
      cause,
    });
  }
}

export interface ServerIssue {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

/** What the server said no to, with every finding. */
export class ServerRefusal extends ReelburstError {
  readonly issues: readonly ServerIssue[];

  constructor(
    code: string,
    message: string,
    details: ConstructorParameters<typeof ReelburstError>[2],
    issues: readonly ServerIssue[],
  ) {
    super(code, message, details);
    this.issues = issues;
  }
}

/** Before 1.0 every minor version may change the API. */
function seriesOf(version: string): string {
  const [major = "", minor = ""] = version.split(".");
  return major === "0" ? `0.${minor}` : major;
}
