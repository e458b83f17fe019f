/**
 * Each route by its answers, without a socket: what it gives, and what it says to those it refuses. One piece while all
 * routes share one fake service; a route with a world of its own has its own file.
 */
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type FakeServer, FakeServers } from "./testing/fake-server.ts";

const servers = new FakeServers();
let server: FakeServer;
beforeEach(async () => {
  server = await servers.open();
});
afterAll(() => servers.closeAll());

const ask = (options: InjectOptions | string, on = server): Promise<LightMyRequestResponse> =>
  on.app.inject(typeof options === "string" ? { url: options } : options);
const post = (url: string, payload?: object, headers: Record<string, string> = {}, on = server) =>
  ask({ method: "POST", url, headers, ...(payload === undefined ? {} : { payload }) }, on);

async function film(on = server) {
  return { title: "A film", scenes: [{ id: "one", image: await on.asset("picture"), duration: 1 }] };
}

async function create(on = server): Promise<string> {
  const response = await post("/v1/productions", await film(on), {}, on);
  expect(response.statusCode, response.body).toBe(202);
  return response.json<{ id: string }>().id;
}

function expectProblem(response: LightMyRequestResponse, status: number, code: string): void {
  expect(response.statusCode, response.body).toBe(status);
  expect(response.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(response.json()).toMatchObject({ status, code, requestId: response.headers["x-request-id"] });
}

const UNKNOWN = "0".repeat(32);

describe("productions", () => {
  test("are taken, with a link, a quote and what they are", async () => {
    const response = await post("/v1/productions", await film());
    expect(response.statusCode).toBe(202);
    const { id } = response.json<{ id: string }>();
    expect(response.headers.location).toBe(`/v1/productions/${id}`);
    expect(response.json()).toMatchObject({
      status: "queued",
      quote: { where: "local", machines: 1, seconds: 12.5, cost: { amount: 0, currency: "USD" } },
    });
    expect((await ask(`/v1/productions/${id}`)).json()).toMatchObject({
      id,
      status: "queued",
      title: "A film",
      progress: 0,
      url: null,
      costs: { accrued: 0, currency: "USD", lines: [] },
      document: await film(),
    });
  });

  test.for([
    ["no JSON", { payload: "{", headers: { "content-type": "application/json" } }, 400, "BODY_INVALID"],
    ["nothing", { payload: "", headers: { "content-type": "application/json" } }, 400, "BODY_INVALID"],
    ["a list", { payload: [] }, 400, "BODY_INVALID"],
    ["another type", { payload: "a", headers: { "content-type": "text/xml" } }, 415, "BODY_TYPE"],
    ["a poisoned key", { payload: '{"__proto__":{}}', headers: { "content-type": "application/json" } }, 400],
    ["an unknown setting", { payload: { scene: [] } }, 422],
    [
      "a relative path",
      { payload: { scenes: [{ image: "a.png", duration: 1 }] } },
      422,
      "SOURCE_NOT_ALLOWED",
    ],
    ["a path upwards", { payload: { scenes: [{ image: "../../etc/passwd", duration: 1 }] } }, 422],
    [
      "a path here",
      { payload: { scenes: [{ image: "/etc/passwd", duration: 1 }] } },
      422,
      "SOURCE_NOT_ALLOWED",
    ],
    [
      "a URL that nobody fetches",
      { payload: { scenes: [{ image: "ftp://a/b.png", duration: 1 }] } },
      422,
      "SOURCE_URL_UNSUPPORTED",
    ],
    [
      "an asset that is not there",
      { payload: { scenes: [{ image: `asset:${"a".repeat(64)}`, duration: 1 }] } },
      422,
      "ASSET_MISSING",
    ],
    ["too much", { payload: { title: "x".repeat(9e6) } }, 413, "BODY_TOO_LARGE"],
    ["a broken key", { payload: {}, headers: { "idempotency-key": "a b" } }, 400, "REQUEST_INVALID"],
  ] as const)("refuse %s", async ([, options, status, code]) => {
    const response = await ask({ method: "POST", url: "/v1/productions", ...options } as InjectOptions);
    expectProblem(response, status, code ?? response.json<{ code: string }>().code);
    expect(await server.service.productions.counts()).toEqual({});
    if (status === 422) expect(response.json<{ issues: object[] }>().issues.length).toBeGreaterThan(0);
  });

  test("tell all findings at once, each with its place, also when only asked", async () => {
    const payload = {
      scenes: [
        { image: "a.png", duration: 1 },
        { image: "b.png", duration: 1 },
      ],
    };
    const response = await post("/v1/productions/validate", payload);
    expect(response.json()).toMatchObject({
      valid: false,
      issues: [{ path: "scenes[0].image.src" }, { path: "scenes[1].image.src" }],
    });
    expect((await post("/v1/productions/validate", await film())).json()).toMatchObject({ valid: true });
  });

  test("take paths in the folders that are allowed, and no others", async () => {
    const folder = path.join(import.meta.dirname, "testing");
    const open = await servers.open({ localFolders: [folder] });
    const of = (image: string) =>
      post("/v1/productions/validate", { scenes: [{ image, duration: 1 }] }, {}, open);
    expect((await of(path.join(folder, "fake-server.ts"))).json()).toMatchObject({ valid: true });
    for (const image of [path.join(folder, "../metrics.ts"), path.join(folder, "none.png"), "/etc/passwd"]) {
      expect((await of(image)).json()).toMatchObject({ issues: [{ code: "SOURCE_NOT_ALLOWED" }] });
    }
  });

  test("answer one Idempotency-Key once; another body under it is refused", async () => {
    const headers = { "idempotency-key": "k" };
    const first = await post("/v1/productions", await film(), headers);
    const again = await post("/v1/productions", await film(), headers);
    expect(again.json<{ id: string }>().id).toBe(first.json<{ id: string }>().id);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    const other = await post("/v1/productions", { ...(await film()), title: "Other" }, headers);
    expectProblem(other, 422, "IDEMPOTENCY_KEY_REUSED");
  });

  test("are refused with Retry-After when too many wait", async () => {
    const small = await servers.open({ limits: { maxQueued: 1 } });
    await create(small);
    const response = await post("/v1/productions", await film(small), {}, small);
    expectProblem(response, 429, "QUEUE_FULL");
    expect(Number(response.headers["retry-after"])).toBeGreaterThan(0);
  });

  test("are listed by pages", async () => {
    const ids = [await create(), await create(), await create()];
    const first = (await ask("/v1/productions?limit=2")).json<{
      productions: { id: string }[];
      nextCursor: string;
    }>();
    const second = await ask(`/v1/productions?limit=2&cursor=${first.nextCursor}`);
    expect([...first.productions, ...second.json<typeof first>().productions].map(({ id }) => id)).toEqual(
      ids.toReversed(),
    );
    expect((await ask("/v1/productions?status=failed")).json()).toEqual({
      productions: [],
      nextCursor: null,
    });
    for (const query of ["limit=0", "limit=x", "status=odd", "other=1"])
      expectProblem(await ask(`/v1/productions?${query}`), 400, "REQUEST_INVALID");
    expectProblem(await ask("/v1/productions?cursor=x"), 400, "CURSOR_INVALID");
  });

  test("are searched by title, and listed while they are not over", async () => {
    const on = await servers.open();
    const first = await create(on);
    await on.finish("film");
    const second = await create(on);
    const idsOf = async (query: string) =>
      (await ask(`/v1/productions?${query}`, on))
        .json<{ productions: { id: string }[] }>()
        .productions.map(({ id }) => id);
    expect(await idsOf("search=A%20FI")).toEqual([second, first]);
    expect(await idsOf("search=%25")).toEqual([]);
    expect(await idsOf("status=active")).toEqual([second]);
    expect(await idsOf("status=active&search=none")).toEqual([]);
    const [latest, done] = (await ask("/v1/productions", on)).json<{ productions: object[] }>().productions;
    expect(latest).toMatchObject({ seconds: null, posterUrl: null, sceneCount: 0, costs: { accrued: 0 } });
    expect(done).toMatchObject({ seconds: 1, posterUrl: null });
  });

  test("are canceled and tried again, where that makes sense", async () => {
    const id = await create();
    expect((await post(`/v1/productions/${id}/cancel`)).json()).toMatchObject({ status: "canceled" });
    expect((await post(`/v1/productions/${id}/retry`)).statusCode).toBe(202);
    expectProblem(await post(`/v1/productions/${id}/retry`), 409, "PRODUCTION_NOT_ENDED");
    await server.finish("film");
    expectProblem(await post(`/v1/productions/${id}/cancel`), 409, "PRODUCTION_ENDED");
    expectProblem(await post(`/v1/productions/${id}/retry`), 409, "PRODUCTION_ENDED");
    for (const action of ["cancel", "retry"])
      expectProblem(await post(`/v1/productions/${UNKNOWN}/${action}`), 404, "PRODUCTION_NOT_FOUND");
  });

  test.for([
    `/v1/productions/${UNKNOWN}`,
    `/v1/productions/${UNKNOWN}/events`,
    `/v1/productions/${UNKNOWN}/output`,
  ])("unknown: %s", async (url) => expectProblem(await ask(url), 404, "PRODUCTION_NOT_FOUND"));

  test.for(["..%2f..%2fetc", "A".repeat(32), "1' OR '1'='1", "%00"])("of an odd id %s", async (id) => {
    expect((await ask(`/v1/productions/${id}`)).statusCode).toBe(400);
    expect((await ask(`/v1/productions/${id}/output`)).statusCode).toBe(400);
  });
});

describe("events", () => {
  test("come from the beginning, or from Last-Event-ID on, and end with the production", async () => {
    const id = await create();
    await server.finish("film");
    const all = await ask(`/v1/productions/${id}/events`);
    expect(all.headers["content-type"]).toBe("text/event-stream");
    expect(all.body.match(/^id: \d+/gm)).toEqual(["id: 1", "id: 2", "id: 3"]);
    expect(all.body).toMatch(/event: state\ndata: {"type":"state","at":"[^"]+","state":"succeeded"}\n\n$/);
    const rest = await ask({ url: `/v1/productions/${id}/events`, headers: { "last-event-id": "2" } });
    expect(rest.body.match(/^id: \d+/gm)).toEqual(["id: 3"]);
    const wrong = await ask({ url: `/v1/productions/${id}/events`, headers: { "last-event-id": "x" } });
    expectProblem(wrong, 400, "REQUEST_INVALID");
  });

  test("beat while nothing happens, and end when the server drains", async () => {
    const quick = await servers.open({ limits: { heartbeatMs: 20 } });
    const id = await create(quick);
    const answer = ask(`/v1/productions/${id}/events`, quick);
    setTimeout(() => quick.draining.abort(), 300);
    expect((await answer).body).toContain(": heartbeat\n\n");
  });
});

describe("the console", () => {
  test("is a page under a strict policy, compressed, and looked at anew each time", async () => {
    const id = await create();
    for (const url of ["/", "/new", "/machines", "/settings", `/productions/${id}`]) {
      const response = await ask(url);
      expect(response.headers, url).toMatchObject({
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-cache",
      });
      expect(response.headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self';/);
      expect(response.body).not.toMatch(/<script(?![^>]*src=)|<style| style=/);
    }
    const plain = await ask("/");
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(plain.body)?.[1] ?? "";
    for (const [encoding, unpack] of [
      ["br", brotliDecompressSync],
      ["gzip", gunzipSync],
    ] as const) {
      const packed = await ask({ url: script, headers: { "accept-encoding": `x, ${encoding};q=0.5` } });
      expect(packed.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
      expect(packed.headers["content-encoding"]).toBe(encoding);
      expect(unpack(packed.rawPayload).toString()).toBe((await ask(script)).body);
    }
    expectProblem(await ask("/assets/none.js"), 404, "ROUTE_NOT_FOUND");
    const closed = await servers.open({ keyRequired: true });
    expect((await ask("/", closed)).statusCode).toBe(200);
    expectProblem(await ask("/v1/events", closed), 401, "KEY_REQUIRED");
  });

  test("is told what changes", async () => {
    const on = await servers.open();
    const answer = ask("/v1/events", on);
    await expect.poll(async () => (await ask("/metrics", on)).body).toMatch(/event_streams 1\n/);
    const id = await create(on);
    setTimeout(() => on.draining.abort(), 300);
    const { body, headers } = await answer;
    expect(headers["content-type"]).toBe("text/event-stream");
    const told = /event: production\ndata: (.+)\n\n/.exec(body)?.[1] ?? "";
    expect(JSON.parse(told)).toMatchObject({ id, status: "queued", title: "A film" });
  });

  test("gets a picture of a scene once it is rendered", async () => {
    const on = await servers.open();
    const id = await create(on);
    const claim = await on.service.productions.claim({ workerId: "local@test", leaseMs: 60_000 });
    const scene = {
      id: "one",
      status: "active",
      attempt: 1,
      cached: false,
      framesRendered: 1,
      framesTotal: 2,
      worker: null,
      renderMs: null,
      file: null,
    } as const;
    const url = `/v1/productions/${id}/scenes/one/thumbnail`;
    for (const [thumbnail, status] of [
      [null, 409],
      ["chunk-forgotten", 409],
      ["chunk-known", 200],
    ] as const) {
      await on.service.productions.record(claim!, { scenes: [{ ...scene, thumbnail }], events: [] });
      expect((await ask(url, on)).statusCode, String(thumbnail)).toBe(status);
    }
    const view = (await ask(`/v1/productions/${id}`, on)).json<{ scenes: { thumbnailUrl: string }[] }>();
    expect(view.scenes[0]?.thumbnailUrl).toBe(`${url}?of=chunk-known`);
    const lasting = await ask(`${url}?of=chunk-known`, on);
    expect(lasting.headers).toMatchObject({
      "content-type": "image/jpeg",
      "cache-control": "private, max-age=31536000, immutable",
    });
    expect((await ask(url, on)).headers["cache-control"]).toBe("private, no-cache");
  });
});

describe("outputs", () => {
  test("whole, in parts, by their tag, and their heads", async () => {
    const id = await create();
    const url = `/v1/productions/${id}/output`;
    expectProblem(await ask(url), 409, "OUTPUT_NOT_READY");
    await server.finish("0123456789");
    const whole = await ask(url);
    expect(whole.body).toBe("0123456789");
    expect(whole.headers).toMatchObject({ "content-type": "video/mp4", "accept-ranges": "bytes" });
    const etag = String(whole.headers.etag);
    const part = await ask({ url, headers: { range: "bytes=2-4", "if-range": etag } });
    expect([part.statusCode, part.body, part.headers["content-range"]]).toEqual([206, "234", "bytes 2-4/10"]);
    const stale = await ask({ url, headers: { range: "bytes=2-4", "if-range": '"old"' } });
    expect([stale.statusCode, stale.body]).toEqual([200, "0123456789"]);
    expect((await ask({ url, headers: { "if-none-match": etag } })).statusCode).toBe(304);
    const beyond = await ask({ url, headers: { range: "bytes=10-" } });
    expectProblem(beyond, 416, "RANGE_NOT_SATISFIABLE");
    expect(beyond.headers["content-range"]).toBe("bytes */10");
    const head = await ask({ method: "HEAD", url });
    expect([head.statusCode, head.body, head.headers["content-length"]]).toEqual([200, "", "10"]);
  });

  test("by name, only names that are there", async () => {
    const id = await create();
    await server.finish("film");
    expect((await ask(`/v1/productions/${id}/files/film.mp4`)).body).toBe("film");
    for (const name of ["film.json", "..%2f..%2flock.sqlite", "%2fetc%2fpasswd"])
      expectProblem(await ask(`/v1/productions/${id}/files/${name}`), 404, "OUTPUT_NOT_FOUND");
    expectProblem(await ask(`/v1/productions/${id}/scenes/one/output`), 404, "OUTPUT_NOT_FOUND");
  });
});

describe("assets", () => {
  const bytes = Buffer.from("0123456789");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const url = `/v1/assets/${sha256}`;
  const put = (payload: Buffer, headers: Record<string, string> = {}, at = url, on = server) =>
    ask({ method: "PUT", url: at, payload, headers }, on);
  const partials = () => readdir(path.join(server.folder, "assets", "partial")).catch((): string[] => []);

  test("are brought once, and asked for", async () => {
    expect((await ask({ method: "HEAD", url })).statusCode).toBe(404);
    const response = await put(bytes, { "content-type": "image/png" });
    expect(response.statusCode, response.body).toBe(201);
    expect(response.json()).toEqual({ sha256, sizeBytes: 10, uri: `asset:${sha256}` });
    expect((await put(bytes)).statusCode).toBe(200);
    const head = await ask({ method: "HEAD", url });
    expect([head.statusCode, head.headers["content-length"]]).toEqual([200, "10"]);
  });

  test("come in parts, and go on where they stopped", async () => {
    const first = await put(bytes.subarray(0, 4), { "content-range": "bytes 0-3/10" });
    expect([first.statusCode, first.headers["upload-offset"]]).toEqual([202, "4"]);
    expect((await ask({ method: "HEAD", url })).headers["upload-offset"]).toBe("4");
    const gap = await put(bytes.subarray(6), { "content-range": "bytes 6-9/10" });
    expectProblem(gap, 409, "ASSET_OFFSET");
    expect(gap.headers["upload-offset"]).toBe("4");
    expect((await put(bytes.subarray(4), { "content-range": "bytes 4-9/10" })).statusCode).toBe(201);
    expect(await partials()).toEqual([]);
  });

  test("that are not what they are called leave nothing", async () => {
    expectProblem(await put(Buffer.from("other")), 409, "ASSET_DIGEST_MISMATCH");
    expect((await ask({ method: "HEAD", url })).statusCode).toBe(404);
    expect(await partials()).toEqual([]);
  });

  test("that are too large, misnamed or contradict themselves are refused", async () => {
    const small = await servers.open({ limits: { maxAssetBytes: 9 } });
    expectProblem(await put(bytes, {}, url, small), 413, "ASSET_TOO_LARGE");
    const range = { "content-range": "bytes 0-3/100" };
    expectProblem(await put(bytes.subarray(0, 4), range, url, small), 413, "ASSET_TOO_LARGE");
    expectProblem(await put(bytes, { "content-range": "bytes 0-3/10" }), 400, "REQUEST_INVALID");
    expectProblem(await put(bytes, { "content-range": "odd" }), 400, "REQUEST_INVALID");
    for (const name of ["abc", "..%2f..%2fx", sha256.toUpperCase()])
      expectProblem(await put(bytes, {}, `/v1/assets/${name}`), 400, "REQUEST_INVALID");
  });
});

describe("who may", () => {
  test("without a key: nobody, but for whether it is well", async () => {
    const closed = await servers.open({ keyRequired: true });
    const response = await ask("/v1/productions", closed);
    expectProblem(response, 401, "KEY_REQUIRED");
    expect(response.headers["www-authenticate"]).toMatch(/^Bearer/);
    for (const url of ["/health", "/ready", "/openapi.json", "/docs"])
      expect((await ask(url, closed)).statusCode, url).toBe(200);
    for (const url of ["/metrics", "/validate-system", "/v1/keys", "/v1/workers"])
      expectProblem(await ask(url, closed), 401, "KEY_REQUIRED");
  });

  test("with a key: what its scopes say, and nothing of it is logged", async () => {
    const closed = await servers.open({ keyRequired: true });
    const read = await closed.key(["read"]);
    const write = await closed.key(["write"]);
    const as = (key: string, method: "GET" | "POST", url: string, payload?: object) =>
      ask(
        { method, url, headers: { authorization: `Bearer ${key}` }, ...(payload ? { payload } : {}) },
        closed,
      );
    expect((await as(read, "GET", "/v1/productions")).statusCode).toBe(200);
    expectProblem(await as(read, "POST", "/v1/productions", await film(closed)), 403, "KEY_SCOPE");
    expect((await as(write, "POST", "/v1/productions", await film(closed))).statusCode).toBe(202);
    expectProblem(await as(write, "GET", "/v1/keys"), 403, "KEY_SCOPE");
    const last = write.at(-1) === "A" ? "E" : "A";
    for (const wrong of [
      `${write.slice(0, -1)}${last}`,
      write.replace("rb_", ""),
      "x",
      `rb_${"0".repeat(16)}_x`,
    ])
      expectProblem(await as(wrong, "GET", "/v1/productions"), 401, "KEY_INVALID");
    expect(closed.log()).not.toContain(read.slice(-20));
  });

  test("makes, lists and deletes keys", async () => {
    const made = await post("/v1/keys", { name: "console", scopes: ["read"] });
    expect(made.statusCode).toBe(201);
    const { id, key } = made.json<{ id: string; key: string }>();
    const listed = await ask("/v1/keys");
    expect(listed.json()).toMatchObject({ keys: [{ id, name: "console", scopes: ["read"] }] });
    expect(listed.body).not.toContain(key);
    expect((await ask({ method: "DELETE", url: `/v1/keys/${id}` })).statusCode).toBe(204);
    expectProblem(await ask({ method: "DELETE", url: `/v1/keys/${id}` }), 404, "KEY_NOT_FOUND");
    expectProblem(await post("/v1/keys", { name: "", scopes: ["root"] }), 400, "REQUEST_INVALID");
  });

  test("not pages of other sites, nor names that were made to point here", async () => {
    expectProblem(await ask({ url: "/health", headers: { host: "evil.example" } }), 403, "HOST_NOT_ALLOWED");
    const headers = { host: "127.0.0.1:4380", origin: "http://evil.example" };
    expectProblem(await ask({ url: "/v1/productions", headers }), 403, "ORIGIN_NOT_ALLOWED");
    const own = { host: "127.0.0.1:4380", origin: "http://127.0.0.1:4380" };
    expect((await ask({ url: "/v1/productions", headers: own })).statusCode).toBe(200);
  });

  test("not more than so often", async () => {
    const busy = await servers.open({ limits: { requestsPerMinute: 3 } });
    for (let call = 0; call < 3; call++) expect((await ask("/v1/costs", busy)).statusCode).toBe(200);
    const response = await ask("/v1/costs", busy);
    expectProblem(response, 429, "RATE_LIMITED");
    expect(Number(response.headers["retry-after"])).toBeGreaterThan(0);
    expect((await ask("/health", busy)).statusCode).toBe(200);
  });
});

describe("the server", () => {
  test("says what is not there and what is not possible", async () => {
    expectProblem(await ask("/nothing"), 404, "ROUTE_NOT_FOUND");
    const response = await ask({ method: "DELETE", url: "/v1/productions" });
    expectProblem(response, 405, "METHOD_NOT_ALLOWED");
    expect(response.headers.allow).toBe("GET, POST");
  });

  test("tells nothing of itself when it fails, and its log everything", async () => {
    const response = await post("/v1/quotes", await film());
    expectProblem(response, 500, "INTERNAL");
    expect(response.body).not.toContain(server.folder);
    expect(server.log()).toContain("Nobody plans here");
    expect(server.log()).toContain(String(response.headers["x-request-id"]));
  });

  test("takes a request's id that is one, and makes its own otherwise", async () => {
    const given = await ask({ url: "/health", headers: { "x-request-id": "abc-1" } });
    expect(given.headers["x-request-id"]).toBe("abc-1");
    const odd = await ask({ url: "/health", headers: { "x-request-id": 'a"}\u0007' } });
    expect(odd.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("is well, ready, and not ready while it drains", async () => {
    expect((await ask("/health")).json()).toMatchObject({ status: "healthy", version: "9.9.9" });
    expect((await ask("/ready")).json()).toMatchObject({ status: "ready" });
    server.draining.abort();
    expect((await ask("/ready")).statusCode).toBe(503);
    expectProblem(await post("/v1/productions", await film()), 503, "SERVER_DRAINING");
  });

  test("shows its system, its workers, its costs, its leases", async () => {
    const system = await ask("/validate-system");
    expect(system.json()).toMatchObject({ status: "warning", checks: [{ name: "cache" }] });
    expect(system.body).not.toContain(server.folder);
    expect((await ask("/v1/workers")).json()).toMatchObject({ workers: [{ pool: "local", state: "idle" }] });
    expect((await ask("/v1/costs")).json()).toMatchObject({ accrued: 0, currency: "USD" });
    expect((await ask("/v1/leases")).json()).toEqual({ leases: [] });
  });

  test("counts for Prometheus", async () => {
    await create();
    await ask("/nothing");
    const { body } = await ask("/metrics");
    expect(body).toContain('reelburst_productions{state="queued"} 1');
    expect(body).toContain("reelburst_queue_length 1");
    expect(body).toContain('reelburst_errors_total{code="ROUTE_NOT_FOUND"} 1');
    expect(body).toMatch(
      /reelburst_http_requests_total{method="POST",route="\/v1\/productions",status="202"} 1/,
    );
    for (const name of [
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
      "reelburst_disk_free_bytes",
    ])
      expect(body).toContain(name);
  });

  test("describes itself: OpenAPI 3.1 with every route, and a page without foreign parts", async () => {
    const { openapi, paths } = (await ask("/openapi.json")).json<{
      openapi: string;
      paths: Record<string, object>;
    }>();
    expect(openapi).toBe("3.1.0");
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(["/v1/productions", "/v1/productions/{id}/events", "/v1/assets/{sha256}"]),
    );
    const docs = await ask("/docs");
    expect(docs.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(docs.body).toContain("/v1/productions/{id}/output");
    expect(docs.body).not.toMatch(/<script|https?:\/\//);
  });
});
