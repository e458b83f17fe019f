import { describe, expect, it } from "vitest";
import { randomInteger, seededRandom } from "./random.ts";

describe("seededRandom", () => {
  it("repeats itself for a seed, and differs for its neighbours", () => {
    const draw = (seed: number | string) => Array.from({ length: 5 }, seededRandom(seed));
    expect(draw(7)).toEqual(draw("7"));
    const firsts = Array.from({ length: 1_000 }, (_, seed) => seededRandom(seed)());
    expect(new Set(firsts).size).toBe(1_000);
  });

  it("is spread evenly over [0, 1), also over first draws of neighbouring seeds", () => {
    const random = seededRandom(1);
    for (const draw of [random, (_: unknown, index: number) => seededRandom(index)()]) {
      const tenths = new Array<number>(10).fill(0);
      for (let index = 0; index < 10_000; index++) {
        const value = draw(null, index);
        expect(value >= 0 && value < 1).toBe(true);
        const tenth = Math.floor(value * 10);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
      // Five standard deviations of a fair draw.
      for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    }
  });

  it("draws every integer below the limit and no other", () => {
    const random = seededRandom(2);
    expect(new Set(Array.from({ length: 200 }, () => randomInteger(random, 6)))).toEqual(
      new Set([0, 1, 2, 3, 4, 5]),
    );
  });
});
