/** `fleet offers`, `fleet ls`, `fleet reap`: rented machines without a render. */
import { readFleetSettings } from "../../config.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { usageError } from "../failure.ts";
import type { FleetFlags } from "../options.ts";
import { writeJsonLine } from "../present/json.ts";
import type { Session } from "../session.ts";
import { countOf } from "../text/formats.ts";
import { printable } from "../text/printable.ts";

export async function fleetCommand(session: Session, action: string, flags: FleetFlags): Promise<number> {
  if (!["offers", "ls", "reap"].includes(action))
    throw usageError(`fleet can't ${printable(action)}.`, "It knows offers, ls and reap.");
  const app = await session.openApp();
  const desk = await app.openFleetDesk(readFleetSettings(), {
    cloud: "ec2",
    purpose: "care",
    region: flags.region ?? null,
    spot: flags.spot,
  });
  const { context, json, stop } = session;
  const say = (value: object, line: string): void => {
    if (json) writeJsonLine(context.stdout, value);
    else session.print([printable(line)]);
  };
  try {
    switch (action) {
      case "offers":
        for (const { offer, text } of await desk.offers()) say({ offer, type: "offer" }, text);
        return EXIT_CODES.success.code;
      case "ls": {
        const leases = await desk.leases();
        for (const lease of leases) {
          const { id, state, pool, createdMs, deadlineMs } = lease;
          const machine = lease.attempts.flatMap(({ outcome }) =>
            outcome.kind === "launched" ? [outcome.machine.id] : [],
          );
          say(
            { type: "lease", id, state, pool, machine: machine.at(-1) ?? null, createdMs, deadlineMs },
            `${id.slice(0, 8)}  ${state}  ${machine.at(-1) ?? "no machine yet"}  since ${new Date(createdMs).toISOString()}`,
          );
        }
        if (leases.length === 0 && !json) session.say(["No lease is open."]);
        return EXIT_CODES.success.code;
      }
      default: {
        const report = await desk.reap(stop.signal, ({ strays, released }) => {
          for (const { id, region } of strays)
            say(
              { type: "stray", machine: id, region },
              `${id} in ${region}: no lease accounts for it; ended`,
            );
          for (const { leaseId, reason } of released)
            say(
              { type: "released", lease: leaseId, reason },
              `lease ${leaseId.slice(0, 8)}: asked to end (${reason})`,
            );
        });
        const { alive, unconfirmed, errors } = report;
        if (errors[0] !== undefined) throw errors[0];
        say(
          { type: "reaped", alive, unconfirmed },
          `${countOf(alive, "machine")} alive, ${countOf(unconfirmed, "lease")} unconfirmed`,
        );
        return alive === 0 && unconfirmed === 0 ? EXIT_CODES.success.code : EXIT_CODES.renderFailed.code;
      }
    }
  } finally {
    await desk.close();
  }
}
