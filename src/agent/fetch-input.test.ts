import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { smallChunk } from "../../test/support/agents/small-chunk.ts";
import { Bench, drawAtOnce } from "../../test/support/agents/test-agents.ts";
import type { SafeFetch, SafeResponse } from "../support/safe-fetch/contract.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

/** A store that answers with what `serve` gives; how often it was asked. */
function store(serve: (url: string, count: number) => Buffer | number) {
  const asked: string[] = [];
  const request = async (url: string): Promise<SafeResponse> => {
    asked.push(url);
    const found = serve(url, asked.length);
    await pause(30);
    const body = typeof found === "number" ? Buffer.alloc(0) : found;
    return {
      url,
      status: typeof found === "number" ? found : 200,
      headers: {},
      sizeBytes: body.length,
      body: (async function* () {
        yield body;
      })(),
      discard: () => {},
    };
  };
  const openFetch = async () => ({ request, close: async () => {} }) as unknown as SafeFetch;
  return { asked, openFetch };
}

const digestOf = (data: Buffer): string => createHash("sha256").update(data).digest("hex");

test("inputs named by address are fetched once by the agent and not sent", async () => {
  const chunk = await smallChunk(bench.folder);
  const byDigest = new Map(
    Object.entries(chunk.inputs).map(([digest, file]) => [digest, readFileSync(file)]),
  );
  const { asked, openFetch } = store((url) => byDigest.get(url.slice(-64)) ?? 404);
  const seen: Buffer[] = [];
  const agent = await bench.agent(
    async (input) => {
      seen.push(...Object.values(input.inputs).map((file) => readFileSync(file)));
      await drawAtOnce(input);
    },
    { openFetch },
  );
  const client = bench.client(agent.port, { urlOf: (digest) => `https://store.example/${digest}` });
  const run = (name: string) =>
    client.runner(2).run("renderChunk", { ...chunk, outPath: path.join(bench.folder, name) });
  await Promise.all([run("1.mp4"), run("2.mp4")]);
  expect(seen.map(digestOf).toSorted()).toEqual([...byDigest.keys(), ...byDigest.keys()].toSorted());
  expect(asked).toHaveLength(2);
});

test.each([
  ["with other bytes", () => Buffer.from("other"), "AGENT_BLOB_DAMAGED"],
  ["with an error", () => 403, "FETCH_FAILED"],
])("a store that answers %s fails the chunk after some tries", async (_what, serve, code) => {
  const chunk = await smallChunk(bench.folder);
  const { asked, openFetch } = store(serve);
  const agent = await bench.agent(drawAtOnce, { openFetch });
  const client = bench.client(agent.port, { urlOf: (digest) => `https://store.example/${digest}` });
  await expect(client.runner(1).run("renderChunk", chunk)).rejects.toMatchObject({ code, retryable: true });
  expect(asked).toHaveLength(3);
  expect(await client.health()).toMatchObject({ busy: 0, blobs: { count: 0 } });
});

test("a store that answers right the second time will do", async () => {
  const chunk = await smallChunk(bench.folder);
  const byDigest = new Map(
    Object.entries(chunk.inputs).map(([digest, file]) => [digest, readFileSync(file)]),
  );
  const { asked, openFetch } = store((url, count) =>
    count === 1 ? 503 : (byDigest.get(url.slice(-64)) ?? 404),
  );
  const agent = await bench.agent(drawAtOnce, { openFetch });
  const client = bench.client(agent.port, { urlOf: (digest) => `https://store.example/${digest}` });
  expect((await client.runner(1).run("renderChunk", chunk)).frames).toBe(5);
  expect(asked).toHaveLength(3);
});
