/** The doors of the five services that this one replaces; docs/guide/compatibility.md is their table. */
import type { FastifyInstance } from "fastify";
import type { ServerDependencies } from "../dependencies.ts";
import { apiDescriptionRoutes } from "./api-description.ts";
import { CompatJobStore } from "./compat-job-store.ts";
import { downloadRoutes } from "./downloads.ts";
import { gpuRoutes } from "./gpu-routes.ts";
import { sendOldError } from "./old-errors.ts";
import { onestepRoutes } from "./onestep-routes.ts";
import { orchestratorRoutes } from "./orchestrator-routes.ts";
import { processSceneRoutes } from "./process-scene.ts";

export async function compatRoutes(app: FastifyInstance, dependencies: ServerDependencies): Promise<void> {
  const { service, clock, metrics } = dependencies;
  const jobs = new CompatJobStore(service.database, () => clock.now());
  for (const routes of [
    onestepRoutes,
    downloadRoutes,
    processSceneRoutes,
    gpuRoutes,
    orchestratorRoutes,
    apiDescriptionRoutes,
  ]) {
    // Each in a scope of its own: one of them reads bodies in its own way.
    await app.register(async (scope) => {
      scope.setErrorHandler((thrown, request, reply) => sendOldError(thrown, request, reply, metrics));
      routes(scope, dependencies, jobs);
    });
  }
}
