import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import type { Api } from "./api.ts";
import { createMcpServer } from "./mcp-server.ts";

/**
 * One POST of the streamable HTTP transport. Nothing is kept between requests: every tool answers at once, so there is
 * no stream to resume and no session to lose when the server is started anew or stands beside others.
 */
export async function answerMcpRequest(
  request: { readonly url: string; readonly headers: Record<string, string>; readonly body: unknown },
  api: Api,
  version: string,
): Promise<{ readonly status: number; readonly headers: Record<string, string>; readonly body: string }> {
  const server = createMcpServer(api, version);
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  try {
    await server.connect(transport);
    const response = await transport.handleRequest(
      new Request(request.url, { method: "POST", headers: request.headers }),
      { parsedBody: request.body },
    );
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
  } finally {
    await server.close();
  }
}
