/**
 * A SQL database in PostgreSQL's dialect: PGlite in this process, or a PostgreSQL server. What several machines
 * must agree on (productions, keys, leases, the ledger) lives here; large things live in the object store.
 */

/** `$1`-style parameters; rows as plain objects by column name. */
export interface Queryable {
  query<Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Queryable {
  /** Which of the two: some statements (LISTEN, advisory locks) exist on the server only. */
  readonly kind: "pglite" | "postgres";
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. Nothing else is seen
   * through `work`'s argument, and nothing outside of it belongs to the transaction.
   */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result>;
  /** Waits for what is running; queries afterwards fail. */
  close(): Promise<void>;
}
