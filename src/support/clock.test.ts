import { describe, expect, it, vi } from "vitest";
import { sleep } from "./abort.ts";
import { systemClock } from "./clock.ts";
import { ManualClock } from "./manual-clock.ts";

describe("ManualClock", () => {
  it("runs a chain of sleeps inside one step, each at its own time", async () => {
    const clock = new ManualClock(0);
    const times: number[] = [];
    const chain = (async () => {
      for (let index = 0; index < 3; index++) {
        await sleep(100, { clock });
        times.push(clock.now());
      }
    })();
    await clock.advance(1_000);
    await chain;
    expect(times).toEqual([100, 200, 300]);
    expect(clock.now()).toBe(1_000);
  });

  it("fires in order of due time, then of creation, and not what was taken back", async () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    clock.after(20, () => fired.push("late"));
    clock.after(10, () => fired.push("first"));
    clock.after(10, () => fired.push("second"));
    clock.after(10, () => fired.push("never"))();
    await clock.advance(20);
    expect(fired).toEqual(["first", "second", "late"]);
  });

  it("keeps spans when the wall is set", () => {
    const clock = new ManualClock();
    const before = clock.monotonicMs();
    clock.stepWall(-3_600_000);
    expect(clock.monotonicMs()).toBe(before);
  });
});

describe("systemClock", () => {
  it("waits longer than Node's longest timer", () => {
    vi.useFakeTimers();
    try {
      const dayMs = 24 * 3_600_000;
      let fired = false;
      systemClock.after(30 * dayMs, () => {
        fired = true;
      });
      vi.advanceTimersByTime(29 * dayMs);
      expect(fired).toBe(false);
      vi.advanceTimersByTime(dayMs);
      expect(fired).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });
});
