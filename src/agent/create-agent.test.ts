/**
 * What an agent answers to requests by hand: of a controller with faults, and of others. One piece: its routes share one
 * agent and one way of asking it badly.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import https from "node:https";
import net from "node:net";
import path from "node:path";
import tls from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { smallChunk } from "../../test/support/agents/small-chunk.ts";
import { rawRequest } from "../../test/support/agents/tampering-proxy.ts";
import { Bench, drawAtOnce, lease, outputBytes } from "../../test/support/agents/test-agents.ts";
import { ENGINE_VERSION } from "../render/plan.ts";
import { ReelburstError } from "../support/errors.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { isOfAgent } from "./agent-errors.ts";
import type { RemoteRunOptions } from "./client/remote-runner.ts";
import type { ChunkEvent } from "./protocol.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");
const codeOf = ({ body }: { body: string }): string =>
  (JSON.parse(body) as { error: { code: string } }).error.code;

/** An order whose inputs the agent has, as JSON that may be changed. */
async function sendOrder(port: number, change: Record<string, unknown> = {}, attempt = "attempt-1") {
  const { key, plan, inputs } = await smallChunk(bench.folder);
  for (const [digest, file] of Object.entries(inputs))
    await rawRequest(port, "PUT", `/v1/blobs/${digest}`, { body: readFileSync(file) });
  const named = Object.keys(inputs).map((digest) => ({ sha256: digest }));
  const body = JSON.stringify({ key, attempt, engine: ENGINE_VERSION, plan, inputs: named, ...change });
  return rawRequest(port, "POST", "/v1/chunks", { body });
}

async function eventsOf(port: number, id: string): Promise<ChunkEvent[]> {
  const { body } = await rawRequest(port, "GET", `/v1/chunks/${id}/events`);
  return body
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as ChunkEvent);
}

function blobFiles(): string[] {
  const agent = path.join(bench.folder, "agent");
  return readdirSync(agent).flatMap((run) => readdirSync(path.join(agent, run, "blobs")));
}

function untilStopped(_input: unknown, { signal }: RemoteRunOptions): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(new Error("stopped")));
  });
}

