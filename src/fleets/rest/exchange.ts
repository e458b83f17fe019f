/** REST with JSON, for clouds that we speak to without an SDK. Answers are read field by field: what is missing is null. */
import { sleep, throwIfAborted } from "../../support/abort.ts";
import type { Clock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { Random } from "../../support/random.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ApiContext {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ApiCall {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** JSON that is text already: megabytes are made into text once. */
  readonly rawBody?: string;
  readonly signal?: AbortSignal | undefined;
}

/** An answer that is not 2xx, or none at all. */
export class ApiFailure extends Error {
  /** HTTP status; null: no answer. */
  readonly status: number | null;

  constructor(status: number | null, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "ApiFailure";
    this.status = status;
  }

  /** Turned away at the door: nothing was done. */
  get isThrottled(): boolean {
    return this.status === 429;
  }

  get isTransient(): boolean {
    return this.status === null || this.status >= 500 || this.isThrottled;
  }
}

const TRIES = 5;
const FIRST_WAIT_MS = 500;
const TIMEOUT_MS = 60_000;
const MAX_BYTES = 20e6;

/** One exchange. @throws ApiFailure */
export async function exchange({ fetch }: Pick<ApiContext, "fetch">, call: ApiCall): Promise<unknown> {
  const { method, url, headers, body, rawBody, signal } = call;
  const sent = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers: { accept: "application/json", "content-type": "application/json", ...headers },
      ...(sent !== undefined && { body: sent }),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      // A redirect would carry the key to whoever is named.
      redirect: "error",
    });
    text = await response.text();
  } catch (thrown) {
    throwIfAborted(signal);
    throw new ApiFailure(null, "no answer", thrown);
  }
  if (!response.ok) throw new ApiFailure(response.status, `${response.status}: ${messageOf(text)}`);
  if (text.length > MAX_BYTES) throw new ApiFailure(null, "an answer without end");
  try {
    return text === "" ? null : JSON.parse(text);
  } catch (thrown) {
    throw new ApiFailure(null, "an answer that is no JSON", thrown);
  }
}

/** Repeated on what passes, with full jitter: for calls that only read, or that may be repeated. @throws ApiFailure */
export async function exchangeAgain(
  context: ApiContext,
  call: ApiCall,
  worthIt: (failure: ApiFailure) => boolean = (failure) => failure.isTransient,
): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await exchange(context, call);
    } catch (thrown) {
      if (!(thrown instanceof ApiFailure) || attempt === TRIES || !worthIt(thrown)) throw thrown;
      const waitMs = Math.floor(context.random() * FIRST_WAIT_MS * 2 ** attempt);
      await sleep(waitMs, { clock: context.clock, signal: call.signal });
    }
  }
}

export function apiError(thrown: unknown, who: string): ReelburstError {
  if (!(thrown instanceof ApiFailure)) return ReelburstError.from(thrown, "FLEET_FAILED");
  if (thrown.isTransient) {
    return new ReelburstError(
      "CLOUD_UNAVAILABLE",
      `${who} does not answer as it should (${thrown.message}).`,
      { retryable: true, cause: thrown },
    );
  }
  const isKey = thrown.status === 401 || thrown.status === 403;
  return new ReelburstError("CLOUD_REFUSED", `${who} refuses (${thrown.message}).`, {
    cause: thrown,
    hint: isKey ? "Make a new API key." : thrown.status === 402 ? "Add credit to the account." : undefined,
  });
}

/** Shown only, and short: it comes from outside. */
function messageOf(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
    const words = typeof message === "string" ? message : error;
    return typeof words === "string" ? words.slice(0, 300) : "no message";
  } catch {
    return "no message";
  }
}

/** A field of an answer, however deep; undefined where something on the way is no object. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = (here as Record<string | number, unknown>)[key];
  }
  return here;
}

export function textAt(value: unknown, ...path: readonly (string | number)[]): string | null {
  const found = at(value, ...path);
  return typeof found === "string" ? found : typeof found === "number" ? String(found) : null;
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}
