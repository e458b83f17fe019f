/** The real program as a child process, and what is left of it. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../../bin/reelburst.js", import.meta.url));

const OLDER_NODE =
  "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})";

export interface Ending {
  readonly code: number | null;
  /** Parsed lines of `--json`. */
  readonly events: readonly Record<string, unknown>[];
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly cacheDirectory: string;
  /** Beside the few variables that every run gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Makes the launcher's Node believe that it is too old, so that it starts the bundled one. */
  readonly olderNode?: boolean;
  /** Told of every line of output, with the number of lines before it. */
  readonly onEvent?: (index: number, event: Record<string, unknown>, child: ChildProcess) => void;
}

/** Runs `reelburst <args> --json` to its end. */
export function runCli(args: readonly string[], options: CliOptions): Promise<Ending> {
  const child = spawn(
    process.execPath,
    [...(options.olderNode === true ? ["--import", OLDER_NODE] : []), PROGRAM, ...args, "--json"],
    {
      cwd: options.cwd,
      env: {
        PATH: process.env["PATH"],
        HOME: options.cwd,
        REELBURST_CACHE_DIR: options.cacheDirectory,
        REELBURST_SLOTS: "2",
        ...options.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
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
    // As a shell tells it: 128 and the signal's number.
    child.once("close", (code, signal) => {
      resolve({ code: signal === null ? code : 128 + constants.signals[signal], events, stderr });
    });
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

/** The process that does the work: under an older Node the launcher's child, else the launcher itself. */
export function mainProcessOf(launcher: ChildProcess): number | null {
  const child = allProcesses().find(
    ({ parent, command }) => parent === launcher.pid && command.includes("bin/start.js"),
  );
  return child?.pid ?? launcher.pid ?? null;
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
