/** Stands where a render process or an agent stands: draws chunks, each as one job of a serverless endpoint. */
import { createHash } from "node:crypto";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { type Line, makeLine } from "../../money/line.ts";
import { meterRunPod } from "../../money/meter.ts";
import type { Price } from "../../money/price.ts";
import { chunkKey } from "../../render/chunk-key.ts";
import { ENGINE_VERSION } from "../../render/plan.ts";
import type { TaskRunner } from "../../render/process/render-pool.ts";
import type { TaskInput, TaskName, TaskOutput } from "../../render/process/tasks.ts";
import { sleep } from "../../support/abort.ts";
import { ReelburstError } from "../../support/errors.ts";
import { type ApiContext, ApiFailure, at } from "../rest/exchange.ts";
import { ensureEndpoint } from "./ensure-endpoint.ts";
import { runJob } from "./run-job.ts";
import { type JobView, RunPodClient } from "./runpod-client.ts";
import type { RunPodOptions } from "./runpod-options.ts";
import { readWorkerAnswer, type WorkerDone, type WorkerInput } from "./worker-contract.ts";
import { type WorkerRun, workerSpans } from "./worker-spans.ts";

export interface RunPodTools extends ApiContext {
  /** For an hour of one worker. */
  readonly price: Price;
  /** What the ledger books it under. */
  readonly leaseId: string;
  /** Presigned https addresses of inputs that lie in a store; undefined: the input is sent along. */
  readonly urlOf: (digest: string) => string | undefined;
  /** Where workers put chunks; null: they come back in the answer, as far as they fit. */
  readonly results: {
    readonly putUrlOf: (key: string) => Promise<string>;
    readonly bring: (key: string, outPath: string, signal: AbortSignal | undefined) => Promise<void>;
  } | null;
  /** Looks at the file that came, in a place where looking is safe. Throws when it is no such chunk. */
  readonly probe: ((path: string, input: TaskInput<"renderChunk">) => Promise<void>) | null;
}

export interface RunPodRunner extends TaskRunner {
  /** libav names of encoders that work there: whether chunks may be planned for its GPU. */
  encoders(signal?: AbortSignal): Promise<readonly string[]>;
  /** What has been used so far, by worker. Lines grow until the runner is closed. */
  lines(): readonly Line[];
}

/** RunPod's limit for `/run`; some of it is for everything that is not an input. */
const MOST_BYTES = 10_000_000;
const CANCEL_TRIES = 10;
/** What an answer may hold, of the 20 MB that RunPod returns. */
const MOST_INLINE_BYTES = 14_000_000;

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
      const output = await job(await orderOf(key, input, tools), signal);
      const answer = readWorkerAnswer(output);
      if (answer.kind === "failed") throw ReelburstError.fromJSON(answer.error);
      if (answer.kind === "malformed" || answer.done.facts.key !== key) {
        throw damaged("The worker answered something else than was asked for.");
      }
      await bring(key, answer.done, input.outPath, tools, signal);
      await tools.probe?.(input.outPath, input);
      return { ...answer.done.facts, thumbnail: Buffer.from(answer.done.thumbnail, "base64") };
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

async function orderOf(
  key: string,
  { plan, inputs }: TaskInput<"renderChunk">,
  { urlOf, results }: RunPodTools,
): Promise<WorkerInput> {
  let room = MOST_BYTES - Buffer.byteLength(JSON.stringify(plan)) - 100_000;
  const sent: { sha256: string; url?: string; base64?: string }[] = [];
  for (const [sha256, file] of Object.entries(inputs)) {
    const url = urlOf(sha256);
    if (url === undefined) {
      room -= Math.ceil((await stat(file)).size / 3) * 4 + 100;
      if (room < 0) {
        throw new ReelburstError(
          "RUNPOD_PAYLOAD_TOO_LARGE",
          "The inputs of a chunk are larger than RunPod takes.",
          { path: file, hint: "Configure an object store; inputs are then fetched from there." },
        );
      }
    }
    sent.push({ sha256, ...(url === undefined ? { base64: await readFile(file, "base64") } : { url }) });
  }
  const putUrl = results === null ? null : await results.putUrlOf(key);
  return { operation: "renderChunk", key, engine: ENGINE_VERSION, plan, inputs: sent, putUrl };
}

/** The chunk, where it belongs, and as it was said to be. */
async function bring(
  key: string,
  done: WorkerDone,
  outPath: string,
  { results }: RunPodTools,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (done.base64 !== null) {
    if (done.base64.length > (MOST_INLINE_BYTES * 4) / 3) throw damaged("The answer is larger than agreed.");
    await writeFile(outPath, Buffer.from(done.base64, "base64"));
  } else if (results === null) {
    throw damaged("The worker has sent no chunk.");
  } else {
    await results.bring(key, outPath, signal);
  }
  const bytes = await readFile(outPath);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (bytes.length !== done.sizeBytes || sha256 !== done.sha256) {
    throw damaged("The chunk that came is not the one that was drawn.");
  }
}

function damaged(message: string): ReelburstError {
  return new ReelburstError("RUNPOD_OUTPUT_DAMAGED", message, { retryable: true });
}
