import { whenAborted } from "../../support/abort.ts";
import type { CancelTimer, Clock } from "../../support/clock.ts";
import { ReelburstError, type SerializedError } from "../../support/errors.ts";
import type { Random } from "../../support/random.ts";
import { resolveJob, toJson } from "../check-job.ts";
import { isFinal, type Job, type JobCounts, type JobStatus, type JsonValue, type NewJob } from "../job.ts";
import {
  type EnqueuedJob,
  type FetchRequest,
  type JobChange,
  type JobQueue,
  LEASE_LOST,
  type Lease,
} from "../queue.ts";
import { decideRetry } from "../retry.ts";
import { ReadyJobs } from "./ready-jobs.ts";
import { countStates, type StoredJob, toChange, toJob, toLease } from "./stored-job.ts";

export interface MemoryQueueOptions {
  readonly clock: Clock;
  /** For backoff jitter. */
  readonly random: Random;
}

/**
 * The queue of a single process, for one-shot renders. It forgets everything when the process ends; what was
 * rendered is in the chunk cache, and the next run enqueues only what is missing.
 *
 * Between two awaits every method is one transaction: JavaScript runs it without interruption. One file although it has
 * some 300 lines: each method is a transition of the same few fields, and they are only right together.
 */
export class MemoryQueue implements JobQueue {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #jobs = new Map<string, StoredJob>();
  /** Group -> key -> job, in order of enqueuing. */
  readonly #groups = new Map<string, Map<string, StoredJob>>();
  readonly #ready = new Map<string, ReadyJobs>();
  /** Active and retrying jobs: those with a `dueMs`. Few: as many as workers and recent failures. */
  readonly #timed = new Set<StoredJob>();
  readonly #waiting = new Set<Waiter>();
  readonly #listeners = new Set<(change: JobChange) => void>();
  #enqueued = 0;
  #leased = 0;
  #closed = false;
  #alarm: { readonly dueMs: number; readonly cancel: CancelTimer } | null = null;

  constructor(options: MemoryQueueOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  async enqueue(jobs: readonly NewJob[]): Promise<readonly EnqueuedJob[]> {
    this.#begin();
    const results = jobs.map(resolveJob).map((job): EnqueuedJob => {
      const group = getOrAdd(this.#groups, job.group, () => new Map<string, StoredJob>());
      const known = group.get(job.key);
      if (known !== undefined) return { id: known.id, key: job.key, created: false };
      const number = ++this.#enqueued;
      const stored: StoredJob = {
        ...job,
        id: `job-${number}`,
        number,
        status: { state: "queued" },
        attempts: 0,
        token: null,
        leaseMs: 0,
        dueMs: Number.POSITIVE_INFINITY,
      };
      this.#jobs.set(stored.id, stored);
      group.set(job.key, stored);
      this.#readyOf(job.queue).add(stored);
      this.#announce(stored);
      return { id: stored.id, key: job.key, created: true };
    });
    this.#serveWaiters();
    return results;
  }

  fetch(request: FetchRequest): Promise<Lease | null> {
    if (this.#closed || request.signal?.aborted) return Promise.resolve(null);
    this.#settleDue();
    const lease = this.#take(request);
    if (lease !== null || request.waitMs === 0) return Promise.resolve(lease);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        request,
        answer: (answer) => {
          this.#waiting.delete(waiter);
          stopListening();
          cancelTimer();
          resolve(answer);
        },
      };
      this.#waiting.add(waiter);
      const giveUp = (): void => waiter.answer(null);
      const stopListening = whenAborted(request.signal, giveUp);
      const cancelTimer = request.waitMs === undefined ? () => {} : this.#clock.after(request.waitMs, giveUp);
    });
  }

  async heartbeat(lease: Lease): Promise<"ok" | "stale"> {
    const job = this.#held(lease);
    if (job === null) return "stale";
    job.dueMs = this.#clock.monotonicMs() + job.leaseMs;
    this.#setAlarm();
    return "ok";
  }

  async complete(lease: Lease, output: JsonValue): Promise<"completed" | "stale"> {
    const job = this.#held(lease);
    if (job === null) return "stale";
    this.#leave(job, { state: "completed", output: toJson(output) });
    return "completed";
  }

  async fail(lease: Lease, error: SerializedError): Promise<"retrying" | "failed" | "stale"> {
    const job = this.#held(lease);
    if (job === null) return "stale";
    const state = this.#endAttempt(job, { ...error });
    this.#setAlarm();
    return state;
  }

  async release(lease: Lease): Promise<"released" | "stale"> {
    const job = this.#held(lease);
    if (job === null) return "stale";
    job.attempts--;
    this.#leave(job, { state: "queued" });
    this.#readyOf(job.queue).add(job);
    this.#serveWaiters();
    return "released";
  }

  async cancel(group: string, keys?: readonly string[]): Promise<number> {
    this.#begin();
    const jobs = this.#groups.get(group) ?? new Map<string, StoredJob>();
    const named = keys === undefined ? [...jobs.values()] : [...new Set(keys)].map((key) => jobs.get(key));
    const open = named.filter((job) => job !== undefined && !isFinal(job.status.state)) as StoredJob[];
    for (const job of open) {
      this.#readyOf(job.queue).remove(job);
      this.#leave(job, { state: "canceled" });
    }
    return open.length;
  }

