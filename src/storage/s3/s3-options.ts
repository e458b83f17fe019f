import type { Clock } from "../../support/clock.ts";
import type { StorageTarget } from "../storage-url.ts";

export type S3Target = Omit<Extract<StorageTarget, { kind: "s3" }>, "kind">;

export interface S3StoreOptions extends S3Target {
  readonly clock: Clock;
  /** Default: the SDK's own chain (environment, shared files, container, instance). */
  readonly credentials?: S3Credentials | undefined;
  /** Each part is held in memory, four at a time. At least 5 MiB, which is the default. */
  readonly partBytes?: number | undefined;
  /** How often a request is tried in all. Default 4. */
  readonly maxAttempts?: number | undefined;
  readonly connectTimeoutMs?: number | undefined;
  /** Without a byte in either direction for this long, a request has failed. Default 30 s. */
  readonly idleTimeoutMs?: number | undefined;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** With every default filled in. */
export interface ResolvedS3Options extends S3Target {
  readonly clock: Clock;
  readonly credentials: S3Credentials | undefined;
  readonly partBytes: number;
  readonly maxAttempts: number;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly location: string;
}

export const MIN_PART_BYTES = 5 * 2 ** 20;
/** Of a multipart upload; S3's own limit. */
const MAX_PARTS = 10_000;

export function resolveS3Options(options: S3StoreOptions): ResolvedS3Options {
  return {
    ...options,
    credentials: options.credentials,
    partBytes: Math.max(MIN_PART_BYTES, options.partBytes ?? MIN_PART_BYTES),
    maxAttempts: options.maxAttempts ?? 4,
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
    location: `s3://${options.bucket}${options.prefix === "" ? "" : `/${options.prefix}`}`,
  };
}

/** Larger parts for what would need more of them than there may be. */
export function partBytesFor(partBytes: number, sizeBytes: number | undefined): number {
  return Math.max(partBytes, Math.ceil((sizeBytes ?? 0) / (MAX_PARTS - 1)));
}
