/** Whether the server is well, for machines (`/health`, `/ready`, `/metrics`) and for people (`/validate-system`). */
import type { DoctorCheck } from "../../app.ts";
import { healthFacts } from "../compat/health.ts";
import { health, productionState, readiness, systemCheck } from "../contracts.ts";
import { REFUSALS, type Routes, typed } from "./routes.ts";

/** Its checks start render processes: whoever asks again soon gets the same answer. */
const CHECK_KEPT_MS = 30_000;

export const systemRoutes: Routes = (app, dependencies) => {
  const { service, version, metrics, clock, draining, storage } = dependencies;
  const startedMs = clock.monotonicMs();
  const tags = ["system"];

  typed(app).get(
    "/health",
    {
      config: { scope: "public" },
      schema: { summary: "The process answers", tags, response: { 200: health } },
    },
    async (request) => ({
      ...(await healthFacts(request, dependencies)),
      version,
      uptimeSeconds: (clock.monotonicMs() - startedMs) / 1000,
    }),
  );

  typed(app).get(
    "/ready",
    {
      config: { scope: "public" },
      schema: {
        summary: "Work can be given to it",
        tags,
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_request, reply) => {
      const checks = await Promise.all([
        check("database", async () => {
          await service.database.query("SELECT 1", []);
          return "answers";
        }),
        check("disk", async () => {
          if (await storage.isLow()) throw new Error("nearly full");
          return "enough free";
        }),
      ]);
      const status = draining.aborted
        ? ("draining" as const)
        : checks.every(({ ok }) => ok)
          ? ("ready" as const)
          : ("unavailable" as const);
      return reply.code(status === "ready" ? 200 : 503).send({ status, checks });
    },
  );

  let last: { readonly atMs: number; readonly checks: Promise<DoctorCheck[]> } | null = null;
  typed(app).get(
    "/validate-system",
    {
      config: { scope: "read" },
      schema: { summary: "Memory, disk, encoders, fonts", tags, response: { 200: systemCheck, ...REFUSALS } },
    },
    async () => {
      const nowMs = clock.monotonicMs();
      if (last === null || nowMs - last.atMs > CHECK_KEPT_MS) {
        last = { atMs: nowMs, checks: collect(service.doctor()) };
      }
      const checks = await last.checks;
      const has = (state: DoctorCheck["state"]): boolean => checks.some((each) => each.state === state);
      return {
        status: has("failed") ? ("failed" as const) : has("warning") ? ("warning" as const) : ("ok" as const),
        checks: checks.map((each) => ({
          ...each,
          message: service.hide(each.message).replace(" in <cache>", ""),
        })),
      };
    },
  );

  app.get(
    "/metrics",
    { config: { scope: "read" }, schema: { summary: "Prometheus", tags, produces: ["text/plain"] } },
    async (_request, reply) => {
      const counts = await service.productions.counts();
      for (const state of productionState.options) metrics.productions.set({ state }, counts[state] ?? 0);
      metrics.queueLength.set(counts.queued ?? 0);
      metrics.diskFreeBytes.set(await service.diskFreeBytes());
      return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
    },
  );
};

async function collect(checks: AsyncIterable<DoctorCheck>): Promise<DoctorCheck[]> {
  const all: DoctorCheck[] = [];
  for await (const each of checks) all.push(each);
  return all;
}

/** Says nothing of why: everybody may ask. */
async function check(name: string, work: () => Promise<string>) {
  try {
    return { name, ok: true, message: await work() };
  } catch {
    return { name, ok: false, message: "not available" };
  }
}
