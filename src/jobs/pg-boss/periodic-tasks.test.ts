import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import type { Database } from "../../storage/database.ts";
import { openPgliteInMemory } from "../../storage/sql/pglite/open-pglite.ts";
import { openPostgres } from "../../storage/sql/postgres/open-postgres.ts";
import { startPeriodicTasks } from "./periodic-tasks.ts";

const SLOW = { timeout: 30_000, interval: 200 };

describe("periodic tasks", () => {
  let server: TestPostgres;
  let postgres: Database;
  beforeAll(async () => {
    server = await startPostgres(["fsync=off"]);
    postgres = await openPostgres({ url: await server.createDatabase() });
  });
  afterAll(async () => {
    await postgres?.close();
    await server?.stop();
  });

  it("run on one of two servers that start together, and once however often they are asked for", async () => {
    const runs: string[] = [];
    const finished = Promise.withResolvers<void>();
    const start = (name: string) =>
      startPeriodicTasks({
        database: postgres,
        onError: (error) => runs.push(error.message),
        tasks: [
          {
            name: "clean-up",
            cron: "0 0,6,12,18 * * *",
            run: async () => {
              runs.push(name);
              await finished.promise;
            },
          },
        ],
      });
    const servers = await Promise.all([start("a"), start("b")]);
    await Promise.all([...servers, ...servers, ...servers].map((each) => each.trigger("clean-up")));
    await expect.poll(() => runs.length, SLOW).toBe(1);
    await servers[0].trigger("clean-up");
    expect(runs).toHaveLength(1);
    finished.resolve();
    const [schedule] = await postgres.query("SELECT name, cron, timezone FROM reelburst_boss.schedule");
    expect(schedule).toEqual({ name: "periodic-clean-up", cron: "0 0,6,12,18 * * *", timezone: "UTC" });
    await Promise.all(servers.map((each) => each.stop()));
    // A version without the task takes it off the timetable.
    await (await startPeriodicTasks({ database: postgres, onError: () => {}, tasks: [] })).stop();
    expect(await postgres.query("SELECT name FROM reelburst_boss.schedule")).toEqual([]);
    expect(runs).toHaveLength(1);
  });

  it("run on PGlite, tell what went wrong and can be asked for again", async () => {
    const database = await openPgliteInMemory();
    const told: (string | null)[] = [];
    let runs = 0;
    const periodic = await startPeriodicTasks({
      database,
      onError: (error, task) => told.push(`${task}: ${error.message}`),
      tasks: [
        {
          name: "watch",
          cron: "*/5 * * * *",
          run: async () => {
            if (++runs === 1) throw new Error("the first time");
          },
        },
      ],
    });
    await periodic.trigger("watch");
    await expect.poll(() => told, SLOW).toEqual(["watch: the first time"]);
    await expect
      .poll(async () => {
        await periodic.trigger("watch");
        return runs;
      }, SLOW)
      .toBeGreaterThan(1);
    await periodic.stop();
    await database.close();
  });
});
