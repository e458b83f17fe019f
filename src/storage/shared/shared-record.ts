import { digestOf } from "../../support/hash.ts";
import type { CacheMeta } from "../chunk-cache.ts";

/** The small JSON object that makes a shared entry exist; its bytes are in an object of their own. */
export interface SharedRecord {
  readonly version: 1;
  readonly key: string;
  /** null for an entry that is all meta. */
  readonly data: { readonly sha256: string; readonly sizeBytes: number } | null;
  readonly meta: CacheMeta;
}

/** What a probe's facts or a chunk's meta come to is a few kilobytes; more is no record of ours. */
export const MAX_RECORD_BYTES = 1 << 20;

/** With a digest of itself, like the records on disk. */
export function writeSharedRecord(record: SharedRecord): Buffer {
  return Buffer.from(JSON.stringify({ ...record, recordDigest: digestOf(record) }));
}

/** @returns null for anything but a whole record of this key. */
export function readSharedRecord(text: string, key: string): SharedRecord | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return null;
  const { recordDigest, ...rest } = parsed as SharedRecord & { recordDigest?: unknown };
  return rest.version === 1 && rest.key === key && digestOf(rest) === recordDigest ? rest : null;
}
