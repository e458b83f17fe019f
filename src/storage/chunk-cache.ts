/**
 * Finished work, kept under the hash of everything that determines it: rendered chunks, decoded sound, probes.
 *
 * What it hands out is whole and is what was put in, or it is a miss. It never owns the only copy of anything: every
 * entry can be made again, so a damaged one is dropped and reported instead of repaired.
 */
export interface ChunkCache {
  /** The entry, checked; null when there is none or it was damaged. Counts as a use. */
  get(key: string): Promise<CacheEntry | null>;

  /** True when there is an entry. A quick look: sizes are checked, bytes are not, and it does not count as a use. */
  has(key: string): Promise<boolean>;

  /**
   * Takes the finished file at `tempPath` into the cache; it is moved, so it is gone afterwards. The first put of a
   * key wins: who comes second gets the entry that is there, so every process works with the same bytes.
   *
   * @param meta small JSON; what a reader needs to know without opening the file.
   * @returns the entry now in the cache; use its `path` and `meta`, not those given.
   * @throws {ReelburstError} `DISK_FULL` (after freeing what could be freed), `NO_WRITE_PERMISSION`.
   */
  put(key: string, tempPath: string, meta: CacheMeta): Promise<CacheEntry>;

  /** An entry that is all meta, such as the facts of a probe. Its `path` is that of its own record. */
  putMeta(key: string, meta: CacheMeta): Promise<CacheEntry>;

  /**
   * Forgets an entry that holds something else than its key says, though every byte is the one that was put: so that
   * it is made again. Reported like any other damage. No error when there is none.
   */
  discard(key: string): Promise<void>;

  /**
   * Keeps entries from being collected while a run needs them, whether or not they exist yet; other processes see it
   * too. A pin ends with `release` or with the process.
   */
  pin(keys: Iterable<string>): Promise<Pin>;

  stat(): Promise<CacheStat>;

  /** Deletes the least recently used entries until the rest fits, and what dead processes left behind. */
  collectGarbage(request?: GarbageRequest): Promise<GarbageReport>;
}

export type CacheMeta = Readonly<Record<string, unknown>>;

export interface CacheEntry {
  readonly key: string;
  /** Read only. Stays valid while the entry is pinned or was used in the last minutes (`keepRecentMs`). */
  readonly path: string;
  readonly sizeBytes: number;
  /** Of the file at `path`, lower-case hex. For an entry that is all meta, of nothing: null. */
  readonly sha256: string | null;
  /** Wall time, milliseconds since the epoch. */
  readonly createdAtMs: number;
  readonly meta: CacheMeta;
}

export interface Pin {
  release(): Promise<void>;
}

export interface CacheStat {
  readonly entries: number;
  /** Files and records together. */
  readonly sizeBytes: number;
  readonly maxBytes: number;
  /** By the kind in front of the key ("chunk-3f…" is "chunk"); keys without one are under "". */
  readonly byKind: Readonly<Record<string, { readonly entries: number; readonly sizeBytes: number }>>;
}

export interface GarbageRequest {
  /** Bytes to have free below the cache's limit afterwards, as far as entries may go. Default 0. */
  readonly freeBytes?: number;
  /** Overrides the cache's own limit for this once; 0 empties it of all that is not in use. */
  readonly maxBytes?: number;
}

export interface GarbageReport {
  readonly entriesRemoved: number;
  readonly bytesFreed: number;
  readonly entriesKept: number;
  readonly bytesKept: number;
  /** Temporary files, orphaned data and pins of processes that are gone. */
  readonly leftoversRemoved: number;
}

/** A digest, optionally after its kind: "chunk-3f2a…", "pcm-9c01…", "3f2a…". */
const KEY = /^(?:([a-z][a-z0-9]*)-)?([0-9a-f]{16,128})$/;

/**
 * A key's kind ("" when it has none) and digest.
 * @throws {TypeError} for anything else: keys become file names, so nothing a user wrote may be one.
 */
export function parseCacheKey(key: string): { readonly kind: string; readonly digest: string } {
  const match = KEY.exec(key);
  if (match === null) throw new TypeError(`${JSON.stringify(key)} is not a cache key.`);
  return { kind: match[1] ?? "", digest: match[2] ?? "" };
}
