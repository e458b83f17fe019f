/** The tools by the protocol's own client: over HTTP on a running server, and over a process's input and output. */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { runCli } from "./support/cli.ts";
import { decodeFilm } from "./support/decoded-film.ts";
import { Served } from "./support/server.ts";
import { Studio } from "./support/studio.ts";

const OUTPUT = { width: 192, height: 108, fps: 10, quality: "draft" };
const TOOLS = ["validate", "quote", "render", "status", "cancel", "costs"];

let studio: Studio;
let server: Served;
let picture: string;

beforeAll(async () => {
  studio = await Studio.open();
  const png = await studio.picture("p.png", naturalNoise(192, 108, 1));
  server = await Served.start({ data: studio.at("data"), cache: studio.at("cache") });
  picture = await server.upload(new Uint8Array(await readFile(png)));
});
afterAll(async () => {
  await server.stop();
  await studio.close();
});

async function connect(transport: Transport): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(transport);
  return client;
}

const overHttp = (url: string, headers: Record<string, string> = {}): Transport =>
  new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }) as Transport;

interface Answer {
  readonly structuredContent?: Record<string, unknown>;
  readonly isError?: boolean;
  readonly content: readonly { readonly text: string }[];
}

async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Answer> {
  return (await client.callTool({ name, arguments: args })) as unknown as Answer;
}

function errorOf(answer: Answer): Record<string, unknown> {
  expect(answer.isError).toBe(true);
  return (JSON.parse(answer.content[0]?.text ?? "") as { error: Record<string, unknown> }).error;
}

