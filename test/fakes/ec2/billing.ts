import type { FakeInstance } from "./world.ts";

/** Dollars an hour, and for a GB-month. The fake's own list, which product code never sees but through the wire. */
export interface Tariff {
  readonly onDemand: Readonly<Record<string, number>>;
  readonly spot: Readonly<Record<string, number>>;
  readonly gp3: number;
  readonly address: number;
}

export interface BillLine {
  readonly resourceId: string;
  readonly leaseId: string | null;
  readonly usageType: string;
  readonly seconds: number;
  readonly micros: number;
}

/**
 * The fake's own bill: whole seconds, a minimum of 60, compute and address from running (or from the launch, for the
 * accounts that we compare to the last unit), disk from the launch. In floats, and in nothing of the product's.
 */
export function billOf(
  instances: Iterable<FakeInstance>,
  tariff: Tariff,
  rules: { readonly from: "running" | "launch"; readonly nowMs: number },
): BillLine[] {
  const lines: BillLine[] = [];
  for (const instance of instances) {
    const { id, tags, type, zone, market, launchedMs, runningMs, diskGb, takenBack } = instance;
    const endMs = instance.endedMs ?? rules.nowMs;
    const add = (usageType: string, seconds: number, hourly: number): void => {
      const micros = Math.round((seconds * Math.round(hourly * 1e9)) / 3_600_000);
      const leaseId = tags.get("reelburst:lease") ?? null;
      lines.push({ resourceId: id, leaseId, usageType, seconds, micros });
    };
    const secondsFrom = (startMs: number): number => Math.max(60, Math.ceil((endMs - startMs) / 1_000));
    const startMs = rules.from === "launch" ? launchedMs : runningMs;
    const ran =
      rules.from === "launch" ? instance.stateReason?.code !== "Server.InternalError" : runningMs !== null;
    if (ran && startMs !== null) {
      const seconds = secondsFrom(startMs);
      const isFree = takenBack && market === "spot" && endMs - startMs < 3_600_000;
      const hourly = market === "spot" ? (tariff.spot[`${type}/${zone}`] ?? 0) : (tariff.onDemand[type] ?? 0);
      add(market === "spot" ? `SpotUsage:${type}` : `BoxUsage:${type}`, isFree ? 0 : seconds, hourly);
      add("PublicIPv4:InUseAddress", seconds, tariff.address);
    }
    add("EBS:VolumeUsage.gp3", secondsFrom(launchedMs), (tariff.gp3 * diskGb) / 730);
  }
  return lines;
}

/** As a cost and usage report. */
export function billCsv(lines: readonly BillLine[]): string {
  const header =
    "lineItem/ResourceId,lineItem/UsageType,lineItem/UsageAmount,lineItem/UnblendedCost,resourceTags/user:reelburst:lease";
  const rows = lines.map(({ resourceId, usageType, seconds, micros, leaseId }) =>
    [resourceId, usageType, (seconds / 3_600).toFixed(8), (micros / 1e6).toFixed(6), leaseId ?? ""].join(","),
  );
  return [header, ...rows, ""].join("\n");
}
