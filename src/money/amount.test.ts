import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalText, formatDollars, fromDollars, parseDecimal, parseDollars } from "./amount.ts";
import { amountAtMost, amountOf } from "./price.ts";
import { testPrice } from "./testing/prices.ts";

describe("amounts", () => {
  it("are read exactly, digit by digit", () => {
    expect(parseDollars("0.1") + parseDollars("0.2")).toBe(parseDollars("0.3"));
    expect(parseDecimal("0.0000166667", 12)).toBe(16_666_700n);
    expect(parseDollars("1")).toBe(1_000_000);
    expect(parseDollars("-0.0000015")).toBe(-2);
    expect(fromDollars(1.2)).toBe(1_200_000);
  });

  it.each(["", "1,50", "$1", "1e3", "NaN", "Infinity", ".5", "0x10"])("refuse %j", (text) => {
    expect(() => parseDollars(text)).toThrow(expect.objectContaining({ code: "AMOUNT_INVALID" }));
  });

  it("are refused as numbers that are none", () => {
    expect(() => fromDollars(Number.NaN)).toThrow(expect.objectContaining({ code: "AMOUNT_INVALID" }));
  });

  it("are written with as many decimals as they need", () => {
    expect([0, 500_000, 12_300, 1, -1_250_000].map(formatDollars)).toEqual([
      "$0.00",
      "$0.50",
      "$0.0123",
      "$0.000001",
      "-$1.25",
    ]);
  });

  it("come back from their text", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (amount) => {
        expect(parseDollars(decimalText(amount))).toBe(amount);
      }),
    );
  });
});

describe("prices", () => {
  it("give amounts without floats in between", () => {
    expect(amountOf(testPrice("0.34"), 3_600)).toBe(340_000);
    expect(amountOf(testPrice("0.34"), 61)).toBe(5_761);
    expect(amountOf(testPrice("0.0952", "GB-month"), 20 * 730 * 3_600)).toBe(1_904_000);
    expect(amountOf(testPrice("0.0000025", "GiB-second"), 1_024_000)).toBe(3);
    expect(() => amountOf(testPrice("1"), 1.5)).toThrow(RangeError);
  });

  it("round up where a limit is kept", () => {
    fc.assert(
      fc.property(fc.nat(10 ** 7), fc.integer({ min: 1, max: 10 ** 9 }), (seconds, pico) => {
        const price = { ...testPrice("1"), picoDollars: pico * 1_000 };
        const difference = amountAtMost(price, seconds) - amountOf(price, seconds);
        expect([0, 1]).toContain(difference);
      }),
    );
  });
});
