import path from "node:path";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ProductionRecord } from "../../produce/production-store.ts";
import { ReelburstError } from "../../support/errors.ts";
import { params, thumbnailQuery } from "../contracts.ts";
import { sendOutput } from "../send-file.ts";
import { type Routes, requireProduction, typed } from "./routes.ts";

/** Finished files. Names come from the store's list of them, never from the address. */
export const outputRoutes: Routes = (app, dependencies) => {
  const { service } = dependencies;
  const send = (
    record: ProductionRecord,
    relative: string | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    if (relative === undefined) throw missing(record);
    return sendOutput(service.output(record, relative), saveName(record, relative), request, reply);
  };
  const method = ["GET", "HEAD"];
  const config = { scope: "read", stream: true, linked: true } as const;
  const tags = ["outputs"];

  typed(app).route({
    method,
    url: "/v1/productions/:id/output",
    config,
    schema: { summary: "The film; Range, If-Range, ETag", tags, params: params.production },
    handler: async (request, reply) => {
      const record = await requireProduction(dependencies, request.params.id);
      const film = record.result?.files.find(({ kind }) => kind === "film");
      return send(record, film?.path, request, reply);
    },
  });
  typed(app).route({
    method,
    url: "/v1/productions/:id/scenes/:scene/output",
    config,
    schema: { summary: "A scene's own file, when scenes are delivered", tags, params: params.scene },
    handler: async (request, reply) => {
      const record = await requireProduction(dependencies, request.params.id);
      const scene = record.scenes.find(({ id }) => id === request.params.scene);
      return send(record, scene?.file ?? undefined, request, reply);
    },
  });
  typed(app).get(
    "/v1/productions/:id/scenes/:scene/thumbnail",
    {
      config: { scope: "read" },
      schema: {
        summary: "A finished frame of a scene, small; while it is rendered, too",
        tags,
        params: params.scene,
        querystring: thumbnailQuery,
      },
    },
    async (request, reply) => {
      const record = await requireProduction(dependencies, request.params.id);
      const key = record.scenes.find(({ id }) => id === request.params.scene)?.thumbnail ?? null;
      const jpeg = key === null ? null : await service.thumbnail(key);
      // It comes from the cache, which forgets; nothing else depends on it.
      if (jpeg === null) throw missing(record);
      const isLasting = request.query.of === key;
      return reply
        .header("cache-control", isLasting ? "private, max-age=31536000, immutable" : "private, no-cache")
        .type("image/jpeg")
        .send(jpeg);
    },
  );
  typed(app).route({
    method,
    url: "/v1/productions/:id/files/:name",
    config,
    schema: { summary: "Whatever goes with the film: poster, captions, report", tags, params: params.file },
    handler: async (request, reply) => {
      const record = await requireProduction(dependencies, request.params.id);
      const file = record.result?.files.find(
        (each) => path.posix.basename(each.path) === request.params.name,
      );
      return send(record, file?.path, request, reply);
    },
  });
};

function missing(record: ProductionRecord): ReelburstError {
  if (record.state === "succeeded") {
    return new ReelburstError("OUTPUT_NOT_FOUND", "The production has no such file.", {
      hint: "result.files of the production lists what there is.",
    });
  }
  return new ReelburstError("OUTPUT_NOT_READY", `The production is ${record.state}.`, {
    hint: "Follow its events to its end.",
    retryable: record.state !== "failed" && record.state !== "canceled",
  });
}

function saveName({ title }: ProductionRecord, relative: string): string {
  const base = path.posix.basename(relative);
  const stem = (title ?? "")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80);
  return stem === "" ? base : base.replace(/^film(?=\.)/, stem);
}
