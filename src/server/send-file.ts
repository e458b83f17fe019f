/** A finished file as an answer: ranges, validators, HEAD. From this machine's disk or from the shared store. */
import { open } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { OutputPlace } from "../app.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { contentDisposition } from "../support/content-disposition.ts";
import { ReelburstError } from "../support/errors.ts";
import { isMissing } from "../support/file-errors.ts";
import { parseRange } from "./byte-range.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".mp4": "video/mp4",
  ".jpg": "image/jpeg",
  ".srt": "application/x-subrip; charset=utf-8",
  ".vtt": "text/vtt; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".html": "text/html; charset=utf-8",
};

/** @param name what a browser calls it when it is saved */
export function sendOutput(
  place: OutputPlace,
  name: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  return place.kind === "file"
    ? sendFile(place.file, name, request, reply)
    : sendObject(place, name, request, reply);
}

async function sendFile(
  file: string,
  name: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const handle = await open(file, "r").catch((error: unknown) => {
    throw isMissing(error) ? outputGone(error) : error;
  });
  try {
    const { size, mtimeMs, ino } = await handle.stat();
    return await answer(
      {
        sizeBytes: size,
        // Films are replaced by rename, never written into: a new one has another inode and time.
        etag: `"${[size, Math.round(mtimeMs), ino].map((part) => part.toString(36)).join("-")}"`,
        modifiedAtMs: mtimeMs,
        extension: path.extname(file).toLowerCase(),
        open: async (start, end) => handle.createReadStream({ start, end, highWaterMark: 1 << 18 }),
        close: () => handle.close(),
      },
      name,
      request,
      reply,
    );
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** An object of the store that all servers share: through this server, or by a signed URL of the store itself. */
async function sendObject(
  { store, key, redirect }: StoredOutput,
  name: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const facts = await store.head(key);
  if (facts === null) throw outputGone();
  if (redirect && request.method === "GET") {
    const { url } = await store.presignGet(key, { expiresInSeconds: REDIRECT_SECONDS, downloadName: name });
    return reply.header("cache-control", "private, no-store").redirect(url, 302);
  }
  return answer(
    {
      sizeBytes: facts.sizeBytes,
      etag: facts.etag,
      modifiedAtMs: facts.modifiedAtMs,
      extension: path.extname(key).toLowerCase(),
      open: async (start, end) => {
        const whole = start === 0 && end === facts.sizeBytes - 1;
        const { stream, facts: sent } = await store.get(key, whole ? {} : { range: { start, end } });
        if (sent.etag === facts.etag) return stream;
        // Replaced in this moment: what was promised in the headers is another film's.
        stream.destroy();
        throw outputGone();
      },
      close: async () => {},
    },
    name,
    request,
    reply,
  );
}

/** Long enough to begin with; a download that has begun goes on. */
const REDIRECT_SECONDS = 900;

export interface StoredOutput {
  readonly store: ObjectStore;
  readonly key: string;
  readonly redirect: boolean;
}

function outputGone(cause?: unknown): ReelburstError {
  return new ReelburstError("OUTPUT_NOT_FOUND", "The file is gone from the server.", {
    hint: "POST to the production's /retry, or make it anew.",
    cause,
  });
}

/** Open, so that a new film can't come between. */
interface Source {
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedAtMs: number;
  /** With its dot. */
  readonly extension: string;
  /** Both ends included. */
  open(start: number, end: number): Promise<Readable>;
  /** When nothing was opened. */
  close(): Promise<void>;
}

async function answer(
  source: Source,
  name: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { sizeBytes: size, etag } = source;
  const { headers } = request;
  reply
    .header("etag", etag)
    .header("last-modified", new Date(source.modifiedAtMs).toUTCString())
    .header("accept-ranges", "bytes")
    .header("cache-control", "private, no-cache")
    .header("content-disposition", contentDisposition("inline", name))
    .type(TYPES[source.extension] ?? "application/octet-stream");
  // A report is a page of ours with a user's words in it: it may draw itself and nothing else.
  if (source.extension === ".html")
    reply.header(
      "content-security-policy",
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    );
  if (
    headers["if-none-match"]
      ?.split(",")
      .some((tag) => tag.trim().replace(/^W\//, "") === etag || tag.trim() === "*")
  ) {
    await source.close();
    return reply.code(304).send();
  }
  // A range of an older film would be glued to the beginning of another: then all of it is sent.
  const ifRange = headers["if-range"];
  const holds = ifRange === undefined || ifRange === etag;
  const range = holds ? parseRange(headers.range, size) : "whole";
  if (range === "unsatisfiable") {
    reply.header("content-range", `bytes */${size}`).removeHeader("etag");
    throw new ReelburstError("RANGE_NOT_SATISFIABLE", `The file has ${size} bytes.`, {
      hint: "Ask for a range within them.",
    });
  }
  const [first, last] = range === "whole" ? [0, size - 1] : [range.first, range.last];
  if (request.method === "HEAD") await source.close();
  const body = request.method === "HEAD" ? undefined : await source.open(first, last);
  if (range !== "whole") reply.code(206).header("content-range", `bytes ${first}-${last}/${size}`);
  reply.header("content-length", last - first + 1);
  return reply.send(body);
}
