import type { BurstRequest } from "../app.ts";
import { readFleetSettings } from "../config.ts";
import { usageError } from "./failure.ts";
import type { BurstFlags } from "./options.ts";

/** What `--on` asks for; undefined without it. Nothing is rented without a limit that somebody has stated. */
export function burstOf(flags: BurstFlags): BurstRequest | undefined {
  if (flags.on === undefined) {
    for (const [name, value] of [
      ["--max-cost", flags.maxCost],
      ["--machines", flags.machines],
      ["--region", flags.region],
    ] as const)
      if (value !== undefined) throw usageError(`${name} is for a render --on ec2.`);
    return undefined;
  }
  if (flags.maxCost === undefined)
    throw usageError(
      "--on wants --max-cost.",
      "Say what the film may cost at most, in dollars: --max-cost 1",
    );
  return {
    cloud: flags.on,
    purpose: "rent",
    region: flags.region ?? null,
    spot: flags.spot,
    maxCostMicros: microsOf(flags.maxCost),
    machines: flags.machines ?? null,
    settings: readFleetSettings(),
  };
}

function microsOf(text: string): number {
  const dollars = Number(text);
  if (/^\d{1,6}(?:\.\d{1,6})?$/.test(text) && dollars > 0) return Math.round(dollars * 1e6);
  throw usageError("--max-cost is no amount of dollars.", "Write it as 1, 0.50 or 12.25.");
}
