/**
 * The Video Generation API: one picture and one sound in, the finished film's id out, while the request stays open. What
 * its public Python clients send and read is what counts here; see docs/guide/compatibility.md.
 */
import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { ReelburstError } from "../../support/errors.ts";
import { admit, NOBODY } from "../auth/guard.ts";
import type { ServerDependencies } from "../dependencies.ts";
import type { CompatJobStore } from "./compat-job-store.ts";
import { bodyTooLarge } from "./media-body.ts";
import { ProductionFailed } from "./old-errors.ts";
import {
  MEDIA_FIELDS,
  ONESTEP_SCENE,
  onestepRequest,
  planOnestep,
  requireMedia,
} from "./onestep-document.ts";
import { parseRequest } from "./parse-request.ts";
import { sceneFile, submit, waitForClient } from "./productions.ts";
import type { CompatRoutes } from "./routes.ts";
import { withSpooledBody } from "./spool.ts";

/** As long as theirs kept its films. */
export const ONESTEP_KEPT_MS = 3_600_000;
/** Of the whole body, base64 and all. */
const MAX_BODY_BYTES = 512e6;

export const onestepRoutes: CompatRoutes = (app, dependencies, jobs) => {
  const { clock, limits } = dependencies;
  const tags = ["compatibility"];
  const maxBodyBytes = Math.min(MAX_BODY_BYTES, Math.ceil((limits.maxAssetBytes * 4) / 3) + 1e6);
  app.removeAllContentTypeParsers();
  // Read by the handler, piece by piece.
  app.addContentTypeParser("application/json", (_request, payload, done) => done(null, payload));

  app.post(
    "/create_video_onestep",
    {
      config: { scope: "write", stream: true },
      bodyLimit: Number.MAX_SAFE_INTEGER,
      schema: {
        summary: "Video Generation API: picture, sound, captions as base64; answers when done",
        tags,
      },
    },
    async (request) => {
      if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) throw bodyTooLarge(maxBodyBytes);
      const plan = await withSpooledBody(
        (request.body ?? emptyBody()) as Readable,
        dependencies,
        { fields: MEDIA_FIELDS, maxBodyBytes },
        async (body) => {
          const wishes = parseRequest(onestepRequest, body.json);
          for (const field of ["input_image", "input_audio"] as const) {
            if (!body.files.has(field)) requireMedia(field, body.json);
          }
          for (const field of ["subtitle", "watermark"] as const) {
            const stated = (body.json as Record<string, unknown>)[field];
            if (stated !== undefined && stated !== null) requireMedia(field, body.json);
          }
          const shape = await body.shapeOf("input_image");
          const [image, audio, subtitle, watermark] = [
            await body.keep("input_image"),
            await body.keep("input_audio"),
            await body.keep("subtitle"),
            await body.keep("watermark"),
          ];
          return planOnestep(
            wishes,
            {
              input_image: image as string,
              input_audio: audio as string,
              subtitle: subtitle === null ? null : `${subtitle}.srt`,
              watermark,
            },
            shape,
          );
        },
      );
      const { id } = await submit(dependencies, plan, request.caller.id);
      const record = await waitForClient(dependencies, id, request);
      const file = sceneFile(record, ONESTEP_SCENE);
      if (record.state !== "succeeded" || file === null) throw new ProductionFailed(record, plan.rename);
      await jobs.forgetExpired();
      const job = await jobs.add({
        api: "onestep",
        productionId: id,
        owner: request.caller.id,
        request: { videos: [{ sceneId: ONESTEP_SCENE, filename: plan.filename }] },
        expiresMs: clock.now() + ONESTEP_KEPT_MS,
      });
      return {
        success: true,
        file_id: job.id,
        download_endpoint: `/download/${job.id}`,
        filename: plan.filename,
        size: file.sizeBytes,
        scenario: plan.scenario,
      };
    },
  );

  // Their client calls it without a key, and a GET must not harm: it forgets links whose hour is over, the caller's only.
  app.get(
    "/cleanup",
    {
      config: { scope: "public" },
      schema: {
        summary: "Video Generation API: forgets the caller's expired links; deletes nothing else",
        tags,
      },
    },
    async (request) => {
      const owner = await ownerOf(request, dependencies);
      if (owner === null) return { cleaned: 0, active_files: 0 };
      return { cleaned: await cleanUp(jobs, owner), active_files: await jobs.countLive(owner, "onestep") };
    },
  );
};

/** Who calls a public route; null for somebody without a key where one is needed. */
export async function ownerOf(
  request: FastifyRequest,
  { guard }: Pick<ServerDependencies, "guard">,
): Promise<string | null> {
  try {
    const caller = await admit(request, "read", guard);
    return caller === NOBODY ? null : caller.id;
  } catch (error) {
    if (error instanceof ReelburstError && error.code.startsWith("KEY_")) return null;
    throw error;
  }
}

function cleanUp(jobs: CompatJobStore, owner: string): Promise<number> {
  return jobs.forgetExpired(owner);
}

function emptyBody(): never {
  throw new ReelburstError("BODY_INVALID", "There is no body.", {
    hint: "Send a JSON object, with Content-Type: application/json.",
  });
}
