/**
 * RunPod's REST: jobs of a queue-based endpoint (docs.runpod.io, "Endpoint operations", "Send requests"), and templates
 * and endpoints (REST API v1, "Create a new template", "Create a new endpoint"). Never tried against the real one.
 */
import { type ApiContext, ApiFailure, at, exchange, exchangeAgain, textAt } from "../rest/exchange.ts";
import type { RunPodOptions } from "./runpod-options.ts";

export type JobStatus = "IN_QUEUE" | "IN_PROGRESS" | "COMPLETED" | "FAILED" | "CANCELLED" | "TIMED_OUT";

export interface JobView {
  readonly status: JobStatus;
  /** Queue and start of the worker together. */
  readonly delayMs: number;
  readonly executionMs: number;
  readonly workerId: string | null;
  readonly output: unknown;
  /** RunPod's or the worker's words; shown only. */
  readonly error: string | null;
}

export interface Named {
  readonly id: string;
  readonly name: string;
  readonly facts: unknown;
}

const STATUSES: readonly string[] = [
  "IN_QUEUE",
  "IN_PROGRESS",
  "COMPLETED",
  "FAILED",
  "CANCELLED",
  "TIMED_OUT",
];

export class RunPodClient {
  readonly #context: ApiContext;
  readonly #options: RunPodOptions;

  constructor(context: ApiContext, options: RunPodOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Once: RunPod knows no idempotency key, and each call is a job. @throws ApiFailure */
  async run(endpointId: string, body: string): Promise<string> {
    const call = { ...this.#call("POST", `${this.#jobs(endpointId)}/run`), rawBody: body };
    const answer = await exchangeAgain(this.#context, call, (failure) => failure.isThrottled);
    const id = textAt(answer, "id");
    if (id === null || !SAFE_ID.test(id)) throw new ApiFailure(null, "an answer without a job's id");
    return id;
  }

  /** Null: not known, not yet, or no more. @throws ApiFailure */
  async status(endpointId: string, jobId: string): Promise<JobView | null> {
    try {
      return viewOf(
        await exchange(this.#context, this.#call("GET", `${this.#jobs(endpointId)}/status/${jobId}`)),
      );
    } catch (thrown) {
      if (thrown instanceof ApiFailure && thrown.status === 404) return null;
      throw thrown;
    }
  }

  /** @throws ApiFailure */
  async cancel(endpointId: string, jobId: string): Promise<JobView | null> {
    try {
      return viewOf(
        await exchange(this.#context, this.#call("POST", `${this.#jobs(endpointId)}/cancel/${jobId}`)),
      );
    } catch (thrown) {
      if (thrown instanceof ApiFailure && thrown.status === 404) return null;
      throw thrown;
    }
  }

  /** Workers by what they do, as RunPod counts them. @throws ApiFailure */
  async workers(endpointId: string): Promise<number> {
    const answer = await exchangeAgain(this.#context, this.#call("GET", `${this.#jobs(endpointId)}/health`));
    const workers = at(answer, "workers");
    const counts = typeof workers === "object" && workers !== null ? Object.values(workers) : [];
    return counts.reduce((sum: number, count) => sum + (typeof count === "number" ? count : 0), 0);
  }

  /** @throws ApiFailure */
  async list(kind: "templates" | "endpoints"): Promise<readonly Named[]> {
    const answer = await exchangeAgain(
      this.#context,
      this.#call("GET", `${this.#options.restEndpoint}/${kind}`),
    );
    if (!Array.isArray(answer)) throw new ApiFailure(null, "a list that is none");
    return answer.flatMap((facts: unknown) => {
      const id = textAt(facts, "id");
      const name = textAt(facts, "name");
      return id !== null && name !== null && SAFE_ID.test(id) ? [{ id, name, facts }] : [];
    });
  }

  /** @throws ApiFailure */
  async create(kind: "templates" | "endpoints", body: object): Promise<void> {
    await exchange(this.#context, {
      ...this.#call("POST", `${this.#options.restEndpoint}/${kind}`),
      body,
    });
  }

  /** @throws ApiFailure */
  async change(kind: "templates" | "endpoints", id: string, body: object): Promise<void> {
    const call = this.#call("PATCH", `${this.#options.restEndpoint}/${kind}/${id}`);
    await exchangeAgain(this.#context, { ...call, body });
  }

  #jobs(endpointId: string): string {
    return `${this.#options.jobsEndpoint}/${endpointId}`;
  }

  #call(method: "GET" | "POST" | "PATCH", url: string) {
    return { method, url, headers: { authorization: `Bearer ${this.#options.apiKey}` } };
  }
}

/** Ids go into paths. */
const SAFE_ID = /^[A-Za-z0-9_-]{1,100}$/;

function viewOf(answer: unknown): JobView {
  const text = textAt(answer, "status") ?? "";
  // The documents call it RUNNING in one place.
  const status = text === "RUNNING" ? "IN_PROGRESS" : text;
  if (!STATUSES.includes(status)) throw new ApiFailure(null, "a status that nobody knows");
  const count = (name: string): number => Math.max(0, Number(textAt(answer, name) ?? 0) || 0);
  return {
    status: status as JobStatus,
    delayMs: count("delayTime"),
    executionMs: count("executionTime"),
    workerId: textAt(answer, "workerId"),
    output: at(answer, "output"),
    error: textAt(answer, "error")?.slice(0, 300) ?? null,
  };
}
