import { Agent } from "undici";
import { type Clock, systemClock } from "../clock.ts";
import type { Random } from "../random.ts";
import { createAddressRules } from "./address-rules.ts";
import { requireSuccess, withAttempts } from "./attempts.ts";
import type { DownloadOptions, FetchTimeouts, RequestOptions, SafeFetch } from "./contract.ts";
import { guardedConnector, type ResolveHost, resolveBySystem } from "./guarded-connector.ts";
import { sendRequest } from "./send-request.ts";
import { storeBody } from "./store-body.ts";

const CONNECT_MS = 10_000;
const CONNECTIONS_PER_ORIGIN = 8;
const MAX_HEADER_BYTES = 32 * 1024;

/** Files may be gigabytes, so an hour; but who drips is cut off after a minute with less than 16 kB. */
const DOWNLOAD_TIMEOUTS: Partial<FetchTimeouts> = { idleBytes: 16 * 1024, totalMs: 60 * 60_000 };

export interface SafeFetchOptions {
  /** Hosts beyond the public internet: `host:port`, or networks such as `10.1.0.0/16`. */
  readonly allowPrivate?: readonly string[];
  readonly resolve?: ResolveHost;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly connectMs?: number;
  /** Certificate authority instead of the system's; PEM. */
  readonly ca?: string;
  readonly userAgent?: string;
}

/** @throws ReelburstError CONFIG_INVALID */
export function createSafeFetch(options: SafeFetchOptions = {}): SafeFetch {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const rules = createAddressRules(options.allowPrivate ?? []);
  const connectMs = options.connectMs ?? CONNECT_MS;
  const agent = new Agent({
    connect: guardedConnector({
      rules,
      resolve: options.resolve ?? resolveBySystem,
      connectMs,
      ca: options.ca,
    }),
    connections: CONNECTIONS_PER_ORIGIN,
    pipelining: 1,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Ours are exact; undici's run on a clock of whole seconds.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const tools = { agent, rules, clock, userAgent: options.userAgent ?? "reelburst" };
  const request = (url: string, wanted: RequestOptions = {}) =>
    sendRequest(url, { ...wanted, timeouts: { connectMs, ...wanted.timeouts } }, tools);
  return {
    request,
    read: (url, wanted = {}) =>
      withAttempts(
        async () => {
          const response = await request(url, wanted);
          requireSuccess(response, clock.now());
          const chunks: Uint8Array[] = [];
          for await (const chunk of response.body) chunks.push(chunk);
          const { status, headers } = response;
          return { url: response.url, status, headers, body: Buffer.concat(chunks) };
        },
        wanted,
        { clock, random, signal: wanted.signal },
      ),
    download: (url, filePath, wanted: DownloadOptions = {}) =>
      withAttempts(
        async () => {
          const response = await request(url, {
            ...wanted,
            timeouts: { ...DOWNLOAD_TIMEOUTS, ...wanted.timeouts },
          });
          requireSuccess(response, clock.now());
          if (response.status !== 304) return storeBody(response, filePath, wanted);
          response.discard();
          return { kind: "unchanged" };
        },
        wanted,
        { clock, random, signal: wanted.signal },
      ),
    close: () => agent.destroy(),
  };
}
