/** `/health`, which three APIs share: one answer with every field that a client of any of them reads. */
import type { FastifyRequest } from "fastify";
import type { ServerDependencies } from "../dependencies.ts";
import { gpuHealth } from "./gpu-routes.ts";
import { ownerOf } from "./onestep-routes.ts";

/**
 * The Video Generation API's clients wait for `status: "healthy"`. RunPod's read `jobs` and `workers`; these tell how busy
 * the server is and are left out for somebody without a key where one is needed.
 */
export async function healthFacts(request: FastifyRequest, dependencies: ServerDependencies) {
  const { keyRequired } = dependencies.guard;
  const isKnown = (await ownerOf(request, dependencies)) !== null;
  return {
    status: "healthy" as const,
    service: "Reelburst",
    timestamp: new Date(dependencies.clock.now()).toISOString(),
    authentication: keyRequired
      ? {
          mode: "secure" as const,
          description: "Every request needs a key.",
          required_header: "X-Authentication-Key",
        }
      : { mode: "default" as const, description: "Open on this machine, no key needed." },
    available_endpoints: ["/create_video_onestep", "/download/<file_id>", "/cleanup"],
    ...(isKnown ? await gpuHealth(dependencies) : {}),
  };
}
