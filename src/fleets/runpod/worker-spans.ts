import type { Span } from "../../money/meter.ts";

/** A job as one worker ran it. */
export interface WorkerRun {
  readonly workerId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Between the submission and the start. */
  readonly delayMs: number;
}

/**
 * From when to when each worker was alive, reckoned from the jobs it ran: RunPod bills that, and tells only of jobs. A
 * worker stays for the idle time after each job; one that had to be started first was loading for as much of the delay
 * as a start takes. In doubt it counts.
 */
export function workerSpans(
  runs: readonly WorkerRun[],
  { idleMs, coldStartMs }: { readonly idleMs: number; readonly coldStartMs: number },
): ReadonlyMap<string, readonly Span[]> {
  const spans = new Map<string, Span[]>();
  for (const run of [...runs].sort((a, b) => a.startMs - b.startMs)) {
    const known = spans.get(run.workerId) ?? [];
    spans.set(run.workerId, known);
    const toMs = run.endMs + idleMs;
    const last = known.at(-1);
    if (last !== undefined && run.startMs <= last.toMs) {
      known[known.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, toMs) };
    } else {
      known.push({ fromMs: run.startMs - Math.min(run.delayMs, coldStartMs), toMs });
    }
  }
  return spans;
}
