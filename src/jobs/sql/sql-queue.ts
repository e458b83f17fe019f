import type { Database } from "../../storage/database.ts";
import { whenAborted } from "../../support/abort.ts";
import { type Clock, systemClock } from "../../support/clock.ts";
import { ReelburstError, type SerializedError } from "../../support/errors.ts";
import { type ResolvedJob, resolveJob } from "../check-job.ts";
import type { Job, JobCounts, JobState, JsonValue, NewJob } from "../job.ts";
import {
  type EnqueuedJob,
  type FetchRequest,
  type JobChange,
  type JobQueue,
  LEASE_LOST,
  type Lease,
} from "../queue.ts";
import { type JobRow, jobId, jobNumber, parseNotice, toJob, toLease } from "./job-row.ts";
import { JOB_CHANNEL } from "./job-tables.ts";
import { type Patience, withPatience } from "./patience.ts";
import { type Look, WaitingFetches } from "./waiting-fetches.ts";

export interface SqlQueueOptions {
  /** With `JOB_TABLES` in it. It stays open when the queue is closed. */
  readonly database: Database;
  /** For waiting. Leases are counted by the database's own clock. */
  readonly clock?: Clock;
  /** How long a method outlasts a database that is away. Default 60 s; a fetch that waits outlasts any. */
  readonly patienceMs?: number;
}

/** @throws {ReelburstError} what `Queryable` names. */
export async function openSqlQueue(options: SqlQueueOptions): Promise<JobQueue> {
  const queue = new SqlQueue(options);
  await queue.start();
  return queue;
}

const LOST = JSON.stringify(LEASE_LOST);
const UNKNOWN: JobCounts = { queued: 0, active: 0, retrying: 0, completed: 0, failed: 0, canceled: 0 };

/**
 * The queue of the service: in PGlite for one process, in PostgreSQL for as many as there are, by the same SQL
 * (`job-tables.ts`). Every method is one call of one function in the database.
 */
class SqlQueue implements JobQueue {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #patience: Patience;
  readonly #listeners = new Set<(change: JobChange) => void>();
  readonly #waiting = new Map<string, WaitingFetches>();
  readonly #stops = new Set<() => void>();
  #stopListening: () => Promise<void> = async () => {};
  #closed = false;

  constructor(options: SqlQueueOptions) {
    this.#database = options.database;
    this.#clock = options.clock ?? systemClock;
    this.#patience = { clock: this.#clock, random: Math.random, patienceMs: options.patienceMs ?? 60_000 };
  }

  async start(): Promise<void> {
    this.#stopListening = await this.#database.listen(JOB_CHANNEL, (payload) => this.#hear(payload));
  }

