import { PgBoss } from "pg-boss";
import type { Database } from "../../storage/database.ts";
import { ReelburstError } from "../../support/errors.ts";

/** Something that must happen now and then, on one of however many servers there are. */
export interface PeriodicTask {
  /** Lower case letters and hyphens; unique, and the same from version to version. */
  readonly name: string;
  /** Five fields, in UTC: "0 0,6,12,18 * * *". */
  readonly cron: string;
  /** Longest time it may take; then another server may begin it. Default 15 minutes. */
  readonly limitSeconds?: number;
  run(signal: AbortSignal): Promise<void>;
}

export interface PeriodicTasks {
  /** Asks for one run now, wherever; not when one is already waiting or running. */
  trigger(name: string): Promise<void>;
  /** Lets what is running finish for a while; the database stays open. */
  stop(): Promise<void>;
}

export interface PeriodicTasksOptions {
  readonly database: Database;
  readonly tasks: readonly PeriodicTask[];
  /** A run that failed, or trouble of the timetable itself. Neither stops anything. */
  readonly onError: (error: ReelburstError, task: string | null) => void;
}

const PREFIX = "periodic-";
const STOP_MS = 30_000;

/**
 * The timetable of the service: clean-up every six hours, once for all servers and not once for each.
 *
 * pg-boss does this with its tables in the same database: it agrees among servers on who sends a task at its time,
 * survives their death, and never has one task twice at once. Chunks are not its business: see decision 0041.
 */
export async function startPeriodicTasks(options: PeriodicTasksOptions): Promise<PeriodicTasks> {
  const { database, tasks, onError } = options;
  const boss = new PgBoss({
    db: { executeSql: async (sql, values) => ({ rows: await database.query(sql, values) }) },
    backend: database.kind,
    schema: "reelburst_boss",
    // Nothing here is so large that its indexes would need looking after.
    reindex: false,
    monitorVacuum: false,
  });
  boss.on("error", (error) => onError(ReelburstError.from(error, "PERIODIC_TASK_FAILED"), null));
  await boss.start();
  for (const task of tasks) await startTask(boss, task, onError);
  const known = new Set(tasks.map(({ name }) => PREFIX + name));
  for (const { name } of await boss.getSchedules()) {
    // Of an older version, or of one that has been switched off.
    if (name.startsWith(PREFIX) && !known.has(name)) await boss.unschedule(name);
  }
  return {
    async trigger(name) {
      await boss.send(PREFIX + name, {});
    },
    stop: () => boss.stop({ graceful: true, timeout: STOP_MS, close: false }),
  };
}

async function startTask(
  boss: PgBoss,
  { name, cron, limitSeconds = 900, run }: PeriodicTask,
  onError: PeriodicTasksOptions["onError"],
): Promise<void> {
  const queue = PREFIX + name;
  // "exclusive": one waiting or running, whoever asked for it. No retry: the next time comes by itself.
  await boss.createQueue(queue, { policy: "exclusive", retryLimit: 0, expireInSeconds: limitSeconds });
  await boss.updateQueue(queue, { retryLimit: 0, expireInSeconds: limitSeconds });
  await boss.schedule(queue, cron, {}, { tz: "UTC" });
  await boss.work(queue, { pollingIntervalSeconds: 5 }, async ([job]) => {
    if (job === undefined) return;
    try {
      await run(job.signal);
    } catch (error) {
      onError(ReelburstError.from(error, "PERIODIC_TASK_FAILED"), name);
      throw error;
    }
  });
}
