import type { Readable } from "node:stream";

/**
 * Files that clients bring, by the SHA-256 of their bytes. What is there is whole and is what its name says; it never
 * changes. Unfinished uploads are kept apart.
 */
export interface AssetStore {
  /** In bytes; null: not there. */
  size(sha256: string): Promise<number | null>;

  /** Brings it to this machine if need be; null: not there. */
  find(sha256: string): Promise<AssetFacts | null>;

  /** Bytes of an unfinished upload; 0 when there is none. */
  offset(sha256: string): Promise<number>;

  /**
   * Takes the bytes of `part`, which begins at byte `start`, and with the last of them the whole file.
   * @throws ReelburstError ASSET_BUSY, ASSET_OFFSET (the part does not begin where the upload stands), ASSET_TOO_LARGE,
   *   ASSET_DIGEST_MISMATCH, ASSET_INCOMPLETE, DISK_FULL. After a mismatch or a full disk nothing is kept; after an
   *   interrupted part what came is kept when `keepPart`.
   */
  put(sha256: string, part: Readable, options: PutOptions): Promise<PutAnswer>;

  /** Deletes unfinished uploads that nobody has added to for so long. @returns how many */
  sweep(olderThanMs: number): Promise<number>;
}

export interface AssetFacts {
  readonly sizeBytes: number;
  /** Absolute path, for reading only. */
  readonly file: string;
}

export interface PutOptions {
  readonly start: number;
  /** Of the whole file; null when the client has not said: then the part's end is the file's. */
  readonly totalBytes: number | null;
  readonly maxBytes: number;
  readonly keepPart: boolean;
}

export type PutAnswer =
  | { readonly kind: "stored" | "known"; readonly sizeBytes: number }
  | { readonly kind: "partial"; readonly offset: number };