  async enqueue(jobs: readonly NewJob[]): Promise<readonly EnqueuedJob[]> {
    this.#begin();
    const resolved = jobs.map(resolveJob);
    if (resolved.length === 0) return [];
    const rows = await this.#ask<{ number: number; created: boolean }>(
      "SELECT number, created FROM reelburst.job_enqueue($1)",
      [JSON.stringify(resolved.map(toGiven))],
    );
    return rows.map(({ number, created }, index) => {
      return { id: jobId(number), key: resolved[index]?.key ?? "", created };
    });
  }

  async fetch(request: FetchRequest): Promise<Lease | null> {
    if (this.#closed || request.signal?.aborted) return null;
    if (request.waitMs === 0) return this.#fetchNow(request);
    const waiting = this.#waitingFor(request.queue).wait(request);
    this.#stops.add(waiting.stop);
    const stopListening = whenAborted(request.signal, waiting.stop);
    const cancelTimer =
      request.waitMs === undefined ? () => {} : this.#clock.after(request.waitMs, waiting.stop);
    try {
      return await waiting.answer;
    } finally {
      this.#stops.delete(waiting.stop);
      stopListening();
      cancelTimer();
    }
  }

  async heartbeat(lease: Lease): Promise<"ok" | "stale"> {
    return (await this.#settle("job_heartbeat($1, $2)", lease)) === true ? "ok" : "stale";
  }

  async complete(lease: Lease, output: JsonValue): Promise<"completed" | "stale"> {
    const text = JSON.stringify(output) ?? "null";
    return (await this.#settle("job_complete($1, $2, $3)", lease, text)) === true ? "completed" : "stale";
  }

  async fail(lease: Lease, error: SerializedError): Promise<"retrying" | "failed" | "stale"> {
    const parameters = [JSON.stringify(error), error.retryable];
    const state = await this.#settle("job_fail($1, $2, $3, $4)", lease, ...parameters);
    return state === "retrying" || state === "failed" ? state : "stale";
  }

  async release(lease: Lease): Promise<"released" | "stale"> {
    return (await this.#settle("job_release($1, $2)", lease)) === true ? "released" : "stale";
  }

  async cancel(group: string, keys?: readonly string[]): Promise<number> {
    this.#begin();
    const [row] = await this.#ask<{ count: number }>("SELECT reelburst.job_cancel($1, $2, $3) AS count", [
      group,
      keys === undefined ? null : [...keys],
      LOST,
    ]);
    return row?.count ?? 0;
  }

  async forget(group: string): Promise<void> {
    this.#begin();
    await this.#ask("SELECT reelburst.job_forget($1, $2)", [group, LOST]);
  }

  status(group: string): Promise<JobCounts> {
    return this.#count("group_name = $1", group);
  }

  backlog(queue: string): Promise<JobCounts> {
    return this.#count("queue = $1", queue);
  }

  async jobs(group: string): Promise<readonly Job[]> {
    await this.#settleDue();
    const sql = "SELECT * FROM reelburst.job WHERE group_name = $1 ORDER BY number";
    return (await this.#ask<JobRow>(sql, [group])).map(toJob);
  }

  subscribe(listener: (change: JobChange) => void): () => void {
    this.#begin();
    // Wrapped, so that one function may subscribe twice and each stop ends its own.
    const own = (change: JobChange): void => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listeners.clear();
    for (const stop of [...this.#stops]) stop();
    await Promise.all([...this.#waiting.values()].map((waiting) => waiting.stop()));
    await this.#stopListening();
  }

  #begin(): void {
    if (this.#closed) throw new ReelburstError("QUEUE_CLOSED", "The queue is closed.");
  }

  #ask<Row extends object>(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return withPatience(this.#patience, () => this.#database.query<Row>(sql, parameters));
  }

  /** One call of a function that ends, or prolongs, the attempt whose lease this is. */
  async #settle(call: string, lease: Lease, ...parameters: readonly unknown[]): Promise<unknown> {
    this.#begin();
    const number = jobNumber(lease.jobId);
    if (number === null) return null;
    const sql = `SELECT reelburst.${call} AS outcome`;
    const [row] = await this.#ask<{ outcome: unknown }>(sql, [number, lease.token, ...parameters]);
    return row?.outcome;
  }

  /** Every call sees the table as the clock stands: what is due happens first. */
  async #settleDue(): Promise<void> {
    this.#begin();
    await this.#ask("SELECT reelburst.job_settle($1)", [LOST]);
  }

  async #count(condition: string, parameter: string): Promise<JobCounts> {
    await this.#settleDue();
    const rows = await this.#ask<{ state: JobState; count: number }>(
      `SELECT state, count(*) AS count FROM reelburst.job WHERE ${condition} GROUP BY state`,
      [parameter],
    );
    return { ...UNKNOWN, ...Object.fromEntries(rows.map(({ state, count }) => [state, count])) };
  }

  async #fetchNow(request: FetchRequest): Promise<Lease | null> {
    const found = await withPatience(this.#patience, () => this.#look(request));
    if (!("token" in found)) return null;
    if (!this.#closed && !request.signal?.aborted) return found;
    await this.#giveBack(found);
    return null;
  }

  async #look({ queue, workerId, leaseMs }: FetchRequest): Promise<Look> {
    const [row] = await this.#database.query<JobRow & { next_due_ms: number | null }>(
      "SELECT (found.job).*, next_due_ms FROM reelburst.job_fetch($1, $2, $3, $4) AS found",
      [queue, workerId, leaseMs, LOST],
    );
    return row === undefined || row.number === null ? { dueInMs: row?.next_due_ms ?? null } : toLease(row);
  }

  /** Not `release`: the queue may be closed by now. */
  #giveBack(lease: Lease): Promise<unknown> {
    return this.#ask("SELECT reelburst.job_release($1, $2)", [jobNumber(lease.jobId), lease.token]);
  }

  #waitingFor(queue: string): WaitingFetches {
    const known = this.#waiting.get(queue);
    if (known !== undefined) return known;
    const added = new WaitingFetches({
      clock: this.#clock,
      look: (request) => this.#look(request),
      release: (lease) => this.#giveBack(lease),
    });
    this.#waiting.set(queue, added);
    return added;
  }

  #hear(payload: string | null): void {
    if (this.#closed) return;
    const notice = payload === null ? null : parseNotice(payload);
    if (payload === null) {
      for (const waiting of this.#waiting.values()) waiting.lookSoon();
    } else if (notice?.change) {
      for (const listener of this.#listeners) listener(notice.change);
    } else if (notice !== null) {
      this.#waiting.get(notice.queue)?.lookSoon();
    }
  }
}

/** A job as `reelburst.job_given` reads it. */
function toGiven(job: ResolvedJob): object {
  return {
    queue: job.queue,
    group: job.group,
    key: job.key,
    data: JSON.stringify(job.data),
    priority: job.priority,
    limit: job.retry.limit,
    base: job.retry.baseDelayMs,
    factor: job.retry.factor,
    max: job.retry.maxDelayMs,
  };
}
