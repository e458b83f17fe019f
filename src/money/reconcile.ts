import type { MicroDollars } from "./amount.ts";
import type { BilledRow } from "./billed-file.ts";
import type { Doubt, Item, Line } from "./line.ts";

/** Why a metered amount and the bill's differ. */
export type DifferenceCause =
  | "same"
  /** The bill has nothing of it (yet): bills come hours to a day late, or it was never charged. */
  | "not-billed"
  /** It bears one of our leases and the ledger knows no such item. */
  | "not-booked"
  /** Less is billed, for a reason that the line itself names. */
  | Doubt
  /** Nothing known explains it. */
  | "unexplained";

export interface Difference {
  readonly leaseId: string;
  readonly item: Item;
  readonly metered: MicroDollars;
  readonly billed: MicroDollars;
  /** billed - metered. */
  readonly difference: MicroDollars;
  readonly cause: DifferenceCause;
}

export interface Reconciliation {
  readonly differences: readonly Difference[];
  /** Billed lines that are none of ours, which is most of an account's bill. */
  readonly foreign: number;
  readonly meteredMicros: MicroDollars;
  readonly billedMicros: MicroDollars;
}

/**
 * Holds the ledger's metered lines against a bill, item by item of each lease. A bill cuts one machine's time into
 * hours, so its lines are added up first. Rounding of those parts may differ by one millionth each.
 */
export function reconcile(lines: Iterable<Line>, bill: readonly BilledRow[]): Reconciliation {
  const groups = new Map<string, Group>();
  const leaseOf = new Map<string, string>();
  const group = (leaseId: string, item: Item): Group => {
    const name = `${leaseId}/${item}`;
    const found = groups.get(name) ?? {
      leaseId,
      item,
      metered: 0,
      billed: 0,
      parts: 0,
      lines: 0,
      doubts: [],
    };
    groups.set(name, found);
    return found;
  };
  const leases = new Set<string>();
  for (const line of lines) {
    leases.add(line.leaseId);
    if (line.machineId !== null) leaseOf.set(line.machineId, line.leaseId);
    if (line.basis !== "metered") continue;
    const sum = group(line.leaseId, line.item);
    sum.metered += line.amount;
    sum.lines++;
    sum.doubts.push(...line.doubts);
  }
  let foreign = 0;
  for (const row of bill) {
    const leaseId =
      row.leaseId !== null && leases.has(row.leaseId) ? row.leaseId : leaseOf.get(row.resourceId);
    if (leaseId === undefined) {
      foreign++;
      continue;
    }
    const sum = group(leaseId, row.item);
    sum.billed += row.amount;
    sum.parts++;
  }
  const differences = [...groups.values()].map(compare);
  return {
    differences,
    foreign,
    meteredMicros: differences.reduce((sum, { metered }) => sum + metered, 0),
    billedMicros: differences.reduce((sum, { billed }) => sum + billed, 0),
  };
}

interface Group {
  readonly leaseId: string;
  readonly item: Item;
  metered: MicroDollars;
  billed: MicroDollars;
  parts: number;
  lines: number;
  readonly doubts: Doubt[];
}

function compare({ leaseId, item, metered, billed, parts, lines, doubts }: Group): Difference {
  const difference = billed - metered;
  return { leaseId, item, metered, billed, difference, cause: cause() };

  function cause(): DifferenceCause {
    if (Math.abs(difference) <= Math.max(0, parts - 1)) return "same";
    if (lines === 0) return "not-booked";
    if (parts === 0) return "not-billed";
    // A doubt explains why less is billed. More is never expected, but for a price that moved.
    const [doubt] = difference < 0 ? doubts : doubts.filter((reason) => reason === "price-at-launch");
    return doubt ?? "unexplained";
  }
}
