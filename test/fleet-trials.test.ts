/** Machines are not left running, whatever happens to the program that rented them. */
import { describe, expect, it } from "vitest";
import { billTrial, killTrial } from "./support/lease-trials.ts";

describe("a controller that is killed", () => {
  it("before or after any of its calls, leaves no machine and never has two for one slot", async () => {
    let killed = 0;
    for (let step = 1; step <= 24; step++) {
      for (const isAfter of [false, true]) {
        const result = await killTrial(`step ${step} ${isAfter}`, { step, isAfter }, false);
        expect({ step, isAfter, broken: result.broken }).toEqual({ step, isAfter, broken: [] });
        if (result.wasKilled) killed++;
      }
    }
    // Else the life of a controller is shorter than what is tried here.
    expect(killed).toBeGreaterThan(30);
  });

  it("with lost replies, empty zones, failing boots and stale answers on top, in 50 seeded trials", async () => {
    const seen = { launched: 0, lostReplies: 0, killed: 0 };
    for (let seed = 0; seed < 50; seed++) {
      const result = await killTrial(seed, null);
      expect({ seed, broken: result.broken }).toEqual({ seed, broken: [] });
      seen.launched += result.launched;
      seen.lostReplies += result.lostReplies;
      if (result.wasKilled) seen.killed++;
    }
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
  });
});

describe("the ledger", () => {
  it("equals the bill to the last unit where the cloud states both ends, over 60 random lives", async () => {
    let machines = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { meteredMicros, billedMicros, unexplained, ...trial } = await billTrial(seed, "launch");
      expect({ seed, meteredMicros, unexplained }).toEqual({
        seed,
        meteredMicros: billedMicros,
        unexplained: [],
      });
      machines += trial.machines;
    }
    expect(machines).toBeGreaterThan(60);
  });

  it("is above a bill that begins at running by exactly the time that the starts took, over 20 lives", async () => {
    let above = 0;
    for (let seed = 0; seed < 20; seed++) {
      const trial = await billTrial(seed, "running");
      expect({ seed, unexplained: trial.unexplained }).toEqual({ seed, unexplained: [] });
      expect({ seed, above: trial.secondsAbove }).toEqual({ seed, above: trial.pendingSeconds });
      expect(trial.meteredMicros).toBeGreaterThanOrEqual(trial.billedMicros);
      above += trial.secondsAbove;
    }
    expect(above).toBeGreaterThan(0);
  });
});
