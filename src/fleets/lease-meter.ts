import type { MicroDollars } from "../money/amount.ts";
import type { Budget, OpenMachine } from "../money/budget.ts";
import { summarize } from "../money/ledger.ts";
import { type Doubt, type Line, makeLine } from "../money/line.ts";
import { type MachinePrices, meterMachine, type Span } from "../money/meter.ts";
import type { Machine, MachineOffer } from "./fleet.ts";
import { isOpen, isSettled, type LaunchAttempt, type Lease } from "./lease.ts";

/** What a machine that the cloud says has ended did cost, by the cloud's own times. */
export function finalLines(
  lease: Lease,
  attempt: LaunchAttempt,
  machine: Machine,
  nowMs: number,
): readonly Line[] {
  const fromMs = machine.launchedAtMs ?? launchedAtMs(attempt);
  const seenMs = fromMs + Math.max(0, nowMs - attempt.sentMs);
  const span = { fromMs, toMs: machine.endedAtMs ?? seenMs };
  const doubts = machine.endedAtMs === null ? ["end-not-stated" as const] : [];
  const use = {
    ran: machine.neverRan ? null : span,
    existed: span,
    takenBack: machine.takenBack && attempt.offer.market === "spot",
    sentBytes: 0,
  };
  const metered = lines(lease, attempt, machine.id, use, { span, isFinal: true, doubts });
  return machine.paid === undefined
    ? metered
    : [...metered, paidLine(lease, attempt, machine, machine.paid, span)];
}

/** What the cloud says it has charged, as a line of its bill. */
function paidLine(
  lease: Lease,
  { offer }: LaunchAttempt,
  machine: Machine,
  paid: MicroDollars,
  span: Span,
): Line {
  const quantity = machine.neverRan ? 0 : Math.max(0, Math.round((span.toMs - span.fromMs) / 1_000));
  const line = makeLine(
    "billed",
    { item: "compute", price: offer.prices.compute, quantity },
    {
      leaseId: lease.id,
      pool: lease.pool,
      machineId: machine.id,
      fromMs: span.fromMs,
      toMs: span.toMs,
      isFinal: true,
      doubts: [],
    },
  );
  return { ...line, amount: paid };
}

/** Of a machine that has not been shown for so long that it is gone: counted until it was first missed. */
export function vanishedLines(
  lease: Lease,
  attempt: LaunchAttempt,
  machineId: string,
  unseenSinceMs: number,
): readonly Line[] {
  const fromMs = launchedAtMs(attempt);
  const span = { fromMs, toMs: fromMs + Math.max(0, unseenSinceMs - attempt.sentMs) };
  const use = { ran: span, existed: span, takenBack: false, sentBytes: 0 };
  return lines(lease, attempt, machineId, use, { span, isFinal: true, doubts: ["end-not-stated"] });
}

/** What a machine that lives has cost so far. It grows, and the final lines take its place. */
export function runningLines(lease: Lease, nowMs: number): readonly Line[] {
  return lease.attempts.flatMap((attempt) => {
    if (attempt.outcome.kind !== "launched") return [];
    const fromMs = launchedAtMs(attempt);
    const span = { fromMs, toMs: fromMs + Math.max(0, nowMs - attempt.sentMs) };
    const use = { ran: span, existed: span, takenBack: false, sentBytes: 0 };
    return lines(lease, attempt, attempt.outcome.machine.id, use, { span, isFinal: false, doubts: [] });
  });
}

/** What was foretold for a lease of so many seconds. */
export function quotedLines(lease: Lease, offer: MachineOffer, seconds: number): readonly Line[] {
  const span = { fromMs: 0, toMs: Math.ceil(seconds) * 1_000 };
  const usages = meterMachine(offer.prices, { ran: span, existed: span, takenBack: false, sentBytes: 0 });
  const facts = { machineId: null, fromMs: null, toMs: null, isFinal: true, doubts: [] };
  return usages.map((usage) => makeLine("quoted", usage, { leaseId: lease.id, pool: lease.pool, ...facts }));
}

/** Bytes that a machine has sent to the internet so far, as counted by who received them. */
export function egressLines(
  lease: Lease,
  machineId: string,
  prices: MachinePrices,
  bytes: number,
): readonly Line[] {
  const usages = meterMachine(prices, { ran: null, existed: null, takenBack: false, sentBytes: bytes });
  const facts = { machineId, fromMs: null, toMs: null, isFinal: false, doubts: [] };
  return usages.map((usage) => makeLine("metered", usage, { leaseId: lease.id, pool: lease.pool, ...facts }));
}

/** What may still be spent by leases that share a cap. `nowMs` by the store's clock. */
export function budgetOf(
  leases: readonly Lease[],
  booked: readonly Line[],
  nowMs: number,
  rules: { readonly capMicros: MicroDollars | null; readonly releaseSeconds: number },
): Budget {
  const open: OpenMachine[] = [];
  /** Machines counted by their elapsed time: their lines so far must not count twice. */
  const counted = new Set<string>();
  for (const lease of leases) {
    if (!isOpen(lease)) continue;
    const unsettled = lease.attempts.filter((attempt) => !isSettled(attempt));
    for (const { offer, sentMs, outcome } of unsettled) {
      open.push({
        prices: offer.prices,
        elapsedSeconds: Math.max(0, (nowMs - sentMs) / 1_000),
        sentBytes: 0,
      });
      if (outcome.kind === "launched") counted.add(outcome.machine.id);
    }
  }
  const spent = booked.filter(
    ({ basis, machineId, item }) =>
      basis !== "quoted" && (item === "egress" || machineId === null || !counted.has(machineId)),
  );
  return { ...rules, spentMicros: summarize(spent).total, open };
}

/** The cloud's time of launch, or ours when it has not said. */
function launchedAtMs({ outcome, sentMs }: LaunchAttempt): number {
  return (outcome.kind === "launched" ? outcome.launchedAtMs : null) ?? sentMs;
}

function lines(
  lease: Lease,
  { offer }: LaunchAttempt,
  machineId: string,
  use: Parameters<typeof meterMachine>[1],
  facts: { readonly span: Span; readonly isFinal: boolean; readonly doubts: readonly Doubt[] },
): readonly Line[] {
  const doubts: Doubt[] = ["start-is-launch", ...facts.doubts];
  if (offer.market === "spot") doubts.push("price-at-launch");
  return meterMachine(offer.prices, use).map((usage) =>
    makeLine("metered", usage, {
      leaseId: lease.id,
      pool: lease.pool,
      machineId,
      fromMs: facts.span.fromMs,
      toMs: facts.isFinal ? facts.span.toMs : null,
      isFinal: facts.isFinal,
      doubts,
    }),
  );
}
