/** The GPU worker's orchestrator: the same operations, answered 202, with a webhook and its own words for states. */
import { z } from "zod";
import { ReelburstError } from "../../support/errors.ts";
import { GpuJobs } from "./gpu-jobs.ts";
import { GPU_OPERATIONS, parseOperation, planOperation } from "./gpu-operations.ts";
import { orchestratorJobView, orchestratorStatus } from "./gpu-views.ts";
import { parseRequest } from "./parse-request.ts";
import { type CompatRoutes, takeEmptyBodies } from "./routes.ts";

const orchestratorRequest = z.looseObject({
  webhook_url: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .nullish(),
  id_roteiro: z.union([z.number(), z.string().max(200)]).nullish(),
});

export const orchestratorRoutes: CompatRoutes = (app, dependencies, store) => {
  const jobs = new GpuJobs(dependencies, store);
  takeEmptyBodies(app);
  const tags = ["compatibility"];
  const secret = { secretAddress: true } as const;
  // A part of the address, so it comes from this list and not from the body.
  for (const operation of GPU_OPERATIONS) {
    app.post(
      `/video/${operation}`,
      { config: { scope: "write" }, schema: { summary: `Orchestrator: queue ${operation}`, tags } },
      async (request, reply) => {
        const body = parseRequest(orchestratorRequest, request.body);
        const idRoteiro = body.id_roteiro ?? null;
        const plan = planOperation(
          parseOperation({ ...body, operation }, ""),
          "",
          body.webhook_url ?? null,
          idRoteiro === null ? {} : { id_roteiro: idRoteiro },
        );
        const { job, record } = await jobs.create(plan, { executionTimeoutMs: null, idRoteiro }, request);
        return reply.code(202).send({
          jobId: job.id,
          status: orchestratorStatus(record, false),
          ...(idRoteiro === null ? {} : { idRoteiro }),
          message: "Job queued successfully",
          statusUrl: `/job/${job.id}`,
          createdAt: new Date(record.createdMs).toISOString(),
        });
      },
    );
  }
  for (const path of ["/job", "/jobs"]) {
    const hide = path === "/jobs";
    app.get<{ Params: { id: string } }>(
      `${path}/:id`,
      { config: { scope: "read", ...secret }, schema: { summary: "Orchestrator: a job", tags, hide } },
      async (request) => {
        const { job, record, linkOf } = await jobs.find(request.params.id, request);
        return orchestratorJobView(job, record, linkOf);
      },
    );
    app.post<{ Params: { id: string } }>(
      `${path}/:id/cancel`,
      { config: { scope: "write", ...secret }, schema: { summary: "Orchestrator: end a job", tags, hide } },
      async (request, reply) => {
        const { job, record, hadEnded } = await jobs.cancel(request.params.id, request);
        const status = orchestratorStatus(record, job.timedOut);
        if (hadEnded) {
          throw new ReelburstError("PRODUCTION_ENDED", `Cannot cancel job with status ${status}.`);
        }
        const isOver = status === "CANCELLED";
        return reply.code(isOver ? 200 : 202).send({
          message: isOver ? "Job cancelled successfully" : "The job's worker was told to stop",
          jobId: job.id,
          status,
        });
      },
    );
  }
};
