import { readFile, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import { publishFile, writeFileAtomic } from "../../support/atomic-file.ts";
import type { Clock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import { isMissing, readError, systemCode } from "../../support/file-errors.ts";
import { sha256File } from "../../support/hash.ts";
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
import { CacheLayout } from "./cache-layout.ts";
import { type CacheRecord, readRecord, writeRecord } from "./cache-record.ts";
import { collect } from "./collect.ts";
import { writePin } from "./pins.ts";
import { scanCache } from "./scan.ts";

const DEFAULT_CACHE_BYTES = 20e9;
/** Long enough that a reader without a pin opens the path it was given. */
const DEFAULT_KEEP_RECENT_MS = 10 * 60_000;

export interface FileChunkCacheOptions {
  /** The cache's own folder; made when missing. Several processes may share it. */
  readonly folder: string;
  readonly clock: Clock;
  /** Default 20 GB. */
  readonly maxBytes?: number;
  /** Entries used within this time are never collected. Default 10 minutes. */
  readonly keepRecentMs?: number;
  /** Hears of every entry dropped because it was not what had been put in. */
  readonly onDamage?: (damage: CacheDamage) => void;
  /** How files reach the disk; tests let it fail. */
  readonly files?: CacheFiles;
}

export interface CacheDamage {
  readonly key: string;
  readonly path: string;
  readonly reason:
    | "record unreadable"
    | "file missing"
    | "wrong size"
    | "wrong content"
    | "another entry's content";
}

export interface CacheFiles {
  readonly publishFile: (tempPath: string, finalPath: string) => Promise<void>;
  readonly writeFileAtomic: (filePath: string, data: string) => Promise<void>;
}

/** A chunk cache in a folder. See `cache-layout.ts` for its files, `collect.ts` for what leaves it. */
export class FileChunkCache implements ChunkCache {
  readonly #layout: CacheLayout;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #keepRecentMs: number;
  readonly #onDamage: (damage: CacheDamage) => void;
  readonly #files: CacheFiles;
  /** Data path -> mark of the file whose content this process has checked. */
  readonly #verified = new Map<string, string>();
  /** Bytes put since the folder was last measured; infinite before the first time. */
  #unmeasuredBytes = Number.POSITIVE_INFINITY;
  #collecting: Promise<GarbageReport> | null = null;

  constructor(options: FileChunkCacheOptions) {
    this.#layout = new CacheLayout(options.folder);
    this.#clock = options.clock;
    this.#maxBytes = options.maxBytes ?? DEFAULT_CACHE_BYTES;
    this.#keepRecentMs = options.keepRecentMs ?? DEFAULT_KEEP_RECENT_MS;
    this.#onDamage = options.onDamage ?? (() => {});
    this.#files = options.files ?? { publishFile, writeFileAtomic };
  }

  async get(key: string): Promise<CacheEntry | null> {
    const record = await this.#open(key);
    if (record === null) return null;
    // Before the check, so that a collector that has already listed this entry sees it used.
    await this.#touch(this.#layout.recordPath(key));
    const reason = await this.#findDamage(key, record, true);
    if (reason === null) return this.#toEntry(record);
    await this.#drop(key, record, reason);
    return null;
  }

  async has(key: string): Promise<boolean> {
    const record = await this.#open(key);
    return record !== null && (await this.#findDamage(key, record, false)) === null;
  }

  async put(key: string, tempPath: string, meta: CacheMeta): Promise<CacheEntry> {
    const known = await this.get(key);
    if (known !== null) {
      await rm(tempPath, { force: true });
      return known;
    }
    const sha256 = await sha256File(tempPath);
    const { size } = await stat(tempPath);
    const data = this.#layout.newDataName(key);
    const dataPath = path.join(this.#layout.shardOf(key), data);
    await this.#withRoom(size, () => this.#files.publishFile(tempPath, dataPath));
    this.#verified.set(dataPath, await markOf(dataPath));
    try {
      return await this.#writeEntry({ key, data, sha256, sizeBytes: size, meta });
    } catch (error) {
      // Bytes without a record are out of reach: give the room back.
      this.#verified.delete(dataPath);
      await rm(dataPath, { force: true });
      throw error;
    }
  }

  async putMeta(key: string, meta: CacheMeta): Promise<CacheEntry> {
    return (
      (await this.get(key)) ?? (await this.#writeEntry({ key, data: null, sha256: null, sizeBytes: 0, meta }))
    );
  }

  async discard(key: string): Promise<void> {
    const record = await this.#open(key);
    if (record !== null) await this.#drop(key, record, "another entry's content");
  }

  async pin(keys: Iterable<string>): Promise<Pin> {
    return writePin(this.#layout.pins, [...keys]);
  }

  async stat(): Promise<CacheStat> {
    const { entries } = await scanCache(this.#layout);
    const byKind: Record<string, { entries: number; sizeBytes: number }> = {};
    let total = 0;
    for (const { key, sizeBytes } of entries) {
      const { kind } = parseCacheKey(key);
      const sum = byKind[kind] ?? { entries: 0, sizeBytes: 0 };
      byKind[kind] = { entries: sum.entries + 1, sizeBytes: sum.sizeBytes + sizeBytes };
      total += sizeBytes;
    }
    return { entries: entries.length, sizeBytes: total, maxBytes: this.#maxBytes, byKind };
  }

  async collectGarbage(request: GarbageRequest = {}): Promise<GarbageReport> {
    const limit = request.maxBytes ?? this.#maxBytes;
    const report = await collect(this.#layout, {
      maxBytes: Math.max(0, limit - (request.freeBytes ?? 0)),
      nowMs: this.#clock.now(),
      keepRecentMs: this.#keepRecentMs,
    });
    this.#unmeasuredBytes = 0;
    return report;
  }

  /**
   * For the end of a run: collects if the run has put anything to speak of. A run that found everything would list the
   * whole cache for nothing.
   */
  async tidy(): Promise<void> {
    const grown = Number.isFinite(this.#unmeasuredBytes) && this.#unmeasuredBytes > this.#maxBytes / 100;
    if (grown) await this.collectGarbage();
  }

  async #writeEntry(facts: Omit<CacheRecord, "version" | "createdAt">): Promise<CacheEntry> {
    const record: CacheRecord = {
      version: 1,
      ...facts,
      createdAt: new Date(this.#clock.now()).toISOString(),
    };
    const text = writeRecord(record);
    const recordPath = this.#layout.recordPath(facts.key);
    await this.#withRoom(text.length, () => this.#files.writeFileAtomic(recordPath, text));
    await this.#touch(recordPath);
    // Facts are what a run begins with, and too small to wait for a look at the whole cache.
    if (facts.data === null) this.#unmeasuredBytes += text.length;
    else await this.#collectWhenGrown(facts.sizeBytes + text.length);
    return this.#toEntry(JSON.parse(text) as CacheRecord);
  }

  async #open(key: string): Promise<CacheRecord | null> {
    const recordPath = this.#layout.recordPath(key);
    let text: string;
    try {
      text = await readFile(recordPath, "utf8");
    } catch (error) {
      if (isMissing(error)) return null;
      throw readError(error, recordPath);
    }
    const record = readRecord(text, key);
    if (record === null) await this.#drop(key, null, "record unreadable");
    return record;
  }

  async #findDamage(
    key: string,
    record: CacheRecord,
    checkContent: boolean,
  ): Promise<CacheDamage["reason"] | null> {
    if (record.data === null) return null;
    const dataPath = path.join(this.#layout.shardOf(key), record.data);
    try {
      const facts = await stat(dataPath);
      if (facts.size !== record.sizeBytes) return "wrong size";
      if (!checkContent) return null;
      const mark = markFrom(facts);
      if (this.#verified.get(dataPath) === mark) return null;
      if ((await sha256File(dataPath)) !== record.sha256) return "wrong content";
      this.#verified.set(dataPath, mark);
      return null;
    } catch (error) {
      if (isMissing(error)) return "file missing";
      // The disk cannot give the bytes back.
      if (systemCode(error) === "EIO") return "wrong content";
      throw readError(error, dataPath);
    }
  }

  /** The record first: without it the entry is gone, whatever happens to the data. */
  async #drop(key: string, record: CacheRecord | null, reason: CacheDamage["reason"]): Promise<void> {
    const recordPath = this.#layout.recordPath(key);
    const dataPath = record?.data == null ? null : path.join(this.#layout.shardOf(key), record.data);
    await rm(recordPath, { force: true });
    if (dataPath !== null) {
      this.#verified.delete(dataPath);
      await rm(dataPath, { force: true });
    }
    this.#onDamage({ key, path: dataPath ?? recordPath, reason });
  }

  /** A full disk may be full of our own old entries: free what may go, then try once more. */
  async #withRoom(sizeBytes: number, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!(error instanceof ReelburstError) || error.code !== "DISK_FULL") throw error;
      const { sizeBytes: heldBytes } = await this.stat();
      // A tenth on top: the disk's own bookkeeping, and the puts of the neighbours that are failing as well.
      await this.collectGarbage({ maxBytes: heldBytes, freeBytes: sizeBytes + Math.ceil(heldBytes / 10) });
      await write();
    }
  }

  /** Measuring means listing the folder, so it is done once in a while: after the first put and each 5 % of growth. */
  async #collectWhenGrown(sizeBytes: number): Promise<void> {
    this.#unmeasuredBytes += sizeBytes;
    if (this.#unmeasuredBytes < this.#maxBytes / 20 || this.#collecting !== null) return;
    this.#collecting = this.collectGarbage();
    try {
      await this.#collecting;
    } catch {
      // The put itself is done. What cannot be deleted now is tried again after the next 5 %.
      this.#unmeasuredBytes = 0;
    } finally {
      this.#collecting = null;
    }
  }

  async #touch(recordPath: string): Promise<void> {
    const now = new Date(this.#clock.now());
    try {
      await utimes(recordPath, now, now);
    } catch {
      // Collected in this moment, or a cache that may only be read: the check that follows decides.
    }
  }

  #toEntry(record: CacheRecord): CacheEntry {
    const { key, data, sizeBytes, sha256, meta } = record;
    const file = data === null ? this.#layout.recordPath(key) : path.join(this.#layout.shardOf(key), data);
    return { key, path: file, sizeBytes, sha256, createdAtMs: Date.parse(record.createdAt), meta };
  }
}

async function markOf(file: string): Promise<string> {
  return markFrom(await stat(file));
}

/** Changes whenever somebody writes to the file; reading and linking leave it alone. */
function markFrom(facts: { readonly ino: number; readonly mtimeMs: number; readonly size: number }): string {
  return `${facts.ino}:${facts.mtimeMs}:${facts.size}`;
}
