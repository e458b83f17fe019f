/**
 * A SQL database in PostgreSQL's dialect: PGlite in this process, or a PostgreSQL server. What several machines
 * must agree on (productions, keys, leases, the ledger) lives here; large things live in the object store.
 *
 * Both give the same values for the same types: `int8` is a number, `json` parsed, `timestamptz` a Date.
 */

/**
 * `$1`-style parameters; rows as plain objects by column name. Without parameters the text may hold several
 * statements; then the rows of all of them come one after the other.
 *
 * @throws {ReelburstError} `DATABASE_UNAVAILABLE`, `DATABASE_TIMEOUT` and `DATABASE_CONFLICT` are worth another try;
 * `DATABASE_REFUSED`, `DATABASE_CLOSED`, `DISK_FULL` and `DATABASE_FAILED` are not. Their cause is the driver's
 * error, with PostgreSQL's SQLSTATE as its `code`.
 */
export interface Queryable {
  query<Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Queryable {
  /** Which of the two, for what is told to people; the SQL is the same. */
  readonly kind: "pglite" | "postgres";

  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. Nothing else is seen
   * through `work`'s argument, and nothing outside of it belongs to the transaction: `work` must not use the
   * database itself, which on PGlite would wait for its own end.
   */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result>;

  /**
   * Hears `NOTIFY channel, 'payload'` of every process on this database, in the order of their commits, once this
   * has resolved. A hint, not a record: what was sent while a connection was lost is missing, and `listener(null)`
   * then says "look again". @returns a function that stops it.
   * @param channel lower case letters and underscores.
   */
  listen(channel: string, listener: (payload: string | null) => void): Promise<() => Promise<void>>;

  /** Waits for what is running; queries afterwards fail with `DATABASE_CLOSED`. Twice is fine. */
  close(): Promise<void>;
}

/** The tables of one room, as steps that are never changed once released. Forward only. */
export interface MigrationSet {
  /** Whose they are: "jobs", "productions". Sets know nothing of each other and run in the order given. */
  readonly name: string;
  /** Step 1 is the first. Several statements each; every step is one transaction. */
  readonly steps: readonly string[];
}
