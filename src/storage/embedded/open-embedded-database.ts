/**
 * PGlite in this process as a `Database`. Two processes on one folder would lose each other's rows without a word, so
 * the folder is locked first, by a file that SQLite holds: such a lock ends with its process, also by kill -9.
 */
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { ReelburstError } from "../../support/errors.ts";
import { makeFolder } from "../../support/make-folder.ts";
import type { Database, Queryable } from "../database.ts";

/** @throws ReelburstError DATA_FOLDER_LOCKED when another process has it */
export async function openEmbeddedDatabase(folder: string): Promise<Database> {
  await makeFolder(folder);
  const lock = takeLock(folder);
  try {
    return fromPglite(await PGlite.create(path.join(folder, "database")), () => lock.close());
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** For tests, too: a database in memory. */
export function fromPglite(pglite: PGlite, onClosed: () => void = () => {}): Database {
  return {
    kind: "pglite",
    ...queryable(pglite),
    transaction: (work) => pglite.transaction((transaction) => work(queryable(transaction))),
    listen: async (channel, listener) => {
      const stop = await pglite.listen(channel, listener);
      return () => stop();
    },
    close: async () => {
      await pglite.close();
      onClosed();
    },
  };
}

function queryable(target: Pick<PGlite | Transaction, "query" | "exec">): Queryable {
  return {
    query: async <Row extends object>(sql: string, parameters?: readonly unknown[]) => {
      // Several statements at once are taken only without parameters.
      if (parameters === undefined) return ((await target.exec(sql)).at(-1)?.rows ?? []) as Row[];
      return (await target.query<Row>(sql, [...parameters])).rows;
    },
  };
}

function takeLock(folder: string): DatabaseSync {
  const file = new DatabaseSync(path.join(folder, "lock.sqlite"));
  try {
    file.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    return file;
  } catch (error) {
    file.close();
    throw new ReelburstError("DATA_FOLDER_LOCKED", `${folder} is in use by another Reelburst server.`, {
      path: folder,
      hint: "Stop that server, or choose another folder with --data.",
      cause: error,
    });
  }
}
