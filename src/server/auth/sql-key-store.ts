import type { Database } from "../../storage/database.ts";
import { scope } from "../contracts.ts";
import type { KeyStore, StoredKey } from "./key-store.ts";

export const KEY_MIGRATIONS = [
  {
    name: "api-keys-1",
    sql: `CREATE TABLE api_keys (
      id text PRIMARY KEY,
      name text NOT NULL,
      sha256 text NOT NULL,
      scopes text NOT NULL,
      created_ms double precision NOT NULL
    )`,
  },
] as const;

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  /** Separated by spaces. */
  readonly scopes: string;
  readonly created_ms: number;
}

export class SqlKeyStore implements KeyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add({ id, name, sha256, scopes, createdMs }: StoredKey): Promise<void> {
    await this.#database.query(
      "INSERT INTO api_keys (id, name, sha256, scopes, created_ms) VALUES ($1, $2, $3, $4, $5)",
      [id, name, sha256, scopes.join(" "), createdMs],
    );
  }

  async find(id: string): Promise<StoredKey | null> {
    const [row] = await this.#database.query<KeyRow>("SELECT * FROM api_keys WHERE id = $1", [id]);
    return row === undefined ? null : toKey(row);
  }

  async list(): Promise<readonly StoredKey[]> {
    return (await this.#database.query<KeyRow>("SELECT * FROM api_keys ORDER BY created_ms, id", [])).map(
      toKey,
    );
  }

  async remove(id: string): Promise<boolean> {
    const rows = await this.#database.query("DELETE FROM api_keys WHERE id = $1 RETURNING id", [id]);
    return rows.length > 0;
  }
}

function toKey(row: KeyRow): StoredKey {
  return {
    id: row.id,
    name: row.name,
    sha256: row.sha256,
    scopes: row.scopes.split(" ").map((each) => scope.parse(each)),
    createdMs: row.created_ms,
  };
}
