/** What needs a real socket: uploads that break off or fall silent, a port in use, an end that does not wait. */
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { closeGently, listen } from "./listen.ts";
import { type FakeServer, FakeServers } from "./testing/fake-server.ts";

const servers = new FakeServers();
afterAll(() => servers.closeAll());

const sha256 = createHash("sha256").update("0123456789").digest("hex");

async function open(uploadIdleMs = 30_000): Promise<{ server: FakeServer; port: number }> {
  const server = await servers.open({ limits: { uploadIdleMs } });
  return { server, port: Number(new URL(await listen(server.app, "127.0.0.1", 0)).port) };
}

function send(port: number, text: string): { socket: net.Socket; answer: Promise<string> } {
  const socket = net.connect(port, "127.0.0.1", () => socket.write(text));
  let heard = "";
  socket.on("data", (data) => {
    heard += data.toString();
  });
  socket.on("error", () => {});
  return { socket, answer: new Promise((resolve) => socket.once("close", () => resolve(heard))) };
}

const head = (more: string) =>
  `PUT /v1/assets/${sha256} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n${more}\r\n01234`;

/** Names of unfinished uploads, once there are this many. */
async function partials(server: FakeServer, count: number): Promise<string[]> {
  for (let tries = 0; ; tries++) {
    const names = await readdir(path.join(server.folder, "assets", "partial")).catch((): string[] => []);
    if (names.length === count || tries === 100) return names;
    await sleep(20);
  }
}

test("an upload that breaks off leaves nothing; one in parts can be taken up", async () => {
  const { server, port } = await open();
  const whole = send(port, head(""));
  expect(await partials(server, 1)).toEqual([sha256]);
  whole.socket.destroy();
  expect(await partials(server, 0)).toEqual([]);

  const part = send(port, head("Content-Range: bytes 0-9/10\r\n"));
  expect(await partials(server, 1)).toEqual([sha256]);
  await sleep(50);
  part.socket.destroy();
  for (let tries = 0; tries < 100 && (await server.service.assets.offset(sha256)) !== 5; tries++)
    await sleep(20);
  const rest = await fetchRest(port);
  expect(rest.status, await rest.text()).toBe(201);
  expect(await partials(server, 0)).toEqual([]);
});

/** The first upload is given up a moment after its line broke. */
async function fetchRest(port: number): Promise<Response> {
  for (let tries = 0; ; tries++) {
    const response = await fetch(`http://127.0.0.1:${port}/v1/assets/${sha256}`, {
      method: "PUT",
      headers: { "content-range": "bytes 5-9/10" },
      body: "56789",
    });
    if (response.status !== 409 || tries === 50) return response;
    await sleep(20);
  }
}

test("an upload that falls silent is answered 408 and forgotten", async () => {
  const { server, port } = await open(100);
  const { answer } = send(port, head(""));
  expect(await answer).toMatch(/^HTTP\/1\.1 408 .*"code":"UPLOAD_TIMEOUT"/s);
  expect(await partials(server, 0)).toEqual([]);
});

test("two uploads of the same bytes at once: one is told to wait", async () => {
  const { server, port } = await open();
  const first = send(port, head("Connection: close\r\n"));
  await partials(server, 1);
  const second = await fetch(`http://127.0.0.1:${port}/v1/assets/${sha256}`, {
    method: "PUT",
    body: "0123456789",
  });
  expect([second.status, ((await second.json()) as { code: string }).code]).toEqual([409, "ASSET_BUSY"]);
  first.socket.write("56789");
  expect(await first.answer).toMatch(/^HTTP\/1\.1 201 /);
});

test("a port in use is said in words", async () => {
  const { port } = await open();
  const other = await servers.open();
  await expect(listen(other.app, "127.0.0.1", port)).rejects.toMatchObject({ code: "PORT_TAKEN" });
});

test("the end comes at once, also with an idle connection", async () => {
  const { server, port } = await open();
  await (await fetch(`http://127.0.0.1:${port}/health`)).text();
  server.draining.abort();
  const ended = await Promise.race([closeGently(server.app).then(() => "ended"), sleep(8000, "waits")]);
  expect(ended).toBe("ended");
});
