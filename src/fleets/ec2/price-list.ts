import type { Filter } from "@aws-sdk/client-pricing";
import { makePrice, type Price } from "../../money/price.ts";
import { ReelburstError } from "../../support/errors.ts";

/** Everything that makes one price of many: without `preInstalledSw` a c5.4xlarge with SQL Server is found at $6.68. */
export function computeFilters(region: string, type: string): Filter[] {
  return [
    ["instanceType", type],
    ["regionCode", region],
    ["operatingSystem", "Linux"],
    ["tenancy", "Shared"],
    ["preInstalledSw", "NA"],
    ["capacitystatus", "Used"],
  ].map(([Field, Value]) => ({ Type: "TERM_MATCH" as const, Field, Value }));
}

export function diskFilters(region: string): Filter[] {
  return [
    ["productFamily", "Storage"],
    ["volumeApiName", "gp3"],
    ["regionCode", region],
  ].map(([Field, Value]) => ({ Type: "TERM_MATCH" as const, Field, Value }));
}

interface Product {
  readonly product?: { readonly attributes?: Readonly<Record<string, string>> };
  readonly publicationDate?: string;
  readonly terms?: {
    readonly OnDemand?: Readonly<
      Record<string, { readonly priceDimensions?: Readonly<Record<string, Dimension>> }>
    >;
  };
}

interface Dimension {
  readonly unit?: string;
  readonly pricePerUnit?: Readonly<Record<string, string>>;
}

/**
 * The one price that a price list's answer holds. Nothing, or two prices that differ, is no answer: to pick one would be
 * to guess. What was asked for is checked again in what came: a filter that is ignored must not set our prices.
 * @returns null when the list has none.
 * @throws {ReelburstError} `PRICE_AMBIGUOUS`.
 */
export function readPriceList(
  products: readonly string[],
  filters: readonly Filter[],
  facts: { readonly unit: "hour" | "GB-month"; readonly region: string; readonly asOf: string },
): Price | null {
  const found = new Map<string, Price>();
  for (const text of products) {
    const product = parse(text);
    const attributes = product.product?.attributes ?? {};
    const isAsked = filters.every(
      ({ Field, Value }) => Field === "productFamily" || attributes[Field ?? ""] === Value,
    );
    if (!isAsked) continue;
    for (const term of Object.values(product.terms?.OnDemand ?? {})) {
      for (const { unit, pricePerUnit } of Object.values(term.priceDimensions ?? {})) {
        const dollars = pricePerUnit?.["USD"];
        if (dollars === undefined || !/^(?:Hrs|GB-Mo)$/.test(unit ?? "")) continue;
        const price = makePrice(dollars, {
          unit: facts.unit,
          source: "price-list",
          asOf: product.publicationDate ?? facts.asOf,
          region: facts.region,
        });
        // Reserved capacity that is used is listed at 0.
        if (price.picoDollars > 0) found.set(String(price.picoDollars), price);
      }
    }
  }
  if (found.size > 1) {
    const prices = [...found.keys()].map((pico) => `$${Number(pico) / 1e12}`).join(", ");
    throw new ReelburstError(
      "PRICE_AMBIGUOUS",
      `The price list has several prices where one was asked for: ${prices}.`,
    );
  }
  return found.values().next().value ?? null;
}

function parse(text: string): Product {
  try {
    return JSON.parse(text) as Product;
  } catch {
    return {};
  }
}
