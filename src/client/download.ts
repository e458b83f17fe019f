/** A file of a server -> one of ours that appears whole or not at all. */
import { open, rm } from "node:fs/promises";
import path from "node:path";
import { sleep } from "../support/abort.ts";
import { publishFile, temporaryBeside } from "../support/atomic-file.ts";
import { ReelburstError } from "../support/errors.ts";
import { writeError } from "../support/file-errors.ts";
import { makeFolder } from "../support/make-folder.ts";
import type { ServerClient } from "./server-client.ts";

const PAUSES_MS = [500, 1000, 2000, 4000];

/** Goes on where it broke off, as long as it is the same file. @throws ReelburstError DOWNLOAD_INCOMPLETE */
export async function downloadFile(
  client: ServerClient,
  address: string,
  target: string,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<void> {
  await makeFolder(path.dirname(target));
  const temporary = temporaryBeside(target);
  try {
    let etag: string | null = null;
    let received = 0;
    for (let failures = 0; received < sizeBytes || etag === null; ) {
      try {
        const headers: Record<string, string> =
          etag === null || received === 0 ? {} : { range: `bytes=${received}-`, "if-range": etag };
        const response = await client.send("GET", address, { headers, signal });
        if (response.status !== 206) received = 0;
        etag = response.headers.get("etag") ?? "";
        for await (const size of append(response, temporary, received)) {
          received = size;
          if (received > sizeBytes) throw incomplete(target, received, sizeBytes);
        }
        if (received < sizeBytes) throw incomplete(target, received, sizeBytes);
      } catch (error) {
        signal.throwIfAborted();
        const failure = ReelburstError.from(error);
        const pause = PAUSES_MS[failures++];
        const mayHelp = received <= sizeBytes && (failure.retryable || failure.code === "INTERNAL");
        if (!mayHelp || pause === undefined)
          throw failure.code === "INTERNAL" ? incomplete(target, received, sizeBytes) : failure;
        await sleep(pause, { signal });
      }
    }
    if (received !== sizeBytes) throw incomplete(target, received, sizeBytes);
    await publishFile(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Yields the file's size as it grows. */
async function* append(response: Response, file: string, from: number): AsyncGenerator<number> {
  const handle = await open(file, from === 0 ? "w" : "r+");
  let size = from;
  try {
    if (response.body === null) return;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      try {
        await handle.write(chunk, 0, chunk.byteLength, size);
      } catch (error) {
        throw writeError(error, file);
      }
      size += chunk.byteLength;
      yield size;
    }
  } finally {
    await handle.close();
  }
}

function incomplete(target: string, received: number, sizeBytes: number): ReelburstError {
  return new ReelburstError(
    "DOWNLOAD_INCOMPLETE",
    `${received} of ${sizeBytes} bytes of ${path.basename(target)} came.`,
    { retryable: true, path: target, hint: "Run again: the server has the film." },
  );
}
