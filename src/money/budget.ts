import type { MicroDollars } from "./amount.ts";
import { type MachinePrices, MINIMUM_SECONDS } from "./meter.ts";
import { amountAtMost } from "./price.ts";

/** A machine that costs, or may cost: also one whose launch was asked for and not answered yet. */
export interface OpenMachine {
  readonly prices: MachinePrices;
  /** Since the launch was asked for, or since the cloud's start of billing where that is known. */
  readonly elapsedSeconds: number;
  readonly sentBytes: number;
}

export interface Budget {
  /** Never to be passed; null: no limit. */
  readonly capMicros: MicroDollars | null;
  /** Of machines that are confirmed gone. */
  readonly spentMicros: MicroDollars;
  readonly open: readonly OpenMachine[];
  /** From the decision to let a machine go to the end of its billing, at worst. */
  readonly releaseSeconds: number;
}

/** What a machine will have cost when it is let go after `seconds` of life, minimums included, rounded up. */
export function costAfter(prices: MachinePrices, seconds: number, sentBytes = 0): MicroDollars {
  const billed = Math.max(MINIMUM_SECONDS, Math.ceil(seconds));
  return (
    amountAtMost(prices.compute, billed) +
    (prices.disk === null ? 0 : amountAtMost(prices.disk, billed * prices.diskGb)) +
    (prices.address === null ? 0 : amountAtMost(prices.address, billed)) +
    (prices.egress === null ? 0 : amountAtMost(prices.egress, sentBytes))
  );
}

/** The whole cost when everything is let go in `seconds` from now. */
export function costWhenReleasedIn(budget: Budget, seconds: number): MicroDollars {
  let sum = budget.spentMicros;
  for (const { prices, elapsedSeconds, sentBytes } of budget.open) {
    sum += costAfter(prices, elapsedSeconds + seconds + budget.releaseSeconds, sentBytes);
  }
  return sum;
}

const LONGEST_SECONDS = 365 * 24 * 3_600;

/**
 * How many more whole seconds everything may run before it must be let go. 0: now (or the cap is passed already, if
 * something outside went wrong); Infinity: no cap, or nothing that costs.
 */
export function secondsUntilDrain(budget: Budget): number {
  const { capMicros } = budget;
  if (capMicros === null || budget.open.length === 0) return Number.POSITIVE_INFINITY;
  if (costWhenReleasedIn(budget, 0) > capMicros) return 0;
  let [fits, tooLong] = [0, LONGEST_SECONDS];
  if (costWhenReleasedIn(budget, tooLong) <= capMicros) return Number.POSITIVE_INFINITY;
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (costWhenReleasedIn(budget, middle) <= capMicros) fits = middle;
    else tooLong = middle;
  }
  return fits;
}

export interface LaunchWish {
  readonly prices: MachinePrices;
  readonly bootSeconds: number;
  /** Work that a machine must be able to do after its boot to be worth it; the others run as long too. */
  readonly usefulSeconds: number;
  /** Bytes one machine sends back at most. */
  readonly sentBytes: number;
  readonly atMost: number;
}

/** How many machines may be launched now so that all of them, old and new, can work that long below the cap. */
export function launchesAllowed(budget: Budget, wish: LaunchWish): number {
  if (budget.capMicros === null) return wish.atMost;
  const seconds = wish.bootSeconds + wish.usefulSeconds;
  const room = budget.capMicros - costWhenReleasedIn(budget, seconds);
  const each = costAfter(wish.prices, seconds + budget.releaseSeconds, wish.sentBytes);
  if (room < each) return 0;
  return each === 0 ? wish.atMost : Math.min(wish.atMost, Math.floor(room / each));
}
