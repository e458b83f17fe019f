import { describe, expect, it } from "vitest";
import { describeJobQueue } from "../../../test/contracts/job-queue.contract.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { randomInteger, seededRandom } from "../../support/random.ts";
import { countOpen } from "../job.ts";
import type { Lease } from "../queue.ts";
import { MemoryQueue } from "./memory-queue.ts";

describeJobQueue("memory", async () => {
  const clock = new ManualClock();
  const queue = new MemoryQueue({ clock, random: seededRandom("contract") });
  return {
    queue,
    advance: (byMs) => clock.advance(byMs),
    async dispose() {
      await queue.close();
      expect(clock.pendingTimers).toBe(0);
    },
  };
});

describe("memory queue", () => {
  it("does not notice when the wall clock is set", async () => {
    const clock = new ManualClock();
    const queue = new MemoryQueue({ clock, random: seededRandom(1) });
    await queue.enqueue([{ queue: "local", group: "film", key: "a", data: null }]);
    const lease = (await queue.fetch({ queue: "local", workerId: "slot-0", leaseMs: 60_000 })) as Lease;
    clock.stepWall(3_600_000);
    expect(await queue.heartbeat(lease)).toBe("ok");
    clock.stepWall(-7_200_000);
    await clock.advance(60_001);
    expect(await queue.heartbeat(lease)).toBe("stale");
  });

  it("refuses a lease that ran out while the process was too busy for its timers", async () => {
    let elapsedMs = 0;
    const lateClock = { now: () => 0, monotonicMs: () => elapsedMs, after: () => () => {} };
    const queue = new MemoryQueue({ clock: lateClock, random: seededRandom(1) });
    await queue.enqueue([{ queue: "local", group: "film", key: "a", data: null }]);
    const lease = (await queue.fetch({ queue: "local", workerId: "slot-0", leaseMs: 60_000 })) as Lease;
    elapsedMs = 60_000;
    expect(await queue.complete(lease, null)).toBe("stale");
    expect((await queue.status("film")).retrying).toBe(1);
  });

  it("forgets whose turn it was with the group", async () => {
    const queue = new MemoryQueue({ clock: new ManualClock(), random: seededRandom(1) });
    const add = (group: string, key: string) => queue.enqueue([{ queue: "local", group, key, data: null }]);
    const take = async () => (await queue.fetch({ queue: "local", workerId: "w", leaseMs: 1_000 }))?.group;
    await add("first", "1");
    await add("second", "1");
    expect([await take(), await take()]).toEqual(["first", "second"]);
    await queue.forget("second");
    await add("first", "2");
    await add("second", "2");
    expect(await take()).toBe("second");
  });

  it("holds no timer when nothing is due", async () => {
    const clock = new ManualClock();
    const queue = new MemoryQueue({ clock, random: seededRandom(1) });
    await queue.enqueue([{ queue: "local", group: "film", key: "a", data: null }]);
    const lease = (await queue.fetch({ queue: "local", workerId: "slot-0", leaseMs: 60_000 })) as Lease;
    expect(clock.pendingTimers).toBe(1);
    await queue.complete(lease, null);
    expect(clock.pendingTimers).toBe(0);
  });

  // Workers that die, stall past their lease, drain, fail and finish, in any order: every job ends exactly once.
  it("brings every job to one end, over 300 seeds", async () => {
    for (let seed = 0; seed < 300; seed++) await simulate(seed);
  });
});

/** Fails with the seed in its message, which alone replays the run. */
async function simulate(seed: number): Promise<void> {
  const random = seededRandom(`simulation ${seed}`);
  const clock = new ManualClock();
  const queue = new MemoryQueue({ clock, random });
  const groups = Array.from({ length: 1 + randomInteger(random, 4) }, (_, index) => `film-${index}`);
  const ends = new Map<string, number>();
  const starts = new Map<string, number>();
  let released = 0;
  for (const group of groups) {
    const jobs = Array.from({ length: 1 + randomInteger(random, 20) }, (_, index) => {
      return {
        queue: "local",
        group,
        key: `${index}`,
        data: null,
        retry: { limit: randomInteger(random, 4) },
      };
    });
    await queue.enqueue(jobs);
  }
  const stalled: Lease[] = [];
  const end = (lease: Lease): void => void ends.set(lease.jobId, (ends.get(lease.jobId) ?? 0) + 1);
  for (;;) {
    const lease = await queue.fetch({ queue: "local", workerId: "w", leaseMs: 1_000, waitMs: 0 });
    if (lease === null) {
      if (
        (await Promise.all(groups.map((group) => queue.status(group)))).every((each) => countOpen(each) === 0)
      )
        break;
      await clock.advance(1 + randomInteger(random, 5_000));
      continue;
    }
    starts.set(lease.jobId, (starts.get(lease.jobId) ?? 0) + 1);
    const dice = random();
    if (dice < 0.5) {
      if ((await queue.complete(lease, null)) === "completed") end(lease);
    } else if (dice < 0.65) {
      if ((await queue.fail(lease, { code: "X", message: "x", retryable: random() < 0.8 })) === "failed")
        end(lease);
    } else if (dice < 0.75) {
      if ((await queue.release(lease)) === "released") released++;
    } else {
      stalled.push(lease);
    }
    const late =
      stalled.length > 0 && random() < 0.3
        ? stalled.splice(randomInteger(random, stalled.length), 1)[0]
        : undefined;
    if (late !== undefined && (await queue.complete(late, null)) === "completed") end(late);
    if (random() < 0.2) await clock.advance(randomInteger(random, 1_500));
  }
  const all = (await Promise.all(groups.map((group) => queue.jobs(group)))).flat();
  for (const job of all) {
    expect(job.attempts, `seed ${seed}`).toBeLessThanOrEqual(job.retry.limit + 1);
    const lost = job.state === "failed" && job.error.code === "LEASE_LOST";
    expect(ends.get(job.id) ?? 0, `seed ${seed}, ${job.id}`).toBe(lost ? 0 : 1);
  }
  // Every start is either counted or was given back.
  const started = [...starts.values()].reduce((sum, each) => sum + each, 0);
  expect(started, `seed ${seed}`).toBe(all.reduce((sum, job) => sum + job.attempts, 0) + released);
  await queue.close();
  expect(clock.pendingTimers).toBe(0);
}
