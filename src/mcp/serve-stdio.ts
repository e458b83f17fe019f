/** The tools over this process's own input and output, for an agent that has started it. */
import { stdin, stdout } from "node:process";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { ServerClient } from "../client/server-client.ts";
import { uploadSources } from "../client/upload.ts";
import { checkFiles } from "../spec/check-files.ts";
import { hasErrors } from "../spec/issue.ts";
import { parseProduction } from "../spec/parse.ts";
import { productionToInput } from "../spec/write.ts";
import { type Api, ApiRefusal } from "./api.ts";
import { createMcpServer } from "./mcp-server.ts";

/** Until the agent closes our input, or the signal aborts. */
export async function serveMcpOnStdio(
  client: ServerClient,
  options: { readonly folder: string; readonly version: string; readonly signal: AbortSignal },
): Promise<void> {
  const { folder, version, signal } = options;
  const server = createMcpServer(clientApi(client, folder, signal), version);
  const ended = new Promise<void>((resolve) => {
    for (const event of ["end", "close"]) stdin.once(event, () => resolve());
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.connect(new StdioServerTransport(stdin, stdout));
  await ended;
  await server.close();
}

/** @param folder whose files productions may name; no others of this machine are read for an agent */
function clientApi(client: ServerClient, folder: string, signal: AbortSignal): Api {
  return {
    request: async (method, path, body, headers = {}) => {
      const response = await client.raw(method, path, {
        signal,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.status, body: (await response.json().catch(() => null)) as unknown };
    },
    bring: async (document) => {
      // Assets that the server has from before; files and assets in one document are not mixed.
      if (JSON.stringify(document).includes('"asset:')) return document;
      const { production, issues } = parseProduction(document, { baseDirectory: folder, confine: true });
      const found =
        production === null ? issues : [...(await checkFiles(production, { confine: true })), ...issues];
      if (production === null || hasErrors(found)) {
        throw new ApiRefusal(["INPUT_INVALID", "The production has errors.", {}], found);
      }
      return productionToInput(await uploadSources(client, production, signal, () => {})) as Record<
        string,
        unknown
      >;
    },
    address: (path) => `${client.url}${path}`,
  };
}
