import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { ReelburstError } from "../support/errors.ts";
import { isMissing, readError } from "../support/file-errors.ts";
import type { ObjectSource } from "./object-store.ts";

/**
 * How large the source is, as far as that can be known: null for a stream.
 * @throws {ReelburstError} `FILE_NOT_FOUND`, `NO_READ_PERMISSION` before anything is written.
 */
export async function sourceSize(source: ObjectSource): Promise<number | null> {
  if (source instanceof Readable) return null;
  if (source instanceof Uint8Array) return source.byteLength;
  try {
    return (await stat(source.file)).size;
  } catch (error) {
    if (!isMissing(error)) throw readError(error, source.file);
    throw new ReelburstError("FILE_NOT_FOUND", `There is no file ${source.file}.`, {
      path: source.file,
      hint: "Check the path.",
      cause: error,
    });
  }
}

export function openSource(source: ObjectSource): Readable {
  if (source instanceof Readable) return source;
  // In one piece: a Buffer by itself would be iterated byte by byte.
  if (source instanceof Uint8Array) return Readable.from([Buffer.from(source)], { objectMode: false });
  return createReadStream(source.file, { highWaterMark: 1 << 18 });
}
