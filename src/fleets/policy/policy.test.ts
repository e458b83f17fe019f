import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TEST_PRICES } from "../../money/testing/prices.ts";
import { distribute } from "./distribution.ts";
import { chooseOffer, offersOf, type PoolFacts } from "./offers.ts";
import { breakEvenChunks, type PoolSpeed, predictSeconds } from "./predict.ts";
import { decideScaling, type ScalingInput, type ScalingMachine } from "./scaling.ts";
import { chooseDuplicates } from "./stragglers.ts";

const rules = { scenesPerBatch: 10, maxMachines: 10, minScenesPerBatch: 5 };
const LOCAL: PoolSpeed = { slotsPerMachine: 1, secondsPerWorkSecond: 1, bootSeconds: 0, transferSeconds: 0 };
const BURST: PoolSpeed = { ...LOCAL, bootSeconds: 75 };

describe("distribution", () => {
  it("keeps what was promised", () => {
    expect(distribute({ ...rules, scenes: 50 })).toEqual(Array(5).fill(10));
    expect(distribute({ ...rules, scenes: 120 })).toEqual(Array(10).fill(12));
    expect(distribute({ ...rules, scenes: 24, minScenesPerBatch: 8 })).toEqual([8, 8, 8]);
    expect(distribute({ ...rules, scenes: 0 })).toEqual([]);
    expect(distribute({ ...rules, scenes: 3 })).toEqual([3]);
  });

  it.each(["scenesPerBatch", "maxMachines", "minScenesPerBatch"])("refuses %s of 0", (path) => {
    expect(() => distribute({ ...rules, scenes: 50, [path]: 0 })).toThrow(
      expect.objectContaining({ code: "DISTRIBUTION_INVALID", path }),
    );
  });

  it("deals out every scene once, evenly, within the limits", () => {
    const count = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(
        fc.nat(2_000),
        count,
        count,
        count,
        (scenes, scenesPerBatch, maxMachines, minScenesPerBatch) => {
          const batches = distribute({ scenes, scenesPerBatch, maxMachines, minScenesPerBatch });
          expect(batches.reduce((sum, batch) => sum + batch, 0)).toBe(scenes);
          expect(batches.length).toBeLessThanOrEqual(maxMachines);
          if (batches.length > 1) {
            expect(Math.min(...batches)).toBeGreaterThanOrEqual(minScenesPerBatch);
            expect(Math.max(...batches) - Math.min(...batches)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
});

describe("offers", () => {
  const work = { chunks: 400, secondsPerChunk: 10 };
  const local: PoolFacts = {
    name: "local",
    speed: LOCAL,
    prices: null,
    maxMachines: 1,
    resultBytes: 0,
    releaseSeconds: 0,
    basis: "measured here",
  };
  const ec2: PoolFacts = {
    ...local,
    name: "ec2",
    speed: BURST,
    prices: TEST_PRICES,
    maxMachines: 20,
    releaseSeconds: 120,
  };
  const offers = [...offersOf(local, work), ...offersOf(ec2, work)];

  it("show this machine for nothing and growing counts of rented ones", () => {
    expect(offers.map(({ where, machines }) => `${where} ${machines}`)).toEqual([
      "local 1",
      ...[1, 2, 3, 5, 8, 13, 20].map((count) => `ec2 ${count}`),
    ]);
    expect(offers[0]).toMatchObject({ seconds: 4_000, cost: 0 });
    const seconds = offers.slice(1).map((offer) => offer.seconds);
    expect(seconds).toEqual(seconds.toSorted((a, b) => b - a));
  });

  it("are none for no work", () => expect(offersOf(ec2, { ...work, chunks: 0 })).toEqual([]));

  it("stay with what costs nothing unless time was asked for", () => {
    expect(chooseOffer(offers, { maxCost: null, maxSeconds: null })).toMatchObject({
      offer: { where: "local" },
      reason: "cheapest",
    });
  });

  it("obey maxCost, then maxDuration, then cost", () => {
    fc.assert(
      fc.property(fc.option(fc.nat(3_000_000)), fc.option(fc.nat(5_000)), (maxCost, maxSeconds) => {
        const choice = chooseOffer(offers, { maxCost, maxSeconds });
        const keeps = offers.filter(
          ({ cost, seconds }) =>
            cost <= (maxCost ?? Number.MAX_VALUE) && seconds <= (maxSeconds ?? Number.MAX_VALUE),
        );
        expect(choice.kind === "none").toBe(keeps.length === 0);
        if (choice.kind === "none") return;
        expect(keeps).toContain(choice.offer);
        expect(choice.offer.cost).toBe(Math.min(...keeps.map(({ cost }) => cost)));
      }),
    );
    expect(chooseOffer(offers, { maxCost: 10_000, maxSeconds: 600 })).toMatchObject({
      kind: "none",
      nearest: { where: "local" },
    });
  });

  it("say that this machine is faster when it is", () => {
    const small = { chunks: 5, secondsPerChunk: 10 };
    const choice = chooseOffer([...offersOf(local, small), ...offersOf(ec2, small)], {
      maxCost: 1_000_000,
      maxSeconds: 60,
    });
    expect(choice).toMatchObject({ reason: "free-is-fastest", offer: { where: "local" } });
  });
});

describe("prediction", () => {
  it("does not divide chunks", () => {
    expect(predictSeconds({ chunks: 9, secondsPerChunk: 10 }, { ...LOCAL, slotsPerMachine: 8 }, 1)).toBe(20);
    expect(predictSeconds({ chunks: 0, secondsPerChunk: 10 }, BURST, 4)).toBe(0);
  });

  it("finds where renting begins to win, and knows when it never does", () => {
    // 11 chunks: 110 s here, 75 + 3 rounds of 10 there.
    expect(breakEvenChunks(10, LOCAL, BURST, 4)).toBe(11);
    expect(breakEvenChunks(10, LOCAL, BURST, 1)).toBeNull();
  });
});

describe("scaling", () => {
  const input: ScalingInput = {
    workSeconds: 0,
    queuedChunks: 0,
    slotsPerMachine: 1,
    machines: [],
    bootSeconds: 75,
    limits: { minMachines: 0, maxMachines: 10, idleSeconds: 120, maxLaunchesAtOnce: 100 },
    launchesAllowed: 100,
    secondsUntilDrain: Number.POSITIVE_INFINITY,
    stopping: false,
  };
  const idle = (id: string, idleSeconds: number): ScalingMachine => ({ id, state: "idle", idleSeconds });

  it("rents nothing for nothing, one machine for a little, the limit for much", () => {
    expect(decideScaling(input).launch).toBe(0);
    expect(decideScaling({ ...input, queuedChunks: 1, workSeconds: 10 }).launch).toBe(1);
    expect(decideScaling({ ...input, queuedChunks: 60, workSeconds: 600 }).launch).toBe(8);
    expect(decideScaling({ ...input, queuedChunks: 600, workSeconds: 6_000 }).launch).toBe(10);
    expect(
      decideScaling({ ...input, queuedChunks: 600, workSeconds: 6_000, launchesAllowed: 3 }).launch,
    ).toBe(3);
  });

  it("goes to zero when idle long enough, never below the minimum", () => {
    const machines = [idle("a", 119), idle("b", 120), idle("c", 300)];
    expect(decideScaling({ ...input, machines })).toEqual({ launch: 0, drain: ["c", "b"], reason: "idle" });
    const kept = decideScaling({ ...input, machines, limits: { ...input.limits, minMachines: 2 } });
    expect(kept.drain).toEqual(["c"]);
    expect(decideScaling({ ...input, machines, queuedChunks: 1, workSeconds: 5 }).drain).toEqual([]);
  });

  it("lets everything go when told to, or when the budget says so", () => {
    const machines = [idle("a", 0), { id: "b", state: "busy", idleSeconds: 0 } as const];
    expect(decideScaling({ ...input, machines, stopping: true }).drain).toEqual(["a", "b"]);
    expect(decideScaling({ ...input, machines, secondsUntilDrain: 0 })).toMatchObject({
      drain: ["a", "b"],
      reason: "budget",
    });
  });

  it("never passes the limits, whatever comes", () => {
    const state = fc.constantFrom("booting", "idle", "busy", "draining");
    const machine = fc.record({ id: fc.uuid(), state, idleSeconds: fc.nat(1_000) });
    fc.assert(
      fc.property(
        fc.array(machine as fc.Arbitrary<ScalingMachine>, { maxLength: 30 }),
        fc.nat(100_000),
        fc.nat(1_000),
        fc.nat(40),
        fc.nat(50),
        fc.nat(200),
        (machines, workSeconds, queuedChunks, maxMachines, launchesAllowed, secondsUntilDrain) => {
          const limits = { ...input.limits, maxMachines };
          const decision = decideScaling({
            ...input,
            machines,
            workSeconds,
            queuedChunks,
            limits,
            launchesAllowed,
            secondsUntilDrain,
          });
          const active = machines.filter(({ state: now }) => now !== "draining").map(({ id }) => id);
          expect(decision.launch).toBeLessThanOrEqual(launchesAllowed);
          expect(decision.launch === 0 || machines.length + decision.launch <= maxMachines).toBe(true);
          expect(active).toEqual(expect.arrayContaining([...decision.drain]));
          expect(decision.launch === 0 || decision.drain.length === 0).toBe(true);
        },
      ),
    );
  });
});

describe("stragglers", () => {
  const chunk = (key: string, elapsedSeconds: number, copies = 1) => ({
    key,
    elapsedSeconds,
    expectedSeconds: 10,
    copies,
  });

  it("are started again on idle machines, the latest first, once", () => {
    const running = [chunk("slow", 16), chunk("slowest", 90), chunk("fine", 14), chunk("twice", 99, 2)];
    expect(chooseDuplicates(running, 0, 5)).toEqual(["slowest", "slow"]);
    expect(chooseDuplicates(running, 0, 1)).toEqual(["slowest"]);
    expect(chooseDuplicates(running, 1, 5)).toEqual([]);
    expect(chooseDuplicates(running, 0, 0)).toEqual([]);
  });
});
