/** Statements of the clean-up: what is over its time, and what is still needed. */
import type { Database } from "../../storage/database.ts";
import { forgetDeliveries } from "../../webhooks/delivery-store.ts";

/**
 * Forgets productions that ended before `beforeMs`, with their events and messages, a batch at a time. One that was
 * retried meanwhile has not ended and stays. @returns their ids; their files are the caller's to delete
 */
export async function expireProductions(
  database: Database,
  beforeMs: number,
  limit = 500,
): Promise<string[]> {
  return database.transaction(async (sql) => {
    const rows = await sql.query<{ id: string }>(
      `DELETE FROM reelburst.productions WHERE id IN (
         SELECT id FROM reelburst.productions
         WHERE state IN ('succeeded', 'failed', 'canceled') AND ended_ms < $1
         ORDER BY ended_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING id`,
      [beforeMs, limit],
    );
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) {
      await sql.query(
        "DELETE FROM reelburst.production_keys WHERE production_id IN (SELECT jsonb_array_elements_text($1::jsonb))",
        [JSON.stringify(ids)],
      );
      await forgetDeliveries(sql, ids);
    }
    return ids;
  });
}

/** Digests of all assets that a production names, ended or not: it may be retried. */
export async function assetsInUse(database: Database): Promise<Set<string>> {
  const rows = await database.query<{ sha256: string }>(
    `SELECT DISTINCT found[1] AS sha256
     FROM reelburst.productions, regexp_matches(document::text, 'asset:([0-9a-f]{64})', 'g') AS found`,
  );
  return new Set(rows.map(({ sha256 }) => sha256));
}

/** Those of these productions that there are. */
export async function knownProductions(database: Database, ids: readonly string[]): Promise<Set<string>> {
  const rows = await database.query<{ id: string }>(
    "SELECT id FROM reelburst.productions WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))",
    [JSON.stringify(ids)],
  );
  return new Set(rows.map(({ id }) => id));
}
