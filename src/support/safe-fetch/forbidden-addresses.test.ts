/**
 * Nothing may connect to what is not public: a canary on every loopback address counts who does. One piece: the forms of
 * addresses are one table over one canary.
 */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ReelburstError } from "../errors.ts";
import type { ResolvedAddress } from "./guarded-connector.ts";
import { createSafeFetch } from "./safe-fetch.ts";
import { serveHttp } from "./testing/loopback-server.ts";

let canary: Server;
let port = 0;
let connects = 0;
let lastAddress = "";
const open = new Set<Socket>();

beforeAll(async () => {
  canary = createServer((socket) => {
    connects++;
    lastAddress = socket.localAddress ?? "";
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
    socket.end("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 6\r\n\r\nsecret");
  });
  // The unspecified address of both families: 127.0.0.2, ::1 and the machine's own addresses lead here too.
  await new Promise<void>((resolve) => canary.listen(0, "::", resolve));
  port = (canary.address() as AddressInfo).port;
});

afterAll(async () => {
  for (const socket of open) socket.destroy();
  await new Promise((resolve) => canary.close(resolve));
});

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "none",
    (error: unknown) => (error instanceof ReelburstError ? error.code : String(error)),
  );
}

const LOOPBACK_FORMS = [
  "127.0.0.1",
  "127.0.0.2",
  "127.255.255.254",
  "127.1",
  "127.0.1",
  "127.0.0.1.",
  "2130706433",
  "0x7f000001",
  "0x7f.1",
  "0x7f.0x0.0x0.0x1",
  "0X7F.0.0.1",
  "017700000001",
  "0177.0.0.1",
  "0177.0.0.01",
  "00000177.0.0.1",
  "0177.0x0.0.1",
  "１２７.０.０.１",
  "127。0。0。1",
  "①②⑦.⓪.⓪.①",
  "127%2e0%2e0%2e1",
  "%31%32%37.0.0.1",
  "0",
  "0.0.0.0",
  "0x0",
  "0.0.0.1",
  "localhost",
  "LOCALHOST",
  "localhost.",
  "ｌocalhost",
  "foo.localhost",
  "foo.localhost.",
  "printer.local",
  "metadata.google.internal",
  "[::]",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[0:0:0:0:0:ffff:7f00:0001]",
  "[::127.0.0.1]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[64:ff9b:1::127.0.0.1]",
  "[2002:7f00:1::]",
  "[2001:0:7f00:1::80ff:fffe]",
] as const;

const OTHER_FORMS = [
  "169.254.169.254",
  "0xa9fea9fe",
  "2852039166",
  "0251.0376.0251.0376",
  "169.254.43518",
  "[::ffff:169.254.169.254]",
  "[::ffff:a9fe:a9fe]",
  "[64:ff9b::a9fe:a9fe]",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.0.1",
  "100.64.0.1",
  "100.127.255.254",
  "198.18.0.1",
  "198.19.255.255",
  "192.0.0.1",
  "192.0.2.1",
  "198.51.100.1",
  "203.0.113.1",
  "192.88.99.1",
  "224.0.0.1",
  "239.255.255.250",
  "240.0.0.1",
  "255.255.255.255",
  "[fc00::1]",
  "[fd12:3456:789a::1]",
  "[fe80::1]",
  "[fec0::1]",
  "[ff02::1]",
  "[2001:db8::1]",
  "[3fff::1]",
  "[100::1]",
  "[4000::1]",
] as const;

const INVALID_FORMS = [
  "[fe80::1%25eth0]",
  "[fe80::1%eth0]",
  "[::1%lo]",
  "256.256.256.256",
  "127.0.0.1.5",
  "0x7f000001g.0x1",
  "user@127.0.0.1",
  "user:secret@127.0.0.1",
] as const;

