import type { FastifyBaseLogger } from "fastify";
import type { Service } from "../app.ts";
import type { Clock } from "../support/clock.ts";
import type { GuardOptions } from "./auth/guard.ts";
import type { Metrics } from "./metrics.ts";
import type { StorageWatch } from "./storage-watch.ts";
import type { WebhookDesk } from "./webhook-desk.ts";

/** Everything the HTTP application needs of the world; no socket, no signal. */
export interface ServerDependencies {
  readonly service: Service;
  readonly version: string;
  readonly guard: GuardOptions;
  readonly webhooks: WebhookDesk;
  readonly storage: StorageWatch;
  readonly log: FastifyBaseLogger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly limits: ServerLimits;
  /** Absolute. Files in bodies pass through it; on the data folder's disk, because they are large. */
  readonly spoolFolder: string;
  /** Aborted when the server begins to go down. */
  readonly draining: AbortSignal;
}

export interface ServerLimits {
  readonly maxAssetBytes: number;
  readonly maxBodyBytes: number;
  /** Productions waiting at a time. */
  readonly maxQueued: number;
  /** Of one caller; uploads of bytes count one each. */
  readonly requestsPerMinute: number;
  readonly heartbeatMs: number;
  /** With less free on the disk a film is likely to fail half way: none is begun. */
  readonly minDiskBytes: number;
  /** An upload that brings nothing for so long is given up. */
  readonly uploadIdleMs: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  maxAssetBytes: 4e9,
  maxBodyBytes: 8 * 1024 * 1024,
  maxQueued: 10_000,
  requestsPerMinute: 1200,
  heartbeatMs: 15_000,
  minDiskBytes: 500e6,
  uploadIdleMs: 30_000,
};
