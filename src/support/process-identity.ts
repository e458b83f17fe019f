import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import os from "node:os";

/**
 * Who owns a temporary file. A process id alone is not enough: ids are reused, and two containers that share a
 * disk each have their own process 7. So the tag holds the id, the process's start time and a hash of the
 * machine and its process-id namespace.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Kernel start time in clock ticks since boot; 0 where the system does not tell. */
  readonly startTicks: number;
  /** Eight hex digits that differ between machines and between containers. */
  readonly scope: string;
}

export type OwnerState =
  | "alive"
  | "dead"
  /** On another machine or in another container: only age can judge it. */
  | "foreign";

let own: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  own ??= { pid: process.pid, startTicks: startTicksOf(process.pid) ?? 0, scope: readScope() };
  return own;
}

/** This process's identity as part of a file name: `pid.startTicks.scope`. */
export function processTag(identity: ProcessIdentity = ownIdentity()): string {
  return `${identity.pid}.${identity.startTicks}.${identity.scope}`;
}

/** Finds a tag anywhere in a file name; null when there is none. */
export function ownerOf(fileName: string): ProcessIdentity | null {
  const match = /(?:^|[^0-9])(\d+)\.(\d+)\.([0-9a-f]{8})(?![0-9a-z])/.exec(fileName);
  if (match === null) return null;
  return { pid: Number(match[1]), startTicks: Number(match[2]), scope: match[3] ?? "" };
}

export function ownerState(owner: ProcessIdentity, self: ProcessIdentity = ownIdentity()): OwnerState {
  if (owner.scope !== self.scope) return "foreign";
  if (owner.pid === self.pid) return owner.startTicks === self.startTicks ? "alive" : "dead";
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && "code" in error && error.code === "EPERM" ? sameStart(owner) : "dead";
  }
  return sameStart(owner);
}

function sameStart(owner: ProcessIdentity): OwnerState {
  const startTicks = startTicksOf(owner.pid);
  return startTicks === null || startTicks === owner.startTicks ? "alive" : "dead";
}

/** Field 22 of /proc/<pid>/stat. The command in field 2 may contain spaces and brackets: count from its last one. */
export function parseStartTicks(stat: string): number | null {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[19]);
  return Number.isFinite(ticks) ? ticks : null;
}

function startTicksOf(pid: number): number | null {
  try {
    return parseStartTicks(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return null;
  }
}

function readScope(): string {
  let namespace = "";
  try {
    namespace = readlinkSync("/proc/self/ns/pid");
  } catch {
    // Not Linux: one namespace per machine.
  }
  return createHash("sha256").update(`${os.hostname()}\n${namespace}`).digest("hex").slice(0, 8);
}