describe("addresses that are not public", () => {
  const fetcher = createSafeFetch();
  afterAll(() => fetcher.close());

  it.each([...LOOPBACK_FORMS, ...OTHER_FORMS])("%s is refused", async (host) => {
    const before = connects;
    for (const url of [`http://${host}:${port}/`, `https://${host}:${port}/`, `http://${host}/`])
      expect([url, await codeOf(fetcher.request(url))]).toEqual([url, "URL_FORBIDDEN"]);
    expect(connects - before).toBe(0);
  });

  it.each(INVALID_FORMS)("%s is no URL that is taken", async (host) => {
    const before = connects;
    expect(await codeOf(fetcher.request(`http://${host}:${port}/`))).toBe("URL_INVALID");
    expect(connects - before).toBe(0);
  });

  it("are met by the canary when nothing guards them, so that 0 above means something", async () => {
    const before = connects;
    const reached: string[] = [];
    for (const host of LOOPBACK_FORMS) {
      const answered = await fetch(`http://${host}:${port}/`, { signal: AbortSignal.timeout(300) }).then(
        () => true,
        () => false,
      );
      if (answered) reached.push(host);
    }
    expect(connects - before).toBeGreaterThanOrEqual(reached.length);
    expect(reached.length).toBeGreaterThanOrEqual(15);
  });

  it("are refused with the same words whether something answers there or not", async () => {
    const said = async (url: string) =>
      fetcher.request(url).catch((error: ReelburstError) => ({ ...error.toJSON(), cause: error.cause }));
    const answering = await said(`http://127.0.0.1:${port}/x`);
    const silent = await said("http://10.255.255.1:8080/x");
    const words = (error: unknown) =>
      JSON.stringify(error).replace(`127.0.0.1:${port}`, "HOST").replace("10.255.255.1:8080", "HOST");
    expect(words(answering)).toBe(words(silent));
  });

  it.each([
    "ftp://example.com/a",
    "file:///etc/passwd",
    "data:text/plain,a",
    "javascript:1",
    "//example.com",
    "",
    "http://",
  ])("%j is no URL that is taken", async (url) =>
    expect(await codeOf(fetcher.request(url))).toBe("URL_INVALID"),
  );

  it.each([22, 25, 53, 111, 1023])("port %i of a public host is refused", async (low) =>
    expect(await codeOf(fetcher.request(`http://93.184.216.34:${low}/`))).toBe("URL_FORBIDDEN"),
  );
});

describe("names that lead inside", () => {
  const answers = new Map<string, ResolvedAddress[]>();
  let asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return answers.get(host) ?? [];
  };
  const fetcher = createSafeFetch({ resolve, connectMs: 300 });
  afterAll(() => fetcher.close());

  it.each([
    ["one private address", [{ address: "127.0.0.1", family: 4 }]],
    [
      "a private one behind a public one",
      [
        { address: "93.184.216.34", family: 4 },
        { address: "::1", family: 6 },
      ],
    ],
    ["a mapped one", [{ address: "::ffff:127.0.0.1", family: 6 }]],
    ["a link-local one with its zone", [{ address: "fe80::1%lo", family: 6 }]],
    ["the metadata service", [{ address: "169.254.169.254", family: 4 }]],
    ["no address", []],
  ] as const)("%s", async (_, addresses) => {
    const before = connects;
    answers.set("inside.example", [...addresses]);
    expect(await codeOf(fetcher.request(`http://inside.example:${port}/`))).toBe("URL_FORBIDDEN");
    expect(await codeOf(fetcher.request(`https://inside.example:${port}/`))).toBe("URL_FORBIDDEN");
    expect(connects - before).toBe(0);
  });

  it("that answer with an allowed address first and a forbidden one next are asked once for each connection", async () => {
    const before = connects;
    asked = [];
    const rebinding = createSafeFetch({
      allowPrivate: ["127.0.0.2/32"],
      resolve: async (host) => {
        asked.push(host);
        return [{ address: asked.length === 1 ? "127.0.0.2" : "127.0.0.1", family: 4 }];
      },
    });
    const { body } = await rebinding.read(`http://rebind.example:${port}/`);
    expect(Buffer.from(body).toString()).toBe("secret");
    expect(asked).toEqual(["rebind.example"]);
    expect(lastAddress).toBe("::ffff:127.0.0.2");
    expect(await codeOf(rebinding.read(`http://rebind.example:${port}/`))).toBe("URL_FORBIDDEN");
    expect(asked).toHaveLength(2);
    expect(connects - before).toBe(1);
    await rebinding.close();
  });

  it("of private zones are refused without asking anybody", async () => {
    asked = [];
    expect(await codeOf(fetcher.request("http://db.internal/"))).toBe("URL_FORBIDDEN");
    expect(asked).toEqual([]);
  });
});

