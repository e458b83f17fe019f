import type { MicroDollars } from "../../money/amount.ts";
import { costAfter } from "../../money/budget.ts";
import type { MachinePrices } from "../../money/meter.ts";
import type { PoolOffer } from "../fleet.ts";
import { type PoolSpeed, predictSeconds, type Work } from "./predict.ts";

/** One pool as the planner knows it. */
export interface PoolFacts {
  readonly name: string;
  readonly speed: PoolSpeed;
  /** Null: costs nothing, it is ours. */
  readonly prices: MachinePrices | null;
  readonly maxMachines: number;
  /** Bytes of all results together, for egress. */
  readonly resultBytes: number;
  readonly releaseSeconds: number;
  readonly basis: string;
}

/**
 * The offers of one pool: for 1, 2, 3, 5, 8, ... machines up to its limit, never more than there are chunks. More steps
 * would only make a longer table: neighbours differ by little.
 */
export function offersOf(pool: PoolFacts, work: Work): readonly PoolOffer[] {
  if (work.chunks === 0) return [];
  const most = Math.min(pool.maxMachines, Math.ceil(work.chunks / pool.speed.slotsPerMachine));
  return machineCounts(pool.prices === null ? Math.min(1, most) : most).map((machines) => {
    const seconds = predictSeconds(work, pool.speed, machines);
    return { where: pool.name, machines, seconds, cost: costOf(pool, machines, seconds), basis: pool.basis };
  });
}

function costOf(pool: PoolFacts, machines: number, seconds: number): MicroDollars {
  if (pool.prices === null) return 0;
  const bytesEach = Math.ceil(pool.resultBytes / machines);
  return machines * costAfter(pool.prices, seconds + pool.releaseSeconds, bytesEach);
}

function machineCounts(most: number): readonly number[] {
  const counts: number[] = [];
  for (let [count, next] = [1, 2]; count < most; [count, next] = [next, count + next]) counts.push(count);
  if (most >= 1) counts.push(most);
  return counts;
}

export interface Wishes {
  /** Never above; null: no limit. */
  readonly maxCost: MicroDollars | null;
  readonly maxSeconds: number | null;
}

export type Choice =
  | { readonly kind: "chosen"; readonly offer: PoolOffer; readonly reason: ChoiceReason }
  /** None keeps both wishes; `nearest` is the fastest that keeps the cost. */
  | { readonly kind: "none"; readonly nearest: PoolOffer | null };

export type ChoiceReason =
  /** The cheapest that is quick enough. */
  | "cheapest-in-time"
  /** Nothing rented would be done sooner than what costs nothing. */
  | "free-is-fastest"
  /** No time was asked for: the cheapest. */
  | "cheapest";

/**
 * `run.where: auto`. First what keeps `maxCost`, then what keeps `maxDuration`, then the cheapest, then the fastest of
 * those: time is bought only when it was asked for.
 */
export function chooseOffer(offers: readonly PoolOffer[], wishes: Wishes): Choice {
  const { maxCost, maxSeconds } = wishes;
  const affordable = offers.filter(({ cost }) => maxCost === null || cost <= maxCost);
  const inTime = affordable.filter(({ seconds }) => maxSeconds === null || seconds <= maxSeconds);
  const [offer] = inTime.toSorted(
    (a, b) => a.cost - b.cost || a.seconds - b.seconds || a.machines - b.machines,
  );
  if (offer === undefined) {
    const [nearest = null] = affordable.toSorted((a, b) => a.seconds - b.seconds || a.cost - b.cost);
    return { kind: "none", nearest };
  }
  const isFastest = offers.every(({ seconds }) => offer.seconds <= seconds);
  if (offer.cost === 0 && isFastest) return { kind: "chosen", offer, reason: "free-is-fastest" };
  return { kind: "chosen", offer, reason: maxSeconds === null ? "cheapest" : "cheapest-in-time" };
}
