import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../support/random.ts";
import { decideRetry, type RetryPolicy, retryCeilingMs, retryDelayMs } from "./retry.ts";

const policies: fc.Arbitrary<RetryPolicy> = fc.record({
  limit: fc.nat(20),
  baseDelayMs: fc.nat(60_000),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  maxDelayMs: fc.nat(3_600_000),
});
const attempts = fc.integer({ min: 1, max: 10_000 });

describe("retry policy", () => {
  it("doubles the ceiling up to its maximum", () => {
    const policy = { limit: 9, baseDelayMs: 1_000, factor: 2, maxDelayMs: 10_000 };
    expect([1, 2, 3, 4, 5, 6].map((attempt) => retryCeilingMs(policy, attempt))).toEqual([
      1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
  });

  it("keeps every delay a whole number between 0 and the ceiling", () => {
    fc.assert(
      fc.property(
        policies,
        attempts,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (policy, attempt, value) => {
          const delayMs = retryDelayMs(policy, attempt, () => value);
          expect(Number.isInteger(delayMs)).toBe(true);
          expect(delayMs).toBeGreaterThanOrEqual(0);
          expect(delayMs).toBeLessThanOrEqual(Math.min(policy.maxDelayMs, retryCeilingMs(policy, attempt)));
        },
      ),
    );
  });

  it("never lowers the ceiling with further attempts", () => {
    fc.assert(
      fc.property(policies, attempts, (policy, attempt) => {
        expect(retryCeilingMs(policy, attempt + 1)).toBeGreaterThanOrEqual(retryCeilingMs(policy, attempt));
      }),
    );
  });

  it("allows exactly `limit` retries, and none of what cannot succeed", () => {
    fc.assert(
      fc.property(policies, (policy) => {
        let attempt = 1;
        while (decideRetry(policy, attempt, true, () => 0.5).retry) attempt++;
        expect(attempt).toBe(policy.limit + 1);
        expect(decideRetry(policy, 1, false, () => 0.5)).toEqual({ retry: false });
      }),
    );
  });

  it("spreads jobs that failed together over the whole span, with no gap at its start", () => {
    const policy = { limit: 1, baseDelayMs: 1_000, factor: 2, maxDelayMs: 60_000 };
    const random = seededRandom(1);
    const quarters = [0, 0, 0, 0];
    for (let index = 0; index < 4_000; index++) {
      const quarter = Math.min(3, Math.floor(retryDelayMs(policy, 1, random) / 250));
      quarters[quarter] = (quarters[quarter] ?? 0) + 1;
    }
    for (const count of quarters) expect(Math.abs(count - 1_000)).toBeLessThan(120);
  });
});
