import type { Database, MigrationSet } from "../../storage/database.ts";
import { scope } from "../contracts.ts";
import type { KeyStore, StoredKey } from "./key-store.ts";

export const KEY_TABLES: MigrationSet = {
  name: "api-keys",
  steps: [
    `CREATE TABLE reelburst.api_keys (
      id text PRIMARY KEY,
      name text NOT NULL,
      sha256 text NOT NULL,
      scopes text NOT NULL,
      created_ms double precision NOT NULL
    )`,
  ],
};

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
      "INSERT INTO reelburst.api_keys (id, name, sha256, scopes, created_ms) VALUES ($1, $2, $3, $4, $5)",
      [id, name, sha256, scopes.join(" "), createdMs],
    );
  }

  async find(id: string): Promise<StoredKey | null> {
    const [row] = await this.#database.query<KeyRow>("SELECT * FROM reelburst.api_keys WHERE id = $1", [id]);
    return row === undefined ? null : toKey(row);
  }

  async list(): Promise<readonly StoredKey[]> {
    return (
      await this.#database.query<KeyRow>("SELECT * FROM reelburst.api_keys ORDER BY created_ms, id", [])
    ).map(toKey);
  }

  async remove(id: string): Promise<boolean> {
    const rows = await this.#database.query("DELETE FROM reelburst.api_keys WHERE id = $1 RETURNING id", [
      id,
    ]);
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
