/** Several servers and workers on one PostgreSQL and one store, as real processes, some of them killed. Linux only. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { FakeS3 } from "../fakes/s3/fake-s3.ts";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { babble } from "../fixtures/wav.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { openCluster, type ServiceCluster } from "../support/service-cluster.ts";
import { runCli } from "./support/cli.ts";
import { Served, type ServerEvent } from "./support/server.ts";
import { Studio } from "./support/studio.ts";

const OUTPUT = { width: 320, height: 180, fps: 20, quality: "draft" };

// Up to five processes a test, and leases that must run out.
vi.setConfig({ testTimeout: 180_000 });

let studio: Studio;
let postgres: TestPostgres;
const clusters: ServiceCluster[] = [];
let count = 0;
let files: { readonly picture: Uint8Array<ArrayBuffer>; readonly narration: Uint8Array<ArrayBuffer> };

/** A database and a store of their own. */
async function newCluster(env: Readonly<Record<string, string>> = {}): Promise<ServiceCluster> {
  const cluster = openCluster(studio.at(`cluster-${++count}`), await postgres.createDatabase(), env);
  clusters.push(cluster);
  return cluster;
}

async function upload(server: Served): Promise<{ picture: string; narration: string }> {
  return {
    picture: await server.upload(files.picture),
    narration: await server.upload(files.narration),
  };
}

function film(seed: number, scenes: number, { picture, narration }: { picture: string; narration: string }) {
  return {
    title: `Film ${seed}`,
    output: { ...OUTPUT, deliver: "both" },
    scenes: Array.from({ length: scenes }, (_, index) => ({
      id: `s${index}`,
      image: picture,
      motion: { effect: "zoomIn", amount: 0.1 + seed / 100 },
      ...(index === 0 ? { audio: narration } : { duration: 1.5 + index / 20 }),
    })),
  };
}

async function create(server: Served, document: object): Promise<string> {
  const response = await server.post("/v1/productions", document);
  const body = (await response.json()) as { id: string };
  expect(response.status, JSON.stringify(body)).toBe(202);
  return body.id;
}

async function fetchFilm(server: Served, id: string): Promise<string> {
  const response = await fetch(`${server.url}/v1/productions/${id}/output`);
  expect(response.status).toBe(200);
  return createHash("sha256")
    .update(Buffer.from(await response.arrayBuffer()))
    .digest("hex");
}

function states(events: readonly ServerEvent[]): unknown[] {
  return events.filter(({ type }) => type === "state").map(({ data }) => data["state"]);
}

/** How many chunks a process is drawing at this moment, as the queue has it. */
async function drawnBy({ env }: ServiceCluster, worker: Served): Promise<number> {
  const client = new Client({ connectionString: env["DATABASE_URL"] ?? "" });
  await client.connect();
  try {
    const sql = "SELECT 1 FROM reelburst.job WHERE state = 'active' AND worker_id = $1";
    const found = await client.query(sql, [worker.url]);
    return [found].flat().flatMap(({ rows }) => rows).length;
  } finally {
    await client.end();
  }
}

interface WorkerView {
  readonly id: string;
  readonly role: string;
  readonly state: string;
  readonly chunksFinished: number;
  readonly productions: readonly string[];
}

async function workersOf(server: Served): Promise<readonly WorkerView[]> {
  return (await server.get("/v1/workers"))["workers"] as readonly WorkerView[];
}

beforeAll(async () => {
  studio = await Studio.open();
  postgres = await startPostgres(["fsync=off"]);
  files = {
    picture: new Uint8Array(await readFile(await studio.picture("p.png", naturalNoise(320, 180, 1)))),
    narration: new Uint8Array(await readFile(await studio.wav("n.wav", babble(48_000, 48_000, 0.3, 1)))),
  };
}, 120_000);
afterEach(async () => {
  await Promise.all(clusters.splice(0).map((each) => each.stop()));
});
afterAll(async () => {
  await postgres.stop();
  await studio.close();
});

