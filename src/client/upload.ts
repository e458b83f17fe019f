/** Files of a production -> assets of a server: each once, by its digest, taken up where an upload broke off. */
import { stat } from "node:fs/promises";
import path from "node:path";
import { mapSources } from "../spec/map-sources.ts";
import type { Production } from "../spec/production.ts";
import { isUrl } from "../spec/source-path.ts";
import { sleep } from "../support/abort.ts";
import { ReelburstError } from "../support/errors.ts";
import { readError } from "../support/file-errors.ts";
import { sha256File } from "../support/hash.ts";
import type { ServerClient } from "./server-client.ts";

export interface UploadProgress {
  readonly done: number;
  readonly total: number;
  readonly name: string;
  readonly sentBytes: number;
  readonly totalBytes: number;
}

/** A server ends a request after five minutes; on a slow line a part of this size is through by then. */
const PART_BYTES = 32 * 1024 * 1024;
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];

/** @returns the production with assets in place of files; URLs stay what they are */
export async function uploadSources(
  client: ServerClient,
  production: Production,
  signal: AbortSignal,
  onProgress: (progress: UploadProgress) => void,
): Promise<Production> {
  const files = new Set<string>();
  mapSources(production, (source) => {
    if (!isUrl(source)) files.add(source);
    return source;
  });
  const sizes = new Map<string, number>();
  for (const file of files) sizes.set(file, await sizeOf(file));
  const totalBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const assets = new Map<string, string>();
  let before = 0;
  for (const [file, size] of sizes) {
    const progress = { done: assets.size, total: files.size, name: path.basename(file), totalBytes };
    onProgress({ ...progress, sentBytes: before });
    const sha256 = await sha256File(file, { signal }).catch((error: unknown) => {
      throw readError(error, file);
    });
    await uploadFile(client, file, sha256, size, signal, (sent) =>
      onProgress({ ...progress, sentBytes: before + sent }),
    );
    before += size;
    // The extension stays: captions and videos are told by it.
    const extension = /\.[A-Za-z0-9]{1,5}$/.exec(file)?.[0] ?? "";
    assets.set(file, path.join(production.baseDirectory, `asset:${sha256}${extension}`));
  }
  onProgress({ done: files.size, total: files.size, name: "", sentBytes: totalBytes, totalBytes });
  return mapSources(production, (source) => assets.get(source) ?? source);
}

async function uploadFile(
  client: ServerClient,
  file: string,
  sha256: string,
  size: number,
  signal: AbortSignal,
  onBytes: (sent: number) => void,
): Promise<void> {
  const address = `/v1/assets/${sha256}`;
  for (let failures = 0; ; failures++) {
    try {
      let start = await standing(client, address, signal);
      while (start !== null) {
        const end = Math.min(size, start + PART_BYTES);
        await client.putPart(address, file, { start, end, total: size }, { onBytes, signal });
        failures = 0;
        start = end < size ? end : null;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      const failure = ReelburstError.from(error);
      const pause = PAUSES_MS[failures];
      // What stands at another place than we thought is looked at anew.
      const mayHelp = failure.retryable || failure.code === "ASSET_OFFSET";
      if (!mayHelp || pause === undefined || failure.code === "DISK_FULL") throw inFile(failure, file);
      await sleep(pause, { signal });
    }
  }
}

/** Where the upload goes on; null: all is there. */
async function standing(client: ServerClient, address: string, signal: AbortSignal): Promise<number | null> {
  const response = await client.raw("HEAD", address, { signal });
  if (response.ok) return null;
  if (response.status === 404) return Number(response.headers.get("upload-offset") ?? 0);
  // A HEAD has no body that would say why: the same question in words.
  await client.send("GET", "/v1/productions?limit=1", { signal });
  throw new ReelburstError("SERVER_UNEXPECTED", `The server answered ${response.status} about an asset.`);
}

function inFile(error: ReelburstError, file: string): ReelburstError {
  const { code, message, retryable, hint, cause } = error;
  if (!code.startsWith("ASSET_")) return error;
  const changed = code === "ASSET_DIGEST_MISMATCH" || code === "ASSET_INCOMPLETE";
  if (changed)
    return new ReelburstError(
      "INPUT_CHANGED",
      `${path.basename(file)} was written to while it was uploaded.`,
      {
        path: file,
        hint: "Run again when nothing writes to it any more.",
        cause: error,
      },
    );
  return new ReelburstError(code, message, { retryable, hint, path: file, cause });
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw readError(error, file);
  }
}
