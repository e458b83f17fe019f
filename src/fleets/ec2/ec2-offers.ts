import { makePrice, type Price } from "../../money/price.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { MachineOffer, Market } from "../fleet.ts";
import { callAgain } from "./ec2-call.ts";
import type { NetworkContext } from "./ec2-network.ts";
import { computeFilters, diskFilters, readPriceList } from "./price-list.ts";
import { snapshotAddress, snapshotCompute, snapshotDisk, snapshotEgress } from "./price-snapshot.ts";

/**
 * Types in the user's order, each in every zone that has it; spot with its cheapest zone first. A type without a price
 * is not offered: what can't be counted is not rented.
 * @throws {ReelburstError} `NO_MACHINE_OFFERED`.
 */
export async function findOffers(
  context: NetworkContext,
  signal?: AbortSignal,
): Promise<readonly MachineOffer[]> {
  const { options } = context;
  const [zones, vcpus, disk] = await Promise.all([
    zonesByType(context, signal),
    vcpusByType(context, signal),
    diskPrice(context, signal),
  ]);
  const offers: MachineOffer[] = [];
  for (const type of options.types) {
    for (const market of options.markets) {
      const prices = await computePrices(context, type, market, zones.get(type) ?? [], signal);
      for (const { zone, price } of prices) {
        offers.push({
          type,
          region: options.region,
          zone,
          market,
          vcpus: vcpus.get(type) ?? 1,
          prices: {
            compute: price,
            disk,
            diskGb: options.diskGb,
            address: snapshotAddress(),
            egress: snapshotEgress(options.region),
          },
        });
      }
    }
  }
  if (offers.length > 0) return offers;
  throw new ReelburstError(
    "NO_MACHINE_OFFERED",
    `None of ${options.types.join(", ")} is offered in ${options.region} at a price that is known.`,
    { hint: "Name other types or another region in the pool's settings." },
  );
}

async function computePrices(
  context: NetworkContext,
  type: string,
  market: Market,
  zones: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly { readonly zone: string; readonly price: Price }[]> {
  if (zones.length === 0) return [];
  if (market === "on-demand") {
    const price = await onDemandPrice(context, type, signal);
    return price === null ? [] : zones.map((zone) => ({ zone, price }));
  }
  const spot = await spotPrices(context, type, signal);
  return zones
    .flatMap((zone) => {
      const price = spot.get(zone);
      return price === undefined ? [] : [{ zone, price }];
    })
    .toSorted((a, b) => a.price.picoDollars - b.price.picoDollars);
}

async function onDemandPrice(
  context: NetworkContext,
  type: string,
  signal?: AbortSignal,
): Promise<Price | null> {
  const { region } = context.options;
  const filters = computeFilters(region, type);
  const listed = await priceOf(context, filters, { unit: "hour", region }, signal);
  return listed ?? snapshotCompute(region, type);
}

async function diskPrice(context: NetworkContext, signal?: AbortSignal): Promise<Price | null> {
  const { region } = context.options;
  return (
    (await priceOf(context, diskFilters(region), { unit: "GB-month", region }, signal)) ??
    snapshotDisk(region)
  );
}

/** Null when the price list can't be asked: the snapshot says that it is one. */
async function priceOf(
  context: NetworkContext,
  filters: ReturnType<typeof computeFilters>,
  facts: { readonly unit: "hour" | "GB-month"; readonly region: string },
  signal: AbortSignal | undefined,
): Promise<Price | null> {
  const { sdk, clients, clock } = context;
  const products: string[] = [];
  try {
    let token: string | undefined;
    do {
      const command = new sdk.pricing.GetProductsCommand({
        ServiceCode: "AmazonEC2",
        Filters: filters,
        ...(token !== undefined && { NextToken: token }),
      });
      const page = await callAgain(context, () => clients.pricing.send(command), { signal });
      for (const product of page.PriceList ?? []) products.push(String(product));
      token = page.NextToken;
    } while (token !== undefined && token !== "");
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    return null;
  }
  return readPriceList(products, filters, { ...facts, asOf: new Date(clock.now()).toISOString() });
}

/** The newest spot price of each zone. The history is in no promised order. */
async function spotPrices(
  { sdk, clients, options, clock, random }: NetworkContext,
  type: string,
  signal?: AbortSignal,
): Promise<Map<string, Price>> {
  const newest = new Map<string, { atMs: number; price: Price }>();
  let token: string | undefined;
  do {
    const command = new sdk.ec2.DescribeSpotPriceHistoryCommand({
      InstanceTypes: [type as never],
      ProductDescriptions: ["Linux/UNIX"],
      StartTime: new Date(clock.now()),
      ...(token !== undefined && { NextToken: token }),
    });
    const page = await callAgain({ clock, random }, () => clients.ec2(options.region).send(command), {
      signal,
    });
    for (const { AvailabilityZone: zone, SpotPrice: dollars, Timestamp: at } of page.SpotPriceHistory ?? []) {
      if (zone === undefined || dollars === undefined || at === undefined) continue;
      const atMs = at.getTime();
      if ((newest.get(zone)?.atMs ?? Number.NEGATIVE_INFINITY) >= atMs) continue;
      const facts = {
        unit: "hour",
        source: "spot-history",
        asOf: at.toISOString(),
        region: options.region,
      } as const;
      newest.set(zone, { atMs, price: makePrice(dollars, facts) });
    }
    token = page.NextToken;
  } while (token !== undefined && token !== "");
  return new Map([...newest].map(([zone, { price }]) => [zone, price]));
}

/** Which of our types each zone has at all. */
async function zonesByType(context: NetworkContext, signal?: AbortSignal): Promise<Map<string, string[]>> {
  const { sdk, clients, options } = context;
  const zones = new Map<string, string[]>();
  let token: string | undefined;
  do {
    const command = new sdk.ec2.DescribeInstanceTypeOfferingsCommand({
      LocationType: "availability-zone",
      Filters: [{ Name: "instance-type", Values: [...options.types] }],
      ...(token !== undefined && { NextToken: token }),
    });
    const page = await callAgain(context, () => clients.ec2(options.region).send(command), { signal });
    for (const { InstanceType: type, Location: zone } of page.InstanceTypeOfferings ?? []) {
      if (type === undefined || zone === undefined) continue;
      if (options.subnets !== null && options.subnets[zone] === undefined) continue;
      zones.set(type, [...(zones.get(type) ?? []), zone].toSorted());
    }
    token = page.NextToken;
  } while (token !== undefined && token !== "");
  return zones;
}

async function vcpusByType(context: NetworkContext, signal?: AbortSignal): Promise<Map<string, number>> {
  const { sdk, clients, options } = context;
  const command = new sdk.ec2.DescribeInstanceTypesCommand({
    Filters: [{ Name: "instance-type", Values: [...options.types] }],
  });
  const answer = await callAgain(context, () => clients.ec2(options.region).send(command), { signal });
  return new Map(
    (answer.InstanceTypes ?? []).map(({ InstanceType, VCpuInfo }) => [
      InstanceType ?? "",
      VCpuInfo?.DefaultVCpus ?? 1,
    ]),
  );
}
