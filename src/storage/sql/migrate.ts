import { ReelburstError } from "../../support/errors.ts";
import type { Database, MigrationSet, Queryable } from "../database.ts";

/** Any number that nobody else is likely to take; the lock is held only while tables are being changed. */
const LOCK = 7_283_041_955;

/**
 * Brings the tables up to date: every step that this database has not seen, each set in one transaction.
 *
 * Servers that start together line up behind an advisory lock; the second finds nothing left to do. A failed step
 * leaves the tables as they were before its set. There is no way back on purpose: a step down that was never run on
 * real data is worse than a restored backup.
 *
 * @throws {ReelburstError} `DATABASE_TOO_NEW`: a newer version has changed these tables. Nothing was changed then.
 */
export async function migrate(database: Database, sets: readonly MigrationSet[]): Promise<void> {
  for (const set of sets) await database.transaction((transaction) => migrateSet(transaction, set));
}

async function migrateSet(transaction: Queryable, set: MigrationSet): Promise<void> {
  // A server that migrates a large table may hold the others up for longer than any single statement should take.
  await transaction.query("SET LOCAL statement_timeout = '10min'");
  await transaction.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
  await transaction.query(`
    CREATE SCHEMA IF NOT EXISTS reelburst;
    CREATE TABLE IF NOT EXISTS reelburst.migration (
      set_name text NOT NULL,
      step integer NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (set_name, step)
    )`);
  const [row] = await transaction.query<{ last: number | null }>(
    "SELECT max(step)::integer AS last FROM reelburst.migration WHERE set_name = $1",
    [set.name],
  );
  const last = row?.last ?? 0;
  if (last > set.steps.length) {
    throw new ReelburstError(
      "DATABASE_TOO_NEW",
      `The database's tables for ${set.name} are of version ${last}; this program knows ${set.steps.length}.`,
      { hint: "Run the newer version of Reelburst, or restore a backup from before it." },
    );
  }
  for (const [index, sql] of set.steps.entries()) {
    if (index < last) continue;
    await transaction.query(sql);
    await transaction.query("INSERT INTO reelburst.migration (set_name, step) VALUES ($1, $2)", [
      set.name,
      index + 1,
    ]);
  }
}
