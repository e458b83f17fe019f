/**
 * Files that clients bring. `PUT` with the whole file, or, resumable, in parts with `Content-Range: bytes a-b/total`:
 * each part is answered 202 with `Upload-Offset`, the last one 201. `HEAD` says whether it is there (200), or how much
 * of it (404 with `Upload-Offset`).
 */
import { type Readable, Transform } from "node:stream";
import type { FastifyReply } from "fastify";
import { ReelburstError } from "../../support/errors.ts";
import { parseContentRange } from "../byte-range.ts";
import { asset, params } from "../contracts.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { type Routes, typed } from "./routes.ts";

export const assetRoutes: Routes = (app, dependencies) => {
  const { service, limits } = dependencies;
  const { assets } = service;
  const tags = ["assets"];
  // Bytes of whatever kind go to the disk as they come; nothing of them is kept in memory.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));

  typed(app).head(
    "/v1/assets/:sha256",
    { config: { scope: "read" }, schema: { tags, params: params.asset } },
    async (request, reply) => {
      const { sha256 } = request.params;
      const sizeBytes = await assets.size(sha256);
      if (sizeBytes !== null) return reply.header("content-length", sizeBytes).send();
      reply.header("upload-offset", await assets.offset(sha256));
      return reply.code(404).send();
    },
  );

  typed(app).put(
    "/v1/assets/:sha256",
    {
      config: { scope: "write", stream: true },
      bodyLimit: Number.MAX_SAFE_INTEGER,
      schema: {
        summary: "Bring a file, named by the SHA-256 of its bytes",
        tags,
        params: params.asset,
        response: { 200: asset, 201: asset },
      },
    },
    async (request, reply) => {
      const { sha256 } = request.params;
      const { headers } = request;
      const stated = headers["content-length"] === undefined ? null : Number(headers["content-length"]);
      const header = headers["content-range"];
      const range = header === undefined ? null : parseContentRange(header);
      if (header !== undefined && range === null) {
        throw new ReelburstError("REQUEST_INVALID", "Content-Range is not of the form bytes a-b/total.", {
          path: "headers.content-range",
        });
      }
      if (range !== null && stated !== null && stated !== range.end - range.start + 1) {
        throw new ReelburstError(
          "REQUEST_INVALID",
          "Content-Length and Content-Range contradict each other.",
          {
            path: "headers.content-range",
          },
        );
      }
      const body = impatient((request.body ?? emptyBody()) as Readable, dependencies);
      try {
        const answer = await assets.put(sha256, body, {
          start: range?.start ?? 0,
          totalBytes: range === null ? stated : range.total,
          maxBytes: limits.maxAssetBytes,
          keepPart: range !== null,
        });
        if (answer.kind === "partial") {
          return (reply as FastifyReply).code(202).header("upload-offset", answer.offset).send();
        }
        // Whoever sends what is there already must be heard to the end, or it sees a broken line and not our answer.
        if (answer.kind === "known") body.resume();
        const { sizeBytes } = answer;
        return reply
          .code(answer.kind === "stored" ? 201 : 200)
          .send({ sha256, sizeBytes, uri: `asset:${sha256}` });
      } catch (error) {
        reply.header("connection", "close");
        if (error instanceof ReelburstError && error.code === "ASSET_OFFSET") {
          reply.header("upload-offset", await assets.offset(sha256));
        }
        throw error;
      }
    },
  );
};

/** The body, with an end to waiting for it. */
function impatient(body: Readable, { clock, limits }: ServerDependencies): Readable {
  let cancel = (): void => {};
  const arm = (): void => {
    cancel();
    cancel = clock.after(limits.uploadIdleMs, () => {
      watched.destroy(
        new ReelburstError("UPLOAD_TIMEOUT", `Nothing came for ${limits.uploadIdleMs / 1000} s.`, {
          retryable: true,
          hint: "Send large files in parts, with Content-Range, and go on after the last one.",
        }),
      );
    });
  };
  const watched = new Transform({
    transform: (chunk, _encoding, done) => {
      arm();
      done(null, chunk);
    },
  });
  // It may break before anybody reads it; who reads then is told all the same.
  watched.on("error", () => {});
  arm();
  watched.once("close", () => cancel());
  watched.once("end", () => cancel());
  body.once("error", (error) => watched.destroy(error));
  body.once("aborted", () => watched.destroy(new Error("The client went away.")));
  return body.pipe(watched);
}

function emptyBody(): Readable {
  const empty = new Transform();
  empty.end();
  return empty;
}
