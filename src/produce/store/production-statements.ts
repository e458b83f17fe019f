/** Statements on productions that several methods of the store share; each is told which transaction it is part of. */
import type { Queryable } from "../../storage/database.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { ProductionState } from "../events.ts";
import type { CreateAnswer, NewEvent, ProductionRecord } from "../production-store.ts";
import { type ProductionRow, toRecord } from "./production-rows.ts";

/** The database's own clock: servers on several machines need not agree on theirs. */
export const NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::double precision";

export function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

export function stateEvent(state: ProductionState, more: Record<string, unknown> = {}): NewEvent {
  return { type: "state", data: { state, ...more }, slot: null };
}

export function abandoned(times: number): ReelburstError {
  return new ReelburstError(
    "PRODUCTION_ABANDONED",
    `The server ended ${times} times while it worked on this production, which is not tried again by itself.`,
    {
      retryable: true,
      hint: "Look into the server's log; POST to this production's /retry to try it once more.",
    },
  );
}

export async function find(sql: Queryable, id: string): Promise<ProductionRecord | null> {
  const [row] = await sql.query<ProductionRow>("SELECT * FROM reelburst.productions WHERE id = $1", [id]);
  return row === undefined ? null : toRecord(row);
}

export async function mustGet(sql: Queryable, id: string): Promise<ProductionRecord> {
  const record = await find(sql, id);
  if (record === null) throw new ReelburstError("INTERNAL", `The production ${id} is gone.`);
  return record;
}

export async function lock(sql: Queryable, id: string): Promise<{ state: ProductionState } | null> {
  const rows = await sql.query<{ state: ProductionState }>(
    "SELECT state FROM reelburst.productions WHERE id = $1 FOR UPDATE",
    [id],
  );
  return rows[0] ?? null;
}

export async function replay(
  sql: Queryable,
  owner: string,
  { key, digest }: { readonly key: string; readonly digest: string },
): Promise<CreateAnswer> {
  const [known] = await sql.query<{ digest: string; production_id: string }>(
    "SELECT digest, production_id FROM reelburst.production_keys WHERE owner = $1 AND key = $2",
    [owner, key],
  );
  if (known === undefined || known.digest !== digest) return { kind: "conflict" };
  return { kind: "replayed", production: await mustGet(sql, known.production_id) };
}

export async function end(
  sql: Queryable,
  id: string,
  nowMs: number,
  state: "canceled" | "failed",
  error: ReelburstError | null,
): Promise<void> {
  await sql.query(
    `UPDATE reelburst.productions SET state = $2, ended_ms = $3, updated_ms = $3, cancel_requested = false,
       error = $4::jsonb, lost = 0
     WHERE id = $1`,
    [id, state, nowMs, error === null ? null : JSON.stringify(error)],
  );
  await appendEvents(sql, id, nowMs, [
    stateEvent(state),
    ...(error === null
      ? []
      : [{ type: "failed", data: { error: error.toJSON(), problems: [] }, slot: null }]),
  ]);
}

/** Locks the production's row by raising its counter, so that numbers are given out one transaction at a time. */
export async function appendEvents(
  sql: Queryable,
  id: string,
  nowMs: number,
  events: readonly NewEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const [row] = await sql.query<{ last_sequence: number }>(
    "UPDATE reelburst.productions SET last_sequence = last_sequence + $2 WHERE id = $1 RETURNING last_sequence",
    [id, events.length],
  );
  const first = (row?.last_sequence ?? 0) - events.length;
  const slots = events.flatMap(({ slot }) => slot ?? []);
  if (slots.length > 0) {
    await sql.query(
      `DELETE FROM reelburst.production_events WHERE production_id = $1
         AND slot IN (SELECT jsonb_array_elements_text($2::jsonb))`,
      [id, JSON.stringify(slots)],
    );
  }
  await sql.query(
    `INSERT INTO reelburst.production_events (production_id, sequence, at_ms, type, slot, data)
     SELECT $1, $2::integer + place::integer, $3, event->>'type', event->>'slot', event->'data'
     FROM jsonb_array_elements($4::jsonb) WITH ORDINALITY AS given (event, place)`,
    [id, first, nowMs, JSON.stringify(events)],
  );
}

export function writeCursor(ordinal: number): string {
  return Buffer.from(`p${ordinal}`).toString("base64url");
}

export function readCursor(cursor: string): number {
  const text = /^p(\d{1,15})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  const ordinal = Number(text?.[1]);
  // Decoding is lenient; what does not come back as it was is none of ours.
  if (text !== null && writeCursor(ordinal) === cursor) return ordinal;
  throw new ReelburstError("CURSOR_INVALID", "This cursor is none of ours.", {
    path: "cursor",
    hint: "Take nextCursor of the page before, unchanged, or leave it out for the first page.",
  });
}
