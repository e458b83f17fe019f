import type { SerializedError } from "../support/errors.ts";
import type { Notice, ProductionState, SceneStatus } from "./events.ts";
import type { Finding } from "./quality/quality-report.ts";

/**
 * The durable state of productions, as the service and everybody who works for it see it.
 *
 * Every backend passes `test/contracts/production-store.contract.ts`. What holds for all of them:
 *
 * - **Acknowledged means kept.** A method that resolved has committed.
 * - **One worker at a time.** `claim` leases a production; `record`, `heartbeat` and `release` are compare-and-set on
 *   (id, token, lease not run out by the store's own clock). Who comes late is told "stale" and must drop its work.
 * - **Events are numbered** from 1 without reuse within a production, in the transaction that makes the change they
 *   tell of. Events of one `slot` replace each other: whoever comes late reads the last one, so the list stays as
 *   long as the film has scenes, however long it renders. The numbers then have gaps.
 * - **Ended is ended.** Only `retry` leads out of succeeded, failed and canceled, and never out of succeeded.
 */
export interface ProductionStore {
  /** Adds a production as `queued`. With an idempotency key at most one comes of any number of calls. */
  create(request: NewProduction): Promise<CreateAnswer>;

  get(id: string): Promise<ProductionRecord | null>;

  /** Newest first. @throws ReelburstError CURSOR_INVALID */
  list(request: ListRequest): Promise<ProductionPage>;

  /** In order, those with a sequence above `after`. Empty also for a production that is not there. */
  eventsSince(id: string, after: number, limit: number): Promise<readonly StoredEvent[]>;

  /** Takes the production that has been queued longest and leases it; null when there is none. Does not wait. */
  claim(request: { readonly workerId: string; readonly leaseMs: number }): Promise<Claim | null>;

  /** Prolongs the lease. "cancel": somebody wants the end; the worker ends it with `record`. */
  heartbeat(claim: Claim): Promise<"ok" | "cancel" | "stale">;

  /** Stores what happened, all or nothing. A state that ends the production gives up the claim. */
  record(claim: Claim, update: ProductionUpdate): Promise<"ok" | "stale">;

  /** Gives the production back untouched (the server drains): queued in its old place, the attempt not counted. */
  release(claim: Claim): Promise<"ok" | "stale">;

  /** Queued: canceled at once. Being worked on: its worker is told. */
  cancel(id: string): Promise<"canceled" | "canceling" | "ended" | "unknown">;

  /** Queues what failed or was canceled once more. */
  retry(id: string): Promise<"queued" | "busy" | "succeeded" | "unknown">;

  /**
   * Queues again what its worker has left. `everyLease`: of a store that belongs to this process alone, at its start:
   * whoever held a lease is dead. A production that lost its worker `maxLost` times in a row fails instead with
   * PRODUCTION_ABANDONED: it may be what kills them.
   * @returns how many productions were touched
   */
  reclaim(options: { readonly everyLease: boolean; readonly maxLost: number }): Promise<number>;

  /** How many productions are in each state; states without any are left out. */
  counts(): Promise<Partial<Record<ProductionState, number>>>;

  /** Forgets idempotency keys older than this. @returns how many */
  forgetKeys(olderThanMs: number): Promise<number>;

  /**
   * Hears ids of productions that changed, soon after the commit. A hint: who needs to know looks now and then as well,
   * since what other processes say is lost with a connection. The listener must not throw. @returns a function that
   * stops it
   */
  subscribe(listener: (id: string) => void): () => void;
}

export interface NewProduction {
  /** Made by the caller, unguessable: 32 hex digits. */
  readonly id: string;
  /** As it came, with sources by digest: what the work begins from each time. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly title: string | null;
  /** Whose idempotency keys these are: the API key's id, or a name for callers without one. */
  readonly owner: string;
  readonly idempotency: { readonly key: string; readonly digest: string } | null;
  /** With this many queued nothing is added. */
  readonly maxQueued: number;
}

export type CreateAnswer =
  | { readonly kind: "created" | "replayed"; readonly production: ProductionRecord }
  /** The key was used for another body. */
  | { readonly kind: "conflict" }
  | { readonly kind: "full"; readonly queued: number };

