/**
 * A process to be killed: `queue-worker.ts pglite|postgres <folder or URL> <name> <jobs>`. It enqueues its jobs one by
 * one, works on whatever it is given, and says on its standard output what the queue has confirmed, after it has.
 */
import { writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { JOB_TABLES } from "../../src/jobs/sql/job-tables.ts";
import { openSqlQueue } from "../../src/jobs/sql/sql-queue.ts";
import { migrate } from "../../src/storage/sql/migrate.ts";
import { openPglite } from "../../src/storage/sql/pglite/open-pglite.ts";
import { openPostgres } from "../../src/storage/sql/postgres/open-postgres.ts";

const [kind, place = "", name = "", count = "0"] = process.argv.slice(2);
const say = (word: string, key = ""): void => void writeSync(1, `${word} ${key}\n`);

const database =
  kind === "pglite"
    ? await openPglite({ folder: place, startedAt: new Date(0) })
    : await openPostgres({ url: place, connections: 2 });
await migrate(database, [JOB_TABLES]);
const queue = await openSqlQueue({ database });
say("open");

const retry = { limit: 1_000, baseDelayMs: 0 };
for (let index = 0; index < Number(count); index++) {
  const key = `${name}/${index}`;
  await queue.enqueue([{ queue: "local", group: "film", key, data: { index }, retry }]);
  say("enqueued", key);
  if (index % 2 === 0) await workOnce(0);
}
for (;;) await workOnce(1_000);

async function workOnce(waitMs: number): Promise<void> {
  const lease = await queue.fetch({ queue: "local", workerId: name, leaseMs: 2_000, waitMs });
  if (lease === null) return say("idle");
  say("started", lease.key);
  await pause(Math.random() * 10);
  if ((await queue.complete(lease, { by: name })) === "completed") say("completed", lease.key);
}