describe("redirects", () => {
  it.each([301, 302, 303, 307, 308])("into a private address are refused (%i)", async (status) => {
    const before = connects;
    const server = await serveHttp((request, response) => {
      const next = request.url === "/1" ? "/2" : `http://127.0.0.1:${port}/`;
      response.writeHead(status, { location: next }).end();
    });
    const fetcher = createSafeFetch({ allowPrivate: [server.host] });
    expect(await codeOf(fetcher.request(`${server.origin}/1`))).toBe("URL_FORBIDDEN");
    expect(server.connects()).toBeGreaterThan(0);
    expect(connects - before).toBe(0);
    await fetcher.close();
    await server.close();
  });

  it.each([
    ["file:///etc/passwd", "URL_INVALID"],
    ["gopher://127.0.0.1/", "URL_INVALID"],
    ["http://user:secret@example.com/", "URL_INVALID"],
    ["http://[", "FETCH_REDIRECTED"],
    ["//127.0.0.1:PORT/", "URL_FORBIDDEN"],
    ["http://[::ffff:7f00:1]:PORT/", "URL_FORBIDDEN"],
    ["http://2130706433:PORT/", "URL_FORBIDDEN"],
  ])("to %s are refused", async (location, code) => {
    const before = connects;
    const server = await serveHttp((_, response) => {
      response.writeHead(302, { location: location.replace("PORT", String(port)) }).end();
    });
    const fetcher = createSafeFetch({ allowPrivate: [server.host] });
    expect(await codeOf(fetcher.request(`${server.origin}/`))).toBe(code);
    expect(connects - before).toBe(0);
    await fetcher.close();
    await server.close();
  });
});

describe("what the settings allow", () => {
  const CASES: [allowed: string, url: string, isAllowed: boolean][] = [
    ["127.0.0.1:PORT", "http://127.0.0.1:PORT/", true],
    ["127.0.0.1:PORT", "http://0x7f.1:PORT/", true],
    ["127.0.0.1:1", "http://127.0.0.1:PORT/", false],
    ["127.0.0.1:PORT", "http://127.0.0.2:PORT/", false],
    ["127.0.0.0/8", "http://127.0.0.2:PORT/", true],
    ["127.0.0.0/8", "http://[::ffff:127.0.0.2]:PORT/", true],
    ["127.0.0.0/8", "http://[::1]:PORT/", false],
    ["[::1]:PORT", "http://[::1]:PORT/", true],
    ["::1/128", "http://[::1]:PORT/", true],
    ["media.example:PORT", "http://media.example:PORT/", true],
    ["media.example:PORT", "http://other.example:PORT/", false],
    ["localhost:PORT", "http://localhost:PORT/", true],
  ];

  it.each(CASES)("%s: %s %s", async (allowed, url, isAllowed) => {
    const at = (text: string) => text.replace("PORT", String(port));
    const fetcher = createSafeFetch({
      allowPrivate: [at(allowed)],
      resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    });
    const before = connects;
    const result = await fetcher.read(at(url), { attempts: 1 }).then(
      ({ body }) => Buffer.from(body).toString(),
      (error: ReelburstError) => error.code,
    );
    expect(result).toBe(isAllowed ? "secret" : "URL_FORBIDDEN");
    expect(connects - before).toBe(isAllowed ? 1 : 0);
    await fetcher.close();
  });

  it("never lets a named host lead to a metadata service", async () => {
    const fetcher = createSafeFetch({
      allowPrivate: ["media.example:8080"],
      resolve: async () => [{ address: "169.254.169.254", family: 4 }],
    });
    expect(await codeOf(fetcher.request("http://media.example:8080/"))).toBe("URL_FORBIDDEN");
    await fetcher.close();
  });

  it.each(["", "10.0.0.1", "media.lan", "10.0.0.0/33", "a:0", "a:70000", "http://a:80", "a b:80", "u@a:80"])(
    "refuses %j as a setting",
    (entry) => {
      expect(() => createSafeFetch({ allowPrivate: [entry] })).toThrow(
        expect.objectContaining({ code: "CONFIG_INVALID" }),
      );
    },
  );
});
