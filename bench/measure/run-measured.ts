/** Runs a program and says what it and all its descendants took. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface Measured {
  readonly wallSeconds: number;
  /** User and system time of the program and every descendant that was waited for; null where there is no /proc. */
  readonly cpuSeconds: number | null;
  /** Largest sum of resident memory over the whole process tree, and of any one process; null without /proc. */
  readonly peakBytes: number | null;
  readonly largestProcessBytes: number | null;
  readonly stdout: string;
}

const SAMPLE_MS = 100;
/** Linux reports times to programs in this unit whatever the kernel's own is. */
const TICKS_PER_SECOND = 100;

/** One at a time: CPU time is the growth of this process's account of ended children. */
export async function runMeasured(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Measured> {
  const ticksBefore = childTicks();
  const started = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr, peak, largest] = ["", "", 0, 0];
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr = (stderr + data).slice(-4000);
  });
  const sample = (): void => {
    const sizes = child.pid === undefined ? [] : treeOf(child.pid).map(residentBytes);
    peak = Math.max(
      peak,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    largest = Math.max(largest, ...sizes);
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => clearInterval(timer));
  const wallSeconds = (performance.now() - started) / 1000;
  if (status !== 0)
    throw new Error(`${[command, ...args].join(" ").slice(0, 400)}: exit ${status}\n${stderr}`);
  const ticks = childTicks();
  return {
    wallSeconds,
    cpuSeconds: ticks === null || ticksBefore === null ? null : (ticks - ticksBefore) / TICKS_PER_SECOND,
    peakBytes: peak === 0 ? null : peak,
    largestProcessBytes: largest === 0 ? null : largest,
    stdout,
  };
}

/** `cutime` and `cstime` of this process: fields 16 and 17, counted after the name's closing bracket. */
function childTicks(): number | null {
  const stat = readProc("self/stat");
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[13]) + Number(fields[14]);
}

function treeOf(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  const children = threads.flatMap((thread) =>
    (readProc(`${pid}/task/${thread}/children`) ?? "").split(" ").filter((text) => text.trim() !== ""),
  );
  return [pid, ...children.flatMap((child) => treeOf(Number(child)))];
}

/** The highest so far, so that a peak between two samples counts too. */
function residentBytes(pid: number): number {
  const found = /^VmHWM:\s+(\d+) kB/m.exec(readProc(`${pid}/status`) ?? "");
  return found === null ? 0 : Number(found[1]) * 1024;
}

function readProc(name: string): string | null {
  try {
    return readFileSync(`/proc/${name}`, "utf8");
  } catch {
    return null;
  }
}
