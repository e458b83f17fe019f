/** `cost`: the ledger of rented machines, for people, as CSV, or against the cloud's bill. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { readFleetSettings } from "../../config.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { usageError } from "../failure.ts";
import type { FleetFlags } from "../options.ts";
import { writeJsonLine } from "../present/json.ts";
import type { Session } from "../session.ts";
import { printable } from "../text/printable.ts";

export interface CostFlags extends FleetFlags {
  readonly csv?: boolean;
  /** A file. */
  readonly reconcile?: string;
}

export async function costCommand(session: Session, flags: CostFlags): Promise<number> {
  const { context, json } = session;
  if (flags.csv === true && (json || flags.reconcile !== undefined))
    throw usageError("--csv goes with neither --json nor --reconcile.");
  const app = await session.openApp();
  const desk = await app.openFleetDesk(readFleetSettings(), {
    cloud: "ec2",
    purpose: "care",
    region: flags.region ?? "us-east-1",
    spot: flags.spot,
  });
  const say = (value: object, line: string): void => {
    if (json) writeJsonLine(context.stdout, value);
    else session.print([printable(line)]);
  };
  try {
    if (flags.csv === true) {
      context.stdout.write(await desk.csv());
    } else if (flags.reconcile !== undefined) {
      const file = path.resolve(context.cwd, flags.reconcile);
      const { differences, ...sums } = await desk.reconcile(await readFile(file, "utf8"));
      for (const each of differences)
        say(
          { type: "difference", ...each },
          `${each.leaseId.slice(0, 8)}  ${each.item}: metered ${dollars(each.metered)}, billed ${dollars(each.billed)}: ${each.cause}`,
        );
      say(
        { type: "reconciled", ...sums },
        `metered ${dollars(sums.meteredMicros)}, billed ${dollars(sums.billedMicros)}`,
      );
    } else {
      let total = 0;
      for (const each of await desk.lines()) {
        if (each.basis === "metered") total += each.amount;
        say(
          { type: "line", ...each },
          `${each.leaseId.slice(0, 8)}  ${each.machineId ?? "-"}  ${each.item}: ${dollars(each.amount)} ${each.basis}${each.isFinal ? "" : ", still counting"} (${each.price.source} of ${each.price.asOf.slice(0, 10)})`,
        );
      }
      say({ type: "total", meteredMicros: total }, `${dollars(total)} metered in all`);
    }
    return EXIT_CODES.success.code;
  } finally {
    await desk.close();
  }
}

function dollars(micros: number): string {
  return `$${(micros / 1e6).toFixed(4)}`;
}
