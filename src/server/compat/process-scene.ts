/** The fast export's scene worker: a picture by its URL, a movement in numbers, the scene's film as a link. */
import { z } from "zod";
import { baseUrlOf } from "./base-url.ts";
import { signedDownload } from "./downloads.ts";
import { ProductionFailed } from "./old-errors.ts";
import { parseRequest } from "./parse-request.ts";
import { type OldRequest, sceneFile, submit, waitForClient } from "./productions.ts";
import type { CompatRoutes } from "./routes.ts";

const SCENE = "scene";
const SCENE_KEPT_MS = 24 * 3_600_000;

const name = z.union([z.string().max(500), z.number()]).nullish();
const webUrl = z.url({ protocol: /^https?$/, error: "Expected an http or https URL." }).max(4096);

const sceneRequest = z.object({
  sceneIndex: z.int().min(0).max(1e6).default(0),
  imageUrl: webUrl,
  duration: z.number().positive().max(21_600).default(8),
  /** Scales from 1; centres of the view from 0 (left, top) to 1. */
  kenBurns: z
    .object({
      startScale: z.number().min(1).max(10).default(1),
      endScale: z.number().min(1).max(10).default(1.2),
      startX: z.number().min(0).max(1).default(0.5),
      startY: z.number().min(0).max(1).default(0.5),
      endX: z.number().min(0).max(1).default(0.5),
      endY: z.number().min(0).max(1).default(0.5),
    })
    .nullish(),
  output: z
    .object({
      width: z.int().min(64).max(7680).default(1920),
      height: z.int().min(64).max(7680).default(1080),
      fps: z.number().min(1).max(120).default(30),
    })
    .prefault({}),
  jobId: name,
  outputBucket: name,
});

export type SceneRequest = z.infer<typeof sceneRequest>;

export function planScene({
  kenBurns,
  imageUrl,
  duration,
  output,
  sceneIndex,
  jobId,
}: SceneRequest): OldRequest {
  return {
    rename: renamePath,
    document: {
      version: 1,
      title: `Scene ${sceneIndex}`,
      output: { ...output, deliver: "scenes", loudness: null },
      scenes: [
        {
          id: SCENE,
          image: { src: imageUrl, fit: "cover" },
          duration,
          motion:
            kenBurns == null
              ? "none"
              : {
                  from: { x: kenBurns.startX, y: kenBurns.startY, scale: kenBurns.startScale },
                  to: { x: kenBurns.endX, y: kenBurns.endY, scale: kenBurns.endScale },
                  easing: "linear",
                },
        },
      ],
      // Whose scene it is, for whoever looks at the list of productions.
      metadata: { sceneIndex, ...(jobId == null ? {} : { jobId }) },
    },
  };
}

function renamePath(path: string): string {
  if (path.startsWith("scenes[0].image")) return "imageUrl";
  return path.startsWith("scenes[0].duration") ? "duration" : path;
}

export const processSceneRoutes: CompatRoutes = (app, dependencies, jobs) => {
  const { clock } = dependencies;
  app.post(
    "/process-scene",
    {
      config: { scope: "write", stream: true },
      schema: {
        summary: "Fast export: one scene from a picture's URL; answers when done",
        tags: ["compatibility"],
      },
    },
    async (request) => {
      const startedMs = clock.monotonicMs();
      const wishes = parseRequest(sceneRequest, request.body);
      const plan = planScene(wishes);
      const { id } = await submit(dependencies, plan, request.caller.id);
      const record = await waitForClient(dependencies, id, request);
      const { result } = record;
      if (record.state !== "succeeded" || result === null || sceneFile(record, SCENE) === null) {
        throw new ProductionFailed(record, plan.rename);
      }
      await jobs.forgetExpired();
      const job = await jobs.add({
        api: "scene",
        productionId: id,
        owner: request.caller.id,
        request: { videos: [{ sceneId: SCENE, filename: `scene_${wishes.sceneIndex}.mp4` }] },
        expiresMs: clock.now() + SCENE_KEPT_MS,
      });
      return {
        success: true,
        sceneVideoUrl: `${baseUrlOf(request)}${signedDownload(job, 0, clock.now())}`,
        duration: result.seconds,
        processingTime: Math.round(clock.monotonicMs() - startedMs),
        sceneIndex: wishes.sceneIndex,
        ...(wishes.jobId == null ? {} : { jobId: wishes.jobId }),
      };
    },
  );
};
