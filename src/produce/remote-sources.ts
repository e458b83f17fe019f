import { createHash } from "node:crypto";
import { copyFile, open, readFile, symlink } from "node:fs/promises";
import path from "node:path";
import type { FileNoun } from "../spec/check-files.ts";
import type { CacheEntry, ChunkCache, Pin } from "../storage/chunk-cache.ts";
import { writeFileAtomic } from "../support/atomic-file.ts";
import { ReelburstError } from "../support/errors.ts";
import { isMissing, systemCode } from "../support/file-errors.ts";
import { makeFolder } from "../support/make-folder.ts";
import type { SafeFetch } from "../support/safe-fetch/contract.ts";
import { ASSET_HEAD_BYTES, assetExtension } from "./asset-type.ts";

export interface RemoteSourcesOptions {
  /** Called for the first URL: nobody else needs what it loads. */
  readonly openFetch: () => Promise<SafeFetch>;
  readonly cache: ChunkCache;
  /** Where is remembered which URL gave which content. */
  readonly recordsFolder: string;
  /** Of this run. */
  readonly tempRoot: string;
}

export interface OpenAssetOptions {
  readonly signal: AbortSignal;
  readonly onBytes: (receivedBytes: number, totalBytes: number | null) => void;
}

/** Bytes, by what is asked for; the limits of what is inside are the decoders'. */
const MAX_BYTES: Readonly<Record<FileNoun, number>> = {
  picture: 200e6,
  watermark: 200e6,
  video: 8e9,
  narration: 4e9,
  soundtrack: 4e9,
  "caption file": 16e6,
  font: 100e6,
};

/**
 * Files behind URLs. Content is kept in the chunk cache under its own digest, so one file at two addresses is there once;
 * beside it stands which address gave it, and the server's word for its version. Every run asks whether that still
 * holds: an old file in a new film would be a fault that nobody sees.
 */
export class RemoteSources {
  readonly #options: RemoteSourcesOptions;
  readonly #pins: Pin[] = [];
  #fetch: Promise<SafeFetch> | null = null;
  #count = 0;

  constructor(options: RemoteSourcesOptions) {
    this.#options = options;
  }

  /**
   * A file with the URL's content, under a name like the URL's. Stays until `close`.
   * @throws ReelburstError URL_*, FETCH_*, FILE_EMPTY, ABORTED, DISK_FULL
   */
  async open(url: string, what: FileNoun, { signal, onBytes }: OpenAssetOptions): Promise<string> {
    const { cache, tempRoot } = this.#options;
    this.#fetch ??= this.#options.openFetch();
    const fetch = await this.#fetch;
    const recordPath = this.#recordPath(url);
    const record = await readRecord(recordPath);
    const known = record === null ? null : await cache.get(record.key);
    const file = path.join(tempRoot, "assets", `${this.#count++}.part`);
    const request = { maxBytes: MAX_BYTES[what], signal, onBytes };
    const headers = record === null || known === null ? {} : conditionsOf(record);
    const answer = await fetch.download(url, file, { ...request, headers });
    if (answer.kind === "unchanged") {
      if (known === null)
        throw new ReelburstError("FETCH_FAILED", "The server sent no file.", { retryable: true });
      return this.#place(known, url, what);
    }
    if (answer.sizeBytes === 0) {
      throw new ReelburstError("FILE_EMPTY", `The ${what} is empty (0 bytes).`, {
        hint: "Check what the URL gives.",
      });
    }
    // Before it is kept: what is refused must not stay.
    assetExtension(await readHead(file), what);
    const entry = await cache.put(`asset-${answer.sha256}`, file, {});
    if (answer.etag !== null || answer.lastModified !== null) {
      const { etag, lastModified } = answer;
      await writeFileAtomic(recordPath, JSON.stringify({ version: 1, key: entry.key, etag, lastModified }));
    }
    return this.#place(entry, url, what);
  }

  async close(): Promise<void> {
    const fetch = await this.#fetch?.catch(() => null);
    await Promise.allSettled([fetch?.close(), ...this.#pins.splice(0).map((pin) => pin.release())]);
  }

  /** URLs may carry keys and signatures: only their digest is written down. */
  #recordPath(url: string): string {
    return path.join(this.#options.recordsFolder, `${createHash("sha256").update(url).digest("hex")}.json`);
  }

  /**
   * A link into the cache with a name that messages can show. Not a hard link: another run's link to the same file
   * would change the time by which this one notices that its input was written to.
   */
  async #place({ key, path: cached }: CacheEntry, url: string, what: FileNoun): Promise<string> {
    this.#pins.push(await this.#options.cache.pin([key]));
    const extension = assetExtension(await readHead(cached), what);
    const folder = path.join(this.#options.tempRoot, "assets", String(this.#count++));
    const placed = path.join(folder, `${stemOf(url)}.${extension}`);
    await makeFolder(folder);
    await symlink(cached, placed).catch(async (error: unknown) => {
      // Windows lets few users make links.
      if (systemCode(error) !== "EPERM") throw error;
      await copyFile(cached, placed);
    });
    return placed;
  }
}

interface AssetRecord {
  readonly key: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

function conditionsOf({ etag, lastModified }: AssetRecord): Record<string, string> {
  return {
    ...(etag === null ? {} : { "if-none-match": etag }),
    ...(lastModified === null ? {} : { "if-modified-since": lastModified }),
  };
}

/** Null for whatever is not a whole record: the file is fetched anew. */
async function readRecord(file: string): Promise<AssetRecord | null> {
  try {
    const { version, key, etag, lastModified } = JSON.parse(await readFile(file, "utf8")) as Record<
      string,
      unknown
    >;
    const isText = (value: unknown): value is string | null => value === null || typeof value === "string";
    if (version !== 1 || typeof key !== "string" || !/^asset-[0-9a-f]{64}$/.test(key)) return null;
    return isText(etag) && isText(lastModified) ? { key, etag, lastModified } : null;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

async function readHead(file: string): Promise<Uint8Array> {
  const handle = await open(file, "r");
  try {
    const buffer = Buffer.alloc(ASSET_HEAD_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The last part of a URL's path as a harmless file name, for messages. */
export function stemOf(url: string): string {
  const name = new URL(url).pathname.split("/").at(-1) ?? "";
  const stem = name
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .replace(/%[0-9a-f]{2}|[^A-Za-z0-9_-]/gi, "_")
    .slice(0, 60);
  return /[A-Za-z0-9]/.test(stem) ? stem : "asset";
}