  async forget(group: string): Promise<void> {
    await this.cancel(group);
    for (const job of this.#groups.get(group)?.values() ?? []) {
      this.#jobs.delete(job.id);
      this.#ready.get(job.queue)?.forget(group);
    }
    this.#groups.delete(group);
  }

  async status(group: string): Promise<JobCounts> {
    this.#begin();
    return countStates(this.#groups.get(group)?.values() ?? []);
  }

  async backlog(queue: string): Promise<JobCounts> {
    this.#begin();
    return countStates([...this.#jobs.values()].filter((job) => job.queue === queue));
  }

  async jobs(group: string): Promise<readonly Job[]> {
    this.#begin();
    return Array.from(this.#groups.get(group)?.values() ?? [], toJob);
  }

  subscribe(listener: (change: JobChange) => void): () => void {
    if (this.#closed) throw closedError();
    // Wrapped, so that one function may subscribe twice and each stop ends its own.
    const own = (change: JobChange): void => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#alarm?.cancel();
    this.#alarm = null;
    for (const waiter of [...this.#waiting]) waiter.answer(null);
    this.#listeners.clear();
  }

  /** Every call sees the table as the clock stands: what is due happens first. */
  #begin(): void {
    if (this.#closed) throw closedError();
    this.#settleDue();
  }

  /** The job when this lease still is its own, else null. */
  #held(lease: Lease): StoredJob | null {
    this.#begin();
    const job = this.#jobs.get(lease.jobId);
    return job !== undefined && job.token === lease.token ? job : null;
  }

  #take(request: FetchRequest): Lease | null {
    const job = this.#readyOf(request.queue).takeNext();
    if (job === null) return null;
    job.attempts++;
    job.token = `${job.id}/${++this.#leased}`;
    job.leaseMs = request.leaseMs;
    job.dueMs = this.#clock.monotonicMs() + request.leaseMs;
    job.status = { state: "active", workerId: request.workerId };
    this.#timed.add(job);
    this.#announce(job);
    this.#setAlarm();
    return toLease(job, job.token, request.workerId);
  }

  /** Ends the current attempt, whatever it was; nothing of its lease remains. */
  #leave(job: StoredJob, status: JobStatus): void {
    job.status = status;
    job.token = null;
    job.dueMs = Number.POSITIVE_INFINITY;
    this.#timed.delete(job);
    this.#announce(job);
    this.#setAlarm();
  }

  #endAttempt(job: StoredJob, error: SerializedError): "retrying" | "failed" {
    const decision = decideRetry(job.retry, job.attempts, error.retryable, this.#random);
    if (!decision.retry) {
      this.#leave(job, { state: "failed", error });
      return "failed";
    }
    this.#leave(job, { state: "retrying", error });
    job.dueMs = this.#clock.monotonicMs() + decision.delayMs;
    this.#timed.add(job);
    return "retrying";
  }

  /** Takes back lost leases and makes delayed jobs ready. */
  #settleDue(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const job of [...this.#timed]) {
      if (job.dueMs > nowMs) continue;
      if (job.status.state === "active") this.#endAttempt(job, LEASE_LOST);
      // A delay of 0 is over at once.
      if (job.status.state === "retrying" && job.dueMs <= nowMs) {
        this.#timed.delete(job);
        job.dueMs = Number.POSITIVE_INFINITY;
        this.#readyOf(job.queue).add(job);
      }
    }
    this.#setAlarm();
    this.#serveWaiters();
  }

  #serveWaiters(): void {
    for (const waiter of [...this.#waiting]) {
      const lease = this.#take(waiter.request);
      if (lease !== null) waiter.answer(lease);
    }
  }

  /** One timer for the next due moment, so that waiting fetches and listeners hear of it without being asked. */
  #setAlarm(): void {
    if (this.#closed) return;
    let dueMs = Number.POSITIVE_INFINITY;
    for (const job of this.#timed) dueMs = Math.min(dueMs, job.dueMs);
    if (this.#alarm?.dueMs === dueMs) return;
    this.#alarm?.cancel();
    this.#alarm = null;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const ring = (): void => {
      this.#alarm = null;
      this.#settleDue();
    };
    this.#alarm = { dueMs, cancel: this.#clock.after(dueMs - this.#clock.monotonicMs(), ring) };
  }

  /** Listeners run after the current transaction: one that calls the queue must not find it half changed. */
  #announce(job: StoredJob): void {
    const change = toChange(job);
    for (const listener of this.#listeners)
      queueMicrotask(() => this.#listeners.has(listener) && listener(change));
  }

  #readyOf(queue: string): ReadyJobs {
    return getOrAdd(this.#ready, queue, () => new ReadyJobs());
  }
}

interface Waiter {
  readonly request: FetchRequest;
  readonly answer: (lease: Lease | null) => void;
}

function closedError(): ReelburstError {
  return new ReelburstError("QUEUE_CLOSED", "The queue is closed.");
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const added = create();
  map.set(key, added);
  return added;
}
