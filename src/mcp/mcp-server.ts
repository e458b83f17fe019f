/** The service as tools of the Model Context Protocol. A film takes minutes: render returns at once, status tells more. */
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { z } from "zod";
import { renderJsonSchema } from "../spec/json-schema.ts";
import { ReelburstError } from "../support/errors.ts";
import { type Api, ApiRefusal, requireSuccess } from "./api.ts";
import { cancelShape, costsShape, quoteShape, renderShape, statusShape, validateShape } from "./contracts.ts";

const SCHEMA_URI = "reelburst://production.schema.json";
const READS = { readOnlyHint: true, openWorldHint: false } as const;

export function createMcpServer(api: Api, version: string): McpServer {
  const server = new McpServer(
    { name: "reelburst", title: "Reelburst", version },
    {
      instructions:
        "Makes finished narrated films from scenes. Validate a production, quote it, render it with maxCost, then ask for its status every few seconds until it has succeeded; its url is the film.",
    },
  );
  const bring = async (document: Readonly<Record<string, unknown>>) =>
    (await api.bring?.(document)) ?? document;

  server.registerResource(
    "production-schema",
    SCHEMA_URI,
    { title: "JSON Schema of productions", mimeType: "application/schema+json" },
    async () => ({
      contents: [{ uri: SCHEMA_URI, mimeType: "application/schema+json", text: renderJsonSchema() }],
    }),
  );
  server.registerTool(
    "validate",
    {
      title: "Check a production",
      description: "Finds everything that is wrong with a production, each with its place and a hint.",
      inputSchema: validateShape.input,
      outputSchema: validateShape.output,
      annotations: READS,
    },
    ({ production }) =>
      answer(validateShape.output, async () => {
        const refusal = await bring(production).then(
          (document) => ({ document }),
          (error: unknown) => {
            if (error instanceof ApiRefusal && error.issues.length > 0) return { issues: error.issues };
            throw error;
          },
        );
        if ("issues" in refusal) return { valid: false, issues: refusal.issues };
        return requireSuccess(await api.request("POST", "/v1/productions/validate", refusal.document));
      }),
  );
  server.registerTool(
    "quote",
    {
      title: "Predict time and cost",
      description: "Opens every source and tells how long the film is, and what making it takes and costs.",
      inputSchema: quoteShape.input,
      outputSchema: quoteShape.output,
      annotations: READS,
    },
    ({ production }) =>
      answer(quoteShape.output, async () =>
        requireSuccess(await api.request("POST", "/v1/quotes", await bring(production))),
      ),
  );
  server.registerTool(
    "render",
    {
      title: "Make the film",
      description: "Queues a production and returns its id at once. Spends at most maxCost US dollars.",
      inputSchema: renderShape.input,
      outputSchema: renderShape.output,
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
    },
    ({ production, maxCost, idempotencyKey }) =>
      answer(renderShape.output, async () => {
        const document = limited(await bring(production), maxCost);
        const checked = requireSuccess(await api.request("POST", "/v1/productions/validate", document)) as {
          quote: { cost: { amount: number } } | null;
        };
        refuseExpensive(checked.quote?.cost.amount ?? 0, maxCost);
        const headers = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
        return requireSuccess(await api.request("POST", "/v1/productions", document, headers));
      }),
  );
  server.registerTool(
    "status",
    {
      title: "Look at a production",
      description:
        "State, progress, time left, what went wrong, and where the film is once it has succeeded.",
      inputSchema: statusShape.input,
      outputSchema: statusShape.output,
      annotations: READS,
    },
    ({ id }) =>
      answer(statusShape.output, async () => {
        const view = requireSuccess(await api.request("GET", `/v1/productions/${id}`)) as StatusView;
        const open = (url: string | null): string | null => (url === null ? null : api.address(url));
        const files = (view.result?.files ?? []).map((file) => ({ ...file, url: api.address(file.url) }));
        return { ...view, url: open(view.url), posterUrl: open(view.posterUrl), files };
      }),
  );
  server.registerTool(
    "cancel",
    {
      title: "End a production",
      description:
        "Ends a production that waits or is being made. What was rendered is kept for another try.",
      inputSchema: cancelShape.input,
      outputSchema: cancelShape.output,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ id }) =>
      answer(cancelShape.output, async () =>
        requireSuccess(await api.request("POST", `/v1/productions/${id}/cancel`)),
      ),
  );
  server.registerTool(
    "costs",
    {
      title: "What was spent",
      description: "What this server has spent so far, and where the figures come from.",
      inputSchema: costsShape.input,
      outputSchema: costsShape.output,
      annotations: READS,
    },
    () => answer(costsShape.output, async () => requireSuccess(await api.request("GET", "/v1/costs"))),
  );
  return server;
}

interface StatusView {
  readonly url: string | null;
  readonly posterUrl: string | null;
  readonly result: { readonly files: readonly { readonly url: string }[] } | null;
}

/** The server holds the limit too: a price may rise between the quote and the work. */
function limited(document: Readonly<Record<string, unknown>>, maxCost: number): Record<string, unknown> {
  const run = document["run"];
  if (run !== undefined && (typeof run !== "object" || run === null || Array.isArray(run)))
    return { ...document };
  const own = (run as { maxCost?: unknown } | undefined)?.maxCost;
  const lower = typeof own === "number" && own < maxCost ? own : maxCost;
  return { ...document, run: { ...run, maxCost: lower } };
}

function refuseExpensive(microDollars: number, maxCost: number): void {
  const dollars = microDollars / 1e6;
  if (dollars <= maxCost) return;
  throw new ReelburstError(
    "COST_LIMIT",
    `It would cost $${dollars.toFixed(3)}; maxCost is $${maxCost.toFixed(3)}.`,
    {
      path: "maxCost",
      hint: "Raise maxCost, or choose another run.where after a quote.",
    },
  );
}

/** What is given twice, as data and as text, because not every client reads both. Fields of no tool's are left out. */
async function answer(schema: z.ZodType, work: () => Promise<unknown>): Promise<CallToolResult> {
  try {
    const structuredContent = schema.parse(await work()) as Record<string, unknown>;
    return { structuredContent, content: [{ type: "text", text: JSON.stringify(structuredContent) }] };
  } catch (thrown) {
    const error = ReelburstError.from(thrown);
    const issues = thrown instanceof ApiRefusal && thrown.issues.length > 0 ? { issues: thrown.issues } : {};
    const text = JSON.stringify({ error: { ...error.toJSON(), ...issues } });
    return { isError: true, content: [{ type: "text", text }] };
  }
}
