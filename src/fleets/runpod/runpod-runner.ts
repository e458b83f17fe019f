/** Stands where a render process or an agent stands: draws chunks, each as one job of a serverless endpoint. */
import { rm } from "node:fs/promises";
import { type Line, makeLine } from "../../money/line.ts";
import { meterRunPod } from "../../money/meter.ts";
import type { Price } from "../../money/price.ts";
import { chunkKey } from "../../render/chunk-key.ts";
import type { TaskRunner } from "../../render/process/render-pool.ts";
import type { TaskInput, TaskName, TaskOutput } from "../../render/process/tasks.ts";
import { sleep } from "../../support/abort.ts";
import { bringChunk, type ChunkPaths, orderOf } from "../rest/chunk-exchange.ts";
import { type ApiContext, ApiFailure, at } from "../rest/exchange.ts";
import type { WorkerInput } from "../rest/worker-contract.ts";
import { ensureEndpoint } from "./ensure-endpoint.ts";
import { runJob } from "./run-job.ts";
import { type JobView, RunPodClient } from "./runpod-client.ts";
import type { RunPodOptions } from "./runpod-options.ts";
import { type WorkerRun, workerSpans } from "./worker-spans.ts";

export interface RunPodTools extends ApiContext, ChunkPaths {
  /** For an hour of one worker. */
  readonly price: Price;
  /** What the ledger books it under. */
  readonly leaseId: string;
  /** Looks at the file that came, in a place where looking is safe. Throws when it is no such chunk. */
  readonly probe: ((path: string, input: TaskInput<"renderChunk">) => Promise<void>) | null;
}

export interface RunPodRunner extends TaskRunner {
  /** libav names of encoders that work there: whether chunks may be planned for its GPU. */
  encoders(signal?: AbortSignal): Promise<readonly string[]>;
  /** What has been used so far, by worker. Lines grow until the runner is closed. */
  lines(): readonly Line[];
}

/** Of `/run`; what RunPod returns is bounded by 20 MB. */
const LIMITS = {
  sentBytes: 10_000_000,
  returnedBytes: 14_000_000,
  tooLarge: "RUNPOD_PAYLOAD_TOO_LARGE",
  damaged: "RUNPOD_OUTPUT_DAMAGED",
} as const;
const CANCEL_TRIES = 10;
export function createRunPodRunner(options: RunPodOptions, tools: RunPodTools): RunPodRunner {
  const { clock } = tools;
  const client = new RunPodClient(tools, options);
  const runs: WorkerRun[] = [];
  const lettingGo = new Set<Promise<void>>();
  let endpointOnce: Promise<string> | null = null;
  let isClosed = false;
  let unknowns = 0;

  const endpoint = (again: boolean): Promise<string> => {
    if (again) endpointOnce = null;
    const wanted = endpointOnce ?? ensureEndpoint(client, options);
    endpointOnce = wanted;
    wanted.catch(() => {
      if (endpointOnce === wanted) endpointOnce = null;
    });
    return wanted;
  };

  const onRun = ({ workerId, delayMs, executionMs }: JobView, lostReplies: number): void => {
    if (executionMs === 0 && workerId === null) return;
    const endMs = clock.now();
    const run = {
      workerId: workerId ?? `unnamed-${++unknowns}`,
      startMs: endMs - executionMs,
      endMs,
      delayMs,
    };
    runs.push(run);
    // Submissions without an answer may have been run as well, by a worker that nobody has told us of.
    for (let lost = 0; lost < lostReplies; lost++) {
      runs.push({ ...run, workerId: `unseen-${++unknowns}` });
    }
  };

  const letGo = (endpointId: string, jobId: string): void => {
    const told = cancelUntilOver(endpointId, jobId).finally(() => lettingGo.delete(told));
    lettingGo.add(told);
  };

  const cancelUntilOver = async (endpointId: string, jobId: string): Promise<void> => {
    for (let attempt = 1; attempt <= CANCEL_TRIES; attempt++) {
      try {
        await client.cancel(endpointId, jobId);
        const view = await client.status(endpointId, jobId);
        if (view === null) return;
        if (view.status !== "IN_QUEUE" && view.status !== "IN_PROGRESS") {
          onRun(view, 0);
          return;
        }
      } catch (thrown) {
        if (!(thrown instanceof ApiFailure) || !thrown.isTransient) return;
      }
      await sleep(options.pollMs * attempt, { clock });
    }
    // Its execution timeout and its TTL end it.
  };

  const job = (input: WorkerInput, signal: AbortSignal | undefined): Promise<unknown> =>
    runJob(input, signal, { client, options, clock, endpoint, letGo, onRun });

  const renderChunk = async (
    input: TaskInput<"renderChunk">,
    signal: AbortSignal | undefined,
  ): Promise<TaskOutput<"renderChunk">> => {
    const key = chunkKey(input.plan);
    try {
      const output = await job(await orderOf(key, input, tools, LIMITS), signal);
      const facts = await bringChunk(key, output, input.outPath, tools, LIMITS, signal);
      await tools.probe?.(input.outPath, input);
      return facts;
    } catch (thrown) {
      await rm(input.outPath, { force: true });
      throw thrown;
    }
  };

  return {
    slots: options.workersMax,
    peakBytes: 0,
    warmUp: () => {},
    run: async <Name extends TaskName>(
      task: Name,
      input: TaskInput<Name>,
      wanted: { readonly signal?: AbortSignal | undefined } = {},
    ): Promise<TaskOutput<Name>> => {
      if (task !== "renderChunk") throw new TypeError(`A worker draws chunks; ${task} is done here.`);
      return (await renderChunk(input as TaskInput<"renderChunk">, wanted.signal)) as TaskOutput<Name>;
    },
    encoders: async (signal) => {
      const names = at(await job({ operation: "encoders" }, signal), "encoders");
      return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
    },
    lines: () => {
      const idleMs = options.idleTimeoutSeconds * 1_000;
      const spans = workerSpans(runs, { idleMs, coldStartMs: options.coldStartMs });
      return [...spans].flatMap(([workerId, ofWorker]) =>
        ofWorker.flatMap((span, index) =>
          meterRunPod(tools.price, span).map((usage) =>
            makeLine("metered", usage, {
              leaseId: tools.leaseId,
              pool: options.name,
              machineId: `${workerId}#${index + 1}`,
              ...span,
              isFinal: isClosed,
              doubts: ["reckoned-from-jobs"],
            }),
          ),
        ),
      );
    },
    close: async () => {
      while (lettingGo.size > 0) await Promise.allSettled(lettingGo);
      isClosed = true;
    },
  };
}
