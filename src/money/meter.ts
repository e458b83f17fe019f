import type { Item } from "./line.ts";
import type { Price } from "./price.ts";

/** When something was in use by the clock of whoever bills it. Milliseconds since the epoch. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What is billed, before it is multiplied. */
export interface Usage {
  readonly item: Item;
  readonly price: Price;
  /** Integer, in the parts of the price's unit. */
  readonly quantity: number;
}

/** EC2, EBS and public addresses: by the second, at least a minute each time something was started. */
export const MINIMUM_SECONDS = 60;

/**
 * Whole seconds that are billed for a span; 0 for one that never began. EC2 says times in whole seconds, so what is
 * rounded here is only what comes from elsewhere. A span that ends before it began (clocks) counts as the minimum.
 */
export function billedSeconds({ fromMs, toMs }: Span, minimumSeconds = MINIMUM_SECONDS): number {
  return Math.max(minimumSeconds, Math.ceil((toMs - fromMs) / 1_000));
}

/** The prices of one rented machine. Null: that part costs nothing here. */
export interface MachinePrices {
  readonly compute: Price;
  /** For a GB-month. */
  readonly disk: Price | null;
  readonly diskGb: number;
  /** A public IPv4 address, for an hour. */
  readonly address: Price | null;
  /** For a GB sent to the internet. */
  readonly egress: Price | null;
}

export interface MachineUse {
  /** From the start of billing to its end, as the cloud states them; null: it never ran. */
  readonly ran: Span | null;
  /** From the creation of the disk to its end. */
  readonly existed: Span | null;
  readonly sentBytes: number;
  /** EC2 takes a spot machine back within its first hour: its compute is free, disk and address are not. */
  readonly takenBack: boolean;
}

const FREE_WHEN_TAKEN_BACK_MS = 3_600_000;

/** Everything a machine's use is billed for. Items that cost nothing are left out, those with an amount of 0 are not. */
export function meterMachine(prices: MachinePrices, use: MachineUse): readonly Usage[] {
  const usages: Usage[] = [];
  const add = (item: Item, price: Price | null, quantity: number): void => {
    if (price !== null) usages.push({ item, price, quantity });
  };
  if (use.ran !== null) {
    const isFree = use.takenBack && use.ran.toMs - use.ran.fromMs < FREE_WHEN_TAKEN_BACK_MS;
    add("compute", prices.compute, isFree ? 0 : billedSeconds(use.ran));
    add("address", prices.address, billedSeconds(use.ran));
  }
  if (use.existed !== null && prices.diskGb > 0) {
    add("disk", prices.disk, prices.diskGb * billedSeconds(use.existed));
  }
  if (use.sentBytes > 0) add("egress", prices.egress, use.sentBytes);
  return usages;
}

export interface CloudRunUse {
  /** How long the instance was allocated, start-up included. */
  readonly allocatedMs: number;
  readonly vcpus: number;
  readonly memoryMib: number;
  readonly requests: number;
}

export interface CloudRunPrices {
  readonly vcpuSecond: Price;
  readonly gibSecond: Price;
  readonly request: Price;
}

/** Cloud Run rounds the allocated time up to the next 100 ms. */
export function meterCloudRun(prices: CloudRunPrices, use: CloudRunUse): readonly Usage[] {
  const billedMs = Math.ceil(use.allocatedMs / 100) * 100;
  return [
    { item: "compute", price: prices.vcpuSecond, quantity: Math.ceil(billedMs * use.vcpus) },
    { item: "memory", price: prices.gibSecond, quantity: billedMs * use.memoryMib },
    { item: "request", price: prices.request, quantity: use.requests },
  ];
}

/** RunPod bills a worker from its start (the image is loaded, nothing runs yet) to its stop, idle time included. */
export function meterRunPod(price: Price, worker: Span): readonly Usage[] {
  return [{ item: "compute", price, quantity: billedSeconds(worker, 0) }];
}
