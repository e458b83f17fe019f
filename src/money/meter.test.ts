import { describe, expect, it } from "vitest";
import { billedSeconds, meterCloudRun, meterMachine, meterRunPod } from "./meter.ts";
import { amountOf } from "./price.ts";
import { TEST_PRICES, testPrice } from "./testing/prices.ts";

const span = (seconds: number) => ({ fromMs: 1_000_000, toMs: 1_000_000 + seconds * 1_000 });
const ran = (seconds: number, takenBack = false, sentBytes = 0) =>
  meterMachine(TEST_PRICES, { ran: span(seconds), existed: span(seconds), takenBack, sentBytes }).map(
    (usage) => [usage.item, usage.quantity],
  );

describe("a machine's meter", () => {
  it("counts by the second, at least a minute, disk and address too", () => {
    expect(ran(61)).toEqual([
      ["compute", 61],
      ["address", 61],
      ["disk", 20 * 61],
    ]);
    expect(ran(1)).toEqual([
      ["compute", 60],
      ["address", 60],
      ["disk", 20 * 60],
    ]);
    expect(billedSeconds({ fromMs: 5_000, toMs: 0 })).toBe(60);
  });

  it("counts what was sent", () => {
    expect(ran(60, false, 2 ** 30).at(-1)).toEqual(["egress", 2 ** 30]);
    expect(amountOf(testPrice("0.09", "GB"), 2 ** 30)).toBe(90_000);
  });

  it("charges nothing for compute that EC2 took back in its first hour, and all of it later", () => {
    expect(ran(3_599, true)[0]).toEqual(["compute", 0]);
    expect(ran(3_599, true)[1]).toEqual(["address", 3_599]);
    expect(ran(3_600, true)[0]).toEqual(["compute", 3_600]);
  });

  it("charges nothing for what never ran, but its disk", () => {
    const usages = meterMachine(TEST_PRICES, { ran: null, existed: span(3), takenBack: false, sentBytes: 0 });
    expect(usages.map(({ item, quantity }) => [item, quantity])).toEqual([["disk", 1_200]]);
  });
});

describe("serverless meters", () => {
  it("round Cloud Run up to 100 ms", () => {
    const prices = {
      vcpuSecond: testPrice("0.000024", "vCPU-second"),
      gibSecond: testPrice("0.0000025", "GiB-second"),
      request: testPrice("0.0000004", "request"),
    };
    const usages = meterCloudRun(prices, { allocatedMs: 10_001, vcpus: 4, memoryMib: 16_384, requests: 1 });
    expect(usages.map(({ quantity }) => quantity)).toEqual([40_400, 10_100 * 16_384, 1]);
    expect(usages.map(({ price, quantity }) => amountOf(price, quantity))).toEqual([970, 404, 0]);
  });

  it("count a RunPod worker from start to stop, without a minimum", () => {
    expect(meterRunPod(testPrice("0.00026", "hour"), span(7))[0]?.quantity).toBe(7);
  });
});
