import { describe, expect, test } from "vitest";
import { spreadOf } from "./statistics.ts";

describe("a spread", () => {
  test("of an odd number of values has the middle one as its median", () => {
    expect(spreadOf([3, 1, 10])).toEqual({ min: 1, median: 3, max: 10, count: 3 });
  });

  test("of an even number has the mean of the middle two", () => {
    expect(spreadOf([4, 1, 2, 10])?.median).toBe(3);
  });

  test("of nothing is null, not zero", () => {
    expect(spreadOf([])).toBeNull();
  });

  test("leaves the values as they were", () => {
    const values = [2, 1];
    spreadOf(values);
    expect(values).toEqual([2, 1]);
  });
});