describe.runIf(process.platform === "linux")("several processes", () => {
  test("two servers and two workers that start together make the film that one makes, byte for byte", async () => {
    const cluster = await newCluster();
    // At once: the tables are made by one of them.
    const [first, second, ...workers] = (await Promise.all([
      cluster.start("serve"),
      cluster.start("serve"),
      cluster.start("worker"),
      cluster.start("worker"),
    ])) as [Served, Served, Served, Served];
    const document = film(1, 24, await upload(second));
    const id = await create(first, document);
    const events = await second.follow(id);
    expect(states(events)).toEqual([
      "queued",
      "fetching",
      "planning",
      "rendering",
      "assembling",
      "publishing",
      "succeeded",
    ]);
    expect(events.filter(({ type }) => type === "progress").length).toBeGreaterThan(0);

    const known = await workersOf(first);
    expect(known.map(({ role }) => role).toSorted()).toEqual(["server", "server", "worker", "worker"]);
    const here = await fetchFilm(first, id);
    expect(await fetchFilm(second, id)).toBe(here);
    const part = await fetch(`${second.url}/v1/productions/${id}/output`, {
      headers: { range: "bytes=5-9" },
    });
    expect([part.status, (await part.arrayBuffer()).byteLength]).toEqual([206, 5]);
    const scene = await fetch(`${first.url}/v1/productions/${id}/scenes/s3/output`);
    expect([scene.status, scene.headers.get("content-type")]).toEqual([200, "video/mp4"]);
    // All of it in the store, nothing left in a server's own folder.
    expect(
      (await readdir(studio.at(`cluster-${count}/store/videos/standard/${id}`))).filter(
        (name) => !name.startsWith("."),
      ),
    ).toEqual(
      expect.arrayContaining([
        "film.mp4",
        "film.json",
        "film.poster.jpg",
        "film.report.html",
        "film-scenes--s3.mp4",
      ]),
    );
    for (const each of [first, second, ...workers]) expect(await each.stop(), each.log).toBe(0);
    const drawn = new Map(
      events.filter(({ type }) => type === "scene").map(({ data }) => [data["id"], data["attempt"]]),
    );
    expect([...drawn.values()].every((attempt) => attempt === 1)).toBe(true);

    const alone = await Served.start({ data: studio.at("alone"), cache: studio.at("alone-cache") });
    try {
      const same = await create(alone, film(1, 24, await upload(alone)));
      await alone.follow(same);
      expect(await fetchFilm(alone, same)).toBe(here);
    } finally {
      await alone.stop();
    }
  });

  test("kill -9 of a worker costs only the chunk it was at", async () => {
    const cluster = await newCluster();
    const server = await cluster.start("serve");
    const id = await create(server, film(2, 60, await upload(server)));
    await server.follow(id, { until: ({ type }) => type === "progress" });
    // The server leads, so the worker only draws.
    const worker = await cluster.start("worker");
    await vi.waitFor(async () => expect(await drawnBy(cluster, worker)).toBe(1), {
      timeout: 20_000,
      interval: 10,
    });
    await worker.kill();
    const events = await server.follow(id);
    expect(states(events).filter((state) => ["fetching", "succeeded"].includes(String(state)))).toEqual([
      "fetching",
      "succeeded",
    ]);
    const { scenes } = (await server.get(`/v1/productions/${id}`)) as { scenes: { attempt: number }[] };
    expect(scenes.filter(({ attempt }) => attempt > 1).length).toBeLessThanOrEqual(1);
    expect((await workersOf(server)).find((each) => each.id === worker.url)?.state).toBe("lost");
  });

  test("kill -9 of the server that leads a production: another takes over with what was drawn", async () => {
    const cluster = await newCluster();
    const servers = [await cluster.start("serve"), await cluster.start("serve")] as const;
    const id = await create(servers[0], film(3, 40, await upload(servers[0])));
    await servers[0].follow(id, {
      until: ({ type, data }) => type === "progress" && Number(data["framesRendered"]) > 300,
    });
    const leading =
      (await workersOf(servers[0])).find(({ productions }) => productions.includes(id))?.id ?? "";
    const [victim, other] = leading.includes(`-${servers[0].mainPid}-`)
      ? servers
      : ([servers[1], servers[0]] as const);
    await victim.kill();
    const events = await other.follow(id);
    expect(states(events).filter((state) => state === "succeeded")).toHaveLength(1);
    expect(states(events).filter((state) => state === "fetching")).toHaveLength(2);
    const planned = events.findLast(({ type }) => type === "planned");
    expect(Number(planned?.data["cachedChunks"])).toBeGreaterThan(0);
    expect((await fetchFilm(other, id)).length).toBe(64);
  });

  test("a cancellation at one server stops the work that another leads, and no chunk of it stays queued", async () => {
    const cluster = await newCluster();
    const servers = [await cluster.start("serve"), await cluster.start("serve")] as const;
    const id = await create(servers[0], film(4, 40, await upload(servers[0])));
    await servers[1].follow(id, { until: ({ type }) => type === "progress" });
    const canceled = Date.now();
    expect((await servers[1].post(`/v1/productions/${id}/cancel`)).status).toBe(202);
    const events = await servers[1].follow(id);
    expect(states(events).at(-1)).toBe("canceled");
    expect(Date.now() - canceled).toBeLessThan(20_000);
    expect((await servers[1].post(`/v1/productions/${id}/retry`)).status).toBe(202);
    await servers[0].follow(id);
    expect(await servers[1].get(`/v1/productions/${id}`)).toMatchObject({ status: "succeeded" });
  });

  test("PostgreSQL restarted in the middle: the film is made once, by the attempt that was at it", async () => {
    const cluster = await newCluster();
    const server = await cluster.start("serve");
    const id = await create(server, film(6, 30, await upload(server)));
    await server.follow(id, {
      until: ({ type, data }) => type === "progress" && Number(data["framesRendered"]) > 100,
    });
    await postgres.restart();
    let view: Record<string, unknown> = {};
    await vi.waitFor(
      async () => {
        view = await server.get(`/v1/productions/${id}`);
        expect(view["status"], server.log).toBe("succeeded");
      },
      { timeout: 100_000, interval: 200 },
    );
    expect(view["attempt"]).toBe(1);
    expect(await server.stop(), server.log).toBe(0);
  });

  test("on S3: uploads, chunks and films in the bucket, films with ranges through a server or by a signed URL", async () => {
    const s3 = new FakeS3();
    const endpoint = await s3.listen();
    try {
      const bucket = {
        STORAGE_URL: "",
        S3_BUCKET: "films",
        S3_PREFIX: "service",
        S3_ENDPOINT: endpoint,
        S3_ACCESS_KEY_ID: s3.credentials.accessKeyId,
        S3_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
      };
      const cluster = await newCluster(bucket);
      const server = await cluster.start("serve");
      const sources = await upload(server);
      const worker = await cluster.start("worker");
      const id = await create(server, film(5, 6, sources));
      expect(states(await server.follow(id)).at(-1)).toBe("succeeded");
      expect(await worker.stop(), worker.log).toBe(0);
      const keys = [...s3.objects.keys()];
      for (const folder of ["assets", "chunks", "videos"])
        expect(
          keys.some((key) => key.startsWith(`service/${folder}/`)),
          folder,
        ).toBe(true);
      const whole = await fetch(`${server.url}/v1/productions/${id}/output`);
      const bytes = Buffer.from(await whole.arrayBuffer());
      expect(
        bytes.equals(s3.objects.get(`service/videos/standard/${id}/film.mp4`)?.body ?? Buffer.alloc(0)),
      ).toBe(true);
      const part = await fetch(`${server.url}/v1/productions/${id}/output`, {
        headers: { range: "bytes=-7", "if-range": whole.headers.get("etag") ?? "" },
      });
      expect([part.status, Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(-7))]).toEqual([
        206,
        true,
      ]);
      await server.stop();

      const redirecting = openCluster(studio.at("redirecting"), cluster.env["DATABASE_URL"] ?? "", {
        ...bucket,
        STORAGE_REDIRECT: "true",
      });
      clusters.push(redirecting);
      const other = await redirecting.start("serve");
      const sent = await fetch(`${other.url}/v1/productions/${id}/output`, { redirect: "manual" });
      expect([sent.status, sent.headers.get("location")?.startsWith(`${endpoint}/films/service/`)]).toEqual([
        302,
        true,
      ]);
      const followed = await fetch(sent.headers.get("location") ?? "");
      expect(Buffer.from(await followed.arrayBuffer()).equals(bytes)).toBe(true);
    } finally {
      await Promise.all(clusters.splice(0).map((each) => each.stop()));
      await s3.close();
    }
  });

  test("a worker without PostgreSQL, and a process with another store, are refused in words", async () => {
    const cluster = await newCluster();
    await cluster.start("serve");
    const run = (command: string, env: Record<string, string>) =>
      runCli([command, ...(command === "serve" ? ["--port", "0"] : []), "--data", studio.at("refused")], {
        cwd: studio.folder,
        cacheDirectory: studio.at("cache"),
        env,
      });
    const lonely = await run("worker", {});
    expect(lonely).toMatchObject({ code: 2, events: [{ error: { code: "WORKER_NEEDS_DATABASE" } }] });
    const elsewhere = await run("worker", { DATABASE_URL: cluster.env["DATABASE_URL"] ?? "" });
    expect(elsewhere.events).toMatchObject([{ error: { code: "STORAGE_NOT_SHARED" } }]);
  });
});
