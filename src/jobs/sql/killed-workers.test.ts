import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killWorkers } from "../../../test/support/kill-workers.ts";
import { startPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import type { Database } from "../../storage/database.ts";
import { migrate } from "../../storage/sql/migrate.ts";
import { openPglite } from "../../storage/sql/pglite/open-pglite.ts";
import { openPostgres } from "../../storage/sql/postgres/open-postgres.ts";
import { countOpen } from "../job.ts";
import { JOB_TABLES } from "./job-tables.ts";
import { openSqlQueue } from "./sql-queue.ts";

/** `npm run soak:queue` does the same for longer. */
describe("a durable queue", () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  it("loses nothing when the process that holds PGlite is killed", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-killed-"));
    try {
      const plan = { kind: "pglite", place: folder, kills: 2, workers: 1, jobsOfEach: 40, seed: 3 } as const;
      const run = await killWorkers(plan);
      const database = await openPglite({ folder, startedAt: new Date(0) });
      await expectAllDoneOnce(database, run.enqueued, run.completed);
      await database.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("loses nothing when workers on PostgreSQL are killed", async () => {
    const url = await server.createDatabase();
    const setUp = await openPostgres({ url });
    await migrate(setUp, [JOB_TABLES]);
    const plan = { kind: "postgres", place: url, kills: 6, workers: 2, jobsOfEach: 40, seed: 5 } as const;
    const run = await killWorkers(plan);
    await expectAllDoneOnce(setUp, run.enqueued, run.completed);
    await setUp.close();
  });

  it("goes on when PostgreSQL is restarted, and when it crashes, in the middle of the work", async () => {
    const database = await openPostgres({ url: await server.createDatabase() });
    await migrate(database, [JOB_TABLES]);
    const queue = await openSqlQueue({ database });
    const keys = Array.from({ length: 300 }, (_, index) => `${index}`);
    const retry = { limit: 20, baseDelayMs: 0 };
    await queue.enqueue(keys.map((key) => ({ queue: "local", group: "film", key, data: null, retry })));
    const completed: string[] = [];
    const finished = new AbortController();
    const worker = async (workerId: string): Promise<void> => {
      for (;;) {
        // Short, so that a lease whose answer was lost with the connection comes back within the test.
        const request = { queue: "local", workerId, leaseMs: 1_000, signal: finished.signal };
        const lease = await queue.fetch(request);
        if (lease === null) return;
        await pause(5);
        if ((await queue.complete(lease, null)) === "completed") completed.push(lease.key);
      }
    };
    const workers = Promise.all([worker("a"), worker("b"), worker("c")]);
    await pause(100);
    await server.restart();
    await pause(200);
    await server.crash();
    await server.start();
    while ((await queue.status("film")).completed < keys.length) await pause(50);
    finished.abort();
    await workers;
    expect(new Set(completed).size).toBe(completed.length);
    // Notices are heard again too.
    await queue.enqueue([{ queue: "local", group: "film", key: "after", data: null, retry }]);
    expect((await queue.fetch({ queue: "local", workerId: "d", leaseMs: 1_000 }))?.key).toBe("after");
    await queue.close();
    await database.close();
  });
});

/** Finishes what is open. Then every job that was confirmed exists and is completed, and no completion was confirmed twice. */
async function expectAllDoneOnce(
  database: Database,
  enqueued: readonly string[],
  confirmed: readonly string[],
): Promise<void> {
  const queue = await openSqlQueue({ database });
  const completed = [...confirmed];
  while (countOpen(await queue.status("film")) > 0) {
    const lease = await queue.fetch({ queue: "local", workerId: "last", leaseMs: 60_000, waitMs: 3_000 });
    if (lease !== null && (await queue.complete(lease, null)) === "completed") completed.push(lease.key);
  }
  const jobs = await queue.jobs("film");
  await queue.close();
  const stateOf = new Map(jobs.map((job) => [job.key, job.state]));
  expect(enqueued.length).toBeGreaterThan(20);
  expect(enqueued.filter((key) => stateOf.get(key) !== "completed")).toEqual([]);
  expect(completed.filter((key) => stateOf.get(key) !== "completed")).toEqual([]);
  expect(new Set(completed).size).toBe(completed.length);
  expect(jobs.every((job) => job.state === "completed")).toBe(true);
}
