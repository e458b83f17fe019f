/** `reelburst serve` as its users meet it: over HTTP, with real films, killed and started again. Linux only: /proc. */
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { babble } from "../fixtures/wav.ts";
import { processesNaming, runCli } from "./support/cli.ts";
import { decodeFilm } from "./support/decoded-film.ts";
import { Served } from "./support/server.ts";
import { Studio } from "./support/studio.ts";

const OUTPUT = { width: 192, height: 108, fps: 10, quality: "draft" };

let studio: Studio;
let server: Served;
let picture: string;
let narration: string;

function start(): Promise<Served> {
  return Served.start({ data: studio.at("data"), cache: studio.at("cache") });
}

/** `scenes` of them take a while; none is like another, so that nothing comes from the cache. */
function film(seed: number, scenes = 1): Record<string, unknown> {
  return {
    title: `Film ${seed}`,
    output: OUTPUT,
    scenes: Array.from({ length: scenes }, (_, index) => ({
      id: `s${index}`,
      image: picture,
      duration: 1.5 + index / 10,
      motion: { effect: "zoomIn", amount: 0.1 + seed / 100 },
    })),
  };
}

async function create(document: Record<string, unknown>): Promise<string> {
  const response = await server.post("/v1/productions", document);
  const body = (await response.json()) as { id: string };
  expect(response.status, JSON.stringify(body)).toBe(202);
  return body.id;
}

beforeAll(async () => {
  studio = await Studio.open();
  server = await start();
  const png = await studio.picture("p.png", naturalNoise(192, 108, 1));
  const wav = await studio.wav("n.wav", babble(48_000, 48_000, 0.3, 1));
  picture = await server.upload(new Uint8Array(await readFile(png)));
  narration = await server.upload(new Uint8Array(await readFile(wav)));
});
afterAll(async () => {
  await server.stop();
  await studio.close();
});

