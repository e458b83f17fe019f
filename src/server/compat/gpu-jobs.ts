/** Jobs of the GPU worker's two doors, RunPod's and the orchestrator's: one kind of job behind both. */
import type { FastifyRequest } from "fastify";
import { isEnded, type ProductionRecord } from "../../produce/production-store.ts";
import { whenAborted } from "../../support/abort.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { baseUrlOf } from "./base-url.ts";
import type { CompatJob, CompatJobStore, TimedJob } from "./compat-job-store.ts";
import { signedDownload } from "./downloads.ts";
import type { GpuJobFacts, GpuPlan } from "./gpu-operations.ts";
import type { GpuJob, LinkOf } from "./gpu-views.ts";
import { submit, waitForEnd } from "./productions.ts";

const JOB_KEPT_MS = 30 * 24 * 3_600_000;
/** A cancellation is answered with what became of it, not with what was wished. */
const CANCEL_WAIT_MS = 5000;

export interface FoundJob {
  readonly job: GpuJob;
  readonly record: ProductionRecord;
  readonly linkOf: LinkOf;
}

export interface GpuJobOptions {
  /** Milliseconds of work after which the job is ended; null: never. */
  readonly executionTimeoutMs: number | null;
  /** Passed through. */
  readonly idRoteiro: unknown;
}

export class GpuJobs {
  readonly #dependencies: ServerDependencies;
  readonly #store: CompatJobStore;

  constructor(dependencies: ServerDependencies, store: CompatJobStore) {
    this.#dependencies = dependencies;
    this.#store = store;
  }

  async create(plan: GpuPlan, options: GpuJobOptions, request: FastifyRequest): Promise<FoundJob> {
    const { service, clock } = this.#dependencies;
    const record = await submit(this.#dependencies, plan, request.caller.id);
    try {
      await this.#store.forgetExpired();
      const job = await this.#store.add({
        api: "gpu",
        productionId: record.id,
        owner: request.caller.id,
        request: { ...plan.facts, ...options },
        expiresMs: clock.now() + JOB_KEPT_MS,
      });
      const limitMs = timeoutOf(job);
      if (limitMs !== null) this.#watch({ ...job, limitMs });
      return this.#found(job, record, request);
    } catch (error) {
      // Nobody will ever know its id.
      await service.productions.cancel(record.id);
      throw error;
    }
  }

  /** @throws ReelburstError JOB_NOT_FOUND */
  async find(id: string, request: FastifyRequest): Promise<FoundJob> {
    const job = await this.#store.find(id, ["gpu"]);
    const record = job === null ? null : await this.#dependencies.service.productions.get(job.productionId);
    if (job === null || record === null) {
      throw new ReelburstError("JOB_NOT_FOUND", "There is no such job.", {
        hint: "Jobs are known for 30 days.",
      });
    }
    // Watched or not: nobody is told that a job goes on that may not.
    const limitMs = timeoutOf(job);
    const isLate =
      limitMs !== null &&
      record.startedMs !== null &&
      this.#dependencies.clock.now() > record.startedMs + limitMs;
    if (!isLate || isEnded(record.state)) return this.#found(job, record, request);
    await this.#endLate(job);
    return this.#found({ ...job, timedOut: true }, await this.#settled(job.productionId), request);
  }

  /** The job when it has ended, or as it is after `waitMs`, or when the caller has gone. */
  async wait({ job, record }: FoundJob, waitMs: number, request: FastifyRequest): Promise<FoundJob> {
    const over = new AbortController();
    const end = (): void => over.abort();
    const { socket } = request.raw;
    socket.once("close", end);
    const cancelTimer = this.#dependencies.clock.after(waitMs, end);
    const stop = whenAborted(this.#dependencies.draining, end);
    try {
      await waitForEnd(this.#dependencies, record.id, over.signal);
    } finally {
      cancelTimer();
      stop();
      socket.off("close", end);
    }
    return this.find(job.id, request);
  }

  /** @throws ReelburstError JOB_NOT_FOUND */
  async cancel(id: string, request: FastifyRequest): Promise<FoundJob & { readonly hadEnded: boolean }> {
    const found = await this.find(id, request);
    const answer = await this.#dependencies.service.productions.cancel(found.record.id);
    if (answer === "ended") return { ...found, hadEnded: true };
    const record = await this.#settled(found.record.id);
    return { ...found, record, hadEnded: false };
  }

  async #settled(productionId: string): Promise<ProductionRecord> {
    const over = new AbortController();
    const cancelTimer = this.#dependencies.clock.after(CANCEL_WAIT_MS, () => over.abort());
    try {
      return await waitForEnd(this.#dependencies, productionId, over.signal);
    } finally {
      cancelTimer();
    }
  }

  /** Ends a job that takes longer than its caller allows, whether somebody asks for it or not. */
  #watch(job: TimedJob): void {
    const { service, clock, draining, log } = this.#dependencies;
    let cancelTimer = (): void => {};
    const stops = [
      service.productions.subscribe((id) => void (id === job.productionId && look())),
      whenAborted(draining, () => finish()),
    ];
    const finish = (): void => {
      cancelTimer();
      for (const stop of stops.splice(0)) stop();
    };
    let isArmed = false;
    const look = (): void => {
      service.productions.get(job.productionId).then(
        (record) => {
          if (record === null || isEnded(record.state)) return finish();
          if (isArmed || record.startedMs === null) return;
          isArmed = true;
          cancelTimer = clock.after(record.startedMs + job.limitMs - clock.now(), () => {
            finish();
            this.#endLate(job).catch((error: unknown) => log.error({ err: error }, "job timeout"));
          });
        },
        (error: unknown) => log.error({ err: error }, "job timeout"),
      );
    };
    look();
  }

  async #endLate(job: Pick<TimedJob, "idSha256" | "productionId">): Promise<void> {
    // Before the cancellation: between the two it would be told as the caller's own.
    await this.#store.markTimedOut(job.idSha256);
    await this.#dependencies.service.productions.cancel(job.productionId);
  }

  /** Goes on watching what the server before this one did. */
  async resume(): Promise<void> {
    for (const job of await this.#store.listTimed()) this.#watch(job);
  }

  #found(job: CompatJob, record: ProductionRecord, request: FastifyRequest): FoundJob {
    const facts = job.request as unknown as GpuJobFacts;
    const base = baseUrlOf(request);
    const nowMs = this.#dependencies.clock.now();
    return {
      job: { id: job.id, timedOut: job.timedOut, facts, idRoteiro: job.request["idRoteiro"] },
      record,
      linkOf: (index) => `${base}${signedDownload(job, index, nowMs)}`,
    };
  }
}

function timeoutOf({ request }: CompatJob): number | null {
  const value = request["executionTimeoutMs"];
  return typeof value === "number" ? value : null;
}
