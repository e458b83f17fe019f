import type { Agent, Dispatcher } from "undici";
import { throwIfAborted } from "../abort.ts";
import type { Clock } from "../clock.ts";
import { ReelburstError } from "../errors.ts";
import { formatBytes } from "../format.ts";
import type { AddressRules } from "./address-rules.ts";
import { checkUrl } from "./check-url.ts";
import type { FetchTimeouts, RequestOptions, SafeResponse } from "./contract.ts";
import { fetchError, shownUrl, tooLarge } from "./fetch-errors.ts";
import { PhaseTimer } from "./phase-timer.ts";
import { readBody } from "./response-body.ts";

const DEFAULT_TIMEOUTS: FetchTimeouts = {
  connectMs: 10_000,
  headersMs: 60_000,
  idleMs: 60_000,
  idleBytes: 1,
  totalMs: 10 * 60_000,
};
const DEFAULT_MAX_BYTES = 64e6;
const DEFAULT_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Ours to say, or a way to smuggle one request inside another. */
const REFUSED_HEADERS =
  /^(?:cookie|host|connection|content-length|transfer-encoding|upgrade|expect|te|trailer|keep-alive|proxy-.*)$/i;
/** Not a secret, and still meant when another host answers. */
const HEADERS_FOR_ALL =
  /^(?:accept|accept-language|if-none-match|if-modified-since|user-agent|content-type)$/i;

export interface RequestTools {
  readonly agent: Agent;
  readonly rules: AddressRules;
  readonly clock: Clock;
  readonly userAgent: string;
}

/** One attempt. Every redirect is checked like the first URL. */
export async function sendRequest(
  text: string,
  options: RequestOptions,
  tools: RequestTools,
): Promise<SafeResponse> {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const first = checkUrl(text, tools.rules);
  // undici would still connect.
  throwIfAborted(options.signal);
  const timer = new PhaseTimer(tools.clock, first.href, timeouts.totalMs, options.signal);
  const maxRedirects = options.maxRedirects ?? DEFAULT_REDIRECTS;
  try {
    let url = first;
    for (let redirects = 0; ; redirects++) {
      timer.enter("did not answer", timeouts.connectMs + timeouts.headersMs);
      const answer = await send(url, first, options, timer.signal, tools).catch((error: unknown) => {
        throw fetchError(error, url, "request", timer.signal);
      });
      timer.leave();
      // An aborted body says so by an event that nobody may be listening to.
      answer.body.on("error", () => {});
      const headers = flatHeaders(answer.headers);
      const location = REDIRECTS.has(answer.statusCode) ? headers["location"] : undefined;
      if (location === undefined || maxRedirects === 0)
        return toResponse(url, answer, headers, { options, timeouts, timer, tools });
      answer.body.destroy();
      url = followed(url, location, redirects + 1, maxRedirects, options, tools.rules);
    }
  } catch (error) {
    timer.close();
    throw error;
  }
}

function send(
  url: URL,
  first: URL,
  { method = "GET", headers = {}, body }: RequestOptions,
  signal: AbortSignal,
  { agent, userAgent }: RequestTools,
): Promise<Dispatcher.ResponseData> {
  const own = Object.entries(headers).filter(([name]) => {
    if (REFUSED_HEADERS.test(name)) throw new TypeError(`The header ${name} is not the caller's to set.`);
    return url.origin === first.origin || HEADERS_FOR_ALL.test(name);
  });
  return agent.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method,
    // As it is: media are packed already, and a length that is stated can be checked.
    headers: {
      accept: "*/*",
      "user-agent": userAgent,
      "accept-encoding": "identity",
      ...Object.fromEntries(own),
    },
    body: body ?? null,
    signal,
  });
}

/** @throws ReelburstError FETCH_REDIRECTED, URL_INVALID, URL_FORBIDDEN */
function followed(
  from: URL,
  location: string,
  count: number,
  most: number,
  { method = "GET" }: RequestOptions,
  rules: AddressRules,
): URL {
  const refuse = (why: string): never => {
    throw new ReelburstError("FETCH_REDIRECTED", `${shownUrl(from)} ${why}.`, {
      hint: "Use the address of the file itself.",
    });
  };
  if (count > most) return refuse(`redirects more than ${most} times`);
  if (method !== "GET" && method !== "HEAD") return refuse("redirects what was sent to it");
  if (!URL.canParse(location, from.href)) return refuse("redirects to something that is no URL");
  const next = checkUrl(new URL(location, from.href).href, rules);
  if (from.protocol === "https:" && next.protocol === "http:")
    return refuse("redirects from https to http, where anybody on the way can change the file");
  return next;
}

function toResponse(
  url: URL,
  { statusCode: status, body: stream }: Dispatcher.ResponseData,
  headers: Readonly<Record<string, string>>,
  context: {
    readonly options: RequestOptions;
    readonly timeouts: FetchTimeouts;
    readonly timer: PhaseTimer;
    readonly tools: RequestTools;
  },
): SafeResponse {
  const { options, timeouts, timer, tools } = context;
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const coding = (headers["content-encoding"] ?? "").trim().toLowerCase();
  const hasBody = options.method !== "HEAD" && status !== 204 && status !== 304;
  const declaredBytes = hasBody ? declaredLength(headers["content-length"]) : null;
  const isPlain = coding === "" || coding === "identity";
  const discard = (): void => {
    stream.destroy();
    timer.close();
  };
  try {
    if (status >= 200 && status < 300) requireType(url, headers["content-type"], options.types);
    if (declaredBytes !== null && declaredBytes > maxBytes)
      throw tooLarge(url, `holds ${formatBytes(declaredBytes)}, more than ${formatBytes(maxBytes)}`);
  } catch (error) {
    discard();
    throw error;
  }
  return {
    url: url.href,
    status,
    headers,
    sizeBytes: isPlain ? declaredBytes : null,
    body: readBody({ stream, url, declaredBytes, coding, maxBytes, timeouts, timer, clock: tools.clock }),
    discard,
  };
}

function declaredLength(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** @throws ReelburstError FETCH_TYPE_REFUSED */
function requireType(url: URL, header: string | undefined, types: readonly string[] | undefined): void {
  if (types === undefined) return;
  const type = (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const fits = types.some((wanted) =>
    wanted.endsWith("/*") ? type.startsWith(wanted.slice(0, -1)) : type === wanted,
  );
  if (fits) return;
  const found = type === "" ? "does not say what it is" : `is ${JSON.stringify(type.slice(0, 60))}`;
  throw new ReelburstError("FETCH_TYPE_REFUSED", `${shownUrl(url)} ${found}; expected ${types.join(", ")}.`, {
    hint: "Use the address of the file itself, not of a page about it.",
  });
}

function flatHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const flat: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}
