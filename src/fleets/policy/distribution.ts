import { ReelburstError } from "../../support/errors.ts";

export interface DistributionRules {
  readonly scenes: number;
  /** The most scenes one machine is wanted to take; more only when machines run out. */
  readonly scenesPerBatch: number;
  readonly maxMachines: number;
  /** The fewest scenes that are worth a machine. */
  readonly minScenesPerBatch: number;
}

/**
 * How many scenes each machine takes, the fixed way: 50 scenes of 10 go to 5 machines, 120 to 10 machines of 12, 24
 * with at least 8 to 3 of 8. No scene, no machine. Batches differ by one scene at most.
 *
 * Work is otherwise pulled chunk by chunk and needs no such table; this is for who asks for batches.
 * @throws {ReelburstError} `DISTRIBUTION_INVALID`.
 */
export function distribute(rules: DistributionRules): readonly number[] {
  const { scenes, scenesPerBatch, maxMachines, minScenesPerBatch } = rules;
  if (!Number.isInteger(scenes) || scenes < 0) throw invalid("scenes", scenes, "0 or more");
  for (const name of ["scenesPerBatch", "maxMachines", "minScenesPerBatch"] as const) {
    if (!Number.isInteger(rules[name]) || rules[name] < 1) throw invalid(name, rules[name], "at least 1");
  }
  if (scenes === 0) return [];
  const wanted = Math.ceil(scenes / scenesPerBatch);
  // A batch below the minimum costs a boot for nothing; with fewer scenes than the minimum there is one batch.
  const worthwhile = Math.max(1, Math.floor(scenes / minScenesPerBatch));
  const machines = Math.min(wanted, worthwhile, maxMachines);
  const base = Math.floor(scenes / machines);
  const larger = scenes % machines;
  return Array.from({ length: machines }, (_, index) => base + (index < larger ? 1 : 0));
}

function invalid(path: string, value: number, wanted: string): ReelburstError {
  return new ReelburstError(
    "DISTRIBUTION_INVALID",
    `${path} is ${value}; it must be a whole number, ${wanted}.`,
    {
      path,
      hint: path === "maxMachines" ? "To rent nothing, render on this machine." : "Correct the number.",
    },
  );
}
