import { ReelburstError } from "../../support/errors.ts";
import type { Routes } from "./routes.ts";

/**
 * The Model Context Protocol (streamable HTTP). Each tool is a request to this very API with the caller's own key, so
 * that what a key may do is decided in one place.
 */
export const mcpRoutes: Routes = (app, { version }) => {
  app.post(
    "/mcp",
    {
      config: { scope: "read", stream: true },
      schema: { summary: "Model Context Protocol, streamable HTTP", tags: ["mcp"] },
    },
    async (request, reply) => {
      const { authorization, host = "localhost", origin } = request.headers;
      // A name that was made to point here (DNS rebinding) shows in Origin, with a key as without one.
      if (origin !== undefined && origin !== `${request.protocol}://${host}`) {
        throw new ReelburstError("ORIGIN_NOT_ALLOWED", "Pages of other sites may not use this server.", {
          hint: "Connect with a client that is no web page of another site.",
        });
      }
      // Not at the server's start: few servers are asked for it.
      const { answerMcpRequest } = await import("../../mcp/answer-request.ts");
      const own = { host, ...(authorization === undefined ? {} : { authorization }) };
      const answer = await answerMcpRequest(
        { url: `http://${host}/mcp`, headers: textHeaders(request.headers), body: request.body },
        {
          request: async (method, url, body, headers = {}) => {
            const response = await app.inject({
              method,
              url,
              headers: { ...own, ...headers, "x-request-id": request.id },
              ...(body === undefined ? {} : { payload: body as object }),
            });
            return { status: response.statusCode, body: response.json<unknown>() };
          },
          address: (path) => `${request.protocol}://${host}${path}`,
        },
        version,
      );
      return reply.code(answer.status).headers(answer.headers).send(answer.body);
    },
  );
};

function textHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
}
