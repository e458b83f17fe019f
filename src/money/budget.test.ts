import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Budget, costAfter, costWhenReleasedIn, launchesAllowed, secondsUntilDrain } from "./budget.ts";
import { TEST_PRICES } from "./testing/prices.ts";

const machine = fc
  .nat(7_200)
  .map((elapsedSeconds) => ({ prices: TEST_PRICES, elapsedSeconds, sentBytes: 0 }));
const budgets: fc.Arbitrary<Budget & { capMicros: number }> = fc.record({
  capMicros: fc.nat(20_000_000),
  spentMicros: fc.nat(1_000_000),
  open: fc.array(machine, { maxLength: 20 }),
  releaseSeconds: fc.nat(600),
});
const wish = { prices: TEST_PRICES, bootSeconds: 75, usefulSeconds: 60, sentBytes: 0, atMost: 1_000 };

describe("the budget", () => {
  it("counts minimum, disk, address and egress of a machine", () => {
    expect(costAfter(TEST_PRICES, 1)).toBe(costAfter(TEST_PRICES, 60));
    expect(costAfter(TEST_PRICES, 3_600, 2 ** 30)).toBe(388_000 + 2_609 + 5_000 + 90_000);
  });

  it("drains at the last second that keeps the cap, and not before", () => {
    fc.assert(
      fc.property(budgets, (budget) => {
        const seconds = secondsUntilDrain(budget);
        if (!Number.isFinite(seconds)) return;
        if (seconds > 0) expect(costWhenReleasedIn(budget, seconds)).toBeLessThanOrEqual(budget.capMicros);
        expect(costWhenReleasedIn(budget, seconds + 1)).toBeGreaterThan(budget.capMicros);
      }),
    );
  });

  it("allows as many launches as can work below the cap, and not one more", () => {
    fc.assert(
      fc.property(budgets, (budget) => {
        const count = launchesAllowed(budget, wish);
        const withLaunched = (launched: number): Budget => ({
          ...budget,
          open: [
            ...budget.open,
            ...Array.from({ length: launched }, () => ({
              prices: TEST_PRICES,
              elapsedSeconds: 0,
              sentBytes: 0,
            })),
          ],
        });
        if (count > 0)
          expect(costWhenReleasedIn(withLaunched(count), 135)).toBeLessThanOrEqual(budget.capMicros);
        if (count < wish.atMost)
          expect(costWhenReleasedIn(withLaunched(count + 1), 135)).toBeGreaterThan(budget.capMicros);
      }),
    );
  });

  it("has no limit without a cap, and no time left once it is passed", () => {
    const open = [{ prices: TEST_PRICES, elapsedSeconds: 3_600, sentBytes: 0 }];
    const none: Budget = { capMicros: null, spentMicros: 0, open, releaseSeconds: 60 };
    expect(launchesAllowed(none, wish)).toBe(1_000);
    expect(secondsUntilDrain(none)).toBe(Number.POSITIVE_INFINITY);
    expect(secondsUntilDrain({ ...none, capMicros: 1 })).toBe(0);
    expect(launchesAllowed({ ...none, capMicros: 0, open: [] }, wish)).toBe(0);
  });
});
