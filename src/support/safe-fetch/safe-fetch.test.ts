/**
 * What a fetch gives, and what it refuses, over real sockets. One piece: every case needs the same small server whose
 * answers it sets, and together they are the list of what callers may rely on.
 */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ReelburstError } from "../errors.ts";
import type { FetchTimeouts, SafeFetch } from "./contract.ts";
import { createSafeFetch, type SafeFetchOptions } from "./safe-fetch.ts";
import { type LoopbackServer, serveBytes, serveHttp, serveRaw } from "./testing/loopback-server.ts";

const opened: { close(): Promise<void> }[] = [];
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-fetch-"));
});

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  await rm(folder, { recursive: true });
});

async function started(server: Promise<LoopbackServer>): Promise<LoopbackServer> {
  opened.unshift(await server);
  return server;
}

function fetcherFor(server: LoopbackServer, options: SafeFetchOptions = {}): SafeFetch {
  const fetcher = createSafeFetch({ allowPrivate: [server.host], random: () => 0, ...options });
  opened.unshift(fetcher);
  return fetcher;
}

async function failure(work: Promise<unknown>): Promise<ReelburstError> {
  return work.then(
    () => expect.fail("it succeeded"),
    (error: unknown) => {
      if (!(error instanceof ReelburstError)) throw error;
      return error;
    },
  );
}

const answer = (headers: string, body = ""): string => `HTTP/1.1 200 OK\r\n${headers}\r\n\r\n${body}`;
const FAST: Partial<FetchTimeouts> = { headersMs: 50, connectMs: 100, idleMs: 150, totalMs: 2000 };
const sha256 = (data: string) => createHash("sha256").update(data).digest("hex");

