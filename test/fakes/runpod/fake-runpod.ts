/**
 * A fake of RunPod serverless: jobs, workers that start and idle, templates, endpoints, and its own bill. As documented:
 * results of /run are kept for 30 minutes, a job's TTL runs from its submission and ends in 404 whatever it does, an
 * idle endpoint drops to no workers after 7 days and its jobs then wait, no idempotency key. Time is the caller's.
 */

export interface FakeRunPodOptions {
  readonly now: () => number;
  /** How a worker does it. `ms`: how long. */
  readonly handler: (input: unknown) => {
    readonly ms: number;
    readonly output?: unknown;
    readonly error?: string;
  };
  readonly coldStartMs?: number;
}

export type RunPodFault = "none" | "lost-reply" | "lost-request" | "internal-error" | "throttled";

export interface RunPodCall {
  readonly method: string;
  readonly path: string;
}

interface FakeJob {
  readonly id: string;
  readonly input: unknown;
  readonly submittedMs: number;
  readonly ttlMs: number;
  readonly executionTimeoutMs: number;
  status: string;
  readonly history: { readonly atMs: number; readonly status: string }[];
  workerId: string | null;
  startedMs: number | null;
  endsMs: number;
  endedMs: number | null;
  result: { readonly ms: number; readonly output?: unknown; readonly error?: string } | null;
}

interface FakeWorker {
  readonly id: string;
  /** Billed from here. */
  readonly startedMs: number;
  readonly readyMs: number;
  idleSinceMs: number;
  job: FakeJob | null;
  stoppedMs: number | null;
}

const RESULT_MS = 30 * 60_000;
const UNUSED_MS = 7 * 24 * 3_600_000;
const STEP_MS = 250;

export class FakeRunPod {
  readonly calls: RunPodCall[] = [];
  readonly jobs = new Map<string, FakeJob>();
  readonly workers: FakeWorker[] = [];
  readonly templates: Record<string, unknown>[] = [];
  readonly endpoints: Record<string, unknown>[] = [];
  fault: (call: RunPodCall) => RunPodFault = () => "none";
  /** How old the state may be that a status shows, for the calls to come. */
  staleMs: () => number = () => 0;
  /** No GPU to be had. */
  isSoldOut = false;
  /** How many cancels are answered well and do nothing. */
  deafTo = 0;
  readonly #options: FakeRunPodOptions;
  #ids = 0;
  #atMs: number;
  #usedMs: number;

