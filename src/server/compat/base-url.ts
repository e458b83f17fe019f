import type { FastifyRequest } from "fastify";

/**
 * What the caller wrote before the path, for the older answers that carry whole URLs. It goes back to that caller only;
 * behind a proxy with TLS `X-Forwarded-Proto` says so.
 */
export function baseUrlOf(request: FastifyRequest): string {
  const isTls = request.protocol === "https" || request.headers["x-forwarded-proto"] === "https";
  return `${isTls ? "https" : "http"}://${request.host}`;
}
