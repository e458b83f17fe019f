import type { Readable } from "node:stream";
import type { LifecycleReport, LifecycleRule } from "./lifecycle.ts";

/**
 * Where results live that others fetch: uploads, finished films, chunks that several machines share. Keys name whole,
 * immutable objects: one appears complete or not at all, and replacing it is one step.
 *
 * Every method throws `ReelburstError` only: the codes of `storage-errors.ts`, `ABORTED` for its signal, and `DISK_FULL`
 * or `NO_WRITE_PERMISSION` from a folder.
 */
export interface ObjectStore {
  /** For messages: `file:///srv/films`, `s3://bucket/prefix`. Holds no secret. */
  readonly location: string;
  readonly capabilities: StoreCapabilities;
  /**
   * Stores an object. Size and digest, when stated, are checked before anything is visible under the key.
   * @throws `OBJECT_EXISTS`, `OBJECT_DIGEST_MISMATCH`, `OBJECT_TOO_LARGE`; `STORAGE_UNSUPPORTED` for `ifAbsent` where the
   * store has no conditional writes: a look beforehand would lose the race it is meant to win.
   */
  put(key: string, source: ObjectSource, options?: PutOptions): Promise<ObjectFacts>;
  /**
   * Opens an object. What the stream delivers is complete, or it ends with an error; with `sha256` given it is also
   * the right bytes. Whoever does not read it to its end destroys it.
   * @throws `OBJECT_NOT_FOUND`, `OBJECT_RANGE_INVALID`
   */
  get(key: string, options?: GetOptions): Promise<ObjectBody>;
  /** null when there is none. */
  head(key: string, options?: CallOptions): Promise<ObjectFacts | null>;
  /** No error when there is none. */
  delete(key: string, options?: CallOptions): Promise<void>;
  /** Keys in ascending order of their characters. */
  list(options?: ListOptions): Promise<ObjectPage>;
  /**
   * Gives an object a second key, replacing what is there: how a finished work takes its public name without being
   * uploaded again. There is no rename: in an object store it would be this and a delete, which can stop in between.
   */
  copy(fromKey: string, toKey: string, options?: CallOptions): Promise<ObjectFacts>;
  /** A URL anybody may read the object with until it expires. Whether the object exists is not asked. */
  presignGet(key: string, options: PresignGetOptions): Promise<SignedRequest>;
  /** A URL that takes exactly the object stated. The client must send the headers that come with it. */
  presignPut(key: string, options: PresignPutOptions): Promise<SignedRequest>;
  /** Puts rules into force: installs them where the store keeps them itself, else deletes now what is over its time. */
  applyLifecycle(rules: readonly LifecycleRule[], options?: CallOptions): Promise<LifecycleReport>;
  /** Lets go of connections. */
  close(): Promise<void>;
}

/** Bytes at hand, a stream read once, or a file, which stays where it is. */
export type ObjectSource = Uint8Array | Readable | { readonly file: string };

export interface StoreCapabilities {
  /** `ifAbsent` is decided by the store in one step. */
  readonly conditionalWrites: boolean;
  /** Who answers a signed URL: the store, or our own HTTP server. null: there are none. */
  readonly presign: "store" | "server" | null;
  /** The store deletes what is over its time by itself; where not, `applyLifecycle` must be called again and again. */
  readonly lifecycle: boolean;
  /** At rest, as asked for with each object. null: whatever the disk or the store does by itself. */
  readonly encryption: "AES256" | "aws:kms" | null;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface PutOptions extends CallOptions {
  /** Lower-case hex of all bytes. */
  readonly sha256?: string | undefined;
  readonly sizeBytes?: number | undefined;
  /** More than this is refused while it arrives. */
  readonly maxBytes?: number | undefined;
  /** Default: by the key's ending. */
  readonly contentType?: string | undefined;
  /** Only when there is no object of this key. */
  readonly ifAbsent?: boolean;
}

export interface GetOptions extends CallOptions {
  readonly range?: ByteRange | undefined;
  /** Checked while reading; the stream ends with `OBJECT_DIGEST_MISMATCH` after the last byte. Not with a range. */
  readonly sha256?: string | undefined;
}

/** As in HTTP: both ends included. No end: to the last byte. An end beyond the last byte means the last byte. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number | undefined;
}

export interface ObjectFacts {
  readonly key: string;
  readonly sizeBytes: number;
  /** Lower-case hex; null when the store does not know (put by somebody else, or as a stream of unknown digest). */
  readonly sha256: string | null;
  readonly contentType: string;
  /** Changes with the content; in quotes, as in HTTP. Means nothing across stores. */
  readonly etag: string;
  /** Wall time of the store, milliseconds since the epoch. */
  readonly modifiedAtMs: number;
}

export interface ObjectBody {
  readonly facts: ObjectFacts;
  /** What the stream holds, of `facts.sizeBytes`; null: everything. */
  readonly range: { readonly start: number; readonly end: number } | null;
  readonly stream: Readable;
}

export interface ListOptions extends CallOptions {
  /** A beginning of keys, not necessarily a folder: "videos/sh". */
  readonly prefix?: string;
  /** From the page before. */
  readonly cursor?: string | null;
  /** At most 1,000, which is the default. */
  readonly limit?: number;
}

export interface ObjectPage {
  readonly objects: readonly ListedObject[];
  /** null: this was the last page. */
  readonly nextCursor: string | null;
}

export type ListedObject = Pick<ObjectFacts, "key" | "sizeBytes" | "modifiedAtMs">;

export interface PresignGetOptions {
  /** At most seven days. */
  readonly expiresInSeconds: number;
  /** The name under which a browser saves it. */
  readonly downloadName?: string | undefined;
}

export interface PresignPutOptions {
  /** At most seven days. */
  readonly expiresInSeconds: number;
  readonly sizeBytes: number;
  readonly contentType: string;
  /** Lower-case hex. */
  readonly sha256?: string | undefined;
}

export interface SignedRequest {
  readonly method: "GET" | "PUT";
  readonly url: string;
  /** To be sent with it, as they are. */
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAtMs: number;
}

export const MAX_LIST_LIMIT = 1000;
/** What S3 allows. */
export const MAX_SIGNED_SECONDS = 7 * 24 * 3600;
