import { expect, test } from "vitest";
import { Lab } from "../../test/support/ec2-lab.ts";
import type { MachineWork } from "../produce/machine-source.ts";
import { Burst, type BurstNews } from "./burst.ts";

/** Work without an end on machines that draw nothing. */
async function burstIn(lab: Lab, capMicros: number, end: AbortController) {
  const fleet = await lab.fleet();
  const news: BurstNews[] = [];
  const drawn: string[] = [];
  const burst = new Burst({
    fleet,
    manager: lab.controller(fleet),
    store: lab.store,
    clock: lab.time,
    group: "render-1",
    capMicros,
    machines: 2,
    maxMachines: 10,
    bootSeconds: 60,
    releaseSeconds: lab.settings.releaseSeconds,
    lifetimeSeconds: 7200,
    tickMs: 3000,
    connect: async () => ({
      runner: {
        slots: 1,
        peakBytes: 0,
        warmUp: () => {},
        run: () => Promise.reject(),
        close: async () => {},
      },
      close: async () => {},
    }),
    tell: (each) => news.push(each),
  });
  const work: MachineWork = {
    signal: end.signal,
    left: async () => ({ queuedChunks: 100, frames: 1e6, secondsPerFrame: 1 }),
    drawOn: async ({ id, signal }) => {
      drawn.push(id);
      // As work does, or the dead-man would end it.
      const feed = (): void => {
        if (signal.aborted) return;
        lab.fake.world.feed(id);
        lab.time.after(60_000, feed);
      };
      feed();
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    },
  };
  return { burst, work, news, drawn };
}

test("machines are let go before the limit is passed, and none comes after", async () => {
  const lab = new Lab({ fake: { billsFrom: "launch" } });
  const { burst, work, news, drawn } = await burstIn(lab, 200_000, new AbortController());
  await expect(lab.time.run(burst.run(work))).rejects.toMatchObject({ code: "MAX_COST_REACHED" });
  const { total, isFinal, machines } = await lab.time.run(burst.settle());
  expect(drawn).toHaveLength(2);
  expect(news.filter(({ kind }) => kind === "draining")).toMatchObject([
    { reason: "budget" },
    { reason: "budget" },
  ]);
  expect([isFinal, machines]).toEqual([true, 2]);
  const billed = lab.fake.bill().reduce((sum, { micros }) => sum + micros, 0);
  expect(total).toBe(billed);
  expect(billed).toBeLessThanOrEqual(200_000);
  // Not given back long before it had to be.
  expect(billed).toBeGreaterThan(140_000);
  expect(lab.fake.world.live()).toEqual([]);
});

test("the render's end is the machines' end", async () => {
  const lab = new Lab();
  const end = new AbortController();
  const { burst, work, drawn } = await burstIn(lab, 1_000_000, end);
  const stop = lab.time.after(300_000, () => end.abort());
  await lab.time.run(burst.run(work));
  stop();
  expect((await lab.time.run(burst.settle())).isFinal).toBe(true);
  expect(drawn).toHaveLength(2);
  expect(lab.fake.world.live()).toEqual([]);
});
