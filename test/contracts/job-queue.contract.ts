/**
 * What every job queue must do, as one suite. A backend's own test file calls `describeJobQueue` with a factory.
 *
 * One piece on purpose, however long: a backend either keeps the whole contract or is not one, and a reader wants the
 * promises in one list.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobCounts, NewJob } from "../../src/jobs/job.ts";
import type { FetchRequest, JobChange, JobQueue, Lease } from "../../src/jobs/queue.ts";
import type { SerializedError } from "../../src/support/errors.ts";

export interface QueueUnderTest {
  readonly queue: JobQueue;
  /**
   * Moves the queue's time on by at least this much and returns when all that fell due has been done: a step of a
   * manual clock, of a database's clock offset, or a real wait.
   */
  advance(byMs: number): Promise<void>;
  dispose(): Promise<void>;
}

const LEASE_MS = 10_000;
const RETRY = { limit: 2, baseDelayMs: 1_000, factor: 2, maxDelayMs: 60_000 };
const FAILED: SerializedError = { code: "CHUNK_BROKEN", message: "It broke.", retryable: true };
const REFUSED: SerializedError = {
  code: "INPUT_UNREADABLE",
  message: "It cannot be read.",
  retryable: false,
};

export function describeJobQueue(name: string, create: () => Promise<QueueUnderTest>): void {
  describe(`job queue: ${name}`, () => {
    let test: QueueUnderTest;
    let queue: JobQueue;
    beforeEach(async () => {
      test = await create();
      queue = test.queue;
    });
    afterEach(() => test.dispose());

    const job = (key: string, more: Partial<NewJob> = {}): NewJob => {
      return { queue: "local", group: "film", key, data: { chunk: key }, retry: RETRY, ...more };
    };
    const take = (more: Partial<FetchRequest> = {}): Promise<Lease | null> => {
      return queue.fetch({ queue: "local", workerId: "slot-0", leaseMs: LEASE_MS, waitMs: 0, ...more });
    };
    const mustTake = async (more: Partial<FetchRequest> = {}): Promise<Lease> => {
      const lease = await take(more);
      if (lease === null) throw new Error("There was no job to take.");
      return lease;
    };
    const takeAll = async (): Promise<string[]> => {
      const keys: string[] = [];
      for (let lease = await take(); lease !== null; lease = await take())
        keys.push(`${lease.group}/${lease.key}`);
      return keys;
    };
    const counts = (more: Partial<JobCounts> = {}): JobCounts => {
      return { queued: 0, active: 0, retrying: 0, completed: 0, failed: 0, canceled: 0, ...more };
    };
    /** A fetch that waits, with what it has come to so far. */
    const startWaiting = (more: Partial<FetchRequest> = {}) => {
      const waiting: { answer: Lease | null | "waiting"; promise: Promise<Lease | null> } = {
        answer: "waiting",
        promise: queue.fetch({ queue: "local", workerId: "slot-0", leaseMs: LEASE_MS, ...more }),
      };
      waiting.promise.then((answer) => {
        waiting.answer = answer;
      });
      return waiting;
    };

    describe("enqueue", () => {
      it("hands out what was put in", async () => {
        const [added] = await queue.enqueue([job("a", { data: { frames: 90, nested: [1, null, "x"] } })]);
        const lease = await mustTake({ workerId: "slot-3" });
        expect(lease).toMatchObject({
          jobId: added?.id,
          queue: "local",
          group: "film",
          key: "a",
          attempt: 1,
        });
        expect(lease).toMatchObject({
          data: { frames: 90, nested: [1, null, "x"] },
          workerId: "slot-3",
          leaseMs: LEASE_MS,
        });
      });

      it("keeps its own copy of the data", async () => {
        const data = { frames: 90 };
        await queue.enqueue([job("a", { data })]);
        data.frames = 1;
        expect((await mustTake()).data).toEqual({ frames: 90 });
      });

      it("adds a key once, whatever became of it", async () => {
        const first = await queue.enqueue([job("a"), job("b"), job("a")]);
        expect(first.map((each) => each.created)).toEqual([true, true, false]);
        expect(first[2]?.id).toBe(first[0]?.id);
        await queue.complete(await mustTake(), null);
        const again = await queue.enqueue([job("a", { data: "other" }), job("c")]);
        expect(again.map((each) => each.created)).toEqual([false, true]);
        expect(await queue.status("film")).toEqual(counts({ queued: 2, completed: 1 }));
        expect((await queue.jobs("film"))[0]?.data).toEqual({ chunk: "a" });
      });

      it("tells groups with equal keys apart", async () => {
        const added = await queue.enqueue([job("a", { group: "one" }), job("a", { group: "two" })]);
        expect(added.map((each) => each.created)).toEqual([true, true]);
        expect(await takeAll()).toEqual(["one/a", "two/a"]);
      });

      it("creates one job when 200 callers ask for it at once", async () => {
        const answers = await Promise.all(Array.from({ length: 200 }, () => queue.enqueue([job("a")])));
        expect(answers.filter(([each]) => each?.created)).toHaveLength(1);
        expect(new Set(answers.map(([each]) => each?.id)).size).toBe(1);
      });

      it.each<[string, Partial<NewJob>]>([
        ["an empty key", { key: "" }],
        ["an empty group", { group: "" }],
        ["an empty queue", { queue: "" }],
        ["a fractional priority", { priority: 0.5 }],
        ["a negative retry limit", { retry: { limit: -1 } }],
        ["a delay that is not a number", { retry: { baseDelayMs: Number.NaN } }],
        ["a shrinking backoff", { retry: { factor: 0.5 } }],
      ])("refuses %s, and then adds none of the batch", async (_, wrong) => {
        await expect(queue.enqueue([job("good"), job("a", wrong)])).rejects.toMatchObject({
          code: "JOB_INVALID",
        });
        expect(await queue.status("film")).toEqual(counts());
      });
    });

    describe("order", () => {
      it("is first in, first out within a group", async () => {
        await queue.enqueue(["c", "a", "b"].map((key) => job(key)));
        expect(await takeAll()).toEqual(["film/c", "film/a", "film/b"]);
      });

      it("puts higher priority first, across groups", async () => {
        await queue.enqueue([
          job("low", { priority: -1 }),
          job("normal"),
          job("high", { group: "other", priority: 5 }),
          job("higher", { priority: 9 }),
        ]);
        expect(await takeAll()).toEqual(["film/higher", "other/high", "film/normal", "film/low"]);
      });

      it("lets groups take turns, so that a long film does not hold up a short one", async () => {
        await queue.enqueue(Array.from({ length: 100 }, (_, index) => job(`${index}`, { group: "long" })));
        await mustTake();
        await queue.enqueue(Array.from({ length: 3 }, (_, index) => job(`${index}`, { group: "short" })));
        await queue.enqueue([job("0", { group: "third" })]);
        const order = (await takeAll()).slice(0, 8);
        expect(order).toEqual([
          "short/0",
          "third/0",
          "long/1",
          "short/1",
          "long/2",
          "short/2",
          "long/3",
          "long/4",
        ]);
      });

      it("hands a job out only from its own queue", async () => {
        await queue.enqueue([job("a", { queue: "ec2" })]);
        expect(await take()).toBeNull();
        expect((await take({ queue: "ec2" }))?.key).toBe("a");
      });
    });

    describe("fetch", () => {
      it("waits for a job to be enqueued", async () => {
        const waiting = startWaiting();
        await queue.enqueue([job("elsewhere", { queue: "ec2" })]);
        await test.advance(5_000);
        expect(waiting.answer).toBe("waiting");
        await queue.enqueue([job("a")]);
        expect((await waiting.promise)?.key).toBe("a");
      });

      it("gives one job to one of many that wait", async () => {
        const waiting = Array.from({ length: 20 }, (_, slot) => startWaiting({ workerId: `slot-${slot}` }));
        await queue.enqueue([job("a"), job("b"), job("c")]);
        await test.advance(0);
        const answers = waiting.map((each) => each.answer).filter((answer) => answer !== "waiting");
        expect(answers.map((answer) => answer?.key).sort()).toEqual(["a", "b", "c"]);
      });

      it("answers null when aborted, before or while it waits, and takes nothing", async () => {
        expect(await take({ signal: AbortSignal.abort() })).toBeNull();
        const controller = new AbortController();
        const waiting = startWaiting({ signal: controller.signal });
        controller.abort();
        expect(await waiting.promise).toBeNull();
        await queue.enqueue([job("a")]);
        expect(await queue.status("film")).toEqual(counts({ queued: 1 }));
      });

      it("answers null when waitMs has passed", async () => {
        const waiting = startWaiting({ waitMs: 2_000 });
        await test.advance(1_000);
        expect(waiting.answer).toBe("waiting");
        await test.advance(1_500);
        expect(await waiting.promise).toBeNull();
      });

      it("answers null when the queue is closed, and everything else refuses", async () => {
        const waiting = startWaiting();
        await queue.close();
        expect(await waiting.promise).toBeNull();
        expect(await take()).toBeNull();
        await expect(queue.enqueue([job("a")])).rejects.toMatchObject({ code: "QUEUE_CLOSED" });
        await expect(queue.status("film")).rejects.toMatchObject({ code: "QUEUE_CLOSED" });
      });
    });

    describe("complete", () => {
      it("ends the job with its output", async () => {
        await queue.enqueue([job("a")]);
        const lease = await mustTake();
        expect(await queue.complete(lease, { sha256: "ab" })).toBe("completed");
        expect(await queue.jobs("film")).toMatchObject([
          { state: "completed", output: { sha256: "ab" }, attempts: 1 },
        ]);
        expect(await take()).toBeNull();
      });

      it("takes one of 1,000 completions", async () => {
        await queue.enqueue([job("a")]);
        const lease = await mustTake();
        const answers = await Promise.all(
          Array.from({ length: 1_000 }, (_, index) => queue.complete(lease, index)),
        );
        expect(answers.filter((answer) => answer === "completed")).toHaveLength(1);
        expect(answers.filter((answer) => answer === "stale")).toHaveLength(999);
        const winner = answers.indexOf("completed");
        expect(await queue.jobs("film")).toMatchObject([{ state: "completed", output: winner }]);
      });

      it("refuses everything after the end", async () => {
        await queue.enqueue([job("a")]);
        const lease = await mustTake();
        await queue.complete(lease, "first");
        expect(await queue.fail(lease, FAILED)).toBe("stale");
        expect(await queue.release(lease)).toBe("stale");
        expect(await queue.heartbeat(lease)).toBe("stale");
        expect(await queue.cancel("film")).toBe(0);
        expect(await queue.jobs("film")).toMatchObject([{ state: "completed", output: "first" }]);
      });

      it("refuses a lease that was made up", async () => {
        await queue.enqueue([job("a")]);
        const lease = await mustTake();
        expect(await queue.complete({ ...lease, token: "guess" }, null)).toBe("stale");
        expect(await queue.complete({ ...lease, jobId: "nobody" }, null)).toBe("stale");
        expect(await queue.complete(lease, null)).toBe("completed");
      });
    });

    describe("leases", () => {
      it("run out, give the job to another, and shut the first worker out", async () => {
        await queue.enqueue([job("a")]);
        const slow = await mustTake({ workerId: "stopped" });
        await test.advance(LEASE_MS + RETRY.baseDelayMs);
        const second = await mustTake({ workerId: "second" });
        expect(second).toMatchObject({ key: "a", attempt: 2 });
        expect(second.token).not.toBe(slow.token);
        expect(await queue.heartbeat(slow)).toBe("stale");
        expect(await queue.fail(slow, REFUSED)).toBe("stale");
        expect(await queue.release(slow)).toBe("stale");
        expect(await queue.complete(slow, "late")).toBe("stale");
        expect(await queue.complete(second, "second")).toBe("completed");
        expect(await queue.complete(slow, "later still")).toBe("stale");
        expect(await queue.jobs("film")).toMatchObject([
          { state: "completed", output: "second", attempts: 2 },
        ]);
      });

      it("are over when their time is, even before another worker came", async () => {
        await queue.enqueue([job("a")]);
        const lease = await mustTake();
        await test.advance(LEASE_MS + 1);
        expect(await queue.complete(lease, "late")).toBe("stale");
        expect(await queue.jobs("film")).toMatchObject([
          { state: "retrying", error: { code: "LEASE_LOST" }, attempts: 1 },
        ]);
      });

      it("last as long as there are heartbeats", async () => {
        await queue.enqueue([job("a")]);
        const lease = await mustTake();
        for (let beat = 0; beat < 10; beat++) {
          await test.advance(LEASE_MS / 2);
          expect(await queue.heartbeat(lease)).toBe("ok");
        }
        expect(await queue.complete(lease, null)).toBe("completed");
        expect(await queue.jobs("film")).toMatchObject([{ attempts: 1 }]);
      });

      it("wake a waiting fetch when they run out", async () => {
        await queue.enqueue([job("a")]);
        await mustTake();
        const waiting = startWaiting();
        await test.advance(LEASE_MS - 1_000);
        expect(waiting.answer).toBe("waiting");
        await test.advance(1_000 + RETRY.baseDelayMs);
        expect(await waiting.promise).toMatchObject({ key: "a", attempt: 2 });
      });

      it("count as attempts, so that a job which kills its workers comes to an end", async () => {
        await queue.enqueue([job("killer")]);
        for (let attempt = 1; attempt <= 3; attempt++) {
          expect(await mustTake()).toMatchObject({ attempt, lastAttempt: attempt === 3 });
          await test.advance(LEASE_MS + RETRY.maxDelayMs);
        }
        expect(await take()).toBeNull();
        expect(await queue.jobs("film")).toMatchObject([
          { state: "failed", error: { code: "LEASE_LOST" }, attempts: 3 },
        ]);
      });
    });

    describe("fail", () => {
      it("brings the job back after a delay, with the error to be seen", async () => {
        await queue.enqueue([job("a")]);
        expect(await queue.fail(await mustTake(), FAILED)).toBe("retrying");
        expect(await queue.jobs("film")).toMatchObject([{ state: "retrying", error: FAILED, attempts: 1 }]);
        await test.advance(RETRY.baseDelayMs);
        expect(await mustTake()).toMatchObject({ key: "a", attempt: 2, lastAttempt: false });
      });

      it("ends the job when the tries are used up", async () => {
        await queue.enqueue([job("a")]);
        const answers: string[] = [];
        for (let attempt = 1; attempt <= 3; attempt++) {
          answers.push(await queue.fail(await mustTake(), FAILED));
          await test.advance(RETRY.maxDelayMs);
        }
        expect(answers).toEqual(["retrying", "retrying", "failed"]);
        expect(await queue.jobs("film")).toMatchObject([{ state: "failed", error: FAILED, attempts: 3 }]);
      });

      it("does not try again what cannot succeed", async () => {
        await queue.enqueue([job("a")]);
        expect(await queue.fail(await mustTake(), REFUSED)).toBe("failed");
        await test.advance(RETRY.maxDelayMs);
        expect(await take()).toBeNull();
      });

      it("tries once when the limit is 0", async () => {
        await queue.enqueue([job("a", { retry: { ...RETRY, limit: 0 } })]);
        const lease = await mustTake();
        expect(lease.lastAttempt).toBe(true);
        expect(await queue.fail(lease, FAILED)).toBe("failed");
      });

      it("takes one of 1,000 failures, and counts one attempt", async () => {
        await queue.enqueue([job("a")]);
        const lease = await mustTake();
        const answers = await Promise.all(Array.from({ length: 1_000 }, () => queue.fail(lease, FAILED)));
        expect(answers.filter((answer) => answer !== "stale")).toEqual(["retrying"]);
        expect(await queue.jobs("film")).toMatchObject([{ attempts: 1 }]);
      });

      it("harms no neighbour: one poisoned job among 50 stops alone", async () => {
        const keys = Array.from({ length: 50 }, (_, index) => `${index}`);
        await queue.enqueue(keys.map((key) => job(key)));
        let poisoned = 0;
        for (let round = 0; round < 4; round++) {
          for (let lease = await take(); lease !== null; lease = await take()) {
            if (lease.key !== "7") expect(await queue.complete(lease, null)).toBe("completed");
            else {
              poisoned++;
              await queue.fail(lease, FAILED);
            }
          }
          await test.advance(RETRY.maxDelayMs);
        }
        expect(poisoned).toBe(3);
        expect(await queue.status("film")).toEqual(counts({ completed: 49, failed: 1 }));
        const others = (await queue.jobs("film")).filter((each) => each.key !== "7");
        expect(others.every((each) => each.attempts === 1)).toBe(true);
      });
    });

    describe("release", () => {
      it("gives the job back at once, in its place, without counting", async () => {
        await queue.enqueue([job("a", { retry: { ...RETRY, limit: 0 } }), job("b")]);
        for (let drain = 0; drain < 5; drain++) {
          const lease = await mustTake();
          expect(lease).toMatchObject({ key: "a", attempt: 1 });
          expect(await queue.release(lease)).toBe("released");
          expect(await queue.complete(lease, null)).toBe("stale");
        }
        expect(await queue.jobs("film")).toMatchObject([
          { state: "queued", attempts: 0 },
          { state: "queued" },
        ]);
      });

      it("wakes a waiting fetch", async () => {
        await queue.enqueue([job("a")]);
        const lease = await mustTake();
        const waiting = startWaiting();
        await queue.release(lease);
        expect((await waiting.promise)?.key).toBe("a");
      });
    });

    describe("cancel and forget", () => {
      it("cancels what is open, shuts workers out and leaves other groups alone", async () => {
        await queue.enqueue([job("done"), job("broken"), job("active"), job("queued")]);
        await queue.enqueue([job("x", { group: "other", queue: "ec2" })]);
        await queue.complete(await mustTake(), null);
        await queue.fail(await mustTake(), FAILED);
        const active = await mustTake();
        expect(await queue.cancel("film")).toBe(3);
        expect(await queue.status("film")).toEqual(counts({ completed: 1, canceled: 3 }));
        expect(await queue.complete(active, null)).toBe("stale");
        expect(await queue.complete(await mustTake({ queue: "ec2" }), null)).toBe("completed");
        await test.advance(LEASE_MS + RETRY.maxDelayMs);
        expect(await take()).toBeNull();
        expect(await queue.cancel("film")).toBe(0);
        expect(await queue.status("film")).toEqual(counts({ completed: 1, canceled: 3 }));
      });

      it("cancels single keys: the loser of a duplicated straggler", async () => {
        await queue.enqueue([job("chunk"), job("chunk/again")]);
        const [first, second] = [await mustTake(), await mustTake()];
        expect(await queue.complete(second, null)).toBe("completed");
        expect(await queue.cancel("film", ["chunk", "chunk", "chunk/again", "unknown"])).toBe(1);
        expect(await queue.heartbeat(first)).toBe("stale");
      });

      it("forgets a group with all it knew", async () => {
        await queue.enqueue([job("a"), job("b")]);
        const lease = await mustTake();
        await queue.forget("film");
        expect(await queue.jobs("film")).toEqual([]);
        expect(await queue.complete(lease, null)).toBe("stale");
        expect(await take()).toBeNull();
        expect((await queue.enqueue([job("a")]))[0]?.created).toBe(true);
        expect((await take())?.attempt).toBe(1);
      });
    });

    describe("looking on", () => {
      it("counts a group and a queue", async () => {
        await queue.enqueue([
          job("a"),
          job("b"),
          job("c"),
          job("x", { group: "other" }),
          job("y", { queue: "ec2" }),
        ]);
        await queue.complete(await mustTake(), null);
        await mustTake();
        expect(await queue.status("nobody")).toEqual(counts());
        expect(await queue.backlog("local")).toEqual(counts({ queued: 2, active: 1, completed: 1 }));
        expect(await queue.backlog("ec2")).toEqual(counts({ queued: 1 }));
      });

      it("lists jobs as they were enqueued, with who works on them", async () => {
        await queue.enqueue([job("b"), job("a", { priority: 3 })]);
        await mustTake({ workerId: "slot-1" });
        const listed = (await queue.jobs("film")).map((each) => [each.key, each.state]);
        expect(listed).toEqual([
          ["b", "queued"],
          ["a", "active"],
        ]);
        expect(await queue.jobs("film")).toMatchObject([
          {},
          { workerId: "slot-1", priority: 3, retry: RETRY },
        ]);
      });

      it("tells subscribers how each job came to its end", async () => {
        const changes: JobChange[] = [];
        const stop = queue.subscribe((change) => changes.push(change));
        await queue.enqueue([job("a")]);
        await queue.fail(await mustTake(), FAILED);
        await test.advance(RETRY.baseDelayMs);
        await queue.complete(await mustTake(), null);
        await test.advance(0);
        // States in between may be skipped; what is told is in order, and the end is told.
        const order = ["queued", "active", "retrying", "active", "completed"];
        const states = changes.map((change) => change.state);
        expect(isSubsequence(states, order)).toBe(true);
        expect(changes.at(-1)).toMatchObject({ key: "a", group: "film", state: "completed", attempts: 2 });
        stop();
        await queue.enqueue([job("b")]);
        await test.advance(0);
        expect(changes.at(-1)?.key).toBe("a");
      });

      it("lets a subscriber call the queue", async () => {
        const seen: JobCounts[] = [];
        queue.subscribe(async ({ state, group }) => {
          if (state === "completed") seen.push(await queue.status(group));
        });
        await queue.enqueue([job("a")]);
        await queue.complete(await mustTake(), null);
        await test.advance(0);
        expect(seen).toEqual([counts({ completed: 1 })]);
      });
    });
  });
}

function isSubsequence<T>(part: readonly T[], whole: readonly T[]): boolean {
  let index = 0;
  for (const each of whole) if (each === part[index]) index++;
  return index === part.length;
}
