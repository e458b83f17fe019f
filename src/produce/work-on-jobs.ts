/** The executor's loop: fetch a job, keep its lease alive, carry it out, end it. One loop a slot, in any process. */
import type { JsonValue } from "../jobs/job.ts";
import type { JobQueue, Lease } from "../jobs/queue.ts";
import { linkSignals } from "../support/abort.ts";
import { ReelburstError } from "../support/errors.ts";

export interface JobWorker {
  readonly queue: JobQueue;
  readonly queueName: string;
  readonly workerId: string;
  /** How long the queue waits for a sign of life. */
  readonly leaseMs: number;
  /** Ends the loop; the job at hand is given back. */
  readonly signal: AbortSignal;
  /**
   * Carries a job out and keeps its result. `stop.signal` aborts with the loop and when the lease is lost: another one
   * is at the job by then. Who learns of that elsewhere calls `stop.abort`.
   */
  readonly work: (lease: Lease, stop: WorkStop) => Promise<JsonValue>;
  /** What is said to the queue about a failure. */
  readonly describe: (lease: Lease, error: ReelburstError) => ReelburstError;
  /** Failures that are the worker's own: the job is given back, its attempt not counted. */
  readonly givesBack?: (error: ReelburstError) => boolean;
  /** How the queue has taken an attempt's end. */
  readonly onEnd?: (lease: Lease, end: AttemptEnd) => void;
}

export interface WorkStop {
  readonly signal: AbortSignal;
  abort(reason: ReelburstError): void;
}

export type AttemptEnd =
  | { readonly outcome: "completed" | "stale" | "released" }
  | { readonly outcome: "retrying" | "failed"; readonly error: ReelburstError };

/** Ends when the signal aborts or the queue is closed. @throws ReelburstError what the queue can't be told */
export async function workOnJobs(worker: JobWorker): Promise<void> {
  const { queue, queueName, workerId, leaseMs, signal } = worker;
  while (!signal.aborted) {
    const lease = await queue.fetch({ queue: queueName, workerId, leaseMs, signal });
    if (lease === null) return;
    worker.onEnd?.(lease, await attempt(lease, worker));
  }
}

async function attempt(lease: Lease, worker: JobWorker): Promise<AttemptEnd> {
  const { queue, signal, leaseMs } = worker;
  const stop = linkSignals(signal);
  const heartbeat = setInterval(() => {
    queue.heartbeat(lease).then(
      (answer) => void (answer === "stale" && stop.abort(leaseLost())),
      // The database is away: the lease runs out, or the next heartbeat finds it alive.
      () => {},
    );
  }, leaseMs / 3);
  try {
    const output = await worker.work(lease, stop);
    return { outcome: await queue.complete(lease, output) };
  } catch (thrown) {
    if (signal.aborted) {
      await queue.release(lease);
      return { outcome: "released" };
    }
    if (stop.signal.aborted) return { outcome: "stale" };
    if (worker.givesBack?.(ReelburstError.from(thrown)) === true) {
      await queue.release(lease);
      return { outcome: "released" };
    }
    const error = worker.describe(lease, ReelburstError.from(thrown, "RENDER_INTERNAL"));
    const outcome = await queue.fail(lease, error.toJSON());
    return outcome === "stale" ? { outcome } : { outcome, error };
  } finally {
    clearInterval(heartbeat);
    stop.unlink();
  }
}

export function leaseLost(): ReelburstError {
  return new ReelburstError("LEASE_LOST", "The work was given to another worker.", { retryable: true });
}
