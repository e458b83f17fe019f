/** Productions whose sources are URLs: the real program, a real server, the film decoded. */

import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LoopbackServer, serveHttp } from "../../src/support/safe-fetch/testing/loopback-server.ts";
import { sine } from "../fixtures/wav.ts";
import { type Ending, runCli } from "./support/cli.ts";
import { decodeFilm } from "./support/decoded-film.ts";
import { colourDistance, meanRgb } from "./support/measure.ts";
import { Studio } from "./support/studio.ts";

const AREA = { x: 40, y: 30, width: 60, height: 30 };

let studio: Studio;
let server: LoopbackServer;
/** Path -> body; answered with an ETag that follows from the body. */
const files = new Map<string, Buffer>();
const requests: string[] = [];

function answer(request: IncomingMessage, response: ServerResponse): void {
  const name = new URL(request.url ?? "", "http://x").pathname;
  const body = files.get(name);
  const etag = `"${body?.length}-${body?.at(-20)}-${body?.at(60)}"`;
  const status = body === undefined ? 404 : request.headers["if-none-match"] === etag ? 304 : 200;
  requests.push(`${status} ${name}`);
  if (name === "/cut.png") {
    response.writeHead(200, { "content-length": 1000 }).write("x");
    // Not at once: its headers would be lost with it.
    setTimeout(() => response.destroy(), 30);
  } else if (name === "/inside") {
    response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end();
  } else {
    response.writeHead(status, { etag }).end(status === 200 ? body : "");
  }
}

beforeAll(async () => {
  studio = await Studio.open();
  server = await serveHttp(answer);
  files.set("/red", await readFile(await studio.flat("red.png", [200, 40, 40])));
  files.set("/blue.png", await readFile(await studio.flat("blue.png", [40, 40, 200])));
  files.set("/tone", await readFile(await studio.wav("tone.wav", sine(48_000, 1, 24_000, 440, 0.2))));
  files.set("/page.png", Buffer.from("<!doctype html><title>Sign in</title>"));
  files.set("/empty.png", Buffer.alloc(0));
});

afterAll(async () => {
  await server.close();
  await studio.close();
});

async function run(command: string, name: string, input: object, allow = server.host): Promise<Ending> {
  requests.length = 0;
  const file = await studio.write(
    `${name}.json`,
    JSON.stringify({ output: { width: 160, height: 90, fps: 10 }, ...input }),
  );
  const output = command === "render" ? ["--output", studio.at(`out/${name}.mp4`)] : [];
  return runCli([command, file, ...output], {
    cwd: studio.folder,
    cacheDirectory: studio.at("cache"),
    env: { REELBURST_FETCH_ALLOW: allow },
  });
}

const film = () => ({
  scenes: [
    { image: `${server.origin}/red?token=secret`, audio: `${server.origin}/tone`, motion: "none" },
    { image: `${server.origin}/blue.png`, duration: 0.5, motion: "none" },
    { image: `${server.origin}/red?token=secret`, duration: 0.5, motion: "none" },
  ],
});

const errorsOf = ({ events }: Ending) =>
  (events.findLast((event) => event["type"] === "failed")?.["problems"] as {
    code: string;
    path: string;
    message: string;
  }[]) ?? [];