describe.runIf(process.platform === "linux")("serve", () => {
  test("assets and a production become a film, followed by its events and fetched in parts", async () => {
    const srt = new TextEncoder().encode("1\n00:00:00,100 --> 00:00:00,900\nHello\n");
    const id = await create({
      title: "Two scenes",
      output: { ...OUTPUT, deliver: "both" },
      scenes: [
        { id: "one", image: picture, audio: narration, subtitles: `${await server.upload(srt)}.srt` },
        { id: "two", image: picture, duration: 1 },
      ],
    });
    const events = await server.follow(id);
    const states = events.filter(({ type }) => type === "state").map(({ data }) => data["state"]);
    expect(states).toEqual([
      "queued",
      "fetching",
      "planning",
      "rendering",
      "assembling",
      "publishing",
      "succeeded",
    ]);
    expect(events.map((event) => event.id)).toEqual(
      events.map((event) => event.id).toSorted((a, b) => a - b),
    );
    expect(events.at(-1)?.type).toBe("succeeded");
    // Taken up in the middle: the same events, none twice, none missing.
    const after = events[2]?.id ?? 0;
    expect(await server.follow(id, { after })).toEqual(
      (await server.follow(id)).filter((event) => event.id > after),
    );

    const view = await server.get(`/v1/productions/${id}`);
    expect(view).toMatchObject({ status: "succeeded", progress: 1, attempt: 1 });
    expect(view["scenes"]).toMatchObject([
      { id: "one", status: "done" },
      { id: "two", status: "done" },
    ]);
    expect(JSON.stringify(view)).not.toContain(studio.folder);

    const whole = await fetch(`${server.url}${String(view["url"])}`);
    const bytes = Buffer.from(await whole.arrayBuffer());
    const file = studio.at("fetched.mp4");
    await writeFile(file, bytes);
    const { frames } = view["result"] as { frames: number };
    expect(frames).toBeGreaterThanOrEqual(20);
    expect(view["framesRendered"]).toBe(frames);
    expect(decodeFilm(file).frames).toHaveLength(frames);
    const part = await fetch(`${server.url}${String(view["url"])}`, {
      headers: { range: "bytes=100-299", "if-range": whole.headers.get("etag") ?? "" },
    });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes 100-299/${bytes.length}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 300))).toBe(true);
    for (const url of [String(view["posterUrl"]), `/v1/productions/${id}/scenes/two/output`]) {
      const response = await fetch(`${server.url}${url}`);
      expect(response.status, url).toBe(200);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(500);
    }
  });

  test("a production that is being rendered is canceled, and made after a retry", async () => {
    const id = await create(film(2, 30));
    await server.follow(id, { until: ({ type }) => type === "progress" });
    const answer = await server.post(`/v1/productions/${id}/cancel`);
    expect(answer.status).toBe(202);
    const events = await server.follow(id);
    expect(events.at(-1)?.data["state"]).toBe("canceled");
    expect(existsSync(studio.at(`data/productions/${id}/film.mp4`))).toBe(false);
    expect((await server.post(`/v1/productions/${id}/retry`)).status).toBe(202);
    await server.follow(id);
    expect(await server.get(`/v1/productions/${id}`)).toMatchObject({ status: "succeeded", attempt: 2 });
  });

  test("what can't be rendered fails with its scene's name, and the next one is made", async () => {
    const broken = await server.upload(new TextEncoder().encode("This is no picture at all."));
    const id = await create({ output: OUTPUT, scenes: [{ id: "bad", image: broken, duration: 1 }] });
    const next = await create(film(3));
    await server.follow(id);
    const view = await server.get(`/v1/productions/${id}`);
    expect(view).toMatchObject({ status: "failed", error: { scene: "bad", retryable: false } });
    expect(JSON.stringify(view)).not.toContain(studio.folder);
    await server.follow(next);
    expect((await server.get(`/v1/productions/${next}`))["status"]).toBe("succeeded");
  });

  test("kill -9 in the middle, and the next server finishes it once, from what was rendered", async () => {
    const id = await create(film(4, 30));
    const waiting = await create(film(5));
    await server.follow(id, {
      until: ({ type, data }) => type === "progress" && Number(data["framesRendered"]) > 300,
    });
    await server.kill();
    server = await start();
    const events = await server.follow(id);
    const states = events.filter(({ type }) => type === "state").map(({ data }) => data["state"]);
    expect(states.filter((state) => state === "succeeded")).toHaveLength(1);
    expect(states.filter((state) => state === "fetching")).toHaveLength(2);
    const planned = events.findLast(({ type }) => type === "planned");
    expect(Number(planned?.data["cachedChunks"])).toBeGreaterThan(0);
    expect(await server.get(`/v1/productions/${id}`)).toMatchObject({ status: "succeeded", attempt: 2 });
    await server.follow(waiting);
    expect(await server.get(`/v1/productions/${waiting}`)).toMatchObject({ status: "succeeded", attempt: 1 });
    const files = await readdir(studio.at(`data/productions/${id}`));
    expect(files.filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("SIGTERM gives the work back and ends with 0; the next server goes on", async () => {
    const id = await create(film(6, 30));
    await server.follow(id, { until: ({ type }) => type === "progress" });
    expect(await server.stop(), server.log).toBe(0);
    expect(processesNaming(studio.at("cache"))).toEqual([]);
    server = await start();
    await server.follow(id);
    // Given back is no attempt.
    expect(await server.get(`/v1/productions/${id}`)).toMatchObject({ status: "succeeded", attempt: 1 });
  });

  test("the same Idempotency-Key 200 times gives one production", async () => {
    const document = { ...film(7), title: "Once" };
    const ids = new Set<string>();
    const statuses = new Set<number>();
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const response = await server.post("/v1/productions", document, { "idempotency-key": "once" });
        statuses.add(response.status);
        const body = (await response.json()) as { id?: string };
        if (body.id !== undefined) ids.add(body.id);
      }),
    );
    expect([...statuses].filter((status) => status !== 202 && status !== 409)).toEqual([]);
    expect(ids.size).toBe(1);
    const { productions } = (await server.get("/v1/productions?limit=1000")) as {
      productions: { title: string }[];
    };
    expect(productions.filter(({ title }) => title === "Once")).toHaveLength(1);
    const other = await server.post("/v1/productions", film(8), { "idempotency-key": "once" });
    expect(other.status).toBe(422);
  });

  test("a folder or a port in use, and an open address without a key, are refused in words", async () => {
    const run = (args: string[]) =>
      runCli(["serve", ...args], { cwd: studio.folder, cacheDirectory: studio.at("cache") });
    const port = new URL(server.url).port;
    const locked = await run(["--port", "0", "--data", studio.at("data")]);
    expect(locked.events).toMatchObject([{ error: { code: "DATA_FOLDER_LOCKED" } }]);
    const taken = await run(["--port", port, "--data", studio.at("data-2")]);
    expect(taken.events).toMatchObject([{ error: { code: "PORT_TAKEN" } }]);
    const open = await run(["--host", "0.0.0.0", "--port", "0", "--data", studio.at("data-2")]);
    expect(open.events).toMatchObject([{ error: { code: "KEY_MISSING" } }]);
    expect([locked.code, taken.code, open.code]).toEqual([4, 4, 2]);
  });
});
