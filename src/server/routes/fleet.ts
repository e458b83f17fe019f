import { costs, leases, workers } from "../contracts.ts";
import { NO_COSTS, workerView } from "../views.ts";
import { REFUSALS, type Routes, typed } from "./routes.ts";

/** Where work runs and what it costs. Until machines can be rented: those of the owner, for nothing. */
export const fleetRoutes: Routes = (app, { service }) => {
  const tags = ["fleet"];
  const config = { scope: "read" } as const;
  typed(app).get(
    "/v1/workers",
    {
      config,
      schema: {
        summary: "Processes that work, on all machines",
        tags,
        response: { 200: workers, ...REFUSALS },
      },
    },
    async () => ({ workers: (await service.workers()).map(workerView) }),
  );
  typed(app).get(
    "/v1/leases",
    { config, schema: { summary: "Rented machines", tags, response: { 200: leases, ...REFUSALS } } },
    async () => ({ leases: [] }),
  );
  typed(app).get(
    "/v1/costs",
    { config, schema: { tags, response: { 200: costs, ...REFUSALS } } },
    async () => ({ ...NO_COSTS, lines: [] }),
  );
};
