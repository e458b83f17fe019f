/** `ProductionStore` in SQL, on whatever `Database` it is given. */
import { randomUUID } from "node:crypto";
import type { Database, Queryable } from "../../storage/database.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { ProductionState } from "../events.ts";
import {
  type Claim,
  type CreateAnswer,
  isEnded,
  type ListRequest,
  type NewProduction,
  type ProductionPage,
  type ProductionProgress,
  type ProductionRecord,
  type ProductionStore,
  type ProductionUpdate,
  type StoredEvent,
} from "../production-store.ts";
import {
  type EventRow,
  type ProductionRow,
  SUMMARY_COLUMNS,
  type SummaryRow,
  toEvent,
  toSummary,
} from "./production-rows.ts";
import {
  abandoned,
  appendEvents,
  end,
  find,
  json,
  lock,
  mustGet,
  NOW,
  readCursor,
  replay,
  stateEvent,
  writeCursor,
} from "./production-statements.ts";
import { PRODUCTION_CHANNEL } from "./production-tables.ts";

export interface SqlProductionStoreOptions {
  readonly database: Database;
  /** Unguessable and never the same twice: tokens of claims. */
  readonly newToken: () => string;
  /** Added to the database's clock, so that tests can let leases run out. */
  readonly clockOffsetMs?: () => number;
  /** Hears of each production that ends, within the transaction that ends it. */
  readonly onEnd?: (sql: Queryable, ended: ProductionRecord, nowMs: number) => Promise<void>;
}

const NO_PROGRESS: ProductionProgress = { framesRendered: 0, framesTotal: 0, fps: null, etaSeconds: null };

/** Thrown inside the transaction that must not stay. */
class QueueFull extends ReelburstError {
  readonly queued: number;

  constructor(queued: number) {
    super("QUEUE_FULL", `${queued} productions are waiting.`, { retryable: true });
    this.queued = queued;
  }
}

export class SqlProductionStore implements ProductionStore {
  readonly #database: Database;
  readonly #newToken: () => string;
  readonly #offsetMs: () => number;
  readonly #onEnd: SqlProductionStoreOptions["onEnd"];
  readonly #listeners = new Set<(id: string) => void>();
  readonly #name = randomUUID();

  constructor({ database, newToken, clockOffsetMs = () => 0, onEnd }: SqlProductionStoreOptions) {
    this.#database = database;
    this.#newToken = newToken;
    this.#offsetMs = clockOffsetMs;
    this.#onEnd = onEnd;
  }

  async create(request: NewProduction): Promise<CreateAnswer> {
    try {
      const answer = await this.#database.transaction((sql) => this.#create(sql, request));
      if (answer.kind === "created") this.#tell(request.id);
      return answer;
    } catch (error) {
      if (error instanceof QueueFull) return { kind: "full", queued: error.queued };
      throw error;
    }
  }

