import { bookLine } from "../../money/ledger.ts";
import type { Line } from "../../money/line.ts";
import type { Database, Queryable } from "../../storage/database.ts";
import { isOpen, type Lease } from "../lease.ts";
import type { LeaseStore } from "../lease-store.ts";

export interface SqlLeaseStoreOptions {
  readonly database: Database;
  /** A name for a deployment that has none yet; unguessable, letters, digits and hyphens. */
  readonly newOwner: () => string;
}

/** `LeaseStore` in SQL, on tables of `LEASE_TABLES`. */
export class SqlLeaseStore implements LeaseStore {
  readonly #database: Database;
  readonly #newOwner: () => string;

  constructor({ database, newOwner }: SqlLeaseStoreOptions) {
    this.#database = database;
    this.#newOwner = newOwner;
  }

  async owner(): Promise<string> {
    await this.#database.query(
      "INSERT INTO reelburst.deployment (owner) VALUES ($1) ON CONFLICT DO NOTHING",
      [this.#newOwner()],
    );
    const [row] = await this.#database.query<{ owner: string }>("SELECT owner FROM reelburst.deployment");
    return row?.owner ?? "";
  }

  async now(): Promise<number> {
    const [row] = await this.#database.query<{ now: number }>(
      "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now",
    );
    return Math.floor(row?.now ?? 0);
  }

  create(lease: Lease, lines: readonly Line[]): Promise<"created" | "slot-taken"> {
    return this.#database.transaction(async (sql) => {
      const created = await sql.query(
        `INSERT INTO reelburst.machine_lease (id, slot, group_name, is_open, version, data)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (slot) WHERE is_open DO NOTHING RETURNING id`,
        [lease.id, lease.slot, lease.group, isOpen(lease), lease.version, JSON.stringify(lease)],
      );
      if (created.length === 0) return "slot-taken";
      await bookInto(sql, lines);
      return "created";
    });
  }

  async get(id: string): Promise<Lease | null> {
    const [lease = null] = await this.#leases("id = $1", [id]);
    return lease;
  }

  open(): Promise<readonly Lease[]> {
    return this.#leases("is_open", []);
  }

  ofGroup(group: string): Promise<readonly Lease[]> {
    return this.#leases("group_name = $1", [group]);
  }

  async #leases(condition: string, parameters: readonly unknown[]): Promise<Lease[]> {
    const rows = await this.#database.query<{ data: string }>(
      `SELECT data FROM reelburst.machine_lease WHERE ${condition} ORDER BY number`,
      parameters,
    );
    return rows.map(({ data }) => JSON.parse(data) as Lease);
  }

  update(lease: Lease, lines: readonly Line[]): Promise<Lease | null> {
    const next = { ...lease, version: lease.version + 1 };
    return this.#database.transaction(async (sql) => {
      const changed = await sql.query(
        `UPDATE reelburst.machine_lease SET is_open = $3, version = $4, data = $5
         WHERE id = $1 AND version = $2 RETURNING id`,
        [lease.id, lease.version, isOpen(next), next.version, JSON.stringify(next)],
      );
      if (changed.length === 0) return null;
      await bookInto(sql, lines);
      return next;
    });
  }

  async book(lines: readonly Line[]): Promise<void> {
    if (lines.length > 0) await this.#database.transaction((sql) => bookInto(sql, lines));
  }

  async lines(leaseIds?: readonly string[]): Promise<readonly Line[]> {
    const rows = await this.#database.query<{ data: string }>(
      `SELECT data FROM reelburst.ledger_line
       WHERE $1::text IS NULL OR lease_id IN (SELECT json_array_elements_text($1::json)) ORDER BY key COLLATE "C"`,
      [leaseIds === undefined ? null : JSON.stringify(leaseIds)],
    );
    return rows.map(({ data }) => JSON.parse(data) as Line);
  }

  async beat(controllerId: string): Promise<void> {
    await this.#database.query(
      `INSERT INTO reelburst.fleet_controller (id, seen_at) VALUES ($1, clock_timestamp())
       ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
      [controllerId],
    );
  }

  async lastBeat(controllerId: string): Promise<number | null> {
    const [row] = await this.#database.query<{ seen_at: Date }>(
      "SELECT seen_at FROM reelburst.fleet_controller WHERE id = $1",
      [controllerId],
    );
    return row?.seen_at.getTime() ?? null;
  }
}

async function bookInto(sql: Queryable, lines: readonly Line[]): Promise<void> {
  // In the order of keys, so that two bookings of the same lines can't wait for each other.
  for (const line of [...lines].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    await sql.query(
      "INSERT INTO reelburst.ledger_line (key, lease_id, data) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
      [line.key, line.leaseId, JSON.stringify(line)],
    );
    const [known] = await sql.query<{ data: string }>(
      "SELECT data FROM reelburst.ledger_line WHERE key = $1 FOR UPDATE",
      [line.key],
    );
    const kept = bookLine(known === undefined ? undefined : (JSON.parse(known.data) as Line), line);
    await sql.query("UPDATE reelburst.ledger_line SET data = $2 WHERE key = $1", [
      line.key,
      JSON.stringify(kept),
    ]);
  }
}
