/** RunPod's serverless endpoint with the GPU worker behind it. Also below `/v2/<endpoint>`, as RunPod's own addresses are. */
import { z } from "zod";
import type { ServerDependencies } from "../dependencies.ts";
import { GpuJobs } from "./gpu-jobs.ts";
import { parseOperation, planOperation } from "./gpu-operations.ts";
import { gpuJobView } from "./gpu-views.ts";
import { parseRequest } from "./parse-request.ts";
import { type CompatRoutes, takeEmptyBodies } from "./routes.ts";

/** RunPod's own: how long /runsync holds on before it says how far things are. */
const WAIT_MS = { usual: 90_000, least: 1000, most: 300_000 };

const runRequest = z.object({
  input: z.record(z.string(), z.unknown(), { error: "Expected an object with the operation." }),
  webhook: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .nullish(),
  policy: z.object({ executionTimeout: z.number().min(5000).max(604_800_000).nullish() }).nullish(),
});

const waitQuery = z.object({ wait: z.coerce.number().min(0).max(WAIT_MS.most).optional() });

export const gpuRoutes: CompatRoutes = (app, dependencies, store) => {
  const jobs = new GpuJobs(dependencies, store);
  takeEmptyBodies(app);
  app.addHook("onReady", () => jobs.resume());
  for (const prefix of ["", "/v2/:endpoint"]) {
    const tags = ["compatibility"];
    const schema = (summary: string) => (prefix === "" ? { summary, tags } : { hide: true });
    const secret = { secretAddress: true } as const;

    app.post(
      `${prefix}/run`,
      { config: { scope: "write" }, schema: schema("RunPod: queue a job: caption, img2vid, addaudio") },
      async (request) => {
        const { job, record, linkOf } = await jobs.create(...planOf(request.body), request);
        return gpuJobView(job, record, linkOf);
      },
    );
    app.post(
      `${prefix}/runsync`,
      { config: { scope: "write", stream: true }, schema: schema("RunPod: queue a job and wait up to 90 s") },
      async (request) => {
        const { wait } = parseRequest(waitQuery, request.query);
        const made = await jobs.create(...planOf(request.body), request);
        const waitMs = Math.max(WAIT_MS.least, wait ?? WAIT_MS.usual);
        const { job, record, linkOf } = await jobs.wait(made, waitMs, request);
        return gpuJobView(job, record, linkOf);
      },
    );
    app.route<{ Params: { id: string } }>({
      method: ["GET", "POST"],
      url: `${prefix}/status/:id`,
      config: { scope: "read", ...secret },
      schema: schema("RunPod: how far a job is, and its videos"),
      handler: async (request) => {
        const { job, record, linkOf } = await jobs.find(request.params.id, request);
        return gpuJobView(job, record, linkOf);
      },
    });
    app.post<{ Params: { id: string } }>(
      `${prefix}/cancel/:id`,
      { config: { scope: "write", ...secret }, schema: schema("RunPod: end a job") },
      async (request) => {
        const { job, record, linkOf } = await jobs.cancel(request.params.id, request);
        return gpuJobView(job, record, linkOf);
      },
    );
  }
  app.get("/v2/:endpoint/health", { config: { scope: "read" }, schema: { hide: true } }, async () =>
    gpuHealth(dependencies),
  );
};

function planOf(body: unknown) {
  const { input, webhook, policy } = parseRequest(runRequest, body);
  const plan = planOperation(parseOperation(input, "input"), "input", webhook ?? null, {});
  return [plan, { executionTimeoutMs: policy?.executionTimeout ?? null, idRoteiro: null }] as const;
}

/** RunPod's `/health`: how many jobs are where, and the processes of all machines that work. */
export async function gpuHealth({ service }: Pick<ServerDependencies, "service">) {
  const counts = await service.productions.counts();
  const inQueue = counts.queued ?? 0;
  const completed = counts.succeeded ?? 0;
  const failed = counts.failed ?? 0;
  const canceled = counts.canceled ?? 0;
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const workers = await service.workers();
  const ready = workers.filter(({ draining }) => !draining);
  const running = ready.filter(({ chunks, productions }) => chunks > 0 || productions.length > 0).length;
  return {
    jobs: {
      completed,
      failed,
      inProgress: all - inQueue - completed - failed - canceled,
      inQueue,
      retried: 0,
    },
    workers: {
      idle: ready.length - running,
      initializing: 0,
      ready: ready.length,
      running,
      throttled: 0,
      unhealthy: 0,
    },
  };
}
