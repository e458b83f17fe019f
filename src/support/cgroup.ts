/**
 * Reading Linux control groups: what a container, a systemd unit or a batch system allows this process. Pure
 * functions over file contents; `machine.ts` does the reading.
 *
 * Sources: cgroups(7), and the kernel's cgroup-v2.rst, cgroup-v1/memory.rst and sched-bwc.rst.
 */

/** One mounted hierarchy, from /proc/self/mountinfo. */
export interface CgroupMount {
  readonly version: 1 | 2;
  /** v1 only: the controllers it carries. Empty for v2. */
  readonly controllers: readonly string[];
  /** The group that is visible at the mount point; not "/" inside many containers. */
  readonly root: string;
  readonly mountPoint: string;
}

/** Where a process is, from /proc/self/cgroup. */
export interface CgroupMembership {
  readonly unified: string | null;
  readonly byController: ReadonlyMap<string, string>;
}

/** Lines such as `0::/user.slice` (v2) and `4:cpu,cpuacct:/docker/abc` (v1). */
export function parseCgroupMembership(text: string): CgroupMembership {
  let unified: string | null = null;
  const byController = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^(\d+):([^:]*):(.*)$/.exec(line);
    if (match === null) continue;
    const [, hierarchy, controllers = "", group = "/"] = match;
    if (hierarchy === "0" && controllers === "") unified = group;
    for (const controller of controllers.split(","))
      if (controller !== "") byController.set(controller, group);
  }
  return { unified, byController };
}

/** Fields: id parent major:minor root mountpoint options [tags] - type source super-options. Spaces are `\040`. */
export function parseCgroupMounts(text: string): readonly CgroupMount[] {
  const mounts: CgroupMount[] = [];
  for (const line of text.split("\n")) {
    const [before, after] = line.split(" - ", 2);
    const type = after?.split(" ")[0];
    if (before === undefined || (type !== "cgroup" && type !== "cgroup2")) continue;
    const fields = before.split(" ").map(unescapeOctal);
    const superOptions = after?.split(" ")[2]?.split(",") ?? [];
    mounts.push({
      version: type === "cgroup2" ? 2 : 1,
      controllers: type === "cgroup2" ? [] : superOptions.filter((option) => !["rw", "ro"].includes(option)),
      root: fields[3] ?? "/",
      mountPoint: fields[4] ?? "",
    });
  }
  return mounts;
}

/**
 * The process's own group and its parents, as folders, own first. A limit anywhere on the way counts.
 *
 * Inside a container `group` may be the host's path while only `mount.root` is visible: then what follows the root
 * is used, and where that does not fit the mount point itself stands for the own group.
 */
export function groupFolders(mount: CgroupMount, group: string): readonly string[] {
  const root = mount.root === "/" ? "" : mount.root;
  const inside = group === root || group.startsWith(`${root}/`) ? group.slice(root.length) : "";
  const parts = inside.split("/").filter((part) => part !== "" && part !== "..");
  const folders: string[] = [];
  for (let length = parts.length; length >= 0; length--) {
    folders.push([mount.mountPoint, ...parts.slice(0, length)].join("/"));
  }
  return folders;
}

/** v2 `cpu.max`: "150000 100000" is 1.5 cores, "max 100000" no limit. null: no limit. */
export function parseCpuMax(text: string): number | null {
  const [quota, period] = text.trim().split(/\s+/);
  return coresOf(Number(quota), Number(period ?? 100_000));
}

/** v1 `cpu.cfs_quota_us` (-1: none) and `cpu.cfs_period_us`. null: no limit. */
export function parseCfsQuota(quotaText: string, periodText: string): number | null {
  return coresOf(Number(quotaText.trim()), Number(periodText.trim()));
}

/** "max", or v1's page-rounded 2^63, mean no limit. null: no limit. */
export function parseMemoryLimit(text: string): number | null {
  const trimmed = text.trim();
  if (!/^\d+$/.test(trimmed)) return null;
  const bytes = Number(trimmed);
  return bytes >= 2 ** 60 ? null : bytes;
}

/**
 * File cache in a group's `memory.stat`, bytes: the kernel gives it back when memory is wanted. The LRU lists, not
 * `file` or `cache`: those count tmpfs and shared memory, which nobody can give back. v1 has `total_` sums over
 * child groups; v2 sums by itself.
 */
export function parseFileCacheBytes(text: string): number {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [name, value] = line.split(" ");
    if (name !== undefined && value !== undefined) values.set(name, Number(value));
  }
  const read = (name: string): number => values.get(`total_${name}`) ?? values.get(name) ?? 0;
  return read("inactive_file") + read("active_file");
}

/** `MemAvailable` of /proc/meminfo, bytes; null on kernels before 3.14. */
export function parseMemAvailable(text: string): number | null {
  const match = /^MemAvailable:\s+(\d+) kB$/m.exec(text);
  return match === null ? null : Number(match[1]) * 1024;
}

function coresOf(quotaUs: number, periodUs: number): number | null {
  return quotaUs > 0 && periodUs > 0 ? quotaUs / periodUs : null;
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
