import { ReelburstError } from "../support/errors.ts";

/** An integer number of millionths of a US dollar. Sums of them are exact up to nine billion dollars. */
export type MicroDollars = number;

const MICROS_PER_DOLLAR = 1_000_000;

/**
 * A decimal number as an integer of its `decimals`-th place, exactly; further digits are rounded half up. Prices come
 * as text ("0.0000166667"), and going through a float would already be wrong in the last place.
 * @throws {ReelburstError} `AMOUNT_INVALID`.
 */
export function parseDecimal(text: string, decimals: number): bigint {
  const match = /^\s*(-?)(\d{1,15})(?:\.(\d{0,30}))?\s*$/.exec(text);
  if (match === null) {
    throw new ReelburstError("AMOUNT_INVALID", `${JSON.stringify(text)} is no amount of money.`, {
      hint: "Write dollars as a plain decimal number: 1, 0.50, 12.25.",
    });
  }
  const [, sign = "", whole = "0", fraction = ""] = match;
  const digits = fraction.padEnd(decimals + 1, "0");
  const kept = BigInt(whole + digits.slice(0, decimals));
  const value = Number(digits[decimals]) >= 5 ? kept + 1n : kept;
  return sign === "-" ? -value : value;
}

/** @throws {ReelburstError} `AMOUNT_INVALID`. */
export function parseDollars(text: string): MicroDollars {
  return Number(parseDecimal(text, 6));
}

/** For numbers of a production file, where `maxCost: 1.2` has been read as a float already. */
export function fromDollars(dollars: number): MicroDollars {
  if (!Number.isFinite(dollars)) return Number(parseDecimal(String(dollars), 6));
  return Math.round(dollars * MICROS_PER_DOLLAR);
}

/** "$0.0123", with at least two decimals and as many as the amount needs. */
export function formatDollars(amount: MicroDollars): string {
  return `${amount < 0 ? "-" : ""}$${decimalText(Math.abs(amount)).replace(/(\.\d\d\d*?)0+$/, "$1")}`;
}

/** "0.012300": all six decimals, for files that machines read. */
export function decimalText(amount: MicroDollars): string {
  const digits = String(Math.abs(amount)).padStart(7, "0");
  return `${amount < 0 ? "-" : ""}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** numerator / denominator, halves away from zero; both are not negative. */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  return (2n * numerator + denominator) / (2n * denominator);
}

export function divideUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}
