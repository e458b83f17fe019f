import type { Instance } from "@aws-sdk/client-ec2";
import type { Machine, MachineState } from "../fleet.ts";
import { LEASE_TAG, OWNER_TAG } from "./launch-parameters.ts";

const STATES: Readonly<Record<string, MachineState>> = {
  pending: "pending",
  running: "running",
  stopping: "stopping",
  stopped: "stopped",
  "shutting-down": "ending",
  terminated: "ended",
};

/** Reasons that EC2 gives for a machine that ended while it was being started. Source: EC2 API, StateReason. */
const NEVER_RAN = new Set([
  "Server.InsufficientInstanceCapacity",
  "Server.InternalError",
  "Client.InternalError",
  "Client.InvalidSnapshot.NotFound",
  "Client.VolumeLimitExceeded",
]);

const TAKEN_BACK = new Set(["Server.SpotInstanceTermination", "Server.SpotInstanceShutdown"]);

/** An instance as EC2 shows it; null for what has no id or no state. A state that we don't know counts as alive. */
export function machineOf(instance: Instance, region: string): Machine | null {
  const { InstanceId: id, State: state } = instance;
  if (id === undefined || state?.Name === undefined) return null;
  const tag = (key: string): string | null =>
    instance.Tags?.find((other) => other.Key === key)?.Value ?? null;
  const reason = instance.StateReason?.Code ?? "";
  return {
    id,
    region,
    state: STATES[state.Name] ?? "running",
    type: instance.InstanceType ?? "",
    zone: instance.Placement?.AvailabilityZone ?? null,
    market: instance.InstanceLifecycle === "spot" ? "spot" : "on-demand",
    owner: tag(OWNER_TAG),
    leaseId: tag(LEASE_TAG),
    token: instance.ClientToken || null,
    launchedAtMs: instance.LaunchTime?.getTime() ?? null,
    endedAtMs: endedAtMs(instance.StateTransitionReason),
    neverRan: NEVER_RAN.has(reason),
    takenBack: TAKEN_BACK.has(reason),
    reason: instance.StateReason?.Message ?? null,
    address: instance.PublicIpAddress ?? instance.PrivateIpAddress ?? null,
  };
}

/** "User initiated (2026-11-21 13:05:22 GMT)": the only place where EC2 says when a machine ended. */
function endedAtMs(reason: string | undefined): number | null {
  const match = /\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:GMT|UTC)\)/.exec(reason ?? "");
  return match === null ? null : Date.parse(`${match[1]}T${match[2]}Z`);
}
