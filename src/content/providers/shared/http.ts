/** Requests to providers: an end to their time and size, no redirects, and keys that never come back in a message. */
import { ProviderError } from "../../models/provider.ts";
import { faultOf } from "./faults.ts";

export interface HttpLimits {
  /** Longest silence: before the answer begins, and in it. */
  readonly idleMs: number;
  readonly maxBytes: number;
}

const LIMITS: HttpLimits = { idleMs: 90_000, maxBytes: 60e6 };

export interface WholeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** One request and its whole answer, whatever its status. @throws ProviderError `transient` */
export async function requestWhole(
  url: string,
  init: RequestInit & { readonly signal?: AbortSignal | null },
  limits: HttpLimits = LIMITS,
): Promise<WholeAnswer> {
  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(), limits.idleMs);
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(), limits.idleMs);
  };
  const signal = init.signal == null ? idle.signal : AbortSignal.any([init.signal, idle.signal]);
  try {
    // A redirect would carry the key to whoever is named.
    const response = await fetch(url, { ...init, signal, redirect: "error" });
    const chunks: Uint8Array[] = [];
    let size = 0;
    if (response.body !== null) {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        heard();
        size += chunk.length;
        if (size > limits.maxBytes) {
          idle.abort();
          throw new ProviderError("malformed", `the answer is larger than ${limits.maxBytes / 1e6} MB.`);
        }
        chunks.push(chunk);
      }
    }
    return { status: response.status, headers: response.headers, body: Buffer.concat(chunks) };
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    if (init.signal?.aborted === true) throw error;
    const message = idle.signal.aborted
      ? `no answer for ${limits.idleMs / 1000} s.`
      : "the connection failed or broke off.";
    throw new ProviderError("transient", message, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** @throws ProviderError by what the status and the body say */
export async function requestOk(
  url: string,
  init: RequestInit & { readonly signal?: AbortSignal | null },
  limits?: HttpLimits,
): Promise<WholeAnswer> {
  const answer = await requestWhole(url, init, limits);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw faultOf(answer.status, answer.headers, textOf(answer.body));
}

/** @throws ProviderError `malformed` */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(body));
  } catch (cause) {
    throw new ProviderError("malformed", "the answer is no JSON.", { cause });
  }
}

export function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}
