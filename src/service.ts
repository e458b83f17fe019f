/**
 * The composition root of the service, as `app.ts` is that of one render: durable productions, assets, the loops that
 * lead productions and those that draw chunks. Of one process with everything in its data folder, or of several on one
 * PostgreSQL and one object store; the same code, and the same way of a chunk through the queue.
 */
import { randomBytes } from "node:crypto";
import { rm, statfs } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { App, RenderHooks, RenderRequest } from "./app.ts";
import { type CleanUpReport, cleanUp, type ServerRetention } from "./clean-up.ts";
import { JOB_TABLES } from "./jobs/sql/job-tables.ts";
import { openSqlQueue } from "./jobs/sql/sql-queue.ts";
import { type ChunkExecutor, startChunkExecutor } from "./produce/chunk-executor.ts";
import { ChunkInputs } from "./produce/chunk-inputs.ts";
import { ChunkProgress } from "./produce/chunk-progress.ts";
import { type Estimate, estimateSeconds } from "./produce/estimate-seconds.ts";
import type { ProductionResult } from "./produce/events.ts";
import type { PlanReport } from "./produce/plan-report.ts";
import { ProductionProblems } from "./produce/problems.ts";
import { openDocument } from "./produce/production-document.ts";
import type { ProductionRecord, ProductionStore } from "./produce/production-store.ts";
import { publishedKey, publishOutputs } from "./produce/published-outputs.ts";
import type { SharedChunks } from "./produce/queued-chunks.ts";
import { type RunEnding, runProductions } from "./produce/run-productions.ts";
import { SlotMemory } from "./produce/slot-memory.ts";
import { announceEnd } from "./produce/store/announce-end.ts";
import { PRODUCTION_TABLES } from "./produce/store/production-tables.ts";
import { SqlProductionStore } from "./produce/store/sql-production-store.ts";
import { joinWorkers, type KnownWorker, WORKER_TABLES } from "./produce/store/worker-registry.ts";
import { ENGINE_VERSION } from "./render/plan.ts";
import type { RenderPool } from "./render/process/render-pool.ts";
import {
  type BackendConfig,
  openDatabase,
  openStore,
  requireSameStore,
  SERVICE_TABLES,
} from "./service-backends.ts";
import type { ParseResult } from "./spec/parse.ts";
import type { Production } from "./spec/production.ts";
import type { AssetStore } from "./storage/asset-store.ts";
import type { ChunkCache } from "./storage/chunk-cache.ts";
import type { Database, MigrationSet } from "./storage/database.ts";
import { FileAssetStore } from "./storage/file/file-asset-store.ts";
import type { FileChunkCache } from "./storage/file/file-chunk-cache.ts";
import { DEFAULT_RETENTION, lifecycleRules } from "./storage/layout.ts";
import type { ObjectStore } from "./storage/object-store.ts";
import { SECRET_TABLES } from "./storage/secret-store.ts";
import { SharedAssetStore } from "./storage/shared/shared-asset-store.ts";
import { SharedChunkCache } from "./storage/shared/shared-chunk-cache.ts";
import { migrate } from "./storage/sql/migrate.ts";
import { systemClock } from "./support/clock.ts";
import { ReelburstError } from "./support/errors.ts";
import { hidePlaces } from "./support/hide-places.ts";
import { createTempDir, sweepTempDirs } from "./support/temp-dir.ts";
import { WEBHOOK_TABLES } from "./webhooks/webhook-tables.ts";

export interface ServiceOptions {
  /** Absolute. Holds what is this process's own, and all there is without PostgreSQL; made when missing. */
  readonly dataFolder: string;
  /** Folders whose files productions may name by path. */
  readonly localFolders: readonly string[];
  readonly onEnd: (ending: RunEnding) => void;
  readonly onTrouble: (error: ReelburstError) => void;
  /** Shown to whoever looks for workers. `looker` begins nothing that is queued. */
  readonly role: "server" | "worker" | "looker";
  /** Tables of the caller's own. */
  readonly tables: readonly MigrationSet[];
}

