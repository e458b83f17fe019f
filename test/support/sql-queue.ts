import { JOB_TABLES } from "../../src/jobs/sql/job-tables.ts";
import { openSqlQueue } from "../../src/jobs/sql/sql-queue.ts";
import type { Database } from "../../src/storage/database.ts";
import { migrate } from "../../src/storage/sql/migrate.ts";
import { ManualClock } from "../../src/support/manual-clock.ts";
import type { QueueUnderTest } from "../contracts/job-queue.contract.ts";

/** Once for each database: the tables, with a clock that a test can move. */
export async function prepareForQueues(database: Database): Promise<void> {
  await migrate(database, [JOB_TABLES]);
  await database.query(`
    CREATE TABLE reelburst.test_clock (ahead interval NOT NULL);
    INSERT INTO reelburst.test_clock VALUES ('0');
    CREATE OR REPLACE FUNCTION reelburst.job_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS
      'SELECT clock_timestamp() + ahead FROM reelburst.test_clock'`);
}

/** A queue on empty tables. Time passes on the database's clock and on the queue's own together. */
export async function createSqlQueueUnderTest(database: Database): Promise<QueueUnderTest> {
  await database.query(`
    TRUNCATE reelburst.job, reelburst.job_group RESTART IDENTITY;
    UPDATE reelburst.test_clock SET ahead = '0'`);
  const clock = new ManualClock();
  const watched = watch(database);
  const queue = await openSqlQueue({ database: watched.database, clock });
  return {
    queue,
    async advance(byMs) {
      await watched.untilQuiet();
      await database.query(`UPDATE reelburst.test_clock SET ahead = ahead + $1 * interval '1 millisecond'`, [
        byMs,
      ]);
      await clock.advance(byMs);
      await watched.untilQuiet();
    },
    async dispose() {
      await queue.close();
      await watched.stop();
    },
  };
}

/** Knows when every notice sent so far was heard and nothing that was asked of the database is unanswered. */
function watch(database: Database) {
  let asked = 0;
  let unanswered = 0;
  let marks = 0;
  let heard = 0;
  let stopListening: (() => Promise<void>) | undefined;
  const watched: Database = {
    ...database,
    query: async (sql, parameters) => {
      asked++;
      unanswered++;
      try {
        return await database.query<never>(sql, parameters);
      } finally {
        unanswered--;
      }
    },
  };
  return {
    database: watched,
    async untilQuiet(): Promise<void> {
      stopListening ??= await database.listen("test_mark", (payload) => {
        heard = Number(payload);
      });
      for (let before = -1; before !== asked; ) {
        before = asked;
        const mark = ++marks;
        // Notices come in the order of their commits, and all on one connection: after this one, all before it.
        await database.query("SELECT pg_notify('test_mark', $1)", [`${mark}`]);
        while (heard < mark || unanswered > 0) await new Promise((resolve) => setImmediate(resolve));
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    stop: async () => stopListening?.(),
  };
}
