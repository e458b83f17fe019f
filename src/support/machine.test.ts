import { describe, expect, it } from "vitest";
import {
  groupFolders,
  parseCfsQuota,
  parseCgroupMembership,
  parseCgroupMounts,
  parseCpuMax,
  parseFileCacheBytes,
  parseMemAvailable,
  parseMemoryLimit,
} from "./cgroup.ts";
import { availableMemoryBytes, type MachineSource, slotsFor, usableCores } from "./machine.ts";

const MiB = 2 ** 20;

describe("parsing", () => {
  it.each<[string, number | null]>([
    ["max 100000\n", null],
    ["150000 100000\n", 1.5],
    ["50000 100000", 0.5],
    ["200000", 2],
    ["", null],
    ["garbage", null],
    ["100 0", null],
  ])("cpu.max %j is %s cores", (text, cores) => expect(parseCpuMax(text)).toBe(cores));

  it.each<[string, string, number | null]>([
    ["-1\n", "100000\n", null],
    ["250000\n", "100000\n", 2.5],
    ["", "", null],
    ["0", "100000", null],
  ])("cfs quota %j of %j is %s cores", (quota, period, cores) =>
    expect(parseCfsQuota(quota, period)).toBe(cores),
  );

  it.each<[string, number | null]>([
    ["max\n", null],
    ["536870912\n", 512 * MiB],
    ["9223372036854771712\n", null],
    ["", null],
    ["0\n", 0],
  ])("memory limit %j is %s bytes", (text, bytes) => expect(parseMemoryLimit(text)).toBe(bytes));

  it("takes reclaimable cache from the LRU lists, not tmpfs", () => {
    expect(parseFileCacheBytes("anon 5\nfile 900\nshmem 800\ninactive_file 60\nactive_file 40\n")).toBe(100);
    const v1 = "cache 900\ninactive_file 1\nactive_file 1\ntotal_inactive_file 60\ntotal_active_file 40\n";
    expect(parseFileCacheBytes(v1)).toBe(100);
    expect(parseFileCacheBytes("")).toBe(0);
  });

  it("reads MemAvailable", () => {
    expect(parseMemAvailable("MemTotal:  24684092 kB\nMemAvailable:   2048 kB\n")).toBe(2 * MiB);
    expect(parseMemAvailable("MemTotal:  24684092 kB\n")).toBeNull();
  });

  it("reads memberships of v2, v1 and both at once", () => {
    expect(parseCgroupMembership("0::/user.slice/a:b\n").unified).toBe("/user.slice/a:b");
    const hybrid = parseCgroupMembership("4:memory:/job/1\n2:cpu,cpuacct:/job\n9:name=systemd:/\n0::/\n");
    expect(hybrid.unified).toBe("/");
    expect(hybrid.byController.get("memory")).toBe("/job/1");
    expect(hybrid.byController.get("cpuacct")).toBe("/job");
  });

  it("reads mounts, spaces in their names too", () => {
    const text = [
      "22 1 0:20 / /proc rw,nosuid - proc proc rw",
      "35 31 0:32 /docker/7 /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory",
      "36 31 0:33 / /sys/fs/cgroup/my\\040cpu rw - cgroup cgroup rw,cpu,cpuacct",
      "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate",
    ].join("\n");
    expect(parseCgroupMounts(text)).toEqual([
      { version: 1, controllers: ["memory"], root: "/docker/7", mountPoint: "/sys/fs/cgroup/memory" },
      { version: 1, controllers: ["cpu", "cpuacct"], root: "/", mountPoint: "/sys/fs/cgroup/my cpu" },
      { version: 2, controllers: [], root: "/", mountPoint: "/sys/fs/cgroup/unified" },
    ]);
  });

  it.each<[string, string, string[]]>([
    ["/", "/", ["/m"]],
    ["/", "/a/b", ["/m/a/b", "/m/a", "/m"]],
    ["/docker/7", "/docker/7", ["/m"]],
    ["/docker/7", "/docker/7/x", ["/m/x", "/m"]],
    ["/docker/7", "/docker/77", ["/m"]],
    ["/docker/7", "/", ["/m"]],
    ["/", "/../../x", ["/m/x", "/m"]],
  ])("root %s, group %s", (root, group, folders) => {
    expect(groupFolders({ version: 2, controllers: [], root, mountPoint: "/m" }, group)).toEqual(folders);
  });
});

const V2_MOUNT = "30 1 0:26 / /cg rw - cgroup2 cgroup2 rw";

function machine(files: Record<string, string>, affinityCores = 8): MachineSource {
  return { readText: (path) => files[path] ?? null, affinityCores, freeBytes: 4096 * MiB };
}

