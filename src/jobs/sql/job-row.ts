import type { SerializedError } from "../../support/errors.ts";
import { toJson } from "../check-job.ts";
import type { Job, JobState, JobStatus, JsonValue } from "../job.ts";
import type { JobChange, Lease } from "../queue.ts";

/** A row of `reelburst.job`, as far as it is read. */
export interface JobRow {
  readonly number: number;
  readonly queue: string;
  readonly group_name: string;
  readonly key: string;
  readonly data: string;
  readonly priority: number;
  readonly retry_limit: number;
  readonly base_delay_ms: number;
  readonly factor: number;
  readonly max_delay_ms: number;
  readonly state: JobState;
  readonly attempts: number;
  readonly token: string | null;
  readonly worker_id: string | null;
  readonly lease_ms: number | null;
  readonly output: string | null;
  readonly error: string | null;
}

export function jobId(number: number): string {
  return `job-${number}`;
}

/** null for what is no id of this queue. */
export function jobNumber(id: string): number | null {
  const match = /^job-(\d{1,15})$/.exec(id);
  return match === null ? null : Number(match[1]);
}

export function toJob(row: JobRow): Job {
  return {
    ...statusOf(row),
    id: jobId(row.number),
    queue: row.queue,
    group: row.group_name,
    key: row.key,
    data: parse(row.data),
    priority: row.priority,
    retry: {
      limit: row.retry_limit,
      baseDelayMs: row.base_delay_ms,
      factor: row.factor,
      maxDelayMs: row.max_delay_ms,
    },
    attempts: row.attempts,
  };
}

export function toLease(row: JobRow): Lease {
  return {
    jobId: jobId(row.number),
    token: row.token ?? "",
    queue: row.queue,
    group: row.group_name,
    key: row.key,
    data: parse(row.data),
    attempt: row.attempts,
    lastAttempt: row.attempts > row.retry_limit,
    workerId: row.worker_id ?? "",
    leaseMs: row.lease_ms ?? 0,
  };
}

/** What a notice says: a change, the name of a queue that has work, or (null) neither. */
export type JobNotice =
  | { readonly change: JobChange; readonly queue: string }
  | { readonly change: null; readonly queue: string };

export function parseNotice(payload: string): JobNotice | null {
  try {
    const notice = JSON.parse(payload) as JobChange | { readonly queue: string };
    return "state" in notice
      ? { change: notice, queue: notice.queue }
      : { change: null, queue: notice.queue };
  } catch {
    // Anybody with access to the database may say anything on a channel.
    return null;
  }
}

function statusOf(row: JobRow): JobStatus {
  switch (row.state) {
    case "queued":
    case "canceled":
      return { state: row.state };
    case "active":
      return { state: "active", workerId: row.worker_id ?? "" };
    case "retrying":
    case "failed":
      return { state: row.state, error: JSON.parse(row.error ?? "null") as SerializedError };
    case "completed":
      return { state: "completed", output: parse(row.output ?? "null") };
  }
}

function parse(text: string): JsonValue {
  return toJson(JSON.parse(text) as JsonValue);
}
