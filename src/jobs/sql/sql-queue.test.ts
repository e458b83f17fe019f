import { afterAll, beforeAll } from "vitest";
import { describeJobQueue } from "../../../test/contracts/job-queue.contract.ts";
import { startPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import { createSqlQueueUnderTest, prepareForQueues } from "../../../test/support/sql-queue.ts";
import type { Database } from "../../storage/database.ts";
import { openPgliteInMemory } from "../../storage/sql/pglite/open-pglite.ts";
import { openPostgres } from "../../storage/sql/postgres/open-postgres.ts";

let pglite: Database;
let server: TestPostgres;
let postgres: Database;

beforeAll(async () => {
  [pglite, server] = await Promise.all([openPgliteInMemory(), startPostgres(["fsync=off"])]);
  postgres = await openPostgres({ url: await server.createDatabase() });
  await Promise.all([prepareForQueues(pglite), prepareForQueues(postgres)]);
});

afterAll(async () => {
  await Promise.all([pglite?.close(), postgres?.close()]);
  await server?.stop();
});

describeJobQueue("PGlite", () => createSqlQueueUnderTest(pglite));
describeJobQueue("PostgreSQL", () => createSqlQueueUnderTest(postgres));
