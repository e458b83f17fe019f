/** The client against a server that breaks off, lies and goes away; the real one is met in test/e2e/remote.test.ts. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseProduction } from "../spec/parse.ts";
import { type LoopbackServer, serveHttp } from "../support/safe-fetch/testing/loopback-server.ts";
import { downloadFile } from "./download.ts";
import { productionEvents } from "./events.ts";
import { ServerClient } from "./server-client.ts";
import { uploadSources } from "./upload.ts";

let folder: string;
const servers: LoopbackServer[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-client-"));
  return () => rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

type Answer = (request: IncomingMessage, response: ServerResponse, number: number) => void;

/** Each request is answered by the next of these, the last for ever. */
async function connect(...answers: Answer[]): Promise<{ client: ServerClient; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = await serveHttp((request, response) => {
    requests.push(request);
    (answers[requests.length - 1] ?? answers.at(-1))?.(request, response, requests.length);
  });
  servers.push(server);
  return { client: new ServerClient({ url: server.origin, key: "rb_secret" }), requests };
}

const { signal } = new AbortController();
const ID = "a".repeat(32);
const event = (id: number, type: string, data: object) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ type, at: "2026-01-01T00:00:00.000Z", ...data })}\n\n`;

test("events are taken up where the line broke, none twice and none missing", async () => {
  const { client, requests } = await connect(
    (_request, response) => {
      response.write(
        `retry: 1000\n\n${event(1, "state", { state: "queued" })}${event(2, "progress", { n: "中" })}id: 3\nev`,
      );
      setTimeout(() => response.destroy(), 20);
    },
    (_request, response) => response.end(`: heartbeat\n\n${event(3, "state", { state: "rendering" })}`),
    (_request, response) =>
      response.end(event(4, "state", { state: "succeeded" }) + event(5, "succeeded", { result: {} })),
  );
  const seen: [number, string][] = [];
  for await (const { id, type } of productionEvents(client, ID, { follow: true, signal }))
    seen.push([id, type]);
  expect(seen).toEqual([
    [1, "state"],
    [2, "progress"],
    [3, "state"],
    [4, "state"],
    [5, "succeeded"],
  ]);
  expect(requests.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "2", "3"]);
  expect(requests[0]?.headers.authorization).toBe("Bearer rb_secret");
});

test("what the server refuses is not asked for again", async () => {
  const { client, requests } = await connect((_request, response) =>
    response
      .writeHead(404, { "content-type": "application/problem+json" })
      .end(JSON.stringify({ code: "PRODUCTION_NOT_FOUND", detail: "There is none.", hint: "List them." })),
  );
  const first = productionEvents(client, ID, { follow: true, signal }).next();
  await expect(first).rejects.toMatchObject({ code: "PRODUCTION_NOT_FOUND", hint: "List them." });
  expect(requests).toHaveLength(1);
});

test("a download goes on with the rest, begins anew when the film is another, and appears whole", async () => {
  const film = Buffer.from("0123456789".repeat(50));
  const whole =
    (etag: string, broken: boolean): Answer =>
    (_request, response) => {
      response.writeHead(200, { etag, "content-length": film.length });
      if (!broken) return response.end(film);
      response.write(film.subarray(0, 200));
      setTimeout(() => response.destroy(), 20);
    };
  const { client, requests } = await connect(
    whole('"old"', true),
    (request, response) => {
      const [, from = "0"] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
      response.writeHead(206, { etag: '"old"' });
      response.write(film.subarray(Number(from), Number(from) + 100));
      setTimeout(() => response.destroy(), 20);
    },
    whole('"new"', false),
  );
  const target = path.join(folder, "made/film.mp4");
  await downloadFile(client, "/film", target, film.length, signal);
  expect((await readFile(target)).equals(film)).toBe(true);
  expect(await readdir(path.dirname(target))).toEqual(["film.mp4"]);
  expect(requests.map(({ headers }) => [headers.range, headers["if-range"]])).toEqual([
    [undefined, undefined],
    ["bytes=200-", '"old"'],
    ["bytes=300-", '"old"'],
  ]);
});

test("a download that is stopped or has another size leaves nothing, and an older film in its place", async () => {
  const target = path.join(folder, "film.mp4");
  await writeFile(target, "the older film");
  const { client } = await connect((_request, response) =>
    response.writeHead(200, { etag: '"x"' }).end("too long"),
  );
  await expect(downloadFile(client, "/film", target, 3, signal)).rejects.toMatchObject({
    code: "DOWNLOAD_INCOMPLETE",
  });
  await expect(downloadFile(client, "/film", target, 3, AbortSignal.abort())).rejects.toThrow();
  expect([await readFile(target, "utf8"), await readdir(folder)]).toEqual(["the older film", ["film.mp4"]]);
});

test("the key goes to the server alone: an address that leads elsewhere is refused", async () => {
  const { client, requests } = await connect((_request, response) =>
    response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
  );
  await expect(client.send("GET", "http://127.0.0.1:1/steal")).rejects.toMatchObject({
    code: "SERVER_UNEXPECTED",
  });
  await expect(client.send("GET", "/v1/productions")).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
  expect(requests).toHaveLength(1);
});

test("uploads ask first, go on where they stand, and send each file once", async () => {
  const bytes = Buffer.from("a picture's bytes, or so");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  for (const name of ["a.png", "b.png"]) await writeFile(path.join(folder, name), bytes);
  const got: [string, string, string][] = [];
  let stored: Buffer = bytes.subarray(0, 10);
  const { client } = await connect((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      got.push([request.method ?? "", request.url ?? "", request.headers["content-range"] ?? ""]);
      if (request.method === "PUT") stored = Buffer.concat([stored, ...pieces]);
      const there = stored.length === bytes.length;
      response
        .writeHead(request.method === "PUT" || there ? 200 : 404, { "upload-offset": stored.length })
        .end();
    });
  });
  const scenes = ["a.png", "b.png", "a.png"].map((image) => ({ image, duration: 1 }));
  const { production } = parseProduction({ scenes }, { baseDirectory: folder });
  if (production === null) throw new Error("no production");
  const progress: number[] = [];
  const uploaded = await uploadSources(client, production, signal, ({ sentBytes }) =>
    progress.push(sentBytes),
  );
  expect(stored.equals(bytes)).toBe(true);
  const address = `/v1/assets/${sha256}`;
  expect(got).toEqual([
    ["HEAD", address, ""],
    ["PUT", address, `bytes 10-${bytes.length - 1}/${bytes.length}`],
    ["HEAD", address, ""],
  ]);
  expect(uploaded.scenes.map(({ image }) => path.relative(folder, image?.src ?? ""))).toEqual(
    Array(3).fill(`asset:${sha256}.png`),
  );
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  expect(progress.at(-1)).toBe(2 * bytes.length);
});
