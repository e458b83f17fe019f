import { readFileSync } from "node:fs";
import os from "node:os";
import {
  type CgroupMount,
  groupFolders,
  parseCfsQuota,
  parseCgroupMembership,
  parseCgroupMounts,
  parseCpuMax,
  parseFileCacheBytes,
  parseMemAvailable,
  parseMemoryLimit,
} from "./cgroup.ts";

/** Contents of a small system file, or null when it is not there or may not be read. */
export type ReadText = (path: string) => string | null;

/** What the limits of the machine are read from; a test passes a table of files. */
export interface MachineSource {
  readonly readText: ReadText;
  /** Cores in this process's affinity mask. */
  readonly affinityCores: number;
  /** What is free where there is no /proc. */
  readonly freeBytes: number;
}

/**
 * Cores this process may really keep busy: its affinity mask, cut by the CPU quota of its own control group and of
 * every parent. A quota of 1.5 gives 1: a second busy thread would be stopped for half of every period.
 */
export function usableCores(source: MachineSource = thisMachine()): number {
  const quotas = cpuQuotas(source.readText);
  return Math.max(1, Math.floor(Math.min(source.affinityCores, ...quotas)));
}

/**
 * Memory this process may still take before something is killed or swapped, bytes: the machine's MemAvailable,
 * cut by limit minus use of its own control group and of every parent. File cache counts as free in both.
 */
export function availableMemoryBytes(source: MachineSource = thisMachine()): number {
  const available = parseMemAvailable(source.readText("/proc/meminfo") ?? "") ?? source.freeBytes;
  return Math.max(0, Math.min(available, ...memoryHeadrooms(source.readText)));
}

export interface SlotLimits {
  readonly cores: number;
  readonly memoryBytes: number;
  /** What one slot needs at its worst. */
  readonly bytesPerSlot: number;
}

/** Render processes to run at once: one a core, as many as fit in memory, and one in any case. */
export function slotsFor({ cores, memoryBytes, bytesPerSlot }: SlotLimits): number {
  return Math.max(1, Math.floor(Math.min(cores, memoryBytes / bytesPerSlot)));
}

function cpuQuotas(readText: ReadText): number[] {
  const cores = ownGroups(readText, "cpu").map(({ version, folder }) => {
    if (version === 2) return parseCpuMax(readText(`${folder}/cpu.max`) ?? "");
    return parseCfsQuota(
      readText(`${folder}/cpu.cfs_quota_us`) ?? "",
      readText(`${folder}/cpu.cfs_period_us`) ?? "",
    );
  });
  return cores.filter((quota) => quota !== null);
}

function memoryHeadrooms(readText: ReadText): number[] {
  const headrooms: number[] = [];
  for (const { version, folder } of ownGroups(readText, "memory")) {
    // memory.high does not kill, but above it every allocation is slowed to a crawl: a limit all the same.
    const names = version === 2 ? ["memory.max", "memory.high"] : ["memory.limit_in_bytes"];
    const limits = names
      .map((name) => parseMemoryLimit(readText(`${folder}/${name}`) ?? ""))
      .filter((limit) => limit !== null);
    const used = Number(
      readText(`${folder}/${version === 2 ? "memory.current" : "memory.usage_in_bytes"}`) ?? Number.NaN,
    );
    if (limits.length === 0 || Number.isNaN(used)) continue;
    const cache = parseFileCacheBytes(readText(`${folder}/memory.stat`) ?? "");
    headrooms.push(Math.min(...limits) - Math.max(0, used - cache));
  }
  return headrooms;
}

/** Own group and parents in the hierarchy that carries `controller`. On a hybrid system that is the v1 one. */
function ownGroups(readText: ReadText, controller: string): { version: 1 | 2; folder: string }[] {
  const membership = parseCgroupMembership(readText("/proc/self/cgroup") ?? "");
  const mounts = parseCgroupMounts(readText("/proc/self/mountinfo") ?? "");
  const v1Group = membership.byController.get(controller);
  const group = v1Group ?? membership.unified;
  const carries = (mount: CgroupMount): boolean =>
    v1Group === undefined ? mount.version === 2 : mount.controllers.includes(controller);
  const mount = mounts.find(carries);
  if (group === null || mount === undefined) return [];
  return groupFolders(mount, group).map((folder) => ({ version: mount.version, folder }));
}

function thisMachine(): MachineSource {
  return { readText: readSystemFile, affinityCores: os.availableParallelism(), freeBytes: os.freemem() };
}

function readSystemFile(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
