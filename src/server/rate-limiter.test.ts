import { expect, test } from "vitest";
import { RateLimiter } from "./rate-limiter.ts";

test("lets so many pass a minute, each caller for itself, and says how long to wait", () => {
  const limiter = new RateLimiter(60);
  for (let call = 0; call < 60; call++) expect(limiter.take("a", 0)).toBe(0);
  expect(limiter.take("a", 0)).toBe(1);
  expect(limiter.take("b", 0)).toBe(0);
  expect(limiter.take("a", 999)).toBe(1);
  expect(limiter.take("a", 1001)).toBe(0);
  expect(limiter.take("a", 1001)).toBe(1);
});
