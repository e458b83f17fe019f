import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { describeProductionStore } from "../../../test/contracts/production-store.contract.ts";
import { startPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import type { Database } from "../../storage/database.ts";
import { migrate } from "../../storage/sql/migrate.ts";
import { openPgliteInMemory } from "../../storage/sql/pglite/open-pglite.ts";
import { openPostgres } from "../../storage/sql/postgres/open-postgres.ts";
import { PRODUCTION_TABLES } from "./production-tables.ts";
import { SqlProductionStore } from "./sql-production-store.ts";

let pglite: Database;
let postgres: Database;
let server: TestPostgres;
let url: string;
beforeAll(async () => {
  // Opening takes seconds: one for all, emptied for each test.
  pglite = await openPgliteInMemory();
  await migrate(pglite, [PRODUCTION_TABLES]);
  server = await startPostgres(["fsync=off"]);
  url = await server.createDatabase();
  postgres = await openPostgres({ url });
  await migrate(postgres, [PRODUCTION_TABLES]);
});
afterAll(async () => {
  await pglite.close();
  await postgres.close();
  await server.stop();
});

for (const [name, database] of [
  ["SQL on PGlite", () => pglite],
  ["SQL on PostgreSQL", () => postgres],
] as const) {
  describeProductionStore(name, async () => {
    await empty(database());
    let offsetMs = 0;
    return {
      store: new SqlProductionStore({
        database: database(),
        newToken: randomUUID,
        clockOffsetMs: () => offsetMs,
      }),
      advance: (byMs) => {
        offsetMs += byMs;
      },
      dispose: async () => {},
    };
  });
}

test("what one process changes, listeners in another hear, and each change once", async () => {
  await empty(postgres);
  const other = await openPostgres({ url, connections: 1 });
  const [here, there] = [postgres, other].map(
    (database) => new SqlProductionStore({ database, newToken: randomUUID }),
  ) as [SqlProductionStore, SqlProductionStore];
  const stops = [await here.listen(), await there.listen()];
  try {
    const heard: string[] = [];
    here.subscribe((id) => heard.push(`here ${id}`));
    there.subscribe((id) => heard.push(`there ${id}`));
    await here.create({
      id: "0".repeat(32),
      document: {},
      title: null,
      owner: "me",
      idempotency: null,
      maxQueued: 10,
    });
    await there.cancel("0".repeat(32));
    await there.retry("0".repeat(32));
    await vi.waitFor(() => expect(heard).toHaveLength(6), 5000);
    expect(heard.filter((each) => each.startsWith("here"))).toHaveLength(3);
  } finally {
    for (const stop of stops) await stop();
    await other.close();
  }
});

async function empty(database: Database): Promise<void> {
  await database.query(
    "TRUNCATE reelburst.productions, reelburst.production_events, reelburst.production_keys RESTART IDENTITY",
  );
}