  constructor(options: FakeRunPodOptions) {
    this.#options = options;
    this.#atMs = options.now();
    this.#usedMs = options.now();
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, host } = new URL(url);
    const call = { method: init.method ?? "GET", path: pathname };
    this.calls.push(call);
    this.settle();
    const fault = this.fault(call);
    if (fault === "lost-request") throw new TypeError("fetch failed");
    if (fault === "internal-error") return answer(502, {});
    if (fault === "throttled") return answer(429, {});
    const { authorization } = init.headers as Record<string, string>;
    if (authorization !== "Bearer key") return answer(401, {});
    const text = typeof init.body === "string" ? init.body : "";
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    const result = host.startsWith("rest") ? this.#rest(call, body) : this.#job(call, body, text.length);
    if (fault === "lost-reply") throw new TypeError("fetch failed");
    return result;
  };

  #rest({ method, path }: RunPodCall, body: Record<string, unknown>): Response {
    const [, , kind = "", id] = path.split("/");
    const all = kind === "templates" ? this.templates : this.endpoints;
    if (method === "GET") return answer(200, all);
    if (method === "POST") {
      if (kind === "templates" && all.some(({ name }) => name === body["name"])) {
        return answer(400, { error: "Template name must be unique" });
      }
      const made = { ...body, id: `${kind.slice(0, 2)}${++this.#ids}` };
      if (kind === "endpoints") made["name" as never] = `${String(body["name"])} -fb` as never;
      all.push(made);
      return answer(200, made);
    }
    const found = all.find((other) => other["id"] === id);
    if (found === undefined) return answer(404, {});
    return answer(200, Object.assign(found, body));
  }

  #job({ method, path }: RunPodCall, body: Record<string, unknown>, size: number): Response {
    const [, , endpointId, what, id = ""] = path.split("/");
    const endpoint = this.endpoints.find((other) => other["id"] === endpointId);
    if (endpoint === undefined) return answer(404, {});
    const nowMs = this.#options.now();
    if (what === "health") {
      const alive = this.workers.filter(({ stoppedMs }) => stoppedMs === null);
      const running = alive.filter(({ job }) => job !== null).length;
      return answer(200, { jobs: {}, workers: { idle: alive.length - running, running } });
    }
    if (what === "run") {
      if (size > 10 * 1024 * 1024) return answer(413, {});
      const policy = (body["policy"] ?? {}) as { ttl?: number; executionTimeout?: number };
      const job: FakeJob = {
        id: `job-${++this.#ids}`,
        input: body["input"],
        submittedMs: nowMs,
        ttlMs: policy.ttl ?? 24 * 3_600_000,
        executionTimeoutMs: policy.executionTimeout ?? 600_000,
        status: "IN_QUEUE",
        history: [{ atMs: nowMs, status: "IN_QUEUE" }],
        workerId: null,
        startedMs: null,
        endsMs: 0,
        endedMs: null,
        result: null,
      };
      this.jobs.set(job.id, job);
      this.#usedMs = nowMs;
      return answer(200, { id: job.id, status: "IN_QUEUE" });
    }
    const job = this.jobs.get(id);
    const isForgotten =
      job === undefined ||
      nowMs >= job.submittedMs + job.ttlMs ||
      (job.endedMs !== null && nowMs >= job.endedMs + RESULT_MS);
    if (isForgotten) return answer(404, {});
    if (what === "cancel" && method === "POST") {
      if (this.deafTo > 0) this.deafTo--;
      else if (job.endedMs === null) this.#end(job, "CANCELLED", nowMs);
      return answer(200, { id, status: job.status });
    }
    const asOfMs = nowMs - this.staleMs();
    const status = job.history.findLast(({ atMs }) => atMs <= asOfMs)?.status ?? "IN_QUEUE";
    const isShown = status === job.status;
    return answer(200, {
      id,
      status,
      ...(isShown &&
        job.startedMs !== null && { delayTime: job.startedMs - job.submittedMs, workerId: job.workerId }),
      ...(isShown && job.endedMs !== null && { executionTime: job.endedMs - (job.startedMs ?? job.endedMs) }),
      ...(status === "COMPLETED" && { output: job.result?.output }),
      ...(status === "FAILED" && { error: job.result?.error }),
    });
  }

  /** Everything that is due by now, in steps of a quarter second; nothing to do is skipped over. */
  settle(): void {
    const nowMs = this.#options.now();
    while (this.#atMs < nowMs) {
      const isBusy =
        this.workers.some(({ stoppedMs }) => stoppedMs === null) ||
        [...this.jobs.values()].some(({ endedMs }) => endedMs === null);
      this.#atMs = isBusy ? Math.min(nowMs, this.#atMs + STEP_MS) : nowMs;
      if (this.#atMs - this.#usedMs >= UNUSED_MS) {
        for (const endpoint of this.endpoints) endpoint["workersMax"] = 0;
      }
      this.#step(this.#atMs);
    }
  }

  #step(atMs: number): void {
    const [endpoint] = this.endpoints;
    const max = Number(endpoint?.["workersMax"] ?? 0);
    const idleMs = Number(endpoint?.["idleTimeout"] ?? 5) * 1_000;
    for (const job of this.jobs.values()) {
      if (job.endedMs === null && atMs >= job.submittedMs + job.ttlMs) this.#end(job, "TIMED_OUT", atMs);
      if (job.status !== "IN_PROGRESS" || job.startedMs === null) continue;
      if (atMs >= job.startedMs + job.executionTimeoutMs) this.#end(job, "TIMED_OUT", atMs);
      else if (atMs >= job.endsMs) {
        this.#end(job, job.result?.error === undefined ? "COMPLETED" : "FAILED", job.endsMs);
      }
    }
    const alive = this.workers.filter(({ stoppedMs }) => stoppedMs === null);
    for (const worker of alive) {
      if (worker.job !== null || atMs < worker.readyMs) continue;
      const next = [...this.jobs.values()].find(({ status }) => status === "IN_QUEUE");
      if (next !== undefined) {
        next.result = this.#options.handler(next.input);
        next.workerId = worker.id;
        next.startedMs = atMs;
        next.endsMs = atMs + next.result.ms;
        this.#enter(next, "IN_PROGRESS", atMs);
        worker.job = next;
      } else if (atMs - worker.idleSinceMs >= idleMs) worker.stoppedMs = atMs;
    }
    const delayMs = Number(endpoint?.["scalerValue"] ?? 4) * 1_000;
    const waiting = [...this.jobs.values()].filter(
      ({ status, submittedMs }) => status === "IN_QUEUE" && atMs - submittedMs >= delayMs,
    ).length;
    const starting = alive.filter(({ readyMs }) => readyMs > atMs).length;
    const living = this.workers.filter(({ stoppedMs }) => stoppedMs === null).length;
    if (!this.isSoldOut && waiting > starting && living < max) {
      const readyMs = atMs + (this.#options.coldStartMs ?? 20_000);
      const id = `worker-${++this.#ids}`;
      this.workers.push({ id, startedMs: atMs, readyMs, idleSinceMs: readyMs, job: null, stoppedMs: null });
    }
  }

  #end(job: FakeJob, status: string, atMs: number): void {
    job.endedMs = atMs;
    this.#enter(job, status, atMs);
    const worker = this.workers.find((other) => other.job === job);
    if (worker === undefined) return;
    worker.job = null;
    worker.idleSinceMs = atMs;
  }

  #enter(job: FakeJob, status: string, atMs: number): void {
    job.status = status;
    job.history.push({ atMs, status });
  }

  /** From each worker's start to its stop. */
  billedSeconds(): number {
    this.settle();
    const nowMs = this.#options.now();
    return this.workers.reduce(
      (sum, { startedMs, stoppedMs }) => sum + ((stoppedMs ?? nowMs) - startedMs) / 1_000,
      0,
    );
  }

  working(): FakeJob[] {
    this.settle();
    return [...this.jobs.values()].filter(({ endedMs }) => endedMs === null);
  }
}

function answer(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status });
}
