/**
 * The composition root of the service, as `app.ts` is that of one render: durable productions, assets, and the loop that
 * works on them, in one data folder.
 */
import { randomBytes } from "node:crypto";
import { statfs } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { App } from "./app.ts";
import type { ProductionResult } from "./produce/events.ts";
import type { PlanReport } from "./produce/plan-report.ts";
import { ProductionProblems } from "./produce/problems.ts";
import { openDocument } from "./produce/production-document.ts";
import type { ProductionStore } from "./produce/production-store.ts";
import { type ProductionRunner, type RunEnding, runProductions } from "./produce/run-productions.ts";
import { PRODUCTION_MIGRATIONS } from "./produce/store/production-migrations.ts";
import { SqlProductionStore } from "./produce/store/sql-production-store.ts";
import type { ParseResult } from "./spec/parse.ts";
import type { Production } from "./spec/production.ts";
import type { AssetStore } from "./storage/asset-store.ts";
import type { Database } from "./storage/database.ts";
import { migrate } from "./storage/embedded/migrate.ts";
import { openEmbeddedDatabase } from "./storage/embedded/open-embedded-database.ts";
import { FileAssetStore } from "./storage/file/file-asset-store.ts";
import { FileChunkCache } from "./storage/file/file-chunk-cache.ts";
import { systemClock } from "./support/clock.ts";
import { ReelburstError } from "./support/errors.ts";

export interface ServiceOptions {
  /** Absolute. Holds `database/`, `assets/`, `productions/` and the lock; made when missing. */
  readonly dataFolder: string;
  /** Folders whose files productions may name by path. */
  readonly localFolders: readonly string[];
  readonly onEnd: (ending: RunEnding) => void;
  readonly onTrouble: (error: ReelburstError) => void;
  /** false: for a look into the folder; nothing queued is begun. Default: true. */
  readonly work?: boolean;
  /** Tables of the caller's own. */
  readonly migrations: readonly { readonly name: string; readonly sql: string }[];
}

export interface Service {
  readonly database: Database;
  readonly productions: ProductionStore;
  readonly assets: AssetStore;
  readonly runner: Pick<ProductionRunner, "workerId" | "active">;
  /** Chunks rendered at a time on this machine. */
  readonly slots: number;
  open(document: unknown, signal?: AbortSignal): Promise<ParseResult>;
  /** Opens every source; takes as long as decoding the sounds does. */
  plan(production: Production, signal: AbortSignal): Promise<PlanReport>;
  doctor: App["doctor"];
  /** JPEG of the middle frame of a cached chunk; null when the cache has forgotten it. */
  thumbnail(chunkKey: string): Promise<Buffer | null>;
  /** Absolute: the folder of a production's files. */
  folderOf(id: string): string;
  newId(): string;
  diskFreeBytes(): Promise<number>;
  /** Takes places of this machine out of a text that callers will read. */
  hide(text: string): string;
  /** Gives work back and ends the loop; requests may still be answered. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

interface Machine extends Pick<App, "render" | "plan" | "doctor"> {
  readonly cacheDirectory: string;
  readonly slots: () => number;
}

const LEASE_MS = 30_000;
/** A production that took the server down so often is looked at by somebody before it is tried again. */
const MAX_LOST = 3;
const RECLAIM_EVERY_MS = 10_000;
const TIDY_EVERY_MS = 6 * 3_600_000;
const KEYS_KEPT_MS = 24 * 3_600_000;

/** @throws ReelburstError DATA_FOLDER_LOCKED, NO_WRITE_PERMISSION, DISK_FULL */
export async function openService(machine: Machine, options: ServiceOptions): Promise<Service> {
  const { dataFolder, localFolders, onEnd, onTrouble } = options;
  const database = await openEmbeddedDatabase(dataFolder);
  try {
    await migrate(database, [...PRODUCTION_MIGRATIONS, ...options.migrations]);
  } catch (error) {
    await database.close();
    throw error;
  }
  const newId = (): string => randomBytes(16).toString("hex");
  const productions = new SqlProductionStore({ database, newToken: newId });
  const assets = new FileAssetStore(path.join(dataFolder, "assets"), systemClock.now);
  const folderOf = (id: string): string => path.join(dataFolder, "productions", checkedId(id));
  const hide = (text: string): string =>
    text.replaceAll(machine.cacheDirectory, "<cache>").replaceAll(dataFolder, "<data>");
  const open = (document: unknown, signal?: AbortSignal): Promise<ParseResult> =>
    openDocument(document, { assets, localFolders }, signal);

  // The folder is locked: whoever held a lease in this database is dead.
  const reclaim = (everyLease: boolean): Promise<number> =>
    productions.reclaim({ everyLease: everyLease && database.kind === "pglite", maxLost: MAX_LOST });
  if (options.work !== false) await reclaim(true);
  const runner = runProductions({
    store: productions,
    clock: systemClock,
    workerId: `local@${os.hostname()}`,
    concurrency: options.work === false ? 0 : 1,
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
    render: (production, folder, hooks): Promise<ProductionResult> =>
      machine.render(
        { production, output: path.join(folder, "film.mp4"), slots: null, useCache: true },
        hooks,
      ),
    hide,
    onEnd,
    onTrouble,
  });
  const chunks = new FileChunkCache({
    clock: systemClock,
    folder: path.join(machine.cacheDirectory, "chunks"),
  });
  const trouble = (error: unknown): void => onTrouble(ReelburstError.from(error));
  const timers = [
    setInterval(() => void reclaim(false).catch(trouble), RECLAIM_EVERY_MS),
    setInterval(() => {
      Promise.all([assets.sweep(TIDY_EVERY_MS), productions.forgetKeys(KEYS_KEPT_MS)]).catch(trouble);
    }, TIDY_EVERY_MS),
  ];
  for (const timer of timers) timer.unref();
  const drain = async (): Promise<void> => {
    for (const timer of timers) clearInterval(timer);
    await runner.drain();
  };
  return {
    database,
    productions,
    assets,
    runner,
    slots: machine.slots(),
    open,
    plan: (production, signal) =>
      machine.plan(
        { production, output: folderOf(newId()), slots: null, useCache: true },
        { signal, emit: () => {} },
      ),
    doctor: () => machine.doctor(),
    thumbnail: async (chunkKey) => {
      const jpeg = (await chunks.get(chunkKey))?.meta["thumbnail"];
      return typeof jpeg === "string" && jpeg !== "" ? Buffer.from(jpeg, "base64") : null;
    },
    folderOf,
    newId,
    diskFreeBytes: async () => {
      const disk = await statfs(dataFolder);
      return disk.bavail * disk.bsize;
    },
    hide,
    drain,
    close: async () => {
      await drain();
      await database.close();
    },
  };
}

/** It becomes a folder's name. */
function checkedId(id: string): string {
  if (/^[0-9a-f]{32}$/.test(id)) return id;
  throw new ReelburstError("PRODUCTION_NOT_FOUND", "There is no such production.");
}
