import { expect, it } from "vitest";
import { allowedGainDb, correctedGainDb, MAX_GAIN_DB, MAX_LIMITING_DB } from "./gain.ts";

it("gives what is wanted while neither noise nor the limiter forbids it", () => {
  expect(allowedGainDb(8, -6, -1)).toBe(8);
  expect(allowedGainDb(-12, -6, -1)).toBe(-12);
  expect(allowedGainDb(50, -40, -1)).toBe(MAX_GAIN_DB);
  expect(allowedGainDb(25, 0, -1)).toBe(MAX_LIMITING_DB - 1);
});

it("corrects a little further upwards, because the limiter takes some of it back", () => {
  expect(correctedGainDb(5, -14, -15)).toBeCloseTo(6.2, 9);
  expect(correctedGainDb(5, -14, -13)).toBeCloseTo(4, 9);
});
