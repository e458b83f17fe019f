/** The agent's answers to requests, built from its parts. It opens no socket and hears no signal: see `listen.ts`. */
import { open } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { ENGINE_VERSION } from "../render/plan.ts";
import type { Clock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import { asOfAgent, statusOf } from "./agent-errors.ts";
import type { BlobStore } from "./blob-store.ts";
import type { ChunkRuns } from "./chunk-runs.ts";
import type { DeadMan } from "./dead-man.ts";
import { isLeaseKey } from "./lease-key.ts";
import { type AgentHealth, type AgentRefusal, type ChunkEvent, DIGEST, HEARTBEAT_MS } from "./protocol.ts";
import { readOrder } from "./read-order.ts";

export interface AgentParts {
  readonly version: string;
  readonly keySha256: string;
  readonly slots: number;
  readonly encoders: readonly string[];
  readonly runs: ChunkRuns;
  readonly blobs: BlobStore;
  /** null: nothing ends this machine. */
  readonly deadMan: Pick<DeadMan, "feed" | "remainingMs"> | null;
  readonly freeDiskBytes: () => Promise<number>;
  readonly clock: Clock;
  /** What failed in a way nobody foresaw. */
  readonly onTrouble: (error: ReelburstError) => void;
}

export interface Agent {
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
  readonly drain: () => void;
}

const MAX_ORDER_BYTES = 16e6;
/** Who reads an event stream too slowly misses how far it is, never how it ends. */
const MAX_UNREAD_BYTES = 256 * 1024;

export function createAgent(parts: AgentParts): Agent {
  let draining = false;
  const feed = (): void => parts.deadMan?.feed();

  const routes: Readonly<Record<string, Route>> = {
    "GET health": async (_request, response) => sendJson(response, 200, await health(parts, draining)),
    "POST drain": async (_request, response) => {
      draining = true;
      sendJson(response, 202, { busy: parts.runs.busy });
    },
    "PUT blobs": async (request, response, digest) => {
      if (!DIGEST.test(digest)) throw unknownRoute();
      if (!parts.blobs.has(digest)) await parts.blobs.put(digest, lengthOf(request), bodyOf(request), feed);
      sendJson(response, 200, { sha256: digest });
    },
    "POST chunks": async (request, response) => {
      if (draining)
        throw new ReelburstError("AGENT_DRAINING", "The agent takes no more work.", { retryable: true });
      const order = readOrder(await readText(request));
      const missing = parts.runs.start(order);
      if (missing.length > 0) refuse(response, blobsMissing(missing), { missing });
      else sendJson(response, 202, { id: order.attempt });
    },
    "GET events": async (_request, response, id) => sendEvents(response, id, parts),
    "GET output": async (request, response, id) => sendOutput(request, response, parts.runs.output(id)),
    "DELETE chunks": async (_request, response, id) => {
      await parts.runs.cancel(id);
      response.writeHead(204).end();
    },
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      if (!isLeaseKey(request.headers.authorization, parts.keySha256))
        throw new ReelburstError("AGENT_KEY_REFUSED", "This is not the key of this machine.");
      feed();
      const { name, id } = routeOf(request);
      const route = routes[name];
      if (route === undefined) throw unknownRoute();
      await route(request, response, id);
    } catch (thrown) {
      const error = asOfAgent(ReelburstError.from(thrown));
      if (statusOf(error) === 500 && !response.destroyed) parts.onTrouble(error);
      if (response.headersSent) response.destroy();
      else refuse(response, error);
    }
  };
  return {
    answer: (request, response) => void answer(request, response),
    drain: () => {
      draining = true;
    },
  };
}

type Route = (request: IncomingMessage, response: ServerResponse, id: string) => Promise<void>;

/** `/v1/chunks/{id}/events` -> `GET events`. */
function routeOf({ method = "", url = "" }: IncomingMessage): { readonly name: string; readonly id: string } {
  const match = /^\/v1\/(health|drain|chunks|blobs)(?:\/([\w-]{1,100})(?:\/(events|output))?)?$/.exec(url);
  const [, room = "", id = "", part] = match ?? [];
  const wantsId = room === "blobs" || (room === "chunks" && method !== "POST");
  if (wantsId !== (id !== "") || (part !== undefined && room !== "chunks")) throw unknownRoute();
  return { name: `${method} ${part ?? room}`, id };
}

function unknownRoute(): ReelburstError {
  return new ReelburstError("AGENT_ROUTE_UNKNOWN", "There is nothing at this address.");
}

