/** The real program as a child process, and what is left of it. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../../bin/reelburst.js", import.meta.url));

export interface Ending {
  readonly code: number | null;
  /** Parsed lines of `--json`. */
  readonly events: readonly Record<string, unknown>[];
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly cacheDirectory: string;
  /** Told of every line of output, with the number of lines before it. */
  readonly onEvent?: (index: number, event: Record<string, unknown>, child: ChildProcess) => void;
}

/** Runs `reelburst <args> --json` to its end. */
export function runCli(args: readonly string[], options: CliOptions): Promise<Ending> {
  const child = spawn(process.execPath, [PROGRAM, ...args, "--json"], {
    cwd: options.cwd,
    env: {
      PATH: process.env["PATH"],
      HOME: options.cwd,
      REELBURST_CACHE_DIR: options.cacheDirectory,
      REELBURST_SLOTS: "2",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const events: Record<string, unknown>[] = [];
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = JSON.parse(line) as Record<string, unknown>;
    events.push(event);
    options.onEvent?.(events.length - 1, event, child);
  });
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, events, stderr }));
  });
}

interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Every process whose environment names this text. Ones that have ended but were not yet waited for have no environment. */
export function processesNaming(text: string): ProcessFacts[] {
  return allProcesses().filter(({ pid }) => read(`/proc/${pid}/environ`).includes(text));
}

/** The Node 24 behind the program's shim: its child. */
export function mainProcessOf(shim: ChildProcess): number | null {
  return (
    allProcesses().find(({ parent, command }) => parent === shim.pid && command.includes("main.ts"))?.pid ??
    null
  );
}

function allProcesses(): ProcessFacts[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      const stat = read(`/proc/${name}/stat`);
      return {
        pid: Number(name),
        parent: Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]),
        command: read(`/proc/${name}/cmdline`),
      };
    });
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
