import { open, readdir } from "node:fs/promises";
import path from "node:path";
import { PGlite, type Results, type Transaction } from "@electric-sql/pglite";
import { ReelburstError } from "../../../support/errors.ts";
import { makeFolder } from "../../../support/make-folder.ts";
import type { Database, Queryable } from "../../database.ts";
import { closedError, databaseError } from "../database-errors.ts";
import { type DataFolderLock, lockDataFolder } from "./data-folder-lock.ts";
import { SyncedNodeFS } from "./synced-node-fs.ts";

export interface PgliteOptions {
  /** The data folder. The database lives in `database/` below it; the lock and its owner's name beside that. */
  readonly folder: string;
  readonly startedAt: Date;
  /** Brings an open file to the disk. Default: fsync. */
  readonly sync?: (descriptor: number) => void;
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
      fs: new SyncedNodeFS(files, options.sync),
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

function wrap(pglite: PGlite, lock: DataFolderLock): PgliteDatabase {
  let closing: Promise<void> | null = null;
  /**
   * What has ended the database. Everything is refused from then on: PGlite itself goes on after what would have ended
   * a server (a panic over a full disk), hangs, or confirms commits that never were.
   */
  let broken: unknown = null;
  let last: Promise<unknown> = Promise.resolve();
  /**
   * One after the other, as PGlite would do it, but with the clean-up after a failure inside of the turn: there is
   * one connection for all, and a transaction left open would swallow the next statement of somebody else.
   */
  const guarded = <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (closing !== null) return Promise.reject(closedError());
    const turn = last.then(async () => {
      if (broken !== null) throw brokenError(broken);
      try {
        return await work();
      } catch (error) {
        if (endsServer(error)) broken ??= error;
        throw broken === null ? databaseError(error) : brokenError(broken);
      }
    });
    last = turn.catch(() => {});
    return turn;
  };
  const closeBoth = async (): Promise<void> => {
    await last;
    try {
      // A broken one would write on, or never answer. The next start recovers from the log, as after a kill.
      if (broken === null) await pglite.close();
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

/** PostgreSQL's own last words, WebAssembly's, or silence. What a transaction's own work throws is none of them. */
function endsServer(thrown: unknown): boolean {
  const error = thrown instanceof ReelburstError ? thrown.cause : thrown;
  if (!(error instanceof Error)) return false;
  if ("severity" in error) return error.severity === "PANIC" || error.severity === "FATAL";
  return error.name === "RuntimeError" || error.name === "ExitStatus" || error instanceof NoAnswer;
}

/** A statement that ends without its own confirmation was swallowed. */
class NoAnswer extends Error {
  override readonly message = "a statement was not answered";
}

function brokenError(cause: unknown): ReelburstError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ReelburstError("DATABASE_STOPPED", `The embedded database has stopped: ${why}.`, {
    cause,
    hint: "Make room if the disk is full, then start again; everything confirmed is kept.",
  });
}

async function ask<Row extends object>(
  connection: PGlite | Transaction,
  sql: string,
  parameters: readonly unknown[] | undefined,
): Promise<Row[]> {
  if (parameters !== undefined && parameters.length > 0) {
    return rowsOf([await connection.query<Row>(sql, [...parameters])]);
  }
  try {
    return rowsOf((await connection.exec(sql)) as Results<Row>[]);
  } catch (error) {
    // Of several statements the first may have been BEGIN.
    if (connection instanceof PGlite && connection.isInTransaction()) await connection.exec("ROLLBACK");
    throw error;
  }
}

function rowsOf<Row>(results: readonly Results<Row>[]): Row[] {
  if (results.some((result) => !("command" in result))) throw new NoAnswer();
  return results.flatMap(({ rows }) => rows);
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
