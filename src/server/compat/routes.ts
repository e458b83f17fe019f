import type { FastifyInstance } from "fastify";
import type { ServerDependencies } from "../dependencies.ts";
import type { CompatJobStore } from "./compat-job-store.ts";

export type CompatRoutes = (
  app: FastifyInstance,
  dependencies: ServerDependencies,
  jobs: CompatJobStore,
) => void;
