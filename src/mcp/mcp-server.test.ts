import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { expect, test } from "vitest";
import type { Api } from "./api.ts";
import { createMcpServer } from "./mcp-server.ts";

const ID = "a".repeat(32);

/** An API where every production costs this much. */
async function connect(microDollars: number): Promise<{ client: Client; requests: [string, unknown][] }> {
  const requests: [string, unknown][] = [];
  const quote = {
    where: "ec2",
    machines: 2,
    seconds: 30,
    cost: { amount: microDollars, currency: "USD", basis: "list price" },
    notes: [],
  };
  const api: Api = {
    address: (path) => `http://here${path}`,
    request: async (_method, path, body) => {
      requests.push([path, body]);
      if (path.endsWith("/validate")) return { status: 200, body: { valid: true, issues: [], quote } };
      if (path === "/v1/productions")
        return { status: 202, body: { id: ID, status: "queued", quote, links: {} } };
      return { status: 500, body: "no JSON" };
    },
  };
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await createMcpServer(api, "1.0.0").connect(ours);
  const client = new Client({ name: "test", version: "1" });
  await client.connect(theirs);
  return { client, requests };
}

const render = (client: Client, args: Record<string, unknown>) =>
  client.callTool({ name: "render", arguments: { production: { scenes: [] }, ...args } });

test("what costs more than maxCost is not begun; what costs less is, with that limit", async () => {
  const { client, requests } = await connect(300_000);
  const refused = await render(client, { maxCost: 0.29 });
  expect(refused.isError).toBe(true);
  expect(JSON.stringify(refused.content)).toContain("COST_LIMIT");
  expect(requests.map(([path]) => path)).toEqual(["/v1/productions/validate"]);
  expect((await render(client, { maxCost: 0.3 })).structuredContent).toMatchObject({
    id: ID,
    status: "queued",
  });
  expect(requests.at(-1)).toEqual(["/v1/productions", { scenes: [], run: { maxCost: 0.3 } }]);
});

test("a production's own lower limit stays", async () => {
  const { client, requests } = await connect(0);
  await render(client, { production: { scenes: [], run: { maxCost: 0.1, where: "auto" } }, maxCost: 5 });
  expect(requests.at(-1)?.[1]).toEqual({ scenes: [], run: { maxCost: 0.1, where: "auto" } });
});

test("without maxCost, or with one that is none, nothing is asked of the server", async () => {
  const { client, requests } = await connect(0);
  for (const maxCost of [undefined, -1, "free", null]) {
    expect((await render(client, { maxCost })).isError).toBe(true);
  }
  expect(requests).toEqual([]);
});

test("an answer that nobody foresaw is an error with a code, not a crash", async () => {
  const { client } = await connect(0);
  const answer = await client.callTool({ name: "costs", arguments: {} });
  expect(answer.isError).toBe(true);
  expect(JSON.stringify(answer.content)).toContain("INTERNAL");
});