describe("blobs", () => {
  test("with another hash than announced: 422, and nothing is kept", async () => {
    const { port } = await bench.agent();
    const answer = await rawRequest(port, "PUT", `/v1/blobs/${sha256("this")}`, { body: "that" });
    expect([answer.status, codeOf(answer)]).toEqual([422, "AGENT_BLOB_DAMAGED"]);
    expect(blobFiles()).toEqual([]);
  });

  test("that come twice are kept once", async () => {
    const { port } = await bench.agent();
    const put = () => rawRequest(port, "PUT", `/v1/blobs/${sha256("this")}`, { body: "this" });
    expect((await Promise.all([put(), put(), put()])).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await put()).status).toBe(200);
    expect(blobFiles()).toHaveLength(1);
    expect(await bench.client(port).health()).toMatchObject({ blobs: { count: 1, sizeBytes: 4 } });
  });

  test("that break off leave nothing", async () => {
    const { port } = await bench.agent();
    const data = Buffer.alloc(3_000_000, 7);
    const request = https.request({
      host: "127.0.0.1",
      port,
      method: "PUT",
      path: `/v1/blobs/${sha256(data)}`,
      rejectUnauthorized: false,
      headers: { authorization: `Bearer ${lease.key}`, "content-length": data.length },
    });
    request.on("error", () => {});
    request.write(data.subarray(0, 1_000_000));
    await expect.poll(() => blobFiles().length).toBe(1);
    request.destroy();
    await expect.poll(blobFiles).toEqual([]);
    expect(await bench.client(port).health()).toMatchObject({ blobs: { count: 0, sizeBytes: 0 } });
  });

  test.each([
    ["not a digest", "/v1/blobs/abc", {}, 404, "AGENT_ROUTE_UNKNOWN"],
    ["out of the folder", "/v1/blobs/..%2f..%2fetc%2fpasswd", {}, 404, "AGENT_ROUTE_UNKNOWN"],
    [
      "of unknown length",
      `/v1/blobs/${"0".repeat(64)}`,
      { "content-length": "x" },
      411,
      "AGENT_LENGTH_MISSING",
    ],
    ["too large", `/v1/blobs/${"0".repeat(64)}`, { "content-length": "9000000000" }, 413, "AGENT_TOO_LARGE"],
    [
      "more than there is room for",
      `/v1/blobs/${"0".repeat(64)}`,
      { "content-length": "1001" },
      507,
      "AGENT_DISK_FULL",
    ],
  ])("%s", async (what, url, headers, status, code) => {
    const { port } = await bench.agent(drawAtOnce, { blobs: { maxTotalBytes: 1000 } });
    if (what === "of unknown length") {
      const socket = tls.connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
      socket.write(
        `PUT ${url} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${lease.key}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      );
      const [answer] = (await once(socket, "data")) as [Buffer];
      socket.destroy();
      expect(String(answer)).toContain(`HTTP/1.1 ${status}`);
      expect(String(answer)).toContain(code);
      return;
    }
    const answer = await firstAnswer(port, url, headers as Record<string, string>);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });
});

/** Sends headers and waits for what is said to them: the body never comes. */
async function firstAnswer(port: number, url: string, headers: Record<string, string>) {
  const request = https.request({
    host: "127.0.0.1",
    port,
    method: "PUT",
    path: url,
    rejectUnauthorized: false,
    agent: false,
    headers: { authorization: `Bearer ${lease.key}`, ...headers },
  });
  request.on("error", () => {});
  request.flushHeaders();
  const [answer] = (await once(request, "response")) as [import("node:http").IncomingMessage];
  let body = "";
  for await (const piece of answer) body += String(piece);
  request.destroy();
  return { status: answer.statusCode ?? 0, body };
}

describe("orders", () => {
  test("are taken, and end with facts and the output's length and hash", async () => {
    const { port } = await bench.agent();
    expect((await sendOrder(port)).status).toBe(202);
    const events = await eventsOf(port, "attempt-1");
    const done = events.at(-1);
    expect(events[0]).toEqual({ type: "frames", done: 0, total: 5 });
    expect(done).toMatchObject({ type: "done", sizeBytes: 300_000, sha256: sha256(outputBytes()) });
    const { headers, status } = await rawRequest(port, "GET", "/v1/chunks/attempt-1/output");
    expect([status, headers["content-length"], headers["repr-digest"]]).toEqual([
      200,
      "300000",
      `sha-256=:${Buffer.from(sha256(outputBytes()), "hex").toString("base64")}:`,
    ]);
    const part = await rawRequest(port, "GET", "/v1/chunks/attempt-1/output", {
      headers: { range: "bytes=299999-" },
    });
    expect([part.status, part.headers["content-range"], part.headers["content-length"]]).toEqual([
      206,
      "bytes 299999-299999/300000",
      "1",
    ]);
    const beyond = await rawRequest(port, "GET", "/v1/chunks/attempt-1/output", {
      headers: { range: "bytes=300000-" },
    });
    expect([beyond.status, codeOf(beyond)]).toEqual([416, "AGENT_RANGE_INVALID"]);
  });

  test("of a token that is at work or was: 409; taken back: 410", async () => {
    let draws = 0;
    let finish = (): void => {};
    const { port } = await bench.agent(async (input) => {
      draws += 1;
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      await drawAtOnce(input);
    });
    expect((await sendOrder(port)).status).toBe(202);
    const again = await sendOrder(port);
    expect([again.status, codeOf(again)]).toEqual([409, "AGENT_ATTEMPT_KNOWN"]);
    const early = await rawRequest(port, "GET", "/v1/chunks/attempt-1/output");
    expect([early.status, codeOf(early)]).toEqual([409, "AGENT_CHUNK_UNFINISHED"]);
    finish();
    await eventsOf(port, "attempt-1");
    expect((await sendOrder(port)).status).toBe(409);
    expect((await rawRequest(port, "DELETE", "/v1/chunks/attempt-1")).status).toBe(204);
    const ended = await sendOrder(port);
    expect([ended.status, codeOf(ended)]).toEqual([410, "AGENT_ATTEMPT_CANCELED"]);
    // Taken back before it came.
    expect((await rawRequest(port, "DELETE", "/v1/chunks/attempt-2")).status).toBe(204);
    expect((await sendOrder(port, {}, "attempt-2")).status).toBe(410);
    expect(draws).toBe(1);
  });

  test("beyond the slots: 429", async () => {
    const { port } = await bench.agent(untilStopped, { slots: 1 });
    expect((await sendOrder(port)).status).toBe(202);
    const full = await sendOrder(port, {}, "attempt-2");
    expect([full.status, codeOf(full)]).toEqual([429, "AGENT_FULL"]);
  });

  test("with inputs that are not there: 424, which", async () => {
    const { port } = await bench.agent();
    const missing = "0".repeat(64);
    const answer = await sendOrder(port, { inputs: [{ sha256: missing }] });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([424, { missing: [missing] }]);
    expect(await bench.client(port).health()).toMatchObject({ busy: 0 });
  });

  test.each([
    ["of another engine version", { engine: "reelburst-0" }, 412, "AGENT_ENGINE_DIFFERS"],
    ["of an engine that is none", { engine: 3 }, 412, "AGENT_ENGINE_DIFFERS"],
    ["whose key is another's", { key: `chunk-${"0".repeat(64)}` }, 422, "AGENT_ORDER_INVALID"],
    ["without a plan", { plan: null }, 422, "AGENT_ORDER_INVALID"],
    ["with half a plan", { plan: { engine: ENGINE_VERSION } }, 422, "AGENT_ORDER_INVALID"],
    ["with a token that is a path", { attempt: "../../etc" }, 422, "AGENT_ORDER_INVALID"],
    ["with inputs by path", { inputs: [{ sha256: "/etc/passwd" }] }, 422, "AGENT_ORDER_INVALID"],
    [
      "with inputs by http",
      { inputs: [{ sha256: "0".repeat(64), url: "http://x/" }] },
      422,
      "AGENT_ORDER_INVALID",
    ],
    [
      "with inputs by file",
      { inputs: [{ sha256: "0".repeat(64), url: "file:///etc" }] },
      422,
      "AGENT_ORDER_INVALID",
    ],
  ])("%s are refused", async (_what, change, status, code) => {
    const { port } = await bench.agent();
    const answer = await sendOrder(port, change);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  test.each([
    ["no JSON", "{", 422, "AGENT_ORDER_INVALID"],
    ["a list", "[]", 422, "AGENT_ORDER_INVALID"],
    [
      "a hundred thousand deep",
      `{"engine":"${ENGINE_VERSION}","attempt":"attempt-1","plan":${"[".repeat(1e5)}${"]".repeat(1e5)}}`,
      422,
      "AGENT_ORDER_INVALID",
    ],
    ["17 MB", "x".repeat(17e6), 413, "AGENT_TOO_LARGE"],
  ])("that are %s are refused", async (_what, body, status, code) => {
    const { port } = await bench.agent();
    const answer = await rawRequest(port, "POST", "/v1/chunks", { body });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  test("a plan nested deeper than the stack is refused", async () => {
    const { plan } = await smallChunk(bench.folder);
    const { port } = await bench.agent();
    const body = JSON.stringify({
      engine: ENGINE_VERSION,
      attempt: "attempt-1",
      key: "x",
      inputs: [],
      plan,
    }).replace('"layers":', `"deep":${"[".repeat(5e4)}${"]".repeat(5e4)},"layers":`);
    const answer = await rawRequest(port, "POST", "/v1/chunks", { body });
    expect([answer.status, codeOf(answer)]).toEqual([422, "AGENT_ORDER_INVALID"]);
  });
});

describe("strangers", () => {
  test.each([
    ["GET", "/v1/health"],
    ["POST", "/v1/drain"],
    ["PUT", `/v1/blobs/${"0".repeat(64)}`],
    ["POST", "/v1/chunks"],
    ["DELETE", "/v1/chunks/attempt-1"],
    ["GET", "/v1/chunks/attempt-1/events"],
    ["GET", "/"],
  ])("without the key: %s %s is 401", async (method, url) => {
    const { port } = await bench.agent();
    for (const authorization of ["", "Bearer", "Bearer ", `Basic ${lease.key}`, `Bearer ${lease.key}x`]) {
      const answer = await rawRequest(port, method, url, {
        headers: { authorization, connection: "keep-alive" },
      });
      expect([answer.status, codeOf(answer)]).toEqual([401, "AGENT_KEY_REFUSED"]);
      expect(answer.headers.connection).toBe("close");
    }
    expect(await bench.client(port).health()).toMatchObject({ draining: false, blobs: { count: 0 } });
  });

  test("older TLS and no TLS get nothing", async () => {
    const { port } = await bench.agent();
    const old = tls.connect({ host: "127.0.0.1", port, rejectUnauthorized: false, maxVersion: "TLSv1.2" });
    const [error] = (await once(old, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
    const plain = net.connect({ host: "127.0.0.1", port });
    plain.on("error", () => {});
    let said = "";
    plain.on("data", (data) => {
      said += String(data);
    });
    plain.write(`GET /v1/health HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${lease.key}\r\n\r\n`);
    await once(plain, "close");
    expect(said).not.toContain("HTTP");
  });

  test("who is slow with a handshake, with headers, or silent is cut off", async () => {
    const { port } = await bench.agent(drawAtOnce, {
      timeouts: { handshakeMs: 200, headersMs: 200, silentMs: 400 },
    });
    const silent = net.connect({ host: "127.0.0.1", port });
    const slow = tls.connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    const body = tls.connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    for (const socket of [silent, slow, body]) socket.on("error", () => {}).resume();
    slow.write("GET /v1/health HTTP/1.1\r\n");
    const drip = setInterval(() => slow.writable && slow.write("x: y\r\n"), 50);
    body.write(
      `PUT /v1/blobs/${"0".repeat(64)} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${lease.key}\r\ncontent-length: 9\r\n\r\n12`,
    );
    await Promise.all([once(silent, "close"), once(slow, "close"), once(body, "close")]);
    clearInterval(drip);
    await expect.poll(blobFiles).toEqual([]);
  });
});

describe("the dead-man", () => {
  test("is fed by who has the key, and by nobody else", async () => {
    const clock = new ManualClock();
    const { port, expired } = await bench.agent(drawAtOnce, {
      clock,
      deadMan: { idleMs: 1000, lifetimeMs: null, endCommand: null },
    });
    let isOver = false;
    void expired.then(() => {
      isOver = true;
    });
    await clock.advance(900);
    expect((await rawRequest(port, "GET", "/v1/health")).status).toBe(200);
    await clock.advance(900);
    for (let knock = 0; knock < 3; knock++)
      expect((await rawRequest(port, "GET", "/v1/health", { key: "wrong" })).status).toBe(401);
    expect(isOver).toBe(false);
    await clock.advance(150);
    await expect.poll(() => isOver).toBe(true);
    const late = await sendOrder(port);
    expect([late.status, codeOf(late)]).toEqual([503, "AGENT_DRAINING"]);
  });

  test("ends what is at work first", async () => {
    const clock = new ManualClock();
    let stopped = false;
    const { port, expired } = await bench.agent(
      async (input, options) => {
        await untilStopped(input, options).catch((error: unknown) => {
          stopped = true;
          throw error;
        });
      },
      { clock, deadMan: { idleMs: 1000, lifetimeMs: null, endCommand: null } },
    );
    expect((await sendOrder(port)).status).toBe(202);
    await clock.advance(1001);
    await expired;
    expect(stopped).toBe(true);
    expect((await eventsOf(port, "attempt-1")).at(-1)).toMatchObject({
      error: { code: "AGENT_STOPPED", retryable: true },
    });
  });
});

test("what ails this machine is not said as if it were the controller's", async () => {
  const { port } = await bench.agent(async () => {
    throw new ReelburstError("DISK_FULL", "The disk is full.");
  });
  expect((await sendOrder(port)).status).toBe(202);
  const end = (await eventsOf(port, "attempt-1")).at(-1);
  expect(end).toMatchObject({ type: "failed", error: { code: "AGENT_DISK_FULL", retryable: true } });
  expect(end?.type === "failed" && isOfAgent(end.error)).toBe(true);
});

test.each([
  ["too many", { maxCount: 3 }],
  ["too large", { maxBytes: 900_000 }],
])("results nobody fetches go when they are %s, the oldest first", async (_what, results) => {
  const { port } = await bench.agent(drawAtOnce, { results });
  const answers: number[] = [];
  for (let index = 0; index < 5; index++) {
    expect((await sendOrder(port, {}, `attempt-${index}`)).status).toBe(202);
    await eventsOf(port, `attempt-${index}`);
  }
  const folder = path.join(bench.folder, "agent");
  const outputs = () => readdirSync(folder).flatMap((run) => readdirSync(path.join(folder, run, "outputs")));
  await expect.poll(() => outputs().length).toBe(3);
  for (let index = 0; index < 5; index++)
    answers.push((await rawRequest(port, "GET", `/v1/chunks/attempt-${index}/events`)).status);
  expect(answers).toEqual([404, 404, 200, 200, 200]);
});
