import type { MachinePrices } from "../meter.ts";
import { makePrice, type Price, type PriceUnit } from "../price.ts";

export function testPrice(dollars: string, unit: PriceUnit = "hour"): Price {
  return makePrice(dollars, { unit, source: "configured", asOf: "2026-01-01", region: "eu-central-1" });
}

/** A c5.2xlarge in Frankfurt with 20 GB of gp3. */
export const TEST_PRICES: MachinePrices = {
  compute: testPrice("0.388"),
  disk: testPrice("0.0952", "GB-month"),
  diskGb: 20,
  address: testPrice("0.005"),
  egress: testPrice("0.09", "GB"),
};
