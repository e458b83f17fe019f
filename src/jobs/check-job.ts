import { ReelburstError } from "../support/errors.ts";
import type { JsonValue, NewJob } from "./job.ts";
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from "./retry.ts";

/** A new job with every default filled in and its data detached from the caller's. */
export interface ResolvedJob {
  readonly queue: string;
  readonly group: string;
  readonly key: string;
  readonly data: JsonValue;
  readonly priority: number;
  readonly retry: RetryPolicy;
}

/** Three of them, escaped as JSON, must fit into one notice of PostgreSQL (8,000 bytes), two into an index (2,700). */
const NAME_BYTES = 400;

/** @throws {ReelburstError} `JOB_INVALID`; the path is the field. */
export function resolveJob(job: NewJob): ResolvedJob {
  for (const field of ["queue", "group", "key"] as const) {
    if (job[field] === "") throw invalid(job, field, "is empty");
    if (Buffer.byteLength(job[field]) > NAME_BYTES)
      throw invalid(job, field, `is longer than ${NAME_BYTES} bytes`);
    if (!job[field].isWellFormed() || job[field].includes("\0")) {
      throw invalid(job, field, "holds a character that no database keeps");
    }
  }
  const priority = job.priority ?? 0;
  if (!Number.isSafeInteger(priority)) throw invalid(job, "priority", `is ${priority}, not an integer`);
  return {
    queue: job.queue,
    group: job.group,
    key: job.key,
    data: toJson(job.data),
    priority,
    retry: resolveRetry(job),
  };
}

/** What a JSON column would give back, frozen: no caller can change a job through a reference it kept. */
export function toJson(value: JsonValue): JsonValue {
  return freezeDeep(JSON.parse(JSON.stringify(value) ?? "null") as JsonValue);
}

function resolveRetry(job: NewJob): RetryPolicy {
  const retry = { ...DEFAULT_RETRY_POLICY, ...job.retry };
  if (!Number.isInteger(retry.limit) || retry.limit < 0) {
    throw invalid(job, "retry.limit", `is ${retry.limit}, not a count`);
  }
  for (const field of ["baseDelayMs", "maxDelayMs"] as const) {
    if (!(retry[field] >= 0 && Number.isFinite(retry[field]))) {
      throw invalid(job, `retry.${field}`, `is ${retry[field]}, not a time`);
    }
  }
  if (!(retry.factor >= 1 && Number.isFinite(retry.factor))) {
    throw invalid(job, "retry.factor", `is ${retry.factor}, below 1`);
  }
  return retry;
}

function freezeDeep(value: JsonValue): JsonValue {
  if (typeof value === "object" && value !== null) {
    for (const child of Object.values(value) as readonly JsonValue[]) freezeDeep(child);
    Object.freeze(value);
  }
  return value;
}

function invalid(job: NewJob, path: string, problem: string): ReelburstError {
  return new ReelburstError("JOB_INVALID", `Job ${JSON.stringify(job.key)}: ${path} ${problem}.`, { path });
}