describe("requests", () => {
  it("are plain, and take nothing from the environment", async () => {
    const seen: unknown[] = [];
    const server = await started(
      serveHttp((request, response) => {
        seen.push([request.method, request.url, request.headers]);
        response.setHeader("set-cookie", "a=b").end("ok");
      }),
    );
    process.env["HTTP_PROXY"] = "http://127.0.0.1:9";
    process.env["http_proxy"] = "http://127.0.0.1:9";
    try {
      const fetcher = fetcherFor(server);
      await fetcher.read(`${server.origin}/a?b=c#d`);
      await fetcher.read(`${server.origin}/a`);
    } finally {
      process.env["HTTP_PROXY"] = undefined;
      process.env["http_proxy"] = undefined;
      Reflect.deleteProperty(process.env, "HTTP_PROXY");
      Reflect.deleteProperty(process.env, "http_proxy");
    }
    const headers = {
      host: server.host,
      accept: "*/*",
      "user-agent": "reelburst",
      "accept-encoding": "identity",
      connection: "keep-alive",
    };
    expect(seen).toEqual([
      ["GET", "/a?b=c", headers],
      ["GET", "/a", headers],
    ]);
  });

  it.each(["Cookie", "Host", "Transfer-Encoding", "Proxy-Authorization"])(
    "refuse the header %s",
    async (name) => {
      const server = await started(serveHttp((_, response) => response.end()));
      await expect(fetcherFor(server).request(server.origin, { headers: { [name]: "x" } })).rejects.toThrow(
        TypeError,
      );
      expect(server.connects()).toBe(0);
    },
  );

  it("give secrets to the first origin only", async () => {
    const seen: (string | undefined)[] = [];
    const second = await started(
      serveHttp((request, response) => {
        seen.push(request.headers.authorization, request.headers["if-none-match"]);
        response.end("ok");
      }),
    );
    const first = await started(
      serveHttp((request, response) => {
        seen.push(request.headers.authorization);
        response.writeHead(302, { location: `${second.origin}/` }).end();
      }),
    );
    const fetcher = createSafeFetch({ allowPrivate: [first.host, second.host] });
    opened.unshift(fetcher);
    const { url } = await fetcher.read(first.origin, {
      headers: { Authorization: "Bearer x", "If-None-Match": '"1"' },
    });
    expect(url).toBe(`${second.origin}/`);
    expect(seen).toEqual(["Bearer x", undefined, '"1"']);
  });

  it("follow five redirects and no sixth", async () => {
    const server = await started(
      serveHttp((request, response) => {
        const left = Number(request.url?.slice(1));
        if (left === 0) response.end("there");
        else response.writeHead(302, { location: `/${left - 1}` }).end();
      }),
    );
    const fetcher = fetcherFor(server);
    expect((await fetcher.read(`${server.origin}/5`)).body.toString()).toBe("there");
    expect((await failure(fetcher.read(`${server.origin}/6`))).code).toBe("FETCH_REDIRECTED");
    expect((await fetcher.request(`${server.origin}/6`, { maxRedirects: 0 })).status).toBe(302);
  });

  it("do not send a body on to where a redirect leads", async () => {
    let posts = 0;
    const server = await started(
      serveHttp((_, response) => {
        posts++;
        response.writeHead(307, { location: "/other" }).end();
      }),
    );
    const sending = fetcherFor(server).request(server.origin, { method: "POST", body: "x" });
    expect((await failure(sending)).code).toBe("FETCH_REDIRECTED");
    expect(posts).toBe(1);
  });

  it("stop when told to, before and in the middle", async () => {
    const server = await started(
      serveRaw((socket) => void socket.write(answer("content-length: 10", "abc"))),
    );
    const fetcher = fetcherFor(server);
    const controller = new AbortController();
    const reading = fetcher.read(server.origin, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    expect((await failure(reading)).code).toBe("ABORTED");
    expect((await failure(fetcher.read(server.origin, { signal: controller.signal }))).code).toBe("ABORTED");
    expect(server.connects()).toBe(1);
  });
});

describe("slow and silent servers", () => {
  it.each([
    ["says nothing", () => {}],
    [
      "drips its headers",
      (socket: { write(text: string): unknown }) => drip(socket, answer("content-length: 1", "a")),
    ],
  ])("one that %s is left", async (_, handler) => {
    const server = await started(serveRaw(handler));
    const error = await failure(fetcherFor(server).read(server.origin, { timeouts: FAST, attempts: 1 }));
    expect(error).toMatchObject({ code: "FETCH_TIMEOUT", retryable: true });
  });

  it("one that stops in the middle is left", async () => {
    const server = await started(
      serveRaw((socket) => void socket.write(answer("content-length: 10", "abc"))),
    );
    const error = await failure(fetcherFor(server).read(server.origin, { timeouts: FAST, attempts: 1 }));
    expect(error).toMatchObject({ code: "FETCH_TIMEOUT", retryable: true });
  });

  it("one that drips its body is left, though it is never silent", async () => {
    const server = await started(
      serveRaw((socket) => {
        socket.write(answer("content-length: 100000"));
        drip(socket, "x".repeat(1000));
      }),
    );
    const wanted = { timeouts: { ...FAST, idleBytes: 1000 }, attempts: 1 };
    expect((await failure(fetcherFor(server).read(server.origin, wanted))).code).toBe("FETCH_TIMEOUT");
  });

  it("one that always sends a little is left when the whole takes too long", async () => {
    const server = await started(
      serveRaw((socket) => {
        socket.write(answer("content-length: 100000"));
        drip(socket, "x".repeat(1000));
      }),
    );
    const wanted = { timeouts: { ...FAST, totalMs: 300 }, attempts: 1 };
    const error = await failure(fetcherFor(server).read(server.origin, wanted));
    expect(error).toMatchObject({ code: "FETCH_TIMEOUT", message: expect.stringContaining("0.3 s") });
  });

  it("a slow reader is not taken for a slow server", async () => {
    const body = "x".repeat(300_000);
    const server = await started(serveHttp((_, response) => response.end(body)));
    const response = await fetcherFor(server).request(server.origin, { timeouts: FAST });
    let bytes = 0;
    for await (const chunk of response.body) {
      if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 400));
      bytes += chunk.length;
    }
    expect(bytes).toBe(body.length);
  });

  it("a connection that was closed while nobody looked is opened again", async () => {
    const server = await started(
      serveRaw((socket) => {
        socket.on("data", () => {
          socket.write(answer("content-length: 2\r\nconnection: keep-alive", "ok"));
          setTimeout(() => socket.destroy(), 20);
        });
      }),
    );
    const fetcher = fetcherFor(server);
    for (let count = 0; count < 3; count++) {
      expect((await fetcher.read(server.origin)).body.toString()).toBe("ok");
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  });

  function drip(socket: { write(text: string): unknown; destroyed?: boolean }, text: string): void {
    let at = 0;
    const timer = setInterval(() => {
      if (socket.destroyed === true || at >= text.length) clearInterval(timer);
      else socket.write(text[at++] ?? "");
    }, 15);
  }
});

