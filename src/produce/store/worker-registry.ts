/** Which processes work for a service, on whatever machine, and when each was last heard of. */
import type { Database, MigrationSet } from "../../storage/database.ts";
import type { Clock } from "../../support/clock.ts";
import { NOW } from "./production-statements.ts";

export const WORKER_TABLES: MigrationSet = {
  name: "workers",
  steps: [
    `CREATE TABLE reelburst.workers (
      id text PRIMARY KEY,
      role text NOT NULL,
      host text NOT NULL,
      slots integer NOT NULL,
      engine text NOT NULL,
      productions jsonb NOT NULL,
      chunks integer NOT NULL,
      finished bigint NOT NULL,
      draining boolean NOT NULL,
      started_ms double precision NOT NULL,
      seen_ms double precision NOT NULL
    )`,
  ],
};

export interface WorkerFacts {
  readonly id: string;
  /** A server also answers requests. */
  readonly role: "server" | "worker";
  readonly host: string;
  readonly slots: number;
  readonly engine: string;
}

export interface WorkerLoad {
  /** Ids of the productions it leads. */
  readonly productions: readonly string[];
  /** Being drawn now, of whichever production. */
  readonly chunks: number;
  /** Drawn since its start. */
  readonly finished: number;
  readonly draining: boolean;
}

export interface KnownWorker extends WorkerFacts, WorkerLoad {
  /** Milliseconds since the epoch, on the database's clock. */
  readonly startedMs: number;
  readonly heartbeatAgeMs: number;
}

export interface WorkerRegistry {
  list(): Promise<readonly KnownWorker[]>;
  /** Says at once what has changed. */
  beat(): Promise<void>;
  leave(): Promise<void>;
}

const BEAT_EVERY_MS = 5_000;
/** Long enough to be seen as lost by whoever looks for it. */
const KEPT_MS = 10 * 60_000;

interface WorkerRow extends WorkerFacts {
  readonly productions: readonly string[];
  readonly chunks: number;
  readonly finished: number;
  readonly draining: boolean;
  readonly started_ms: number;
  readonly age_ms: number;
}

/** @param isAlone nobody else can be at this database: what stands there is of the past */
export async function joinWorkers(
  database: Database,
  clock: Clock,
  facts: WorkerFacts,
  load: () => WorkerLoad,
  isAlone: boolean,
): Promise<WorkerRegistry> {
  if (isAlone) await database.query("DELETE FROM reelburst.workers");
  const beat = async (): Promise<void> => {
    const { productions, chunks, finished, draining } = load();
    await database.query(
      `INSERT INTO reelburst.workers
         (id, role, host, slots, engine, productions, chunks, finished, draining, started_ms, seen_ms)
       VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, ${NOW}, ${NOW})
       ON CONFLICT (id) DO UPDATE SET productions = excluded.productions, chunks = excluded.chunks,
         finished = excluded.finished, draining = excluded.draining, seen_ms = excluded.seen_ms`,
      [
        facts.id,
        facts.role,
        facts.host,
        facts.slots,
        facts.engine,
        JSON.stringify(productions),
        chunks,
        finished,
        draining,
      ],
    );
    await database.query(`DELETE FROM reelburst.workers WHERE seen_ms < ${NOW} - $1::double precision`, [
      KEPT_MS,
    ]);
  };
  await beat();
  let hasLeft = false;
  let cancel = (): void => {};
  const arm = (): void => {
    cancel = clock.after(BEAT_EVERY_MS, () => {
      // The database is away: its absence is everybody's business, and told by those who need it.
      void beat()
        .catch(() => {})
        .finally(() => {
          if (!hasLeft) arm();
        });
    });
  };
  arm();
  return {
    beat,
    list: async () => {
      const rows = await database.query<WorkerRow>(
        `SELECT *, ${NOW} - seen_ms AS age_ms FROM reelburst.workers ORDER BY started_ms, id`,
      );
      return rows.map(({ started_ms, age_ms, ...row }) => ({
        ...row,
        startedMs: started_ms,
        heartbeatAgeMs: Math.max(0, age_ms),
      }));
    },
    leave: async () => {
      hasLeft = true;
      cancel();
      await database.query("DELETE FROM reelburst.workers WHERE id = $1", [facts.id]);
    },
  };
}
