import type { Database, MigrationSet } from "./database.ts";

/**
 * Secrets that the server makes for itself and needs in the clear: what signs webhooks and download links. They lie in
 * the database, so that several servers on one share them and a backup holds them. They are never logged, and told to
 * nobody but to whoever has a new one made.
 */
export const SECRET_TABLES: MigrationSet = {
  name: "secrets",
  steps: [
    `CREATE TABLE reelburst.server_secrets (
       id text PRIMARY KEY,
       purpose text NOT NULL,
       secret text NOT NULL,
       created_ms double precision NOT NULL,
       expires_ms double precision
     );
     CREATE INDEX server_secrets_of ON reelburst.server_secrets (purpose, created_ms);`,
  ],
};

export interface StoredSecret {
  readonly id: string;
  readonly secret: string;
  readonly createdMs: number;
  /** While it is being replaced; null: no end. */
  readonly expiresMs: number | null;
}

interface Row {
  readonly id: string;
  readonly secret: string;
  readonly created_ms: number;
  readonly expires_ms: number | null;
}

export class SecretStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Those in force, newest first; the first one is made when there is none. Two servers at once make one. */
  async inForce(purpose: string, make: () => string): Promise<readonly StoredSecret[]> {
    const found = await this.#list(purpose);
    if (found.length > 0) return found;
    await this.#database.query(
      `INSERT INTO reelburst.server_secrets (id, purpose, secret, created_ms) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO NOTHING`,
      [`${purpose}-1`, purpose, make(), this.#now()],
    );
    return this.#list(purpose);
  }

  /** Puts a new secret in force; those before it stay so for a while, until everybody has been told. */
  async replace(purpose: string, secret: string, keepOldMs: number): Promise<StoredSecret> {
    return this.#database.transaction(async (sql) => {
      const nowMs = this.#now();
      const [count] = await sql.query<{ count: number | string }>(
        "SELECT count(*) AS count FROM reelburst.server_secrets WHERE purpose = $1",
        [purpose],
      );
      const id = `${purpose}-${Number(count?.count ?? 0) + 1}`;
      await sql.query(
        `UPDATE reelburst.server_secrets SET expires_ms = least(coalesce(expires_ms, $2), $2) WHERE purpose = $1`,
        [purpose, nowMs + keepOldMs],
      );
      await sql.query(
        "INSERT INTO reelburst.server_secrets (id, purpose, secret, created_ms) VALUES ($1, $2, $3, $4)",
        [id, purpose, secret, nowMs],
      );
      return { id, secret, createdMs: nowMs, expiresMs: null };
    });
  }

  async #list(purpose: string): Promise<readonly StoredSecret[]> {
    const rows = await this.#database.query<Row>(
      `SELECT id, secret, created_ms, expires_ms FROM reelburst.server_secrets
       WHERE purpose = $1 AND (expires_ms IS NULL OR expires_ms > $2) ORDER BY created_ms DESC, id DESC`,
      [purpose, this.#now()],
    );
    return rows.map((row) => ({
      id: row.id,
      secret: row.secret,
      createdMs: row.created_ms,
      expiresMs: row.expires_ms,
    }));
  }
}
