import type { Database, Queryable } from "../storage/database.ts";
import type { Random } from "../support/random.ts";
import {
  beginAttempt,
  createDelivery,
  type Delivery,
  type DeliveryOutcome,
  dueAt,
  recordAttempt,
  replay,
} from "./delivery.ts";
import type { WebhookEvent } from "./events.ts";

export interface StoredDelivery extends Delivery {
  readonly productionId: string;
  readonly type: WebhookEvent["type"];
  readonly createdMs: number;
}

/** An attempt that was begun: nobody else may report its outcome. */
export interface Attempt {
  readonly delivery: StoredDelivery;
  /** Of the row as it was stored when the attempt began. */
  readonly version: number;
}

export interface DeliveryStore {
  /** Marks attempts of what is due as begun, at most `limit`. What has used up its attempts is given up on the way. */
  begin(nowMs: number, limit: number): Promise<readonly Attempt[]>;
  /** Stores how an attempt ended. @returns false when it was replayed or begun by another meanwhile: nothing is stored */
  settle(attempt: Attempt, outcome: DeliveryOutcome, random: Random): Promise<boolean>;
  /** Those of a production, oldest first. */
  list(productionId: string): Promise<readonly StoredDelivery[]>;
  /** Sends a message once more. @returns null: there is none of this id */
  replay(id: string, nowMs: number): Promise<StoredDelivery | null>;
}

/**
 * Adds a delivery, as part of the caller's transaction.
 * @param id the message's, derived from the event it tells of: the same event can't be added twice
 */
export async function addDelivery(
  sql: Queryable,
  message: {
    readonly id: string;
    readonly productionId: string;
    readonly url: string;
    readonly event: WebhookEvent;
  },
  nowMs: number,
): Promise<void> {
  const { id, productionId, url, event } = message;
  const { body, state } = createDelivery(id, url, JSON.stringify(event), nowMs);
  await sql.query(
    `INSERT INTO reelburst.webhook_deliveries (id, production_id, type, url, body, state, due_ms, created_ms)
     VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $7) ON CONFLICT (id) DO NOTHING`,
    [id, productionId, event.type, url, body, JSON.stringify(state), nowMs],
  );
}

/** Of productions that are deleted, as part of the caller's transaction. */
export async function forgetDeliveries(sql: Queryable, productionIds: readonly string[]): Promise<void> {
  await sql.query(
    `DELETE FROM reelburst.webhook_deliveries
     WHERE production_id IN (SELECT jsonb_array_elements_text($1::jsonb))`,
    [JSON.stringify(productionIds)],
  );
}

interface Row {
  readonly id: string;
  readonly production_id: string;
  readonly type: WebhookEvent["type"];
  readonly url: string;
  readonly body: string;
  readonly state: Delivery["state"];
  readonly attempts: Delivery["attempts"];
  readonly attempt_count: number;
  readonly version: number;
  readonly created_ms: number;
}

export class SqlDeliveryStore implements DeliveryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  begin(nowMs: number, limit: number): Promise<readonly Attempt[]> {
    return this.#database.transaction(async (sql) => {
      const rows = await sql.query<Row>(
        `SELECT * FROM reelburst.webhook_deliveries WHERE due_ms <= $1
         ORDER BY due_ms, id LIMIT $2 FOR UPDATE SKIP LOCKED`,
        [nowMs, limit],
      );
      const begun: Attempt[] = [];
      for (const row of rows) {
        const next = beginAttempt(toDelivery(row), nowMs);
        if (next === null) continue;
        const version = await write(sql, row, next);
        if (next.state.kind === "sending") begun.push({ delivery: { ...toDelivery(row), ...next }, version });
      }
      return begun;
    });
  }

  settle({ delivery, version }: Attempt, outcome: DeliveryOutcome, random: Random): Promise<boolean> {
    return this.#database.transaction(async (sql) => {
      const row = await lock(sql, delivery.messageId);
      if (row === null || row.version !== version) return false;
      await write(sql, row, recordAttempt(toDelivery(row), outcome, random));
      return true;
    });
  }

  async list(productionId: string): Promise<readonly StoredDelivery[]> {
    const rows = await this.#database.query<Row>(
      "SELECT * FROM reelburst.webhook_deliveries WHERE production_id = $1 ORDER BY created_ms, id",
      [productionId],
    );
    return rows.map(toDelivery);
  }

  replay(id: string, nowMs: number): Promise<StoredDelivery | null> {
    return this.#database.transaction(async (sql) => {
      const row = await lock(sql, id);
      if (row === null) return null;
      const next = replay(toDelivery(row), nowMs);
      await write(sql, row, next);
      return { ...toDelivery(row), ...next };
    });
  }
}

async function lock(sql: Queryable, id: string): Promise<Row | null> {
  const [row] = await sql.query<Row>("SELECT * FROM reelburst.webhook_deliveries WHERE id = $1 FOR UPDATE", [
    id,
  ]);
  return row ?? null;
}

/** @returns the row's new version */
async function write(sql: Queryable, row: Row, delivery: Delivery): Promise<number> {
  await sql.query(
    `UPDATE reelburst.webhook_deliveries
     SET state = $2::jsonb, due_ms = $3, attempts = $4::jsonb, attempt_count = $5, version = $6
     WHERE id = $1`,
    [
      row.id,
      JSON.stringify(delivery.state),
      dueAt(delivery),
      JSON.stringify(delivery.attempts),
      delivery.attemptCount,
      row.version + 1,
    ],
  );
  return row.version + 1;
}

function toDelivery(row: Row): StoredDelivery {
  return {
    messageId: row.id,
    productionId: row.production_id,
    type: row.type,
    url: row.url,
    body: row.body,
    state: row.state,
    attempts: row.attempts,
    attemptCount: row.attempt_count,
    createdMs: row.created_ms,
  };
}