describe("limits", () => {
  it("hold for what is announced, before a byte of it is read", async () => {
    const server = await started(serveBytes(answer("content-length: 1001")));
    const error = await failure(fetcherFor(server).read(server.origin, { maxBytes: 1000 }));
    expect(error).toMatchObject({ code: "FETCH_TOO_LARGE", retryable: false });
  });

  it("hold for a body without an end", async () => {
    let sent = 0;
    const server = await started(
      serveHttp((_, response) => {
        const more = (): void => {
          if (response.destroyed) return;
          sent += 65_536;
          if (response.write(Buffer.alloc(65_536))) setImmediate(more);
          else response.once("drain", more);
        };
        more();
      }),
    );
    const error = await failure(
      fetcherFor(server).download(server.origin, path.join(folder, "a"), { maxBytes: 1e6 }),
    );
    expect(error.code).toBe("FETCH_TOO_LARGE");
    // What fits into the sockets' buffers on both sides may be under way.
    expect(sent).toBeLessThan(30e6);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
    ["deflate", deflateSync],
  ])("hold for what %s unpacks to", async (coding, pack) => {
    const bomb = pack(Buffer.alloc(200e6));
    const server = await started(
      serveHttp((_, response) => response.setHeader("content-encoding", coding).end(bomb)),
    );
    const fetcher = fetcherFor(server);
    const before = process.memoryUsage().rss;
    expect((await failure(fetcher.read(server.origin, { maxBytes: 10e6 }))).code).toBe("FETCH_TOO_LARGE");
    const unpacked = await failure(fetcher.read(server.origin, { maxBytes: 1e9 }));
    expect(unpacked).toMatchObject({ code: "FETCH_TOO_LARGE", message: expect.stringContaining("unpacks") });
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
    ["deflate", deflateSync],
  ])("let an honest %s through, and tell one that is cut or damaged", async (coding, pack) => {
    const text = Array.from({ length: 3000 }, (_, index) => `line ${index * 7919}`).join("\n");
    const packed = pack(Buffer.from(text));
    const flipped = Buffer.from(packed);
    flipped.fill(0x55, 12, 60);
    const bodies = [packed, packed.subarray(0, packed.length - 20), flipped];
    const server = await started(
      serveHttp((request, response) =>
        response.setHeader("content-encoding", coding).end(bodies[Number(request.url?.slice(1))]),
      ),
    );
    const fetcher = fetcherFor(server);
    expect((await fetcher.read(`${server.origin}/0`)).body.toString()).toBe(text);
    expect((await failure(fetcher.read(`${server.origin}/1`, { attempts: 1 }))).code).toBe("FETCH_TRUNCATED");
    expect((await failure(fetcher.read(`${server.origin}/2`, { attempts: 1 }))).code).toBe("FETCH_DAMAGED");
  });

  it("hold for types, when some are asked for", async () => {
    const server = await started(
      serveHttp((request, response) => {
        if (request.url !== "/none") response.setHeader("content-type", "text/HTML; charset=utf-8");
        response.end("<html>");
      }),
    );
    const fetcher = fetcherFor(server);
    expect((await fetcher.read(server.origin, { types: ["text/*"] })).status).toBe(200);
    expect((await fetcher.read(server.origin, { types: ["text/html"] })).status).toBe(200);
    for (const url of [server.origin, `${server.origin}/none`])
      expect((await failure(fetcher.read(url, { types: ["image/*"] }))).code).toBe("FETCH_TYPE_REFUSED");
  });

  it("hold for the number and size of headers, and for codings", async () => {
    const long = await started(serveBytes(answer(`x: ${"a".repeat(70_000)}\r\ncontent-length: 0`)));
    expect((await failure(fetcherFor(long).read(long.origin, { attempts: 1 }))).code).toBe("FETCH_FAILED");
    const twice = await started(serveBytes(answer("content-encoding: gzip, gzip\r\ncontent-length: 1", "x")));
    expect((await failure(fetcherFor(twice).read(twice.origin))).code).toBe("FETCH_TYPE_REFUSED");
  });
});