/** Where a finished file is. */
export type OutputPlace =
  | { readonly kind: "file"; readonly file: string }
  | {
      readonly kind: "object";
      readonly store: ObjectStore;
      readonly key: string;
      readonly redirect: boolean;
    };

export interface Service {
  readonly database: Database;
  readonly productions: ProductionStore;
  readonly assets: AssetStore;
  /** This process among `workers`. */
  readonly workerId: string;
  /** Every process that works for this service, on whatever machine. */
  workers(): Promise<readonly KnownWorker[]>;
  open(document: unknown, signal?: AbortSignal): Promise<ParseResult>;
  /** Opens every source; takes as long as decoding the sounds does. */
  plan(production: Production, signal: AbortSignal): Promise<PlanReport>;
  /** From the document alone, at once. */
  estimate(production: Production): Promise<Estimate>;
  doctor: App["doctor"];
  /** @param relativePath as in the production's result */
  output(production: ProductionRecord, relativePath: string): OutputPlace;
  /** JPEG of the middle frame of a cached chunk; null when the cache has forgotten it. */
  thumbnail(chunkKey: string): Promise<Buffer | null>;
  newId(): string;
  diskFreeBytes(): Promise<number>;
  /** Deletes what is over its time at `nowMs`, and what dead processes have left. */
  cleanUp(retention: ServerRetention, nowMs: number): Promise<CleanUpReport>;
  /** Takes places of this machine out of a text that callers will read. */
  hide(text: string): string;
  /** Gives work back and ends the loops; requests may still be answered. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** What a render gets from the service that it is part of. */
export interface SharedWork {
  readonly productionId: string;
  readonly pool: RenderPool;
  readonly chunks: SharedChunks;
  /** The cache that all machines share, with this machine's in front. */
  readonly cacheOver: (local: ChunkCache, signal: AbortSignal) => ChunkCache;
}

/** This machine, as `app.ts` has put it together. */
export interface Machine extends Pick<App, "plan" | "doctor"> {
  readonly backends: BackendConfig;
  readonly cacheDirectory: string;
  readonly slots: () => number;
  /** Bytes that all slots together may take. */
  readonly slotBytes: () => number;
  readonly openPool: (slots: number, tempRoot: string) => RenderPool;
  readonly openCache: () => Promise<FileChunkCache>;
  readonly render: (
    request: RenderRequest,
    hooks: RenderHooks,
    shared: SharedWork,
  ) => Promise<ProductionResult>;
}

const LEASE_MS = 20_000;
const CHUNK_LEASE_MS = 20_000;
/** Led at a time; their chunks take turns in one queue, so that a short film need not wait for a long one's end. */
const PRODUCTIONS_AT_ONCE = 4;
/** A production that took the server down so often is looked at by somebody before it is tried again. */
const MAX_LOST = 5;
const RECLAIM_EVERY_MS = 5_000;
const TIDY_EVERY_MS = 6 * 3_600_000;
const KEYS_KEPT_MS = 24 * 3_600_000;

/** @throws ReelburstError DATA_FOLDER_LOCKED, NO_WRITE_PERMISSION, DISK_FULL, STORAGE_NOT_SHARED, WORKER_NEEDS_DATABASE */
export async function openService(machine: Machine, options: ServiceOptions): Promise<Service> {
  if (options.role === "worker" && machine.backends.databaseUrl === null) {
    throw new ReelburstError(
      "WORKER_NEEDS_DATABASE",
      "A worker takes its work from PostgreSQL, and none is named.",
      {
        path: "DATABASE_URL",
        hint: "Set DATABASE_URL to the servers' database. Without one, serve does all the work itself.",
      },
    );
  }
  const database = await openDatabase(machine.backends, options.dataFolder);
  try {
    return await openOn(database, machine, options);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openOn(database: Database, machine: Machine, options: ServiceOptions): Promise<Service> {
  const { dataFolder, localFolders, onTrouble } = options;
  await migrate(database, [
    SERVICE_TABLES,
    JOB_TABLES,
    PRODUCTION_TABLES,
    WORKER_TABLES,
    SECRET_TABLES,
    WEBHOOK_TABLES,
    ...options.tables,
  ]);
  const store = await openStore(machine.backends, dataFolder);
  if (store !== null) await requireSameStore(database, store);
  /** The folder is locked: nobody else is at this database, and whoever held a lease in it is dead. */
  const isAlone = database.kind === "pglite";
  const works = options.role !== "looker";
  const workRoot = path.join(dataFolder, "work");
  await sweepTempDirs(workRoot, systemClock.now());
  const work = await createTempDir(workRoot);

  const newId = (): string => randomBytes(16).toString("hex");
  const productions = new SqlProductionStore({ database, newToken: newId, onEnd: announceEnd });
  const localAssets = new FileAssetStore(path.join(dataFolder, "assets"), systemClock.now);
  const assets =
    store === null ? localAssets : new SharedAssetStore({ local: localAssets, store, tempRoot: workRoot });
  const hide = (text: string): string => hidePlaces(text, machine.cacheDirectory, dataFolder);
  const open = (document: unknown, signal?: AbortSignal): Promise<ParseResult> =>
    openDocument(document, { assets, localFolders }, signal);
  const folderOf = (id: string): string =>
    store === null
      ? path.join(dataFolder, "productions", checkedId(id))
      : path.join(work.path, checkedId(id));

  const queue = await openSqlQueue({ database });
  const progress = new ChunkProgress(database, systemClock);
  const stopListening = [await productions.listen(), await progress.listen()];
  const localCache = await machine.openCache();
  const inputs = new ChunkInputs({ store, cache: localCache, tempRoot: workRoot, clock: systemClock });
  const cacheOver = (local: ChunkCache, signal?: AbortSignal): ChunkCache =>
    store === null
      ? local
      : new SharedChunkCache({
          local,
          store,
          tempDirectory: workRoot,
          kinds: ["chunk"],
          signal,
          onStoreFailure: onTrouble,
        });
  const chunks: SharedChunks = { queue, inputs, progress };
  const slots = machine.slots();
  const pool = machine.openPool(slots, work.path);
  const workerId = `${os.hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;

  const reclaim = async (everyLease: boolean): Promise<void> => {
    await productions.reclaim({ everyLease, maxLost: MAX_LOST });
    // Of productions that ended while nobody led them.
    const ended = await database.query<{ group_name: string }>(
      `SELECT DISTINCT g.group_name FROM reelburst.job_group AS g JOIN reelburst.productions AS p ON p.id = g.group_name
       WHERE p.state IN ('succeeded', 'failed', 'canceled')`,
    );
    for (const { group_name } of ended) await queue.forget(group_name);
  };
  if (works) await reclaim(isAlone);
  if (works && isAlone) {
    // Leases on chunks as well: waiting for them to run out would hold up what goes on now.
    const groups = await database.query<{ group_name: string }>("SELECT group_name FROM reelburst.job_group");
    for (const { group_name } of groups) await queue.forget(group_name);
  }
  const executor: ChunkExecutor = startChunkExecutor({
    ...chunks,
    runner: pool,
    cache: cacheOver(localCache),
    memory: new SlotMemory(machine.slotBytes()),
    workerId,
    slots: works ? slots : 0,
    leaseMs: CHUNK_LEASE_MS,
    tempRoot: work.path,
    clock: systemClock,
    hide,
    onTrouble,
  });
  const runner = runProductions({
    store: productions,
    clock: systemClock,
    workerId,
    concurrency: works ? PRODUCTIONS_AT_ONCE : 0,
    leaseMs: LEASE_MS,
    open: async (document, signal) => {
      const { production, issues } = await open(document, signal);
      if (production !== null) return production;
      throw new ProductionProblems(
        issues
          .filter(({ severity }) => severity === "error")
          .map(({ code, message, path: at, hint }) => new ReelburstError(code, message, { path: at, hint })),
      );
    },
    folderOf,
    render: async (production, { id, document }, folder, hooks) => {
      const held: Parameters<RenderHooks["emit"]>[0][] = [];
      const result = await machine.render(
        { production, output: path.join(folder, "film.mp4"), slots, useCache: true },
        // A film that this machine alone has is not made yet.
        {
          ...hooks,
          emit: (event) => (store !== null && isSuccess(event) ? held.push(event) : hooks.emit(event)),
        },
        { productionId: id, pool, chunks, cacheOver },
      );
      if (store !== null) await publishOutputs(store, id, document, folder, hooks.signal);
      for (const event of held) hooks.emit(event);
      return result;
    },
    forget: async (id) => {
      await queue.forget(id);
      if (store !== null) await rm(folderOf(id), { recursive: true, force: true });
    },
    hide,
    onEnd: options.onEnd,
    onTrouble,
  });
  let isDraining = false;
  const registry = works
    ? await joinWorkers(
        database,
        systemClock,
        {
          id: workerId,
          role: options.role === "worker" ? "worker" : "server",
          host: os.hostname(),
          slots,
          engine: ENGINE_VERSION,
        },
        () => ({
          productions: runner.active(),
          chunks: executor.active().length,
          finished: executor.finished,
          draining: isDraining,
        }),
        isAlone,
      )
    : null;

  const trouble = (error: unknown): void => onTrouble(ReelburstError.from(error));
  const rules = lifecycleRules(DEFAULT_RETENTION);
  const tidy = (): void => {
    Promise.all([
      assets.sweep(TIDY_EVERY_MS),
      productions.forgetKeys(KEYS_KEPT_MS),
      localCache.tidy(),
      store?.applyLifecycle(rules),
    ]).catch(trouble);
  };
  const timers = works
    ? [
        setInterval(() => void reclaim(false).catch(trouble), RECLAIM_EVERY_MS),
        setInterval(tidy, TIDY_EVERY_MS),
      ]
    : [];
  for (const timer of timers) timer.unref();
  let drained: Promise<void> | null = null;
  const drainOnce = async (): Promise<void> => {
    isDraining = true;
    for (const timer of timers) clearInterval(timer);
    await registry?.beat().catch(trouble);
    await Promise.all([runner.drain(), executor.drain()]);
  };
  const drain = (): Promise<void> => {
    drained ??= drainOnce();
    return drained;
  };
  return {
    database,
    productions,
    assets,
    workerId,
    workers: async () => (await registry?.list()) ?? [],
    open,
    plan: (production, signal) =>
      machine.plan(
        { production, output: path.join(work.path, newId()), slots: null, useCache: true },
        { signal, emit: () => {} },
      ),
    estimate: (production) => estimateSeconds(machine.cacheDirectory, production, machine.slots()),
    doctor: () => machine.doctor(),
    output: ({ id, document }, relativePath) =>
      store === null
        ? { kind: "file", file: path.join(folderOf(id), ...relativePath.split("/")) }
        : {
            kind: "object",
            store,
            key: publishedKey(id, document, relativePath),
            redirect: machine.backends.redirectDownloads && store.capabilities.presign === "store",
          },
    thumbnail: async (chunkKey) => {
      const jpeg = (await cacheOver(localCache).get(chunkKey))?.meta["thumbnail"];
      return typeof jpeg === "string" && jpeg !== "" ? Buffer.from(jpeg, "base64") : null;
    },
    newId,
    diskFreeBytes: async () => {
      const disk = await statfs(dataFolder);
      return disk.bavail * disk.bsize;
    },
    cleanUp: (retention, nowMs) => cleanUp({ database, dataFolder, store, retention, nowMs }),
    hide,
    drain,
    close: async () => {
      await drain();
      await registry?.leave().catch(trouble);
      for (const stop of stopListening) await stop();
      await queue.close();
      await pool.close();
      await store?.close();
      await database.close();
      await work.remove();
    },
  };
}

function isSuccess(event: { readonly type: string; readonly state?: unknown }): boolean {
  return event.type === "succeeded" || (event.type === "state" && event.state === "succeeded");
}

/** It becomes a folder's name. */
function checkedId(id: string): string {
  if (/^[0-9a-f]{32}$/.test(id)) return id;
  throw new ReelburstError("PRODUCTION_NOT_FOUND", "There is no such production.");
}