describe("usableCores", () => {
  it.each<[string, MachineSource, number]>([
    ["no cgroups: the affinity mask", machine({}, 6), 6],
    ["v2, own quota", v2({ "/cg/a/b/cpu.max": "300000 100000" }), 3],
    [
      "v2, the parent's quota is tighter",
      v2({ "/cg/a/b/cpu.max": "max 100000", "/cg/a/cpu.max": "200000 100000" }),
      2,
    ],
    ["v2, a neighbour's quota is not ours", v2({ "/cg/a/c/cpu.max": "100000 100000" }), 8],
    ["1.5 cores are one", v2({ "/cg/a/b/cpu.max": "150000 100000" }), 1],
    ["half a core is one", v2({ "/cg/a/b/cpu.max": "50000 100000" }), 1],
    ["a quota above the mask", v2({ "/cg/a/b/cpu.max": "1600000 100000" }), 8],
    [
      "v1 beside an empty v2",
      hybrid({ "/v1/cpu/a/cpu.cfs_quota_us": "400000", "/v1/cpu/a/cpu.cfs_period_us": "100000" }),
      4,
    ],
  ])("%s", (_, source, cores) => expect(usableCores(source)).toBe(cores));
});

describe("availableMemoryBytes", () => {
  const meminfo = { "/proc/meminfo": "MemAvailable: 2097152 kB\n" };
  const group = (folder: string, max: string, current: number, cache: number): Record<string, string> => ({
    [`${folder}/memory.max`]: max,
    [`${folder}/memory.current`]: `${current * MiB}`,
    [`${folder}/memory.stat`]: `inactive_file ${cache * MiB}\nactive_file 0\n`,
  });
  it.each<[string, MachineSource, number]>([
    ["no /proc: what the system says is free", machine({}), 4096],
    ["no limit: MemAvailable", v2(meminfo), 2048],
    ["limit minus use", v2({ ...meminfo, ...group("/cg/a/b", `${1024 * MiB}`, 300, 0) }), 724],
    ["file cache counts as free", v2({ ...meminfo, ...group("/cg/a/b", `${1024 * MiB}`, 900, 800) }), 924],
    [
      "the parent is tighter",
      v2({ ...meminfo, ...group("/cg/a/b", "max", 10, 0), ...group("/cg/a", `${512 * MiB}`, 256, 0) }),
      256,
    ],
    ["the machine is tighter", v2({ ...meminfo, ...group("/cg/a", `${9000 * MiB}`, 1, 0) }), 2048],
    [
      "memory.high is a limit",
      v2({ ...meminfo, ...group("/cg/a", "max", 100, 0), "/cg/a/memory.high": `${200 * MiB}` }),
      100,
    ],
    ["over the limit is none", v2({ ...meminfo, ...group("/cg/a", `${100 * MiB}`, 150, 0) }), 0],
    [
      "v1",
      hybrid({
        ...meminfo,
        "/v1/memory/job/memory.limit_in_bytes": `${600 * MiB}`,
        "/v1/memory/job/memory.usage_in_bytes": `${200 * MiB}`,
        "/v1/memory/job/memory.stat": `total_inactive_file ${50 * MiB}\ntotal_active_file ${50 * MiB}\n`,
        "/v1/memory/memory.limit_in_bytes": "9223372036854771712",
        "/v1/memory/memory.usage_in_bytes": "5",
      }),
      500,
    ],
  ])("%s", (_, source, mebibytes) => expect(availableMemoryBytes(source)).toBe(mebibytes * MiB));
});

it("reads this machine", () => {
  expect(usableCores()).toBeGreaterThanOrEqual(1);
  expect(availableMemoryBytes()).toBeGreaterThan(0);
});

it.each<[number, number, number, number]>([
  [4, 8192, 512, 4],
  [4, 1024, 512, 2],
  [4, 1023, 512, 1],
  [2, 10, 512, 1],
  [1, 8192, 512, 1],
])("%d cores and %d MiB at %d MiB a slot are %d slots", (cores, memory, perSlot, slots) => {
  expect(slotsFor({ cores, memoryBytes: memory * MiB, bytesPerSlot: perSlot * MiB })).toBe(slots);
});

function v2(files: Record<string, string>): MachineSource {
  return machine({ "/proc/self/cgroup": "0::/a/b\n", "/proc/self/mountinfo": V2_MOUNT, ...files });
}

function hybrid(files: Record<string, string>): MachineSource {
  const mounts = [
    "32 31 0:29 / /v1/cpu rw - cgroup cgroup rw,cpu,cpuacct",
    "35 31 0:32 / /v1/memory rw - cgroup cgroup rw,memory",
    "41 31 0:38 / /v1/unified rw - cgroup2 cgroup2 rw",
  ].join("\n");
  const membership = "4:memory:/job\n1:cpu,cpuacct:/a\n0::/\n";
  return machine({ "/proc/self/cgroup": membership, "/proc/self/mountinfo": mounts, ...files });
}