describe("a film from URLs", () => {
  test("shows what they hold; each is fetched once, and only asked about the next time", async () => {
    const first = await run("render", "film", film());
    expect(first.code).toBe(0);
    expect(requests.toSorted()).toEqual(["200 /blue.png", "200 /red", "200 /tone"]);
    const decoded = await decodeFilm(studio.at("out/film.mp4"));
    const colour = (frame: number) => meanRgb(decoded.frames[frame]!, decoded, AREA);
    expect(colourDistance(colour(2), [200, 40, 40])).toBeLessThan(12);
    expect(colourDistance(colour(decoded.frames.length - 8), [40, 40, 200])).toBeLessThan(12);
    const names = first.events.filter((event) => "receivedBytes" in event).map((event) => event["name"]);
    expect([...new Set(names)].toSorted()).toEqual(["blue", "red", "tone"]);

    const again = await run("render", "film", film());
    expect(again.code).toBe(0);
    expect(requests.toSorted()).toEqual(["304 /blue.png", "304 /red", "304 /tone"]);

    files.set("/blue.png", await readFile(await studio.flat("green.png", [40, 180, 40])));
    expect((await run("render", "film", film())).code).toBe(0);
    expect(requests.toSorted()).toEqual(["200 /blue.png", "304 /red", "304 /tone"]);
    const changed = await decodeFilm(studio.at("out/film.mp4"));
    expect(
      colourDistance(meanRgb(changed.frames[changed.frames.length - 8]!, changed, AREA), [40, 180, 40]),
    ).toBeLessThan(12);
  });

  test("leaves no secret of an address and no working file behind", async () => {
    const kept: string[] = [];
    for (const entry of await readdir(studio.at("cache"), { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      // Our own compiled modules, which speak of tokens.
      if (file.startsWith(studio.at("cache/compile"))) continue;
      if (entry.isFile()) kept.push(entry.name, await readFile(file, "latin1"));
    }
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.filter((text) => text.includes("token"))).toEqual([]);
    expect(await readdir(studio.at("cache/tmp"))).toEqual([]);
  });

  test("tells everything that is wrong with the URLs at once, each at its place", async () => {
    const bad = ["gone.png", "page.png", "cut.png", "empty.png", "inside", "tone"];
    const ending = await run("render", "bad", {
      scenes: bad.map((name) => ({ image: `${server.origin}/${name}?token=secret`, duration: 0.5 })),
      soundtrack: "http://10.255.255.1/a.mp3",
    });
    expect(errorsOf(ending).map(({ code, path: at }) => [code, at])).toEqual([
      ["URL_NOT_FOUND", "scenes[0].image.src"],
      ["FETCH_TYPE_REFUSED", "scenes[1].image.src"],
      ["FETCH_TRUNCATED", "scenes[2].image.src"],
      ["FILE_EMPTY", "scenes[3].image.src"],
      ["URL_FORBIDDEN", "scenes[4].image.src"],
      ["FETCH_TYPE_REFUSED", "scenes[5].image.src"],
      ["URL_FORBIDDEN", "soundtrack.src"],
    ]);
    expect(JSON.stringify(errorsOf(ending))).not.toContain("secret");
    expect(ending.code).toBe(3);
    expect(requests.filter((request) => request.endsWith("/cut.png"))).toHaveLength(4);
  });

  test("goes on without a scene whose URL gives nothing, where that is wished", async () => {
    const { scenes } = film();
    const ending = await run("render", "partial", {
      onSceneFailure: "skip",
      scenes: [...scenes, { id: "lost", image: `${server.origin}/gone.png`, duration: 0.5 }],
    });
    expect(ending.code).toBe(5);
    expect(ending.events.at(-1)).toMatchObject({ type: "succeeded" });
  });

  test("reaches nothing on this machine unless it is named", async () => {
    const before = server.connects();
    const ending = await run("render", "film", film(), "");
    expect(errorsOf(ending).map(({ code }) => code)).toContain("URL_FORBIDDEN");
    expect(server.connects()).toBe(before);
  });

  test("is validated without a connection, and with one when its content is asked for", async () => {
    const before = server.connects();
    expect(
      (await run("validate", "offline", { scenes: [{ image: `${server.origin}/gone.png`, duration: 1 }] }))
        .code,
    ).toBe(0);
    expect(server.connects()).toBe(before);
    const file = studio.at("offline.json");
    const ending = await runCli(["validate", "--content", file], {
      cwd: studio.folder,
      cacheDirectory: studio.at("cache"),
      env: { REELBURST_FETCH_ALLOW: server.host },
    });
    expect(ending.code).toBe(3);
    expect(ending.events.at(-1)).toMatchObject({
      issues: [{ code: "URL_NOT_FOUND", path: "scenes[0].image.src" }],
    });
  });
});