  async #create(sql: Queryable, request: NewProduction): Promise<CreateAnswer> {
    const { id, document, title, owner, idempotency, maxQueued } = request;
    const nowMs = await this.#nowMs(sql);
    if (idempotency !== null) {
      // A second caller waits here until the first has committed, and then finds its row.
      const taken = await sql.query(
        `INSERT INTO reelburst.production_keys (owner, key, digest, production_id, created_ms)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING key`,
        [owner, idempotency.key, idempotency.digest, id, nowMs],
      );
      if (taken.length === 0) return replay(sql, owner, idempotency);
    }
    const [queue] = await sql.query<{ queued: number | string }>(
      "SELECT count(*) AS queued FROM reelburst.productions WHERE state = 'queued'",
    );
    const queued = Number(queue?.queued ?? 0);
    if (queued >= maxQueued) throw new QueueFull(queued);
    await sql.query(
      `INSERT INTO reelburst.productions (id, state, title, document, owner, progress, created_ms, updated_ms, queued_ms)
       VALUES ($1, 'queued', $2, $3::jsonb, $4, $5::jsonb, $6, $6, $6)`,
      [id, title, JSON.stringify(document), owner, JSON.stringify(NO_PROGRESS), nowMs],
    );
    await appendEvents(sql, id, nowMs, [stateEvent("queued")]);
    await this.#announce(sql, id);
    return { kind: "created", production: await mustGet(sql, id) };
  }

  get(id: string): Promise<ProductionRecord | null> {
    return find(this.#database, id);
  }

  async list({ limit, cursor, state, search = null }: ListRequest): Promise<ProductionPage> {
    const before = cursor === null ? null : readCursor(cursor);
    const rows = await this.#database.query<SummaryRow>(
      `SELECT ${SUMMARY_COLUMNS} FROM reelburst.productions
       WHERE ($1::bigint IS NULL OR ordinal < $1::bigint)
         AND CASE WHEN $2::text IS NULL THEN true
           WHEN $2::text = 'active' THEN state NOT IN ('succeeded', 'failed', 'canceled')
           ELSE state = $2::text END
         AND ($4::text IS NULL OR position(lower($4::text) IN lower(title)) > 0)
       ORDER BY ordinal DESC LIMIT $3`,
      [before, state, limit + 1, search],
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      productions: page.map(toSummary),
      nextCursor: rows.length > limit && last !== undefined ? writeCursor(Number(last.ordinal)) : null,
    };
  }

  async eventsSince(id: string, after: number, limit: number): Promise<readonly StoredEvent[]> {
    const rows = await this.#database.query<EventRow>(
      `SELECT sequence, at_ms, type, data FROM reelburst.production_events
       WHERE production_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
      [id, after, limit],
    );
    return rows.map(toEvent);
  }

  async claim({
    workerId,
    leaseMs,
  }: {
    readonly workerId: string;
    readonly leaseMs: number;
  }): Promise<Claim | null> {
    const token = this.#newToken();
    const row = await this.#database.transaction(async (sql) => {
      const nowMs = await this.#nowMs(sql);
      const [taken] = await sql.query<ProductionRow>(
        `UPDATE reelburst.productions SET state = 'fetching', attempt = attempt + 1, worker_id = $1, lease_token = $2,
           lease_until = $3::double precision + $4::double precision, started_ms = $3, updated_ms = $3
         WHERE id = (SELECT id FROM reelburst.productions WHERE state = 'queued'
                     ORDER BY queued_ms, ordinal LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING *`,
        [workerId, token, nowMs, leaseMs],
      );
      if (taken === undefined) return null;
      await appendEvents(sql, taken.id, nowMs, [stateEvent("fetching", { attempt: taken.attempt })]);
      await this.#announce(sql, taken.id);
      return taken;
    });
    if (row === null) return null;
    this.#tell(row.id);
    return { id: row.id, token, leaseMs, workerId, attempt: row.attempt, document: row.document };
  }

  async heartbeat({ id, token, leaseMs }: Claim): Promise<"ok" | "cancel" | "stale"> {
    const [row] = await this.#database.query<{ cancel_requested: boolean }>(
      `UPDATE reelburst.productions SET lease_until = ${NOW} + $3::double precision + $4::double precision
       WHERE id = $1 AND lease_token = $2 AND lease_until > ${NOW} + $3::double precision
       RETURNING cancel_requested`,
      [id, token, this.#offsetMs(), leaseMs],
    );
    if (row === undefined) return "stale";
    return row.cancel_requested ? "cancel" : "ok";
  }

  async record(claim: Claim, update: ProductionUpdate): Promise<"ok" | "stale"> {
    const { state } = update;
    const ended = state !== undefined && isEnded(state);
    const answer = await this.#database.transaction(async (sql) => {
      const nowMs = await this.#nowMs(sql);
      const rows = await sql.query(
        `UPDATE reelburst.productions SET updated_ms = $3,
           state = coalesce($4, state), progress = coalesce($5::jsonb, progress),
           scenes = coalesce($6::jsonb, scenes), result = coalesce($7::jsonb, result),
           error = coalesce($8::jsonb, error), problems = coalesce($9::jsonb, problems),
           ended_ms = CASE WHEN $10 THEN $3 ELSE ended_ms END,
           lost = CASE WHEN $10 THEN 0 ELSE lost END,
           cancel_requested = CASE WHEN $10 THEN false ELSE cancel_requested END,
           lease_token = CASE WHEN $10 THEN NULL ELSE lease_token END,
           lease_until = CASE WHEN $10 THEN NULL ELSE lease_until END
         WHERE id = $1 AND lease_token = $2 AND lease_until > $3::double precision RETURNING id`,
        [
          claim.id,
          claim.token,
          nowMs,
          state ?? null,
          json(update.progress),
          json(update.scenes),
          json(update.result),
          json(update.error),
          json(update.problems),
          ended,
        ],
      );
      if (rows.length === 0) return "stale";
      await appendEvents(sql, claim.id, nowMs, update.events);
      if (ended) await this.#onEnd?.(sql, await mustGet(sql, claim.id), nowMs);
      await this.#announce(sql, claim.id);
      return "ok";
    });
    if (answer === "ok") this.#tell(claim.id);
    return answer;
  }

  async release(claim: Claim): Promise<"ok" | "stale"> {
    const answer = await this.#database.transaction(async (sql) => {
      const nowMs = await this.#nowMs(sql);
      const [row] = await sql.query<{ cancel_requested: boolean }>(
        `UPDATE reelburst.productions SET state = 'queued', attempt = attempt - 1, worker_id = NULL, lease_token = NULL,
           lease_until = NULL, updated_ms = $3
         WHERE id = $1 AND lease_token = $2 AND lease_until > $3::double precision RETURNING cancel_requested`,
        [claim.id, claim.token, nowMs],
      );
      if (row === undefined) return "stale";
      if (row.cancel_requested) await this.#end(sql, claim.id, nowMs, "canceled", null);
      else await appendEvents(sql, claim.id, nowMs, [stateEvent("queued")]);
      await this.#announce(sql, claim.id);
      return "ok";
    });
    if (answer === "ok") this.#tell(claim.id);
    return answer;
  }

  async cancel(id: string): Promise<"canceled" | "canceling" | "ended" | "unknown"> {
    const answer = await this.#database.transaction(async (sql) => {
      const row = await lock(sql, id);
      if (row === null) return "unknown";
      if (row.state === "canceled") return "canceled";
      if (isEnded(row.state)) return "ended";
      const nowMs = await this.#nowMs(sql);
      await this.#announce(sql, id);
      if (row.state === "queued") {
        await this.#end(sql, id, nowMs, "canceled", null);
        return "canceled";
      }
      await sql.query(
        "UPDATE reelburst.productions SET cancel_requested = true, updated_ms = $2 WHERE id = $1",
        [id, nowMs],
      );
      return "canceling";
    });
    if (answer === "canceled" || answer === "canceling") this.#tell(id);
    return answer;
  }

  async retry(id: string): Promise<"queued" | "busy" | "succeeded" | "unknown"> {
    const answer = await this.#database.transaction(async (sql) => {
      const row = await lock(sql, id);
      if (row === null) return "unknown";
      if (row.state === "succeeded") return "succeeded";
      if (!isEnded(row.state)) return "busy";
      const nowMs = await this.#nowMs(sql);
      await sql.query(
        `UPDATE reelburst.productions SET state = 'queued', queued_ms = $2, updated_ms = $2, started_ms = NULL,
           ended_ms = NULL, error = NULL, problems = '[]', scenes = '[]', progress = $3::jsonb, lost = 0,
           worker_id = NULL
         WHERE id = $1`,
        [id, nowMs, JSON.stringify(NO_PROGRESS)],
      );
      await appendEvents(sql, id, nowMs, [stateEvent("queued")]);
      await this.#announce(sql, id);
      return "queued";
    });
    if (answer === "queued") this.#tell(id);
    return answer;
  }

  async reclaim({ everyLease, maxLost }: { readonly everyLease: boolean; readonly maxLost: number }) {
    const ids = await this.#database.transaction(async (sql) => {
      const nowMs = await this.#nowMs(sql);
      const rows = await sql.query<ProductionRow>(
        `SELECT * FROM reelburst.productions WHERE lease_token IS NOT NULL AND ($1 OR lease_until <= $2)
         ORDER BY ordinal FOR UPDATE SKIP LOCKED`,
        [everyLease, nowMs],
      );
      for (const row of rows) {
        await sql.query(
          `UPDATE reelburst.productions SET state = 'queued', lost = lost + 1, worker_id = NULL, lease_token = NULL,
             lease_until = NULL, updated_ms = $2 WHERE id = $1`,
          [row.id, nowMs],
        );
        if (row.cancel_requested) await this.#end(sql, row.id, nowMs, "canceled", null);
        else if (row.lost + 1 >= maxLost)
          await this.#end(sql, row.id, nowMs, "failed", abandoned(row.lost + 1));
        else await appendEvents(sql, row.id, nowMs, [stateEvent("queued", { reason: "workerLost" })]);
        await this.#announce(sql, row.id);
      }
      return rows.map(({ id }) => id);
    });
    for (const id of ids) this.#tell(id);
    return ids.length;
  }

  async counts(): Promise<Partial<Record<ProductionState, number>>> {
    const rows = await this.#database.query<{ state: ProductionState; count: number | string }>(
      "SELECT state, count(*) AS count FROM reelburst.productions GROUP BY state",
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
  }

  async forgetKeys(olderThanMs: number): Promise<number> {
    const rows = await this.#database.query(
      `DELETE FROM reelburst.production_keys WHERE created_ms < ${NOW} + $1::double precision RETURNING key`,
      [this.#offsetMs() - olderThanMs],
    );
    return rows.length;
  }

  subscribe(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** From now on listeners hear of other processes' changes too. @returns a function that stops that */
  async listen(): Promise<() => Promise<void>> {
    return this.#database.listen(PRODUCTION_CHANNEL, (payload) => {
      const [teller, id] = payload?.split(" ") ?? [];
      // Our own changes were told at once, without the way through the database.
      if (id !== undefined && teller !== this.#name) this.#tell(id);
    });
  }

  /** Sent with the commit, to every process on this database. */
  async #announce(sql: Queryable, id: string): Promise<void> {
    await sql.query("SELECT pg_notify($1, $2)", [PRODUCTION_CHANNEL, `${this.#name} ${id}`]);
  }

  async #end(...ending: Parameters<typeof end>): Promise<void> {
    const [sql, id, nowMs] = ending;
    await end(...ending);
    await this.#onEnd?.(sql, await mustGet(sql, id), nowMs);
  }

  #tell(id: string): void {
    for (const listener of [...this.#listeners]) listener(id);
  }

  async #nowMs(sql: Queryable): Promise<number> {
    const [row] = await sql.query<{ now_ms: number }>(`SELECT ${NOW} AS now_ms`);
    return Math.floor(Number(row?.now_ms)) + this.#offsetMs();
  }
}
