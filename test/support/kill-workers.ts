import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { randomInteger, seededRandom } from "../../src/support/random.ts";

export interface KilledRun {
  readonly kills: number;
  /** Keys that the queue had confirmed to somebody, in order, with repetitions if there were any. */
  readonly enqueued: readonly string[];
  readonly completed: readonly string[];
}

export interface KillPlan {
  readonly kind: "pglite" | "postgres";
  /** The data folder or the URL. */
  readonly place: string;
  readonly kills: number;
  /** How many workers at once; PGlite has one. */
  readonly workers: number;
  readonly jobsOfEach: number;
  readonly seed: number;
}

const WORKER = fileURLToPath(new URL("queue-worker.ts", import.meta.url));

/**
 * Workers that are killed with kill -9 while they enqueue and work, each replaced by the next. What they leave open
 * is for the caller to finish.
 */
export async function killWorkers(plan: KillPlan): Promise<KilledRun> {
  const random = seededRandom(plan.seed);
  const enqueued: string[] = [];
  const completed: string[] = [];
  let kills = 0;
  let started = 0;
  const live = async (): Promise<void> => {
    while (kills < plan.kills) {
      kills++;
      const worker = startWorker(plan, `w${started++}`, enqueued, completed);
      // In the middle of its work, by what it said and not by the time, which is another on every machine; and now
      // and then while it still opens the database.
      if (random() > 0.1) await worker.said(1 + randomInteger(random, 2 * plan.jobsOfEach));
      await pause(randomInteger(random, 15));
      await worker.kill();
    }
  };
  await Promise.all(Array.from({ length: plan.workers }, live));
  return { kills, enqueued, completed };
}

interface Worker {
  /** Resolves when it has said this many things. */
  said(words: number): Promise<void>;
  kill(): Promise<void>;
}

function startWorker(plan: KillPlan, name: string, enqueued: string[], completed: string[]): Worker {
  const parameters = [WORKER, plan.kind, plan.place, name, `${plan.jobsOfEach}`];
  const child: ChildProcess = spawn(process.execPath, parameters, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let complaints = "";
  child.stderr?.on("data", (text) => {
    complaints += text;
  });
  let words = 0;
  let heard = (): void => {};
  let rest = "";
  child.stdout?.on("data", (text) => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    words += lines.length;
    for (const line of lines) {
      const [said, key = ""] = line.split(" ");
      if (said === "enqueued") enqueued.push(key);
      if (said === "completed") completed.push(key);
    }
    heard();
  });
  return {
    said: (count) =>
      new Promise((resolve, reject) => {
        heard = () => words >= count && resolve();
        heard();
        void ended.then(() => reject(new Error(`A worker ended by itself: ${complaints}`)));
      }),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
