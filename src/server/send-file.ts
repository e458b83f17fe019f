/** A file as an answer: ranges, validators, HEAD. Read through one descriptor, so that a new film cannot come between. */
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import type { FastifyReply, FastifyRequest } from "fastify";
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
export async function sendFile(
  file: string,
  name: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const handle = await open(file, "r").catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    throw new ReelburstError("OUTPUT_NOT_FOUND", "The file is gone from the server.", {
      hint: "POST to the production's /retry, or make it anew.",
    });
  });
  try {
    return await answer(handle, path.extname(file).toLowerCase(), name, request, reply);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function answer(
  handle: FileHandle,
  extension: string,
  name: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { size, mtimeMs, ino } = await handle.stat();
  // Films are replaced by rename, never written into: a new one has another inode and time.
  const etag = `"${[size, Math.round(mtimeMs), ino].map((part) => part.toString(36)).join("-")}"`;
  const { headers } = request;
  reply
    .header("etag", etag)
    .header("last-modified", new Date(mtimeMs).toUTCString())
    .header("accept-ranges", "bytes")
    .header("cache-control", "private, no-cache")
    .header("content-disposition", `inline; filename*=UTF-8''${encodeURIComponent(name)}`)
    .type(TYPES[extension] ?? "application/octet-stream");
  // A report is a page of ours with a user's words in it: it may draw itself and nothing else.
  if (extension === ".html")
    reply.header(
      "content-security-policy",
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    );
  if (
    headers["if-none-match"]
      ?.split(",")
      .some((tag) => tag.trim().replace(/^W\//, "") === etag || tag.trim() === "*")
  ) {
    await handle.close();
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
  if (range !== "whole") reply.code(206).header("content-range", `bytes ${first}-${last}/${size}`);
  reply.header("content-length", last - first + 1);
  if (request.method === "HEAD") {
    await handle.close();
    return reply.send();
  }
  return reply.send(handle.createReadStream({ start: first, end: last, highWaterMark: 1 << 18 }));
}
