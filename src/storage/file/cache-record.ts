import { digestOf } from "../../support/hash.ts";
import type { CacheMeta } from "../chunk-cache.ts";

/** The small JSON file that makes an entry exist. */
export interface CacheRecord {
  readonly version: 1;
  readonly key: string;
  /** Name of the data file beside the record; null for an entry that is all meta. */
  readonly data: string | null;
  readonly sha256: string | null;
  readonly sizeBytes: number;
  /** ISO 8601, for people who look into the folder. */
  readonly createdAt: string;
  readonly meta: CacheMeta;
}

/**
 * The record with a digest of itself: a flipped digit in a meta value would otherwise go unnoticed.
 * @throws {TypeError} when the meta holds what JSON would change (NaN, a Map): a later reader would get something else.
 */
export function writeRecord(record: CacheRecord): string {
  return `${JSON.stringify({ ...record, recordDigest: digestOf(record) })}\n`;
}

/** @returns null for anything but a whole record of this key. */
export function readRecord(text: string, key: string): CacheRecord | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return null;
  const { recordDigest, ...rest } = parsed as CacheRecord & { recordDigest?: unknown };
  // The digest vouches for the shape: only `writeRecord` makes one, and the version names that shape.
  if (rest.version !== 1 || rest.key !== key || digestOf(rest) !== recordDigest) return null;
  return rest;
}