async function film(client: Client, production: Record<string, unknown>): Promise<string> {
  const made = await call(client, "render", { production, maxCost: 0 });
  expect(made.isError, made.content[0]?.text).toBeUndefined();
  const id = String(made.structuredContent?.["id"]);
  for (;;) {
    const { structuredContent: view = {} } = await call(client, "status", { id });
    if (view["status"] === "succeeded") return String(view["url"]);
    expect(["failed", "canceled"]).not.toContain(view["status"]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function decoded(url: string): Promise<number> {
  const file = studio.at("fetched.mp4");
  await writeFile(file, Buffer.from(await (await fetch(url)).arrayBuffer()));
  return decodeFilm(file).frames.length;
}

describe.runIf(process.platform === "linux")("the Model Context Protocol", () => {
  test("over HTTP: tools, findings, a quote, a film, its end", async () => {
    const client = await connect(overHttp(server.url));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS);
    const production = { title: "One", output: OUTPUT, scenes: [{ id: "a", image: picture, duration: 1 }] };
    expect((await call(client, "validate", { production })).structuredContent).toEqual({
      valid: true,
      issues: [],
    });
    const broken = { scenes: [{ image: "a.png", duration: 1 }] };
    expect((await call(client, "validate", { production: broken })).structuredContent).toMatchObject({
      valid: false,
      issues: [{ code: "SOURCE_NOT_ALLOWED", path: "scenes[0].image.src" }],
    });
    expect((await call(client, "quote", { production })).structuredContent).toMatchObject({
      frames: 10,
      quotes: [{ where: "local", cost: { amount: 0, currency: "USD" } }],
    });
    expect(await decoded(await film(client, production))).toBe(10);
    expect((await call(client, "costs")).structuredContent).toMatchObject({ accrued: 0, lines: [] });

    // Spending needs a limit, and the limit goes with the production.
    const unlimited = await call(client, "render", { production });
    expect(unlimited.isError).toBe(true);
    expect(unlimited.content[0]?.text).toContain("maxCost");
    const long = Array.from({ length: 40 }, (_, index) => ({ id: `s${index}`, image: picture, duration: 2 }));
    const queued = await call(client, "render", {
      production: { output: OUTPUT, scenes: long },
      maxCost: 0.25,
    });
    const id = String(queued.structuredContent?.["id"]);
    expect(await server.get(`/v1/productions/${id}`)).toMatchObject({ document: { run: { maxCost: 0.25 } } });
    expect((await call(client, "cancel", { id })).structuredContent).toMatchObject({ id });
    expect(errorOf(await call(client, "status", { id: "0".repeat(32) }))).toMatchObject({
      code: "PRODUCTION_NOT_FOUND",
      hint: expect.any(String) as string,
    });
    const refused = errorOf(await call(client, "render", { production: broken, maxCost: 0 }));
    expect(refused).toMatchObject({ code: "SOURCE_NOT_ALLOWED", path: "scenes[0].image.src" });
    const { contents } = await client.readResource({ uri: "reelburst://production.schema.json" });
    expect(JSON.parse((contents[0] as { text: string }).text)).toHaveProperty("properties.scenes");
    await client.close();
  });

  test("over HTTP: pages of other sites are refused, keys and their scopes hold", async () => {
    const rebound = await fetch(`${server.url}/mcp`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: "http://evil.example" },
      body: "{}",
    });
    expect(rebound.status).toBe(403);
    const data = studio.at("keyed");
    const made = await runCli(["serve", "--new-key", "agent", "--data", data], {
      cwd: studio.folder,
      cacheDirectory: studio.at("cache"),
    });
    const { key } = made.events[0] as { key: string };
    const keyed = await Served.start({ data, cache: studio.at("cache"), args: ["--require-key"] });
    try {
      await expect(connect(overHttp(keyed.url))).rejects.toThrow(/KEY_REQUIRED|401|auth/i);
      const admin = { authorization: `Bearer ${key}` };
      const answer = await keyed.post("/v1/keys", { name: "reader", scopes: ["read"] }, admin);
      const reader = (await answer.json()) as { key: string };
      const client = await connect(overHttp(keyed.url, { authorization: `Bearer ${reader.key}` }));
      expect((await call(client, "costs")).isError).toBeUndefined();
      const production = { scenes: [{ image: picture, duration: 1 }] };
      expect(errorOf(await call(client, "render", { production, maxCost: 0 }))).toMatchObject({
        code: "KEY_SCOPE",
      });
      await client.close();
      const origin = await fetch(`${keyed.url}/mcp`, {
        method: "POST",
        headers: { ...admin, "content-type": "application/json", origin: "http://evil.example" },
        body: "{}",
      });
      expect(await origin.json()).toMatchObject({ code: "ORIGIN_NOT_ALLOWED" });
    } finally {
      await keyed.stop();
    }
  });

  test("over stdio: files of the folder become a film, no others are read", async () => {
    await writeFile(studio.at("outside.png"), await readFile(studio.at("p.png")));
    await studio.write("agent/p.png", await readFile(studio.at("p.png")));
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [
        fileURLToPath(new URL("../../bin/reelburst.js", import.meta.url)),
        "mcp",
        "--data",
        studio.at("own"),
      ],
      cwd: studio.at("agent"),
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: studio.folder,
        REELBURST_CACHE_DIR: studio.at("cache"),
        REELBURST_SLOTS: "2",
      },
      stderr: "ignore",
    });
    const client = await connect(transport);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS);
    const production = (image: string) => ({ output: OUTPUT, scenes: [{ id: "a", image, duration: 1 }] });
    for (const image of ["../outside.png", studio.at("outside.png"), "/etc/passwd"]) {
      expect(
        (await call(client, "validate", { production: production(image) })).structuredContent,
      ).toMatchObject({
        valid: false,
        issues: [{ code: "PATH_OUTSIDE_BASE" }],
      });
    }
    const url = await film(client, production("p.png"));
    expect(await decoded(url)).toBe(10);
    // The link alone opens it: the process's server is nobody else's.
    const own = new URL(url);
    expect((await fetch(`${own.origin}${own.pathname}`)).status).toBe(401);
    expect((await fetch(`${own.origin}/v1/productions`)).status).toBe(401);
    await client.close();
  });
});
