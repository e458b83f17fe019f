import { divideHalfUp, divideUp, type MicroDollars, parseDecimal } from "./amount.ts";

/** What one price is for. A quantity is always an integer of the smallest part of its unit, given below. */
export type PriceUnit =
  /** Quantities in seconds. */
  | "hour"
  /** Quantities in milliseconds: vCPU-seconds of Cloud Run come in tenths of a second. */
  | "vCPU-second"
  /** Quantities in MiB-milliseconds. */
  | "GiB-second"
  /** Quantities in GiB-seconds, in a month of 730 hours. */
  | "GB-month"
  /** Quantities in bytes; the clouds' GB is 2^30. */
  | "GB"
  | "request";

/** How many of the quantity make one of what the price is for. */
const PARTS: Readonly<Record<PriceUnit, bigint>> = {
  hour: 3_600n,
  "vCPU-second": 1_000n,
  "GiB-second": 1_024_000n,
  "GB-month": 730n * 3_600n,
  GB: 2n ** 30n,
  request: 1n,
};

/** A price with where it is from: nobody can check a number without that. */
export interface Price {
  /** Millionths of a millionth of a dollar: price lists have up to ten decimals. */
  readonly picoDollars: number;
  readonly unit: PriceUnit;
  readonly source: PriceSource;
  /** Day or moment it was true at, ISO 8601. */
  readonly asOf: string;
  /** Of the cloud; null where one price holds everywhere. */
  readonly region: string | null;
}

export type PriceSource =
  /** Asked for in this run. */
  | "price-list"
  | "spot-history"
  /** Shipped with the program; may be out of date and is shown as such. */
  | "snapshot"
  /** From the user's configuration. */
  | "configured";

/** @param dollars decimal text. @throws {ReelburstError} `AMOUNT_INVALID`. */
export function makePrice(dollars: string, facts: Omit<Price, "picoDollars">): Price {
  const picoDollars = Number(parseDecimal(dollars, 12));
  return { picoDollars, ...facts };
}

/** What `quantity` (an integer, see `PriceUnit`) costs, to the nearest millionth. */
export function amountOf(price: Price, quantity: number): MicroDollars {
  return Number(divideHalfUp(...fraction(price, quantity)));
}

/** The same rounded up: what a promise never to pass a limit must reckon with. */
export function amountAtMost(price: Price, quantity: number): MicroDollars {
  return Number(divideUp(...fraction(price, quantity)));
}

function fraction(price: Price, quantity: number): [bigint, bigint] {
  if (!Number.isSafeInteger(quantity) || quantity < 0) {
    throw new RangeError(`A quantity of ${quantity} ${price.unit} is no count.`);
  }
  return [BigInt(price.picoDollars) * BigInt(quantity), PARTS[price.unit] * 1_000_000n];
}
