/** `/api` of the AI generator: what this server can do, for a program that looks before it asks. */
import type { ServerDependencies } from "../dependencies.ts";
import { ownerOf } from "./onestep-routes.ts";
import type { CompatRoutes } from "./routes.ts";

export const apiDescriptionRoutes: CompatRoutes = (app, dependencies) => {
  app.get(
    "/api",
    {
      config: { scope: "public" },
      schema: { summary: "AI generator: what this service is", tags: ["compatibility"] },
    },
    async (request) => {
      const isKnown = (await ownerOf(request, dependencies)) !== null;
      return {
        success: true,
        name: "Reelburst",
        description: "Scenes in, finished narrated film out.",
        version: dependencies.version,
        status: "running",
        authentication: dependencies.guard.keyRequired ? "required" : "none",
        documentation: { html: "/docs", openapi: "/openapi.json" },
        endpoints: {
          health: "GET /health",
          readiness: "GET /ready",
          api: "GET /api",
          validate_system: "GET /validate-system",
          productions: "POST /v1/productions",
          onestep: "POST /create_video_onestep",
          scene: "POST /process-scene",
          gpu: ["POST /run", "POST /runsync", "GET /status/{id}", "POST /cancel/{id}"],
          orchestrator: ["POST /video/{caption,img2vid,addaudio}", "GET /job/{id}", "POST /job/{id}/cancel"],
        },
        // How busy it is is for those who may ask.
        ...(isKnown
          ? { limits: { max_queued: dependencies.limits.maxQueued, slots: await slotsOfAll(dependencies) } }
          : {}),
      };
    },
  );
};

async function slotsOfAll({ service }: ServerDependencies): Promise<number> {
  return (await service.workers()).reduce((sum, { slots }) => sum + slots, 0);
}