export interface ProductionSummary {
  readonly id: string;
  readonly state: ProductionState;
  readonly title: string | null;
  /** Times it was begun. */
  readonly attempt: number;
  readonly progress: ProductionProgress;
  readonly error: SerializedError | null;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
  readonly updatedMs: number;
  /** Of the last attempt. */
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  /** Somebody asked for its end and its worker has not answered yet. */
  readonly cancelRequested: boolean;
  /** 0 until it is planned. */
  readonly sceneCount: number;
  /** Of the finished film; null before. */
  readonly seconds: number | null;
  /** The finished film's poster, relative to the production's folder. */
  readonly poster: string | null;
}

export interface ProductionRecord extends ProductionSummary {
  readonly document: Readonly<Record<string, unknown>>;
  readonly owner: string;
  readonly scenes: readonly SceneRecord[];
  /** All that is wrong, when more than `error` is. */
  readonly problems: readonly SerializedError[];
  /** What came of it; null before it succeeded. */
  readonly result: StoredResult | null;
  readonly workerId: string | null;
  /** Of its last event. */
  readonly lastSequence: number;
}

export interface ProductionProgress {
  readonly framesRendered: number;
  /** 0 until it is planned. */
  readonly framesTotal: number;
  readonly fps: number | null;
  readonly etaSeconds: number | null;
}

export interface SceneRecord {
  readonly id: string;
  readonly status: SceneStatus;
  readonly attempt: number;
  readonly cached: boolean;
  readonly framesRendered: number;
  readonly framesTotal: number;
  /** Who rendered it; null while nobody has, and for a scene from the cache. */
  readonly worker: string | null;
  /** CPU-bound time on its slots; null until the film is finished. */
  readonly renderMs: number | null;
  /** Name of its own file, when scenes are delivered. */
  readonly file: string | null;
  /** The cached chunk whose thumbnail shows the scene; null until one is finished. */
  readonly thumbnail?: string | null;
}

/** A `ProductionResult` without places on this machine. */
export interface StoredResult {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  readonly seconds: number;
  readonly sizeBytes: number;
  readonly encoder: string;
  readonly integratedLufs: number | null;
  /** Relative to the production's folder, with `/`. The film is of kind `film`, a scene's file of kind `scene`. */
  readonly files: readonly { readonly kind: string; readonly path: string; readonly sizeBytes: number }[];
  /** What the finished film was found to be; missing in results of earlier versions. */
  readonly findings?: readonly Finding[];
  readonly notices?: readonly Notice[];
}

export interface ListRequest {
  readonly limit: number;
  /** From the page before. */
  readonly cursor: string | null;
  /** "active": whatever has not ended. */
  readonly state: ProductionState | "active" | null;
  /** Part of the title, in any case; null: all. */
  readonly search?: string | null;
}

export interface ProductionPage {
  readonly productions: readonly ProductionSummary[];
  readonly nextCursor: string | null;
}

export interface NewEvent {
  readonly type: string;
  /** Plain JSON. */
  readonly data: Readonly<Record<string, unknown>>;
  /** See the contract; null: kept for good. */
  readonly slot: string | null;
}

export interface StoredEvent {
  readonly sequence: number;
  readonly atMs: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The right to work on one production. Plain data. */
export interface Claim {
  readonly id: string;
  /** Unique to this claim. */
  readonly token: string;
  readonly leaseMs: number;
  readonly workerId: string;
  readonly attempt: number;
  readonly document: Readonly<Record<string, unknown>>;
}

/** What is left out stays as it is. */
export interface ProductionUpdate {
  readonly state?: ProductionState;
  readonly progress?: ProductionProgress;
  readonly scenes?: readonly SceneRecord[];
  readonly result?: StoredResult;
  readonly error?: SerializedError;
  readonly problems?: readonly SerializedError[];
  readonly events: readonly NewEvent[];
}

const ENDED: readonly ProductionState[] = ["succeeded", "failed", "canceled"];

export function isEnded(state: ProductionState): boolean {
  return ENDED.includes(state);
}
