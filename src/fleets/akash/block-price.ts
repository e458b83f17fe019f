import { parseDecimal } from "../../money/amount.ts";
import type { MachinePrices } from "../../money/meter.ts";
import type { Price, PriceSource } from "../../money/price.ts";

/**
 * The chain bills by block, we by time. Seconds of a block, as the Console itself reckons them (`averageBlockTime`);
 * real blocks take a little longer, so that a cost by time is a percent or two above what is paid, never below.
 */
export const BLOCK_SECONDS = 6;

/** @param maxHourly dollars an hour. @returns millionths of a dollar for a block, as decimal text. */
export function microsForBlock(maxHourly: string): string {
  return String(Number((Number(parseDecimal(maxHourly, 6)) * BLOCK_SECONDS) / 3_600).toFixed(6));
}

export function hourlyPrices(maxHourly: string, nowMs: number): MachinePrices {
  return pricesOf(Number(parseDecimal(maxHourly, 12)), "configured", nowMs);
}

/** What a bid comes to. @param amount millionths of a dollar for a block, as the chain writes them. */
export function bidPrices(amount: string, nowMs: number): MachinePrices {
  const picoForBlock = Number(parseDecimal(amount, 6));
  return pricesOf(Math.ceil((picoForBlock * 3_600) / BLOCK_SECONDS), "price-list", nowMs);
}

/** Disk, address and traffic are in it. */
function pricesOf(picoDollars: number, source: PriceSource, nowMs: number): MachinePrices {
  const asOf = new Date(nowMs).toISOString();
  const compute: Price = { picoDollars, unit: "hour", source, asOf, region: null };
  return { compute, disk: null, diskGb: 0, address: null, egress: null };
}
