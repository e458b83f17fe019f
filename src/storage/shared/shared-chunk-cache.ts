import { createWriteStream } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { ReelburstError } from "../../support/errors.ts";
import { writeError } from "../../support/file-errors.ts";
import { sha256File } from "../../support/hash.ts";
import { createTempDir } from "../../support/temp-dir.ts";
import {
  type CacheEntry,
  type CacheMeta,
  type CacheStat,
  type ChunkCache,
  type GarbageReport,
  type GarbageRequest,
  type Pin,
  parseCacheKey,
} from "../chunk-cache.ts";
import { chunkDataKey, chunkRecordKey } from "../layout.ts";
import type { ObjectStore } from "../object-store.ts";
import { MAX_RECORD_BYTES, readSharedRecord, type SharedRecord, writeSharedRecord } from "./shared-record.ts";

export interface SharedChunkCacheOptions {
  /** This machine's own cache, in front: what is read is read from its files. */
  readonly local: ChunkCache;
  readonly store: ObjectStore;
  /** For downloads; on the local cache's disk, so that they need not be copied into it. */
  readonly tempDirectory: string;
  /** Which kinds of entries are shared; the others stay on this machine. Default: all. */
  readonly kinds?: readonly string[];
  /** Ends all that is waited for. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of shared entries that were not what had been put in. They are deleted. */
  readonly onDamage?: (damage: SharedDamage) => void;
  /** Hears why the store could not be asked. The work goes on with what this machine has. */
  readonly onStoreFailure?: (error: ReelburstError) => void;
}

export interface SharedDamage {
  readonly key: string;
  readonly reason: "record unreadable" | "object missing" | "wrong content" | "another entry's content";
}

/**
 * One chunk cache for several machines: an object store, with each machine's own files in front.
 *
 * - **A put is done when the store has it.** Another machine joins the chunks, so a chunk that only its renderer has
 *   counts as not made: when the upload fails, `put` fails (retryable) and takes nothing.
 * - **The store being away is a miss, not a failure, for a reader**: what it holds can be made again, and then `put`
 *   says what is wrong.
 * - **The first put wins across machines** where the store has conditional writes. Where not, two machines that render
 *   one chunk at the same moment may each keep their own bytes; both are right, only not the same file.
 * - **Pins and garbage are this machine's.** In the store entries go by age alone (`lifecycleRules`), whoever needs
 *   them: `chunkDays` must be longer than any production takes. One that goes too early is a miss and is made again.
 */
export class SharedChunkCache implements ChunkCache {
  readonly #local: ChunkCache;
  readonly #store: ObjectStore;
  readonly #tempDirectory: string;
  readonly #kinds: readonly string[] | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onDamage: (damage: SharedDamage) => void;
  readonly #onStoreFailure: (error: ReelburstError) => void;
  /** Keys this process has seen in the store. */
  readonly #shared = new Set<string>();
  /** One download for all who wait for the same entry. */
  readonly #fetching = new Map<string, Promise<CacheEntry | null>>();

  constructor(options: SharedChunkCacheOptions) {
    this.#local = options.local;
    this.#store = options.store;
    this.#tempDirectory = options.tempDirectory;
    this.#kinds = options.kinds;
    this.#signal = options.signal;
    this.#onDamage = options.onDamage ?? (() => {});
    this.#onStoreFailure = options.onStoreFailure ?? (() => {});
  }

