import { randomUUID } from "node:crypto";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll } from "vitest";
import { describeProductionStore } from "../../../test/contracts/production-store.contract.ts";
import { fromPglite } from "../../storage/embedded/open-embedded-database.ts";
import { PRODUCTION_MIGRATIONS } from "./production-migrations.ts";
import { SqlProductionStore } from "./sql-production-store.ts";

let pglite: PGlite;
beforeAll(async () => {
  // Opening takes seconds: one for all, emptied for each test.
  pglite = await PGlite.create();
  for (const { sql } of PRODUCTION_MIGRATIONS) await pglite.exec(sql);
});
afterAll(() => pglite.close());

describeProductionStore("SQL on PGlite", async () => {
  await pglite.exec("TRUNCATE productions, production_events, production_keys RESTART IDENTITY");
  let offsetMs = 0;
  return {
    store: new SqlProductionStore({
      database: fromPglite(pglite),
      newToken: randomUUID,
      clockOffsetMs: () => offsetMs,
    }),
    advance: (byMs) => {
      offsetMs += byMs;
    },
    dispose: async () => {},
  };
});
