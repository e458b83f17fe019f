/**
 * The durable queue for longer than a test may take: `npm run soak:queue [kills]`. kill -9 of workers on both
 * databases, PostgreSQL restarted and crashed under load, then speed and the time from enqueuing to the start.
 * Ends with 1 when anything was lost or done twice.
 */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { countOpen } from "../src/jobs/job.ts";
import type { JobQueue } from "../src/jobs/queue.ts";
import { JOB_TABLES } from "../src/jobs/sql/job-tables.ts";
import { openSqlQueue } from "../src/jobs/sql/sql-queue.ts";
import type { Database } from "../src/storage/database.ts";
import { migrate } from "../src/storage/sql/migrate.ts";
import { openPglite } from "../src/storage/sql/pglite/open-pglite.ts";
import { openPostgres } from "../src/storage/sql/postgres/open-postgres.ts";
import { killWorkers } from "../test/support/kill-workers.ts";
import { startPostgres, type TestPostgres } from "../test/support/postgres.ts";

const kills = Number(process.argv[2] ?? 25);
const RESTART_JOBS = 5_000;
const SPEED_JOBS = 1_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
let problems = 0;
const mustBe = (what: string, found: number, wanted: number): void => {
  if (found !== wanted) problems++;
  say(`  ${what}: ${found}${found === wanted ? "" : `, not ${wanted}`}`);
};

const folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-soak-"));
const server = await startPostgres();
try {
  await soak("PGlite", () => openPglite({ folder, startedAt: new Date(0) }), {
    kind: "pglite",
    place: folder,
    workers: 1,
  });
  const url = await server.createDatabase();
  await soak("PostgreSQL", () => openPostgres({ url }), { kind: "postgres", place: url, workers: 3 });
  await restarts(server);
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
if (problems > 0) process.exitCode = 1;

async function soak(
  name: string,
  open: () => Promise<Database>,
  plan: { readonly kind: "pglite" | "postgres"; readonly place: string; readonly workers: number },
): Promise<void> {
  say(`${name}: ${kills} kills`);
  const first = await open();
  await migrate(first, [JOB_TABLES]);
  await first.close();
  const run = await killWorkers({ ...plan, kills, jobsOfEach: 40, seed: 20261121 });
  const database = await open();
  const queue = await openSqlQueue({ database });
  const finished = await finish(queue);
  const done = new Set(
    (await queue.jobs("film")).filter(({ state }) => state === "completed").map(({ key }) => key),
  );
  const completed = [...run.completed, ...finished];
  say(`  ${run.enqueued.length} jobs confirmed, ${completed.length} completions confirmed`);
  mustBe("jobs lost", run.enqueued.filter((key) => !done.has(key)).length, 0);
  mustBe("completions lost", completed.filter((key) => !done.has(key)).length, 0);
  mustBe("completed twice", completed.length - new Set(completed).size, 0);
  await queue.forget("film");
  await measure(queue);
  await queue.close();
  await database.close();
}

async function finish(queue: JobQueue): Promise<string[]> {
  const keys: string[] = [];
  while (countOpen(await queue.status("film")) > 0) {
    const lease = await queue.fetch({ queue: "local", workerId: "last", leaseMs: 60_000, waitMs: 3_000 });
    if (lease !== null && (await queue.complete(lease, null)) === "completed") keys.push(lease.key);
  }
  return keys;
}

/** Wall time, on whatever else the machine was doing. */
async function measure(queue: JobQueue): Promise<void> {
  const jobs = Array.from({ length: SPEED_JOBS }, (_, index) => {
    return { queue: "speed", group: `film-${index % 20}`, key: `${index}`, data: { index } };
  });
  const begun = performance.now();
  await queue.enqueue(jobs);
  const enqueued = performance.now();
  const work = async (workerId: string): Promise<void> => {
    for (;;) {
      const lease = await queue.fetch({ queue: "speed", workerId, leaseMs: 60_000, waitMs: 0 });
      if (lease === null) return;
      await queue.complete(lease, null);
    }
  };
  await Promise.all(["a", "b", "c", "d"].map(work));
  const ended = performance.now();
  say(
    `  enqueued ${perSecond(SPEED_JOBS, enqueued - begun)}, worked off ${perSecond(SPEED_JOBS, ended - enqueued)}`,
  );
  const latenciesMs: number[] = [];
  for (let index = 0; index < 100; index++) {
    const waiting = queue.fetch({ queue: "latency", workerId: "w", leaseMs: 60_000 });
    await pause(20);
    const asked = performance.now();
    await queue.enqueue([{ queue: "latency", group: "film", key: `${index}`, data: null }]);
    const lease = await waiting;
    latenciesMs.push(performance.now() - asked);
    if (lease !== null) await queue.complete(lease, null);
  }
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.floor(share * sorted.length)] ?? 0).toFixed(1)} ms`;
  say(`  from enqueuing to the start: median ${at(0.5)}, 95 % ${at(0.95)}, longest ${at(0.999)}`);
}

function perSecond(count: number, tookMs: number): string {
  return `${Math.round((1000 * count) / tookMs)} jobs/s`;
}

async function restarts(postgres: TestPostgres): Promise<void> {
  say(`PostgreSQL restarted or crashed every 2 to 5 s over ${RESTART_JOBS} jobs`);
  const database = await openPostgres({ url: await postgres.createDatabase() });
  await migrate(database, [JOB_TABLES]);
  const queue = await openSqlQueue({ database });
  const retry = { limit: 1_000, baseDelayMs: 0 };
  for (let index = 0; index < RESTART_JOBS; index += 500) {
    const keys = Array.from({ length: 500 }, (_, offset) => `${index + offset}`);
    await queue.enqueue(keys.map((key) => ({ queue: "local", group: "film", key, data: null, retry })));
  }
  const completed: string[] = [];
  const finished = new AbortController();
  const work = async (workerId: string): Promise<void> => {
    for (;;) {
      const request = { queue: "local", workerId, leaseMs: 2_000, signal: finished.signal };
      const lease = await queue.fetch(request);
      if (lease === null) return;
      await pause(2);
      if ((await queue.complete(lease, null)) === "completed") completed.push(lease.key);
    }
  };
  const workers = Promise.all(["a", "b", "c", "d"].map(work));
  let times = 0;
  while (countOpen(await queue.status("film")) > 0) {
    await pause(2_000 + Math.random() * 3_000);
    if (++times % 2 === 0) await postgres.restart();
    else {
      await postgres.crash();
      await postgres.start();
    }
  }
  finished.abort();
  await workers;
  say(`  ${times} times, ${completed.length} completions confirmed`);
  mustBe("completed", (await queue.status("film")).completed, RESTART_JOBS);
  mustBe("completed twice", completed.length - new Set(completed).size, 0);
  await queue.close();
  await database.close();
}
