import { sleep, throwIfAborted } from "../../support/abort.ts";
import type { Clock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import { ApiFailure, apiError } from "../rest/exchange.ts";
import type { JobStatus, JobView, RunPodClient } from "./runpod-client.ts";
import type { RunPodOptions } from "./runpod-options.ts";

export interface JobTools {
  readonly client: RunPodClient;
  readonly options: RunPodOptions;
  readonly clock: Clock;
  /** The endpoint, with its workers set as they should be. */
  readonly endpoint: (again: boolean) => Promise<string>;
  /** Ends a job that nobody waits for any more. Not waited for here. */
  readonly letGo: (endpointId: string, jobId: string) => void;
  /** Told once for every job that is over; and for every submission whose answer was lost, which may have run too. */
  readonly onRun: (run: JobView, lostReplies: number) => void;
}

/** How far on a job is. Another replica may still show an older state. */
const RANK: Readonly<Record<JobStatus, number>> = {
  IN_QUEUE: 0,
  IN_PROGRESS: 1,
  COMPLETED: 2,
  FAILED: 2,
  CANCELLED: 2,
  TIMED_OUT: 2,
};

const SUBMISSIONS = 3;
/** A job that was just taken may be missing; later it is over and forgotten. */
const NOT_SEEN_YET_MS = 15_000;
/** Beyond the time that a job may take: RunPod ends it, and needs a moment to say so. */
const GRACE_MS = 60_000;

/**
 * One job, from its submission to its output. Waits for a bounded time in any case, and takes back what it gives up.
 * @throws ReelburstError CLOUD_UNAVAILABLE, CLOUD_REFUSED, RUNPOD_JOB_LOST, RUNPOD_JOB_FAILED, RUNPOD_QUEUE_STALLED,
 *   ABORTED
 */
export async function runJob(
  input: object,
  signal: AbortSignal | undefined,
  tools: JobTools,
): Promise<unknown> {
  const { options, letGo, onRun } = tools;
  const endpointId = await tools.endpoint(false).catch((thrown: unknown) => {
    throw apiError(thrown, "RunPod");
  });
  // Its whole life: the queue, the work and a margin to fetch the result. RunPod forgets it afterwards in any case.
  const ttl = options.queuePatienceMs + options.executionTimeoutMs + 30 * 60_000;
  const body = JSON.stringify({ input, policy: { executionTimeout: options.executionTimeoutMs, ttl } });
  throwIfAborted(signal);
  const { jobId, lostReplies } = await submit(endpointId, body, tools, signal);
  let isOver = false;
  try {
    const view = await follow(endpointId, jobId, tools, signal);
    isOver = true;
    onRun(view, lostReplies);
    if (view.status === "COMPLETED") return view.output;
    throw new ReelburstError(
      "RUNPOD_JOB_FAILED",
      `RunPod ended a chunk as ${view.status}${view.error === null ? "" : `: ${view.error}`}.`,
      { retryable: true },
    );
  } catch (thrown) {
    if (signal?.aborted && !isOver) {
      throw new ReelburstError("ABORTED", "Stopped on request.", { cause: signal.reason });
    }
    throw thrown;
  } finally {
    if (!isOver) letGo(endpointId, jobId);
  }
}

async function submit(
  endpointId: string,
  body: string,
  { client, clock, options }: JobTools,
  signal: AbortSignal | undefined,
): Promise<{ readonly jobId: string; readonly lostReplies: number }> {
  for (let lostReplies = 0; ; lostReplies++) {
    try {
      return { jobId: await client.run(endpointId, body), lostReplies };
    } catch (thrown) {
      const isLost = thrown instanceof ApiFailure && thrown.isTransient && !thrown.isThrottled;
      if (!isLost || lostReplies + 1 === SUBMISSIONS) throw apiError(thrown, "RunPod");
      // The same chunk twice is the same bytes; what it costs is booked for both.
      await sleep(options.pollMs * 2 ** lostReplies, { clock, signal });
    }
  }
}

/** Until it is over. A state never goes back. */
async function follow(
  endpointId: string,
  jobId: string,
  { client, clock, options, endpoint }: JobTools,
  signal: AbortSignal | undefined,
): Promise<JobView> {
  const submittedMs = clock.monotonicMs();
  let startedMs: number | null = null;
  let wasRevived = false;
  for (;;) {
    await sleep(options.pollMs, { clock, signal });
    const nowMs = clock.monotonicMs();
    const view = await client.status(endpointId, jobId).catch((thrown: unknown) => {
      if (thrown instanceof ApiFailure && thrown.isTransient) return "unknown" as const;
      throw apiError(thrown, "RunPod");
    });
    if (view !== "unknown" && view !== null && RANK[view.status] === 2) return view;
    if (view === null && nowMs - submittedMs > NOT_SEEN_YET_MS) {
      throw new ReelburstError("RUNPOD_JOB_LOST", "RunPod does not know a chunk's job any more.", {
        retryable: true,
        hint: "It expired, or its result did. It is run again.",
      });
    }
    if (view !== "unknown" && view?.status === "IN_PROGRESS") startedMs ??= nowMs;
    if (startedMs === null) {
      const waitedMs = nowMs - submittedMs;
      if (waitedMs > options.queuePatienceMs) {
        throw new ReelburstError("RUNPOD_QUEUE_STALLED", "No RunPod worker took a chunk in time.", {
          retryable: true,
          hint: "Allow other GPU types or more workers.",
        });
      }
      if (!wasRevived && waitedMs > options.queuePatienceMs / 4) {
        wasRevived = true;
        const count = await client.workers(endpointId).catch(() => null);
        if (count === 0) await endpoint(true).catch(() => {});
      }
    } else if (nowMs - startedMs > options.executionTimeoutMs + GRACE_MS) {
      throw new ReelburstError("RUNPOD_JOB_LOST", "A chunk on RunPod is not over after its time.", {
        retryable: true,
      });
    }
  }
}
