import type { Database } from "../database.ts";

/** Runs what has not been run yet, in order, each in a transaction of its own. */
export async function migrate(
  database: Database,
  migrations: readonly { readonly name: string; readonly sql: string }[],
): Promise<void> {
  await database.query(
    "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
  );
  const done = await database.query<{ name: string }>("SELECT name FROM schema_migrations");
  const known = new Set(done.map(({ name }) => name));
  for (const { name, sql } of migrations) {
    if (known.has(name)) continue;
    await database.transaction(async (transaction) => {
      await transaction.query(sql);
      await transaction.query("INSERT INTO schema_migrations (name) VALUES ($1)", [name]);
    });
  }
}