function blobsMissing(missing: readonly string[]): ReelburstError {
  return new ReelburstError("AGENT_BLOBS_MISSING", `${missing.length} inputs of the chunk are not here.`, {
    retryable: true,
  });
}

async function health(parts: AgentParts, draining: boolean): Promise<AgentHealth> {
  const { runs, blobs, deadMan } = parts;
  return {
    version: parts.version,
    engine: ENGINE_VERSION,
    slots: parts.slots,
    busy: runs.busy,
    draining,
    encoders: parts.encoders,
    megapixelsPerSecond: runs.megapixelsPerSecond,
    chunksDone: runs.chunksDone,
    diskFreeBytes: await parts.freeDiskBytes(),
    blobs: { count: blobs.count, sizeBytes: blobs.sizeBytes, maxBytes: blobs.limits.maxTotalBytes },
    endsInSeconds: deadMan === null ? null : deadMan.remainingMs / 1000,
  };
}

function lengthOf({ headers }: IncomingMessage): number {
  const text = headers["content-length"] ?? "";
  if (!/^\d{1,15}$/.test(text))
    throw new ReelburstError("AGENT_LENGTH_MISSING", "Send Content-Length: room is kept for the blob.");
  return Number(text);
}

/** Left early it stays open: whoever sends it is to be told why, which a cut connection can't. */
function bodyOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false });
}

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of bodyOf(request)) {
    bytes += piece.length;
    if (bytes > MAX_ORDER_BYTES)
      throw new ReelburstError("AGENT_TOO_LARGE", `An order may have ${MAX_ORDER_BYTES} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

async function sendEvents(response: ServerResponse, id: string, { runs, clock }: AgentParts): Promise<void> {
  runs.state(id);
  response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
  await new Promise<void>((resolve) => {
    let unfollow = (): void => {};
    let cancelHeartbeat = (): void => {};
    const write = (event: ChunkEvent): void => {
      const isLast = event.type === "done" || event.type === "failed";
      if (isLast || response.writableLength < MAX_UNREAD_BYTES) response.write(`${JSON.stringify(event)}\n`);
      if (isLast) response.end();
    };
    const beat = (): void => {
      write({ type: "heartbeat" });
      cancelHeartbeat = clock.after(HEARTBEAT_MS, beat);
    };
    response.once("close", () => {
      cancelHeartbeat();
      unfollow();
      resolve();
    });
    cancelHeartbeat = clock.after(HEARTBEAT_MS, beat);
    unfollow = runs.follow(id, write);
  });
}

async function sendOutput(
  request: IncomingMessage,
  response: ServerResponse,
  { path, done: { sha256, sizeBytes } }: ReturnType<ChunkRuns["output"]>,
): Promise<void> {
  const from = firstByte(request.headers.range, sizeBytes);
  const file = await open(path, "r");
  try {
    response.writeHead(from === null ? 200 : 206, {
      "content-type": "video/mp4",
      "content-length": sizeBytes - (from ?? 0),
      "repr-digest": `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`,
      "accept-ranges": "bytes",
      ...(from === null ? {} : { "content-range": `bytes ${from}-${sizeBytes - 1}/${sizeBytes}` }),
    });
    await pipeline(file.createReadStream({ start: from ?? 0, highWaterMark: 1 << 18 }), response);
  } finally {
    await file.close();
  }
}

/** Of `bytes=123-`, the one form a broken download needs; null: from the beginning. */
function firstByte(range: string | undefined, sizeBytes: number): number | null {
  if (range === undefined) return null;
  const first = Number(/^bytes=(\d{1,15})-$/.exec(range)?.[1] ?? Number.NaN);
  if (first < sizeBytes) return first;
  throw new ReelburstError("AGENT_RANGE_INVALID", `The output has ${sizeBytes} bytes.`);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
    .end(text);
}

function refuse(
  response: ServerResponse,
  error: ReelburstError,
  more: Omit<AgentRefusal, "error"> = {},
): void {
  const status = statusOf(error);
  // What nobody foresaw may name files and memory of this machine: that is for its log.
  const told =
    status === 500 ? { code: "INTERNAL", message: "The agent failed.", retryable: true } : error.toJSON();
  // A body that was not read is not waited for, and a stranger's connection is not kept.
  if (status === 401 || !response.req.complete) response.setHeader("connection", "close");
  sendJson(response, status, { error: told, ...more } satisfies AgentRefusal);
}
