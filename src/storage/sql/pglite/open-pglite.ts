import { open, readdir } from "node:fs/promises";
import path from "node:path";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { makeFolder } from "../../../support/make-folder.ts";
import type { Database, Queryable } from "../../database.ts";
import { closedError, databaseError } from "../database-errors.ts";
import { lockDataFolder } from "./data-folder-lock.ts";
import { SyncedNodeFS } from "./synced-node-fs.ts";

export interface PgliteOptions {
  /** The data folder. The database lives in `database/` below it; the lock and its owner's name beside that. */
  readonly folder: string;
  readonly startedAt: Date;
}

export interface PgliteDatabase extends Database {
  /** Tells whoever finds the folder locked where this process's server answers. */
  announce(address: string): Promise<void>;
}

/**
 * PostgreSQL inside this process, as WebAssembly: nothing to install, one process only, one statement at a time.
 * Takes about half a gigabyte of memory and 2 to 7 s for the first opening of a folder.
 *
 * A commit that was answered is on the disk: see `SyncedNodeFS`.
 *
 * @throws {ReelburstError} `DATA_FOLDER_LOCKED`, `NO_WRITE_PERMISSION`, `DISK_FULL`, `DATABASE_FAILED`.
 */
export async function openPglite(options: PgliteOptions): Promise<PgliteDatabase> {
  const lock = await lockDataFolder(options.folder, options.startedAt);
  try {
    const files = path.join(options.folder, "database");
    await makeFolder(files);
    const isNew = (await readdir(files)).length === 0;
    const pglite = await PGlite.create({
      fs: new SyncedNodeFS(files),
      startParams: [...PGlite.defaultStartParams.filter((each) => each !== "-F"), ...SETTINGS],
      parsers: PARSERS,
    });
    // What made the files of a new database does not sync them.
    if (isNew) await syncFiles(files);
    return wrap(pglite, lock);
  } catch (error) {
    await lock.release();
    throw databaseError(error);
  }
}

/** A database that is gone when it is closed, for tests. */
export async function openPgliteInMemory(): Promise<Database> {
  return wrap(await PGlite.create({ parsers: PARSERS }), {
    announce: async () => {},
    release: async () => {},
  });
}

const SETTINGS = ["-c", "fsync=on", "-c", "wal_sync_method=fsync"];

/** int8 as a number: PGlite's own gives a BigInt above 2^53 and a number below. */
const PARSERS = { 20: Number };

function wrap(
  pglite: PGlite,
  lock: { announce(address: string): Promise<void>; release(): Promise<void> },
): PgliteDatabase {
  let closing: Promise<void> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  /**
   * One after the other, as PGlite would do it, but with the clean-up after a failure inside of the turn: there is
   * one connection for all, and a transaction left open would swallow the next statement of somebody else.
   */
  const guarded = <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (closing !== null) return Promise.reject(closedError());
    const turn = last.then(work).catch((error) => {
      throw databaseError(error);
    });
    last = turn.catch(() => {});
    return turn;
  };
  const closeBoth = async (): Promise<void> => {
    await last;
    try {
      await pglite.close();
    } finally {
      await lock.release();
    }
  };
  return {
    kind: "pglite",
    query: (sql, parameters) => guarded(() => ask(pglite, sql, parameters)),
    transaction: (work) =>
      guarded(() =>
        pglite.transaction(async (transaction) => {
          let failure: unknown;
          const own: Queryable = {
            query: (sql, parameters) =>
              ask<never>(transaction, sql, parameters).catch((error) => {
                failure ??= databaseError(error);
                throw failure;
              }),
          };
          const result = await work(own);
          // PostgreSQL answers the COMMIT of a failed transaction with a silent rollback.
          if (failure !== undefined) throw failure;
          return result;
        }),
      ),
    listen: (channel, listener) =>
      guarded(async () => {
        const stop = await pglite.listen(channel, listener);
        return () => (closing === null ? guarded(() => stop()) : Promise.resolve());
      }),
    announce: (address) => lock.announce(address),
    close() {
      closing ??= closeBoth();
      return closing;
    },
  };
}

async function ask<Row extends object>(
  connection: PGlite | Transaction,
  sql: string,
  parameters: readonly unknown[] | undefined,
): Promise<Row[]> {
  if (parameters !== undefined && parameters.length > 0) {
    return (await connection.query<Row>(sql, [...parameters])).rows;
  }
  try {
    return (await connection.exec(sql)).flatMap(({ rows }) => rows as Row[]);
  } catch (error) {
    // Of several statements the first may have been BEGIN.
    if (connection instanceof PGlite && connection.isInTransaction()) await connection.exec("ROLLBACK");
    throw error;
  }
}

async function syncFiles(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = [folder, ...entries.map((entry) => path.join(entry.parentPath, entry.name))];
  for (const each of paths) {
    const file = await open(each, "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
