import { type ClientConfig, Pool, type PoolClient, type QueryResult, types } from "pg";
import type { Database, Queryable } from "../../database.ts";
import { closedError, databaseError } from "../database-errors.ts";
import { connectionOptions } from "./connection-options.ts";
import { PostgresListener } from "./listener.ts";

export interface PostgresOptions {
  /** postgres://user:password@host:port/database, with `sslmode`. */
  readonly url: string;
  /** Connections at most, besides one that listens. Default 10. */
  readonly connections?: number;
  /** How long one statement may take. Default 30 s. */
  readonly statementTimeoutMs?: number;
  /** How long a statement may wait for a connection, old or new. Default 10 s. */
  readonly acquireTimeoutMs?: number;
}

const DEFAULTS = { connections: 10, statementTimeoutMs: 30_000, acquireTimeoutMs: 10_000 };

/** Transactions here are short; one that does nothing for this long belongs to a process that has lost its way. */
const IDLE_IN_TRANSACTION_MS = 60_000;
const INT8 = 20;

/**
 * A PostgreSQL server. Asked once before it is handed out, so that a wrong URL shows at the start.
 *
 * A server that is restarted takes the statements under way with it (`DATABASE_UNAVAILABLE`, which may or may not
 * have been done); the next ones get new connections by themselves.
 *
 * @throws {ReelburstError} `DATABASE_URL_INVALID`, `DATABASE_UNAVAILABLE`, `DATABASE_REFUSED`.
 */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const { connections, statementTimeoutMs, acquireTimeoutMs } = { ...DEFAULTS, ...options };
  const config: ClientConfig = {
    ...connectionOptions(options.url),
    application_name: "reelburst",
    connectionTimeoutMillis: acquireTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: {
      // A count is a number; PostgreSQL's int8 comes as a string otherwise.
      getTypeParser: (oid, format) => (oid === INT8 ? Number : types.getTypeParser(oid, format)),
    },
  };
  const pool = new Pool({ ...config, max: connections, idleTimeoutMillis: 30_000 });
  // A connection that dies while nobody uses it is dropped by the pool; without this it would end the program.
  pool.on("error", () => {});
  const listener = new PostgresListener(config);
  const database = wrap(pool, listener);
  try {
    await database.query("SELECT 1");
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

function wrap(pool: Pool, listener: PostgresListener): Database {
  let closing: Promise<void> | null = null;
  const guarded = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (closing !== null) throw closedError();
    try {
      return await work();
    } catch (error) {
      throw databaseError(error);
    }
  };
  return {
    kind: "postgres",
    query: <Row extends object>(sql: string, parameters?: readonly unknown[]) =>
      guarded(async () => rowsOf(await pool.query(sql, parameters)) as Row[]),
    transaction: (work) => guarded(() => transact(pool, work)),
    listen: (channel, onMessage) => guarded(() => listener.listen(channel, onMessage)),
    close() {
      closing ??= Promise.all([pool.end(), listener.close()]).then(() => {});
      return closing;
    },
  };
}

async function transact<Result>(
  pool: Pool,
  work: (transaction: Queryable) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  // Lost between two statements: the next one will say so. Nobody listening would end the program.
  const ignore = (): void => {};
  client.on("error", ignore);
  let broken: Error | undefined;
  let failure: unknown;
  try {
    await client.query("BEGIN");
    const result = await work({
      query: async <Row extends object>(sql: string, parameters?: readonly unknown[]) => {
        try {
          return rowsOf(await client.query(sql, parameters)) as Row[];
        } catch (error) {
          failure ??= databaseError(error);
          throw failure;
        }
      },
    });
    // PostgreSQL answers the COMMIT of a failed transaction with a silent rollback.
    if (failure !== undefined) throw failure;
    await client.query("COMMIT");
    return result;
  } catch (error) {
    broken = await rollBack(client);
    throw error;
  } finally {
    client.off("error", ignore);
    client.release(broken);
  }
}

/** @returns why the connection is of no more use, or undefined when it is as good as new. */
async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query("ROLLBACK");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Several statements give several results. */
function rowsOf(result: QueryResult | QueryResult[]): object[] {
  return Array.isArray(result) ? result.flatMap(({ rows }) => rows) : result.rows;
}
