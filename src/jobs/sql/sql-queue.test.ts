import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeJobQueue } from "../../../test/contracts/job-queue.contract.ts";
import { startPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import { createSqlQueueUnderTest, prepareForQueues } from "../../../test/support/sql-queue.ts";
import type { Database } from "../../storage/database.ts";
import { openPgliteInMemory } from "../../storage/sql/pglite/open-pglite.ts";
import { openPostgres } from "../../storage/sql/postgres/open-postgres.ts";
import type { JobQueue } from "../queue.ts";
import { retryCeilingMs } from "../retry.ts";
import { openSqlQueue } from "./sql-queue.ts";

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

describe("the queue in SQL", () => {
  const setClock = (ahead: string): Promise<unknown> =>
    postgres.query("UPDATE reelburst.test_clock SET ahead = $1::interval", [ahead]);
  const jobs = (count: number, group = "film") =>
    Array.from({ length: count }, (_, index) => ({ queue: "local", group, key: `${index}`, data: null }));
  const take = (queue: JobQueue, leaseMs = 60_000) =>
    queue.fetch({ queue: "local", workerId: "w", leaseMs, waitMs: 0 });

  it("waits as long as src/jobs/retry.ts says", async () => {
    const policies = [
      { limit: 9, baseDelayMs: 1_000, factor: 2, maxDelayMs: 60_000 },
      { limit: 9, baseDelayMs: 0, factor: 2, maxDelayMs: 60_000 },
      { limit: 9, baseDelayMs: 5, factor: 1, maxDelayMs: 3 },
      { limit: 9, baseDelayMs: 1e300, factor: 1e300, maxDelayMs: 1e9 },
      { limit: 9, baseDelayMs: 200, factor: 1.7, maxDelayMs: 5_000 },
    ];
    for (const policy of policies) {
      for (const attempt of [1, 2, 3, 7, 1_000_000]) {
        const [row] = await pglite.query<{ ms: number }>(
          "SELECT reelburst.job_retry_ceiling_ms($1, $2, $3, $4) AS ms",
          [policy.baseDelayMs, policy.factor, policy.maxDelayMs, attempt],
        );
        expect(row?.ms, JSON.stringify({ policy, attempt })).toBe(retryCeilingMs(policy, attempt));
      }
    }
  });

  it("is not thrown off when the database's clock is set back an hour", async () => {
    const { queue, dispose } = await createSqlQueueUnderTest(postgres);
    await queue.enqueue(jobs(1));
    await setClock("1 hour");
    await take(queue, 1_000);
    await setClock("0");
    // Counted from now on, the lease ends in a second and not in an hour and a second.
    expect((await queue.status("film")).active).toBe(1);
    await setClock("1500 milliseconds");
    expect((await queue.status("film")).retrying).toBe(1);
    await dispose();
  });

  it("takes any text and any number JSON can hold, and refuses names that a database cannot", async () => {
    const { queue, dispose } = await createSqlQueueUnderTest(pglite);
    const data = {
      text: "\0 \ud800 \u2028 '; DROP TABLE job --",
      big: 1e308,
      small: -5e-324,
      nested: [[{}]],
    };
    await queue.enqueue([{ queue: "local", group: "film", key: "'\"\\ü\u{1f600}", data }]);
    const lease = await take(queue);
    expect(lease).toMatchObject({ key: "'\"\\ü\u{1f600}", data });
    if (lease !== null) expect(await queue.complete(lease, data)).toBe("completed");
    expect(await queue.jobs("film")).toMatchObject([{ output: data }]);
    for (const key of ["a\0b", "\ud800", "x".repeat(401)]) {
      const refused = queue.enqueue([{ queue: "local", group: "film", key, data: null }]);
      await expect(refused).rejects.toMatchObject({ code: "JOB_INVALID", path: "key" });
    }
    // The longest names, all of them escaped, still fit into a notice.
    const longest = "\u0001".repeat(400);
    await queue.enqueue([{ queue: longest, group: longest, key: longest, data: null }]);
    expect((await queue.fetch({ queue: longest, workerId: "w", leaseMs: 1_000, waitMs: 0 }))?.key).toBe(
      longest,
    );
    await dispose();
  });

  it("gives every job to one of four servers, and wakes one that waits elsewhere", async () => {
    await (await createSqlQueueUnderTest(postgres)).dispose();
    const servers = await Promise.all(Array.from({ length: 4 }, () => openSqlQueue({ database: postgres })));
    const [first, last] = [servers[0], servers[3]] as [JobQueue, JobQueue];
    const waiting = last.fetch({ queue: "elsewhere", workerId: "w", leaseMs: 60_000 });
    await first.enqueue(jobs(200));
    const taken = await Promise.all(
      servers.flatMap((queue) =>
        Array.from({ length: 3 }, async () => {
          const keys: string[] = [];
          for (let lease = await take(queue); lease !== null; lease = await take(queue)) {
            if ((await queue.complete(lease, null)) === "completed") keys.push(lease.key);
          }
          return keys;
        }),
      ),
    );
    expect(taken.flat().length).toBe(200);
    expect(new Set(taken.flat()).size).toBe(200);
    await first.enqueue([{ queue: "elsewhere", group: "film", key: "woken", data: null }]);
    expect((await waiting)?.key).toBe("woken");
    await Promise.all(servers.map((queue) => queue.close()));
  });

  it("does not wait for each other for ever when callers name the same groups in other orders", async () => {
    const { queue, dispose } = await createSqlQueueUnderTest(postgres);
    const groups = ["a", "b", "c", "d"];
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const order = index % 2 === 0 ? groups : groups.toReversed();
        return queue.enqueue(order.map((group) => ({ queue: "local", group, key: `${index}`, data: null })));
      }),
    );
    expect((await queue.backlog("local")).queued).toBe(160);
    await dispose();
  });
});
