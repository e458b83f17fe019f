/** What happens to rented machines, each as one line for people. Pure. */
import { formatDollars } from "../money/amount.ts";
import type { Price } from "../money/price.ts";
import type { BurstCost, BurstNews } from "./burst.ts";
import type { MachineOffer } from "./fleet.ts";
import type { LeaseStep } from "./lease-manager-options.ts";
import type { Alarm } from "./release.ts";

export interface FleetLine {
  readonly step: string;
  readonly text: string;
  readonly machineId: string | null;
  readonly costMicros: number | null;
}

const line = (step: string, text: string, more: Partial<FleetLine> = {}): FleetLine => ({
  step,
  text,
  machineId: null,
  costMicros: null,
  ...more,
});

export function stepLine({ step, detail, leaseId }: LeaseStep): FleetLine {
  const lease = `lease ${leaseId.slice(0, 8)}`;
  switch (step) {
    case "intended":
      return line(step, `${lease}: written down; ${detail}`);
    case "asked":
      return line(step, `${lease}: asking for ${detail}`);
    case "refused":
      return line(step, `${lease}: refused: ${detail}`);
    case "unknown":
      return line(step, `${lease}: no answer that tells, asking again: ${detail}`);
    case "launched":
      return line(step, `${lease}: ${detail} is launched and starts`, { machineId: detail });
    case "ready":
      return line(step, `${lease}: ${detail} answers and draws`, { machineId: detail });
    case "releasing":
      return line(step, `${lease}: asked to end (${detail})`);
    case "closed":
      return line(step, `${lease}: its end is ${detail}`);
  }
}

export function newsLine(news: BurstNews | { readonly kind: "alarm"; readonly alarm: Alarm }): FleetLine {
  switch (news.kind) {
    case "quoted": {
      const quotes = news.quotes.map(
        ({ machines, seconds, cost }) =>
          `${countOf(machines)} about ${Math.ceil(seconds)} s for ${formatDollars(cost)}`,
      );
      const basis = news.quotes[0]?.basis ?? "nothing to draw";
      return line("quoted", `${offerLine(news.offer)}; quoted, ${basis}: ${quotes.join("; ")}`);
    }
    case "machine-failed":
      return line("machine-failed", `${news.machineId}: ${news.error.message} Its chunk goes to another.`, {
        machineId: news.machineId,
      });
    case "lost":
      return line("lost", `${news.machineId} is lost; its chunks go to others`, {
        machineId: news.machineId,
      });
    case "draining":
      return line(
        "draining",
        `${news.machineId} is let go: ${news.reason === "budget" ? "the cost limit is near" : news.reason}`,
        { machineId: news.machineId },
      );
    case "no-more-launches":
      return line("no-more-launches", `No more machines: ${news.error.message}`);
    case "alarm": {
      const { alarm } = news;
      const lease = `lease ${alarm.lease.id.slice(0, 8)}`;
      return alarm.kind === "release-confirmed"
        ? line("confirmed-late", `${lease}: the cloud has confirmed its end after all`)
        : line(
            "alarm",
            `${lease}: the cloud has NOT confirmed its end since ${new Date(alarm.sinceMs).toISOString()}; it may cost. ${alarm.error?.message ?? ""}`,
          );
    }
  }
}

export function costLine({ total, machines, isFinal }: BurstCost): FleetLine {
  const amount = `${formatDollars(total)} metered, ${countOf(machines)}`;
  const text = isFinal
    ? `final cost ${amount}; every end is confirmed`
    : `cost so far ${amount}; not confirmed`;
  return line("cost", text, { costMicros: total });
}

function countOf(machines: number): string {
  return `${machines} ${machines === 1 ? "machine" : "machines"}`;
}

/** "c5.2xlarge on-demand in eu-central-1a, 8 vCPU, $0.388/h (price list of 2026-11-01)" */
export function offerLine({ type, market, zone, region, vcpus, prices }: MachineOffer): string {
  return `${type} ${market} in ${zone ?? region}, ${vcpus} vCPU, ${priceText(prices.compute)}`;
}

function priceText(price: Price): string {
  const sources = {
    "price-list": "price list",
    "spot-history": "spot history",
    snapshot: "snapshot, may be out of date,",
    configured: "configured",
  } as const;
  const dollars = formatDollars(Math.round(price.picoDollars / 1e6));
  return `${dollars}/${price.unit === "hour" ? "h" : price.unit} (${sources[price.source]} of ${price.asOf.slice(0, 10)})`;
}
