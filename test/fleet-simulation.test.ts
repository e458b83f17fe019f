import { describe, expect, it } from "vitest";
import { breakEvenChunks } from "../src/fleets/policy/predict.ts";
import {
  brokenInvariants,
  LARGEST,
  measureBreakEven,
  QUIET,
  scenarioOf,
} from "./support/fleet-simulation/scenarios.ts";
import { simulate } from "./support/fleet-simulation/simulate.ts";

describe("a burst in virtual time", () => {
  it("keeps limits and cap, ends every machine and does every chunk once, on 300 different days", () => {
    const seen = { launched: 0, duplicates: 0, deaths: 0, budget: 0 };
    for (let seed = 0; seed < 300; seed++) {
      const scenario = scenarioOf(seed);
      const result = simulate(scenario);
      expect({ seed, broken: brokenInvariants(scenario, result) }).toEqual({ seed, broken: [] });
      seen.launched += result.launched;
      seen.duplicates += result.duplicates;
      seen.deaths += result.deaths;
      if (result.drainedByBudget) seen.budget++;
    }
    // Else the days were too quiet to prove anything.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
  });

  it("carries 100,000 chunks over 1,000 machines", () => {
    const result = simulate(LARGEST);
    expect(brokenInvariants(LARGEST, result)).toEqual([]);
    expect(result.mostAtOnce).toBe(1_000);
  });

  it("replays from its seed", () => {
    expect(simulate(scenarioOf(7))).toEqual(simulate(scenarioOf(7)));
  });

  it("notices when a cap is passed and when machines stay", () => {
    const result = simulate(QUIET);
    expect(result.costMicros).toBeGreaterThan(100);
    expect(brokenInvariants({ ...QUIET, capMicros: 0 }, result)).toHaveLength(1);
    expect(brokenInvariants(QUIET, { ...result, leftAlive: 1 })).toHaveLength(1);
  });

  it.each([
    [4, 10],
    [8, 6],
    [2, 20],
  ])(
    "breaks even on %i machines of %i s a chunk within a tenth of what was foretold",
    (machines, seconds) => {
      const slot = { slotsPerMachine: 1, secondsPerWorkSecond: 1, bootSeconds: 0, transferSeconds: 0 };
      const foretold = breakEvenChunks(seconds, slot, { ...slot, bootSeconds: 75 }, machines) ?? 0;
      const measured = measureBreakEven(machines, seconds, 40, simulate);
      expect(Math.abs(foretold - measured) / measured).toBeLessThanOrEqual(0.1);
    },
  );
});
