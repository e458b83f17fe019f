import type { MicroDollars } from "./amount.ts";
import type { Basis, Line } from "./line.ts";

/**
 * What is kept when a line is booked under a key that is known. Restarts book again what they booked before, clocks
 * step, and answers arrive out of order; none of that may double or drop anything:
 *
 * - a final line is never replaced by one that is not, and never by a second final one: the first was read from the
 *   cloud while it still told its times, the second from what is left an hour later;
 * - a line that still grows never shrinks: a clock that was set back measures less, and that is not true.
 */
export function bookLine(known: Line | undefined, next: Line): Line {
  if (known === undefined) return next;
  if (known.key !== next.key) throw new RangeError(`${known.key} and ${next.key} are two lines.`);
  // A bill may be corrected by a later bill.
  if (next.basis === "billed") return next;
  if (known.isFinal) return known;
  if (next.isFinal) return next;
  return next.quantity > known.quantity ? next : known;
}

export function bookLines(ledger: ReadonlyMap<string, Line>, lines: readonly Line[]): Map<string, Line> {
  const result = new Map(ledger);
  for (const line of lines) result.set(line.key, bookLine(result.get(line.key), line));
  return result;
}

export interface CostSummary {
  readonly byBasis: Readonly<Record<Basis, MicroDollars>>;
  /** Each item once, by the best that is known of it: billed, else metered, else quoted. */
  readonly total: MicroDollars;
  /** Whether nothing in `total` can still grow or be corrected by metering. */
  readonly isFinal: boolean;
}

function isBetter(line: Line, other: Line): boolean {
  const rank = RANK[line.basis] - RANK[other.basis];
  return rank > 0 || (rank === 0 && line.amount > other.amount);
}

const RANK: Readonly<Record<Basis, number>> = { quoted: 0, metered: 1, billed: 2 };

export function summarize(lines: Iterable<Line>): CostSummary {
  const byBasis = { quoted: 0, metered: 0, billed: 0 };
  const best = new Map<string, Line>();
  /** Leases of which something was measured: what was foretold for them no longer counts, item by item or not. */
  const measured = new Set<string>();
  const all = [...lines];
  for (const line of all) {
    byBasis[line.basis] += line.amount;
    if (line.basis !== "quoted") measured.add(line.leaseId);
  }
  for (const line of all) {
    if (line.basis === "quoted" && measured.has(line.leaseId)) continue;
    // By machine: one that was given up for gone and turned up again is in two leases, and was billed once.
    const name = `${line.machineId ?? line.leaseId}/${line.item}`;
    const other = best.get(name);
    if (other === undefined || isBetter(line, other)) best.set(name, line);
  }
  let total = 0;
  let isFinal = true;
  for (const line of best.values()) {
    total += line.amount;
    isFinal &&= line.isFinal;
  }
  return { byBasis, total, isFinal };
}
