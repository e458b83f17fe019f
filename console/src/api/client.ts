import { signal } from "@preact/signals";
import type { Issue, Problem } from "./types.ts";

/** What a request was refused with, in the server's own words. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  readonly hint: string | undefined;
  readonly path: string | undefined;
  readonly issues: readonly Issue[];
  readonly retryAfterSeconds: number;

  constructor(problem: Partial<Problem> & { code: string; detail: string }, retryAfterSeconds = 0) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status ?? 0;
    this.hint = problem.hint;
    this.path = problem.path;
    this.issues = problem.issues ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const STORED = "reelburst-key";

/** Kept for this tab alone: closed, it is forgotten. */
export const key = signal<string | null>(sessionStorage.getItem(STORED));
/** The server wants a key that we do not have, or no longer takes ours. */
export const keyWanted = signal<"no" | "missing" | "wrong">("no");

export function takeKey(text: string): void {
  sessionStorage.setItem(STORED, text);
  key.value = text;
  keyWanted.value = "no";
}

export function forgetKey(): void {
  sessionStorage.removeItem(STORED);
  key.value = null;
}

export function withKey(headers: Record<string, string> = {}): Record<string, string> {
  return key.value === null ? headers : { ...headers, authorization: `Bearer ${key.value}` };
}

export interface Request {
  readonly method?: string;
  readonly json?: unknown;
  readonly body?: Blob;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** @throws Refusal; AbortError when the signal says so */
export async function send(path: string, request: Request = {}): Promise<Response> {
  const { method = "GET", json, body, headers = {}, signal: stop } = request;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: withKey(json === undefined ? headers : { ...headers, "content-type": "application/json" }),
      body: json === undefined ? (body ?? null) : JSON.stringify(json),
      ...(stop === undefined ? {} : { signal: stop }),
    });
  } catch (error) {
    if (stop?.aborted === true) throw error;
    throw new Refusal({
      code: "SERVER_UNREACHABLE",
      detail: "The server is not responding.",
      hint: "Check that reelburst serve is still running, then try again.",
    });
  }
  if (response.ok) return response;
  throw await refusalOf(response);
}

export async function refusalOf(response: Response): Promise<Refusal> {
  const problem = (await response.json().catch(() => null)) as Problem | null;
  const refusal = new Refusal(
    problem ?? {
      code: `HTTP_${response.status}`,
      status: response.status,
      detail: "The response did not come from Reelburst.",
    },
    Number(response.headers.get("retry-after") ?? 0),
  );
  if (refusal.status === 401) keyWanted.value = refusal.code === "KEY_REQUIRED" ? "missing" : "wrong";
  return refusal;
}

export async function ask<Answer>(path: string, request: Request = {}): Promise<Answer> {
  const response = await send(path, request);
  return (response.status === 204 ? null : await response.json()) as Answer;
}
