import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Place of the scheduling policy in /proc/<pid>/stat behind the name (proc(5): field 41). */
const POLICY_FIELD = 38;

/** 0 is the ordinary policy; null where it cannot be told. */
export function schedulingPolicy(): number | null {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[POLICY_FIELD]);
  } catch {
    return null;
  }
}

/**
 * SVT-AV1, run by root, makes the thread that opens it a real-time one of the highest priority (3.1.2: SCHED_FIFO 99),
 * and every process started from there inherits that. Two slots then leave the rest of a two-core machine 5 % of its
 * time, themselves included where they wait for a helper thread. Node cannot set the policy; util-linux's `chrt` can.
 * Where it is missing the encoder still works.
 */
export function leaveRealTime(): void {
  const policy = schedulingPolicy();
  if (policy === null || policy === 0) return;
  try {
    execFileSync("chrt", ["--all-tasks", "--other", "--pid", "0", String(process.pid)], { stdio: "ignore" });
  } catch {
    // No chrt, or not allowed: then it stays as the encoder wants it.
  }
}
