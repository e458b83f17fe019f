import { expect, test } from "vitest";
import { ManualClock } from "../support/manual-clock.ts";
import { periodically } from "./periodic.ts";

test("works at once and then every period, also after a failure, until it is stopped", async () => {
  const clock = new ManualClock();
  const troubles: string[] = [];
  let turns = 0;
  const stop = periodically(
    clock,
    6 * 3_600_000,
    async () => {
      turns += 1;
      if (turns === 2) throw new Error("The database is away.");
    },
    (error) => troubles.push(error.message),
  );
  await clock.advance(0);
  expect(turns).toBe(1);
  await clock.advance(24 * 3_600_000);
  expect([turns, troubles]).toEqual([5, ["The database is away."]]);
  await stop();
  await clock.advance(24 * 3_600_000);
  expect([turns, clock.pendingTimers]).toEqual([5, 0]);
});
