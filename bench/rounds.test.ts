import { expect, test } from "vitest";
import { runRounds } from "./rounds.ts";

test("contenders take turns, every second round backwards, slow ones less often", async () => {
  const order: string[] = [];
  const contender = (id: string, maxRounds?: number) => ({
    id,
    ...(maxRounds === undefined ? {} : { maxRounds }),
    run: (round: number) => {
      order.push(`${id}${round}`);
      return Promise.resolve(round);
    },
  });
  const samples = await runRounds([contender("a"), contender("b"), contender("slow", 1)], 3);
  expect(order).toEqual(["a0", "b0", "slow0", "b1", "a1", "a2", "b2"]);
  expect(samples.map(({ id, sample }) => `${id}${sample}`)).toEqual(order);
});
