/**
 * `/download/<id>`: an id is the key to one film for an hour. The public clients ask for it without their key, so the
 * address itself must be the permission, as with a signed link: 122 random bits, told to its caller only, kept out of the
 * log. `/download/<job>/<n>` is for the jobs of the other APIs, whose ids are told more freely: it carries a signature.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { expiryOf, signGrant, verifyGrant } from "../../storage/signed-url.ts";
import { ReelburstError } from "../../support/errors.ts";
import { sendOutput } from "../send-file.ts";
import type { CompatJob } from "./compat-job-store.ts";
import { sceneFile } from "./productions.ts";
import type { CompatRoutes } from "./routes.ts";

/** How long a link works from the answer that carries it. */
export const LINK_SECONDS = 3600;

/** @returns the path and its signature, to be put after the server's address */
export function signedDownload(job: Pick<CompatJob, "id" | "secret">, index: number, nowMs: number): string {
  const key = `${job.id}/${index}`;
  const grant = { method: "GET", key, expiresAt: expiryOf(nowMs, LINK_SECONDS) } as const;
  return `/download/${key}?${signGrant(grant, { id: "job", secret: job.secret })}`;
}

export const downloadRoutes: CompatRoutes = (app, dependencies, jobs) => {
  const { service, clock } = dependencies;
  const tags = ["compatibility"];
  const method = ["GET", "HEAD"];
  const config = { scope: "public", stream: true, secretAddress: true } as const;

  const send = async (
    job: CompatJob,
    index: number,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const record = await service.productions.get(job.productionId);
    const video = job.request.videos[index];
    if (record === null || video === undefined) throw notFound();
    const file = sceneFile(record, video.sceneId);
    if (file === null) throw notFound();
    return sendOutput(service.output(record, file.path), video.filename, request, reply);
  };

  app.route<{ Params: { id: string } }>({
    method,
    url: "/download/:id",
    config,
    schema: { summary: "Video Generation API: the film, for an hour after it was made", tags },
    handler: async (request, reply) => {
      const job = await jobs.find(request.params.id, ["onestep"]);
      if (job === null) throw notFound();
      return send(job, 0, request, reply);
    },
  });

  app.route<{ Params: { id: string; index: string } }>({
    method,
    url: "/download/:id/:index",
    config,
    schema: { summary: "A job's file, by the signed link in its answer", tags },
    handler: async (request, reply) => {
      const { id, index } = request.params;
      const job = /^\d{1,5}$/.test(index) ? await jobs.find(id, ["scene", "gpu"]) : null;
      if (job === null) throw notFound();
      const verdict = verifyGrant(
        { method: request.method, key: `${id}/${index}`, query: request.url.split("?")[1] ?? "" },
        [{ id: "job", secret: job.secret }],
        clock.now(),
      );
      if (!verdict.isValid) {
        throw verdict.reason === "expired" ? expired() : notFound();
      }
      return send(job, Number(index), request, reply);
    },
  });
};

/** One answer for what never was, what is over and what is signed wrongly. */
function notFound(): ReelburstError {
  return new ReelburstError("OUTPUT_NOT_FOUND", "File not found or expired.", {
    hint: "A link works for an hour. Make the video again: what was rendered is kept.",
  });
}

function expired(): ReelburstError {
  return new ReelburstError("OUTPUT_NOT_FOUND", "The link has expired.", {
    hint: "Ask for the job's status: its answer has a new one.",
  });
}