describe("downloads", () => {
  it("arrive whole, with their digest, and leave nothing else behind", async () => {
    const server = await started(
      serveHttp((_, response) =>
        response
          .writeHead(200, { etag: '"1"', "content-type": "image/png", "content-length": 5 })
          .end("hello"),
      ),
    );
    const file = path.join(folder, "sub", "a.png");
    const seen: unknown[] = [];
    const stored = await fetcherFor(server).download(`${server.origin}/a.png?sig=secret`, file, {
      onBytes: (...bytes) => seen.push(bytes),
    });
    expect(stored).toEqual({
      kind: "stored",
      url: `${server.origin}/a.png?sig=secret`,
      sizeBytes: 5,
      sha256: sha256("hello"),
      contentType: "image/png",
      etag: '"1"',
      lastModified: null,
    });
    expect(seen).toEqual([[5, 5]]);
    expect(await readFile(file, "utf8")).toBe("hello");
    expect(await readdir(path.dirname(file))).toEqual(["a.png"]);
  });

  const CUT = [
    ["shorter than announced", answer("content-length: 10", "hello")],
    ["chunked, without its end", answer("transfer-encoding: chunked", "5\r\nhello\r\n")],
    ["chunked, in the middle of a chunk", answer("transfer-encoding: chunked", "a\r\nhello")],
  ] as const;

  it.each(CUT)("%s are refused and fetched again", async (_, cut) => {
    const whole = answer("content-length: 10\r\nconnection: close", "helloworld");
    const server = await started(serveBytes(cut, cut, whole));
    const retries: string[] = [];
    const file = path.join(folder, "a");
    const stored = await fetcherFor(server).download(server.origin, file, {
      onRetry: ({ code }) => retries.push(code),
    });
    expect(retries).toEqual(["FETCH_TRUNCATED", "FETCH_TRUNCATED"]);
    expect(stored).toMatchObject({ sha256: sha256("helloworld") });
    expect(await readFile(file, "utf8")).toBe("helloworld");
    expect(server.connects()).toBe(3);
  });

  it.each(CUT)("%s every time end as truncated, and no file stays", async (_, cut) => {
    const server = await started(serveBytes(cut));
    const error = await failure(
      fetcherFor(server).download(server.origin, path.join(folder, "a"), { attempts: 2 }),
    );
    expect(error).toMatchObject({ code: "FETCH_TRUNCATED", retryable: true });
    expect(server.connects()).toBe(2);
    expect(await readdir(folder)).toEqual([]);
  });

  it("do not touch the file that is there until they are whole", async () => {
    const server = await started(
      serveBytes(answer("content-length: 3", "old"), answer("content-length: 9", "new")),
    );
    const file = path.join(folder, "a");
    const fetcher = fetcherFor(server);
    await fetcher.download(server.origin, file);
    await failure(fetcher.download(server.origin, file, { attempts: 2 }));
    expect(await readFile(file, "utf8")).toBe("old");
  });

  it("with other content than promised are refused and fetched again", async () => {
    const digest = createHash("sha256").update("right").digest("base64");
    const head = `content-length: 5\r\nconnection: close\r\ncontent-digest: sha-256=:${digest}:`;
    const server = await started(serveBytes(answer(head, "wrong"), answer(head, "right")));
    const file = path.join(folder, "a");
    await fetcherFor(server).download(server.origin, file);
    expect(await readFile(file, "utf8")).toBe("right");
    const other = await started(serveBytes(answer("content-length: 5", "wrong")));
    const wanted = { sha256: sha256("right"), attempts: 2 };
    expect((await failure(fetcherFor(other).download(other.origin, file, wanted))).code).toBe(
      "FETCH_DAMAGED",
    );
    expect(await readFile(file, "utf8")).toBe("right");
  });

  it("that did not change are not sent again", async () => {
    const server = await started(
      serveHttp((request, response) => {
        response.statusCode = request.headers["if-none-match"] === '"1"' ? 304 : 200;
        response.end();
      }),
    );
    const wanted = { headers: { "if-none-match": '"1"' } };
    expect(await fetcherFor(server).download(server.origin, path.join(folder, "a"), wanted)).toEqual({
      kind: "unchanged",
    });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("answers that are no success", () => {
  it.each([
    [404, "URL_NOT_FOUND", false, 1],
    [410, "URL_NOT_FOUND", false, 1],
    [401, "FETCH_FAILED", false, 1],
    [403, "FETCH_FAILED", false, 1],
    [418, "FETCH_FAILED", false, 1],
    [429, "FETCH_FAILED", true, 3],
    [500, "FETCH_FAILED", true, 3],
    [503, "FETCH_FAILED", true, 3],
  ])("%i is %s", async (status, code, retryable, attempts) => {
    let count = 0;
    const server = await started(
      serveHttp((_, response) => {
        count++;
        response.writeHead(status).end("inside: secret");
      }),
    );
    const error = await failure(fetcherFor(server).read(`${server.origin}/a?key=secret`, { attempts: 3 }));
    expect(error).toMatchObject({ code, retryable });
    expect(JSON.stringify(error)).not.toContain("secret");
    expect(count).toBe(attempts);
  });

  it("are waited out as long as the server asks, when that is not too long", async () => {
    const times: number[] = [];
    const delays: number[] = [];
    const server = await started(
      serveHttp((_, response) => {
        times.push(Date.now());
        if (times.length > 1) response.end("ok");
        else response.writeHead(503, { "retry-after": "1" }).end();
      }),
    );
    await fetcherFor(server).read(server.origin, { onRetry: (_, delayMs) => delays.push(delayMs) });
    expect(delays).toEqual([1000]);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it("are not waited out for an hour", async () => {
    let count = 0;
    const server = await started(
      serveHttp((_, response) => {
        count++;
        response.writeHead(429, { "retry-after": "3600" }).end();
      }),
    );
    expect((await failure(fetcherFor(server).read(server.origin))).retryable).toBe(true);
    expect(count).toBe(1);
  });

  it.each([
    [
      "nothing listens",
      async () => {
        const server = await serveHttp(() => {});
        await server.close();
        return server;
      },
    ],
    ["the connection is cut at once", () => serveRaw((socket) => socket.destroy())],
    ["something else than HTTP is spoken", () => serveBytes("SSH-2.0-OpenSSH_9\r\n")],
  ] as const)("where %s, FETCH_FAILED says nothing about what is there", async (_, start) => {
    const server = await start();
    const error = await failure(fetcherFor(server).read(server.origin, { attempts: 2 }));
    expect(error).toMatchObject({ code: "FETCH_FAILED", retryable: true });
    expect(error.message).toBe(`${server.host} could not be reached or did not answer in HTTP.`);
    if (server.connects() > 0) await server.close();
  });
});
