import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeDatabase } from "../../../../test/contracts/database.contract.ts";
import { startPostgres, type TestPostgres } from "../../../../test/support/postgres.ts";
import type { Database, MigrationSet } from "../../database.ts";
import { migrate } from "../migrate.ts";
import { openPostgres } from "./open-postgres.ts";

let server: TestPostgres;
let database: Database;
beforeAll(async () => {
  server = await startPostgres(["fsync=off"]);
  database = await openPostgres({ url: await server.createDatabase() });
});
afterAll(async () => {
  await database?.close();
  await server?.stop();
});

describeDatabase("PostgreSQL", () => database);

describe("PostgreSQL", () => {
  it("is migrated once by two servers that start at the same moment", async () => {
    const url = await server.createDatabase();
    const servers = await Promise.all([openPostgres({ url }), openPostgres({ url })]);
    // Slow enough that the second one comes while the first one is at it.
    const set: MigrationSet = {
      name: "slow",
      steps: [
        "CREATE TABLE reelburst.slow AS SELECT 1 AS n FROM pg_sleep(0.2)",
        "INSERT INTO reelburst.slow VALUES (2)",
      ],
    };
    await Promise.all(servers.map((each) => migrate(each, [set])));
    expect(await servers[0].query("SELECT count(*) AS n FROM reelburst.slow")).toEqual([{ n: 2 }]);
    await Promise.all(servers.map((each) => each.close()));
  });

  it("ends a statement that takes too long", async () => {
    const hasty = await openPostgres({ url: await server.createDatabase(), statementTimeoutMs: 100 });
    await expect(hasty.query("SELECT pg_sleep(10)")).rejects.toMatchObject({
      code: "DATABASE_TIMEOUT",
      retryable: true,
    });
    await hasty.close();
  });

  it("says that no connection is free instead of waiting for ever", async () => {
    const url = await server.createDatabase();
    const narrow = await openPostgres({ url, connections: 1, acquireTimeoutMs: 100 });
    await narrow.transaction(async () => {
      await expect(narrow.query("SELECT 1")).rejects.toMatchObject({
        code: "DATABASE_UNAVAILABLE",
        retryable: true,
      });
    });
    await narrow.close();
  });

  it("tells a deadlock as something to try again", async () => {
    await database.query("CREATE TABLE lock_me AS SELECT 1 AS id UNION SELECT 2");
    const both = Promise.withResolvers<void>();
    let holders = 0;
    const take = (first: number, second: number): Promise<unknown> =>
      database.transaction(async (transaction) => {
        await transaction.query("UPDATE lock_me SET id = id WHERE id = $1", [first]);
        if (++holders === 2) both.resolve();
        await both.promise;
        await transaction.query("UPDATE lock_me SET id = id WHERE id = $1", [second]);
      });
    const ends = await Promise.allSettled([take(1, 2), take(2, 1)]);
    const losers = ends.filter(({ status }) => status === "rejected");
    expect(losers).toMatchObject([{ reason: { code: "DATABASE_CONFLICT", retryable: true } }]);
  });

  it("refuses at once what will never work", async () => {
    const url = new URL(await server.createDatabase());
    url.username = "nobody";
    await expect(openPostgres({ url: url.href })).rejects.toMatchObject({ code: "DATABASE_REFUSED" });
    url.username = "reelburst";
    url.pathname = "/missing";
    await expect(openPostgres({ url: url.href })).rejects.toMatchObject({ code: "DATABASE_REFUSED" });
    url.port = "1";
    await expect(openPostgres({ url: url.href })).rejects.toMatchObject({
      code: "DATABASE_UNAVAILABLE",
      retryable: true,
    });
  });

  it("comes back by itself after a restart, and listeners are told to look again", async () => {
    const heard: (string | null)[] = [];
    await database.listen("after_restart", (payload) => heard.push(payload));
    const running = database.query("SELECT pg_sleep(30)").catch((error) => error);
    await database.query("SELECT 1");
    await server.restart();
    expect(await running).toMatchObject({ code: "DATABASE_UNAVAILABLE", retryable: true });
    await expect
      .poll(() => database.query("SELECT 1 AS one").catch(() => null), { timeout: 10_000 })
      .toEqual([{ one: 1 }]);
    await expect.poll(() => heard, { timeout: 20_000 }).toEqual([null]);
    await database.query("NOTIFY after_restart, 'again'");
    await expect.poll(() => heard).toEqual([null, "again"]);
  });
});
