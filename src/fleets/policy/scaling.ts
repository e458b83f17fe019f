/** A machine as scaling sees it. */
export interface ScalingMachine {
  readonly id: string;
  readonly state: "booting" | "idle" | "busy" | "draining";
  /** Since it last had work; only of idle ones. */
  readonly idleSeconds: number;
}

export interface ScalingLimits {
  readonly minMachines: number;
  readonly maxMachines: number;
  /** An idle machine is kept this long in case more comes. */
  readonly idleSeconds: number;
  /** Launches asked for in one decision; clouds throttle. */
  readonly maxLaunchesAtOnce: number;
}

export interface ScalingInput {
  /** Seconds of one machine that are left: queued, and the rest of what runs. */
  readonly workSeconds: number;
  /** Chunks not taken by anybody. */
  readonly queuedChunks: number;
  readonly slotsPerMachine: number;
  readonly machines: readonly ScalingMachine[];
  readonly bootSeconds: number;
  readonly limits: ScalingLimits;
  /** From `launchesAllowed` and `secondsUntilDrain`: the budget has the last word. */
  readonly launchesAllowed: number;
  readonly secondsUntilDrain: number;
  /** The user stops, or the deadline is here. */
  readonly stopping: boolean;
}

export interface ScalingDecision {
  readonly launch: number;
  readonly drain: readonly string[];
  readonly reason: "stopping" | "budget" | "over-limit" | "idle" | "backlog" | "steady";
}

/**
 * Up, down, to zero. A machine is worth its boot when it then works for at least as long: so as many machines as the
 * work left divides into pieces of one boot time (at least a minute, which is billed in any case). Booting ones count as
 * there. Asking for all of them at once is right here: a queue that is watched and followed slowly pays more boots later.
 */
export function decideScaling(input: ScalingInput): ScalingDecision {
  const { machines, limits } = input;
  const active = machines.filter(({ state }) => state !== "draining");
  if (input.stopping) return drainAll(active, "stopping");
  if (input.secondsUntilDrain <= 0) return drainAll(active, "budget");
  if (active.length > limits.maxMachines) {
    const order = { booting: 0, idle: 1, busy: 2, draining: 3 };
    const surplus = active.toSorted((a, b) => order[a.state] - order[b.state]);
    const ids = surplus.slice(0, active.length - limits.maxMachines).map(({ id }) => id);
    return { launch: 0, drain: ids, reason: "over-limit" };
  }
  const wanted = machinesWanted(input);
  // Machines that drain are billed and count against the limit until they are gone.
  const room = limits.maxMachines - machines.length;
  const launch = Math.max(
    0,
    Math.min(wanted - active.length, room, limits.maxLaunchesAtOnce, input.launchesAllowed),
  );
  if (launch > 0) return { launch, drain: [], reason: "backlog" };
  return dropIdle(input, active);
}

function machinesWanted(input: ScalingInput): number {
  const { workSeconds, queuedChunks, slotsPerMachine, bootSeconds, machines, limits } = input;
  if (queuedChunks === 0) return limits.minMachines;
  const bySeconds = Math.max(1, Math.floor(workSeconds / Math.max(bootSeconds, 60)));
  // No more than find a chunk when they come; those that are busy have theirs.
  const busy = machines.filter(({ state }) => state === "busy").length;
  const byChunks = busy + Math.ceil(queuedChunks / slotsPerMachine);
  return Math.max(limits.minMachines, Math.min(bySeconds, byChunks));
}

function dropIdle(input: ScalingInput, active: readonly ScalingMachine[]): ScalingDecision {
  const { limits, queuedChunks } = input;
  const spare = active.length - limits.minMachines;
  if (queuedChunks > 0 || spare <= 0) return { launch: 0, drain: [], reason: "steady" };
  const idle = active
    .filter(({ state, idleSeconds }) => state === "idle" && idleSeconds >= limits.idleSeconds)
    .toSorted((a, b) => b.idleSeconds - a.idleSeconds)
    .slice(0, spare)
    .map(({ id }) => id);
  return { launch: 0, drain: idle, reason: idle.length > 0 ? "idle" : "steady" };
}

function drainAll(active: readonly ScalingMachine[], reason: "stopping" | "budget"): ScalingDecision {
  return { launch: 0, drain: active.map(({ id }) => id), reason };
}
