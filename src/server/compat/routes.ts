import type { FastifyInstance } from "fastify";
import type { ServerDependencies } from "../dependencies.ts";
import type { CompatJobStore } from "./compat-job-store.ts";

/** RunPod's clients cancel with a type and nothing of it; elsewhere that is a mistake worth telling. */
export function takeEmptyBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, text, done) => {
    if (text === "") done(null, undefined);
    else parse(request, text as string, done);
  });
}

export type CompatRoutes = (
  app: FastifyInstance,
  dependencies: ServerDependencies,
  jobs: CompatJobStore,
) => void;