  async get(key: string): Promise<CacheEntry | null> {
    const entry = await this.#local.get(key);
    if (!this.#isShared(key)) return entry;
    if (entry !== null) {
      await this.#shareOlder(entry);
      return entry;
    }
    let fetching = this.#fetching.get(key);
    if (fetching === undefined) {
      fetching = this.#fetch(key).finally(() => this.#fetching.delete(key));
      this.#fetching.set(key, fetching);
    }
    return fetching;
  }

  async has(key: string): Promise<boolean> {
    if (await this.#local.has(key)) return true;
    if (!this.#isShared(key)) return false;
    const found = await this.#orNull(() => this.#store.head(chunkRecordKey(key), this.#call()));
    return found !== null;
  }

  async put(key: string, tempPath: string, meta: CacheMeta): Promise<CacheEntry> {
    const winner = await this.get(key);
    if (winner !== null || !this.#isShared(key)) return this.#local.put(key, tempPath, meta);
    const sha256 = await sha256File(tempPath);
    const isFirst = await this.#upload(key, { file: tempPath, sha256 }, meta);
    // Somebody was faster: their bytes are the entry. When they have gone again meanwhile, ours are as good.
    if (!isFirst) await this.#fetch(key);
    return this.#local.put(key, tempPath, meta);
  }

  async putMeta(key: string, meta: CacheMeta): Promise<CacheEntry> {
    const known = await this.get(key);
    if (known !== null) return known;
    if (!this.#isShared(key)) return this.#local.putMeta(key, meta);
    const isFirst = await this.#upload(key, null, meta);
    return (isFirst ? null : await this.#fetch(key)) ?? (await this.#local.putMeta(key, meta));
  }

  /** Here and in the store; machines that have it already find out for themselves. */
  async discard(key: string): Promise<void> {
    await this.#local.discard(key);
    if (!this.#isShared(key)) return;
    await this.#orNull(() => this.#drop(key, "another entry's content"));
  }

  pin(keys: Iterable<string>): Promise<Pin> {
    return this.#local.pin(keys);
  }

  stat(): Promise<CacheStat> {
    return this.#local.stat();
  }

  collectGarbage(request?: GarbageRequest): Promise<GarbageReport> {
    return this.#local.collectGarbage(request);
  }

  #isShared(key: string): boolean {
    return this.#kinds === undefined || this.#kinds.includes(parseCacheKey(key).kind);
  }

  /** An entry from before this machine shared anything: others are told to find it in the store. */
  async #shareOlder(entry: CacheEntry): Promise<void> {
    if (this.#shared.has(entry.key)) return;
    await this.#orNull(async () => {
      if ((await this.#store.head(chunkRecordKey(entry.key), this.#call())) === null) {
        const data = entry.sha256 === null ? null : { file: entry.path, sha256: entry.sha256 };
        await this.#upload(entry.key, data, entry.meta);
      }
      this.#shared.add(entry.key);
    });
  }

  /** Bytes first, record last: an entry exists when its record does. @returns false when there was one already. */
  async #upload(
    key: string,
    data: { readonly file: string; readonly sha256: string } | null,
    meta: CacheMeta,
  ): Promise<boolean> {
    let stored: SharedRecord["data"] = null;
    if (data !== null) {
      const facts = await this.#store.put(
        chunkDataKey(key, data.sha256),
        { file: data.file },
        { sha256: data.sha256, ...this.#call() },
      );
      stored = { sha256: data.sha256, sizeBytes: facts.sizeBytes };
    }
    const record = writeSharedRecord({ version: 1, key, data: stored, meta });
    try {
      const ifAbsent = this.#store.capabilities.conditionalWrites;
      await this.#store.put(chunkRecordKey(key), record, { ifAbsent, ...this.#call() });
      this.#shared.add(key);
      return true;
    } catch (error) {
      if (codeOf(error) === "OBJECT_EXISTS") return false;
      throw error;
    }
  }

  /** From the store into the local cache; null when there is none, or none that is whole. */
  async #fetch(key: string): Promise<CacheEntry | null> {
    const record = await this.#orNull(() => this.#readRecord(key));
    if (record === null) return null;
    this.#shared.add(key);
    if (record.data === null) return this.#local.putMeta(key, record.meta);
    const { sha256, sizeBytes } = record.data;
    const folder = await createTempDir(this.#tempDirectory);
    try {
      const file = path.join(folder.path, parseCacheKey(key).digest.slice(0, 32));
      const isWhole = await this.#orNull(() => this.#download(key, file, sha256, sizeBytes));
      return isWhole === true ? await this.#local.put(key, file, record.meta) : null;
    } finally {
      await folder.remove();
    }
  }

  async #readRecord(key: string): Promise<SharedRecord | null> {
    const recordKey = chunkRecordKey(key);
    if ((await this.#store.head(recordKey, this.#call())) === null) return null;
    const { facts, stream } = await this.#store.get(recordKey, this.#call());
    const isSmall = facts.sizeBytes <= MAX_RECORD_BYTES;
    if (!isSmall) stream.destroy();
    const record = isSmall ? readSharedRecord(await text(stream), key) : null;
    if (record === null) await this.#drop(key, "record unreadable");
    return record;
  }

  async #download(key: string, file: string, sha256: string, sizeBytes: number): Promise<boolean> {
    try {
      const { facts, stream } = await this.#store.get(chunkDataKey(key, sha256), { sha256, ...this.#call() });
      if (facts.sizeBytes !== sizeBytes) {
        stream.destroy();
        await this.#drop(key, "wrong content");
        return false;
      }
      await pipeline(stream, createWriteStream(file, { flags: "wx" }));
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (code !== "OBJECT_NOT_FOUND" && code !== "OBJECT_DIGEST_MISMATCH") throw writeError(error, file);
      await this.#drop(key, code === "OBJECT_NOT_FOUND" ? "object missing" : "wrong content");
      return false;
    }
  }

  /** The record only: its bytes may be another record's by now, and go by their age. */
  async #drop(key: string, reason: SharedDamage["reason"]): Promise<void> {
    this.#shared.delete(key);
    await this.#store.delete(chunkRecordKey(key), this.#call());
    this.#onDamage({ key, reason });
  }

  /** The store is asked, and may fail: then this machine works with what it has. */
  async #orNull<Result>(ask: () => Promise<Result>): Promise<Result | null> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ReelburstError) || !STORE_FAILURES.has(error.code)) throw error;
      this.#onStoreFailure(error);
      return null;
    }
  }

  #call(): { readonly signal?: AbortSignal } {
    return this.#signal === undefined ? {} : { signal: this.#signal };
  }
}

/** Not those of this machine's disk, and not `ABORTED`. */
const STORE_FAILURES: ReadonlySet<string> = new Set([
  "OBJECT_NOT_FOUND",
  "OBJECT_SIZE_MISMATCH",
  "STORAGE_DENIED",
  "STORAGE_MISCONFIGURED",
  "STORAGE_REFUSED",
  "STORAGE_UNAVAILABLE",
  "STORAGE_UNSUPPORTED",
]);

function codeOf(error: unknown): string | null {
  return error instanceof ReelburstError ? error.code : null;
}
