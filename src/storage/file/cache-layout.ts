import { randomBytes } from "node:crypto";
import path from "node:path";
import { parseCacheKey } from "../chunk-cache.ts";

/**
 * Where things are in a cache folder:
 *
 * ```text
 * <root>/entries/3f/<key>.json               the record; an entry exists when this does
 * <root>/entries/3f/<key>.<random>.data      its bytes, named by the record
 * <root>/pins/<owner>-<random>.json          keys that a live process needs
 * ```
 *
 * Shards are the digest's first two digits: at most 256 folders, a few dozen files in each at 20 GB.
 *
 * The data's name is never used twice. Were it derived from the key, a process that drops a damaged file could delete
 * the good one that another has just put in its place.
 */
export class CacheLayout {
  readonly entries: string;
  readonly pins: string;

  constructor(root: string) {
    this.entries = path.join(root, "entries");
    this.pins = path.join(root, "pins");
  }

  shardOf(key: string): string {
    return path.join(this.entries, parseCacheKey(key).digest.slice(0, 2));
  }

  recordPath(key: string): string {
    return path.join(this.shardOf(key), `${key}${RECORD_SUFFIX}`);
  }

  newDataName(key: string): string {
    return `${key}.${randomBytes(8).toString("hex")}${DATA_SUFFIX}`;
  }
}

export const RECORD_SUFFIX = ".json";
export const DATA_SUFFIX = ".data";
