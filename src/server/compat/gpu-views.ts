/** A production as the GPU worker's and its orchestrator's clients expect a job. Pure. */
import type { ProductionRecord } from "../../produce/production-store.ts";
import type { CompatJob } from "./compat-job-store.ts";
import type { GpuJobFacts } from "./gpu-operations.ts";
import { sceneFile } from "./productions.ts";

export type GpuStatus = "IN_QUEUE" | "IN_PROGRESS" | "COMPLETED" | "FAILED" | "CANCELLED" | "TIMED_OUT";
export type OrchestratorStatus = "QUEUED" | "PROCESSING" | "COMPLETED" | "FAILED" | "CANCELLED";

export interface GpuJob extends Pick<CompatJob, "id" | "timedOut"> {
  readonly facts: GpuJobFacts;
  readonly idRoteiro: unknown;
}

/** The link to the n-th video. */
export type LinkOf = (index: number) => string;

export function gpuStatus({ state, error }: ProductionRecord, timedOut: boolean): GpuStatus {
  switch (state) {
    case "queued":
      return "IN_QUEUE";
    case "fetching":
    case "planning":
    case "provisioning":
    case "rendering":
    case "assembling":
    case "publishing":
      return "IN_PROGRESS";
    case "succeeded":
      return "COMPLETED";
    case "failed":
      return error?.code === "TIMED_OUT" ? "TIMED_OUT" : "FAILED";
    case "canceled":
      return timedOut ? "TIMED_OUT" : "CANCELLED";
    default:
      return state satisfies never;
  }
}

/** Milliseconds, as RunPod counts them; left out while they are not known. */
function timesOf({ createdMs, startedMs, endedMs }: ProductionRecord) {
  return {
    ...(startedMs === null ? {} : { delayTime: Math.round(startedMs - createdMs) }),
    ...(startedMs === null || endedMs === null ? {} : { executionTime: Math.round(endedMs - startedMs) }),
  };
}

export function gpuJobView(job: GpuJob, record: ProductionRecord, linkOf: LinkOf) {
  const status = gpuStatus(record, job.timedOut);
  return {
    id: job.id,
    status,
    ...timesOf(record),
    ...(status === "COMPLETED" ? { output: outputOf(job, record, linkOf) } : {}),
    ...(status === "IN_PROGRESS" ? { progress: progressOf(record) } : {}),
    ...errorOf(status, record),
  };
}

function errorOf(status: GpuStatus, { error }: ProductionRecord): { error?: string; code?: string } {
  if (status === "TIMED_OUT")
    return { error: "The job took longer than its execution timeout.", code: "TIMED_OUT" };
  if (status !== "FAILED") return {};
  return { error: error?.message ?? "The job failed.", code: error?.code ?? "INTERNAL" };
}

/** The worker's output and the orchestrator's result are one: every field that either has. */
export function outputOf({ id, facts }: GpuJob, record: ProductionRecord, linkOf: LinkOf) {
  // Only what is there, in the request's order.
  const videos = facts.videos.flatMap(({ id: name, sceneId, filename }, index) => {
    const file = sceneFile(record, sceneId);
    return file === null ? [] : [{ id: name, video_url: linkOf(index), filename, size: file.sizeBytes }];
  });
  const times = timesOf(record);
  const durationMs = times.executionTime ?? 0;
  return {
    success: videos.length === facts.videos.length,
    code: 200,
    message: `${facts.operation}: ${videos.length} of ${facts.videos.length} videos made`,
    ...(facts.operation === "img2vid" ? {} : { video_url: videos[0]?.video_url ?? null }),
    videos,
    total: facts.videos.length,
    processed: videos.length,
    execution: {
      startTime: isoOf(record.startedMs),
      endTime: isoOf(record.endedMs),
      durationMs,
      durationSeconds: durationMs / 1000,
    },
    stats: {
      jobId: id,
      operation: facts.operation,
      ...times,
      total: facts.videos.length,
      processed: videos.length,
      frames: record.result?.frames ?? null,
      seconds: record.result?.seconds ?? null,
      encoder: record.result?.encoder ?? null,
    },
  };
}

function progressOf(record: ProductionRecord) {
  const { framesRendered, framesTotal } = record.progress;
  return {
    completed: record.scenes.filter(({ status }) => status === "done" || status === "retried").length,
    total: record.scenes.length,
    // From frames; 100 only when the files are there.
    percentage: framesTotal === 0 ? 0 : Math.min(99, Math.floor((100 * framesRendered) / framesTotal)),
  };
}

const ORCHESTRATOR: Readonly<Record<GpuStatus, OrchestratorStatus>> = {
  IN_QUEUE: "QUEUED",
  IN_PROGRESS: "PROCESSING",
  COMPLETED: "COMPLETED",
  FAILED: "FAILED",
  CANCELLED: "CANCELLED",
  TIMED_OUT: "FAILED",
};

export function orchestratorStatus(record: ProductionRecord, timedOut: boolean): OrchestratorStatus {
  return ORCHESTRATOR[gpuStatus(record, timedOut)];
}

export function orchestratorJobView(job: GpuJob, record: ProductionRecord, linkOf: LinkOf) {
  const status = gpuStatus(record, job.timedOut);
  return {
    jobId: job.id,
    status: ORCHESTRATOR[status],
    operation: job.facts.operation,
    ...(job.idRoteiro == null ? {} : { idRoteiro: job.idRoteiro }),
    ...(status === "IN_PROGRESS" ? { progress: progressOf(record) } : {}),
    ...(status === "COMPLETED" ? { result: outputOf(job, record, linkOf) } : {}),
    ...errorOf(status, record),
    createdAt: isoOf(record.createdMs),
    ...(record.startedMs === null ? {} : { submittedAt: isoOf(record.startedMs) }),
    ...(record.endedMs === null ? {} : { completedAt: isoOf(record.endedMs) }),
  };
}

function isoOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
