/**
 * The older doors over real sockets, with films of a few bytes: shapes, states, links, keys, and those who go away. One
 * piece: all doors share a server, and what one of them promises is held against the others.
 */

import { readdir } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../support/clock.ts";
import { type FakeServer, type FakeServerOptions, FakeServers } from "../testing/fake-server.ts";

const servers = new FakeServers();
let server: FakeServer;
let url: string;
/** Moves the server's wall clock. */
let aheadMs = 0;

async function open(options: FakeServerOptions = {}): Promise<void> {
  aheadMs = 0;
  server = await servers.open({ ...options, clock: { ...systemClock, now: () => Date.now() + aheadMs } });
  url = await server.app.listen({ host: "127.0.0.1", port: 0 });
}
beforeEach(() => open());
afterAll(() => servers.closeAll());

type Answer = { status: number; headers: Headers; body: Record<string, unknown> };

async function ask(where: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${url}${where}`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as Answer["body"] };
}

const post = (where: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(where, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

async function queued(): Promise<void> {
  while (((await server.service.productions.counts()).queued ?? 0) === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function finishNext(films: Readonly<Record<string, string>>) {
  await queued();
  return server.finishScenes(films);
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const onestep = {
  input_image: base64("a picture"),
  input_audio: base64("a sound"),
  output_filename: "a/b ☃.mp4",
};

async function makeOnestep(headers: Record<string, string> = {}, more: object = {}): Promise<Answer> {
  const [answer] = await Promise.all([
    post("/create_video_onestep", { ...onestep, ...more }, headers),
    finishNext({ video: "the film" }),
  ]);
  return answer;
}

describe("/create_video_onestep", () => {
  test("answers with the finished film, which its id alone opens for an hour", async () => {
    const { status, body } = await makeOnestep({}, { subtitle: base64("1\n"), effects: ["zoom_in"] });
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      file_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      download_endpoint: `/download/${String(body["file_id"])}`,
      filename: "b _.mp4",
      size: 8,
      scenario: "full_featured",
    });
    const download = String(body["download_endpoint"]);
    const film = await fetch(`${url}${download}`);
    expect([film.status, film.headers.get("content-type"), await film.text()]).toEqual([
      200,
      "video/mp4",
      "the film",
    ]);
    expect(film.headers.get("content-disposition")).toContain("b%20_.mp4");
    // The id is the key: it is in no log and not in the database.
    expect(server.log()).not.toContain(String(body["file_id"]));
    expect(
      JSON.stringify(await server.service.database.query("SELECT * FROM reelburst.compat_jobs")),
    ).not.toContain(String(body["file_id"]));
    aheadMs = 3_600_001;
    expect(await ask(download)).toMatchObject({
      status: 404,
      body: { success: false, code: "OUTPUT_NOT_FOUND" },
    });
  });

  test("the film outlives the cleanup, which forgets expired links of the caller and nothing else", async () => {
    const { body } = await makeOnestep();
    expect((await ask("/cleanup")).body).toEqual({ cleaned: 0, active_files: 1 });
    expect((await fetch(`${url}${String(body["download_endpoint"])}`)).status).toBe(200);
    aheadMs = 3_600_001;
    expect((await ask("/cleanup")).body).toEqual({ cleaned: 1, active_files: 0 });
    const { productions } = (await ask("/v1/productions")).body as { productions: { id: string }[] };
    expect((await fetch(`${url}/v1/productions/${productions[0]?.id}/scenes/video/output`)).status).toBe(200);
  });

  test.for([
    ["no picture", { input_audio: "QUJD" }, 400, "REQUEST_INVALID", "input_image"],
    ["no sound", { input_image: "QUJD" }, 400, "REQUEST_INVALID", "input_audio"],
    [
      "a sound that is empty",
      { input_image: "QUJD", input_audio: "" },
      400,
      "REQUEST_INVALID",
      "input_audio",
    ],
    [
      "a number for a picture",
      { input_image: 7, input_audio: "QUJD" },
      400,
      "REQUEST_INVALID",
      "input_image",
    ],
    ["damaged base64", { input_image: "QUJD", input_audio: "Q!JD" }, 400, "BASE64_INVALID", "input_audio"],
    ["a damaged watermark", { ...onestep, watermark: "%%%%" }, 400, "BASE64_INVALID", "watermark"],
    ["an effect nobody knows", { ...onestep, effects: ["spin"] }, 400, "REQUEST_INVALID", "effects[0]"],
    [
      "an opacity over 1",
      { ...onestep, background_opacity: 2 },
      400,
      "REQUEST_INVALID",
      "background_opacity",
    ],
    ["a language nobody knows", { ...onestep, language: "??" }, 422, "LANGUAGE_UNKNOWN", "language"],
    [
      "a size of letters no picture holds",
      { ...onestep, font_size: 5000 },
      400,
      "REQUEST_INVALID",
      "font_size",
    ],
    ["a list", [], 400, "BODY_INVALID", undefined],
    ["no JSON", "{", 400, "BODY_INVALID", undefined],
  ] as const)("refuses %s in the old form", async ([, body, status, code, field]) => {
    const answer = await post("/create_video_onestep", body);
    expect(answer).toMatchObject({ status, body: { success: false, error: expect.any(String), code } });
    expect(answer.body["path"]).toBe(field);
    expect(await server.service.productions.counts()).toEqual({});
    expect(await readdir(path.join(server.folder, "spool"))).toEqual([]);
  });

  test("a path of the server is taken for what it is: text, and no file is opened", async () => {
    const answer = await post("/create_video_onestep", { ...onestep, input_image: "/etc/hostname" });
    expect(answer).toMatchObject({ status: 400, body: { code: "BASE64_INVALID" } });
    const [decodes] = await Promise.all([
      post("/create_video_onestep", { ...onestep, input_image: "/etc/passwdx" }),
      finishNext({ video: "x" }),
    ]);
    expect(decodes.status).toBe(200);
    const [production] = (await ask("/v1/productions")).body["productions"] as { id: string }[];
    const { document } = (await ask(`/v1/productions/${production?.id}`)).body as {
      document: { scenes: { image: { src: string } }[] };
    };
    expect(document.scenes[0]?.image.src).toMatch(/^asset:[0-9a-f]{64}$/);
  });

  test("a body over the limit is refused in words, with a length and without", async () => {
    await open({ limits: { maxAssetBytes: 100_000 } });
    const large = { ...onestep, input_image: "QUJD".repeat(50_000) };
    expect(await post("/create_video_onestep", large)).toMatchObject({
      status: 413,
      body: { success: false, code: "ASSET_TOO_LARGE", path: "input_image" },
    });
    const stated = await new Promise<number | undefined>((resolve, reject) => {
      const call = httpRequest(`${url}/create_video_onestep`, {
        method: "POST",
        headers: { "content-type": "application/json", "content-length": 1e12 },
      });
      call.on("response", (response) => {
        resolve(response.statusCode);
        call.destroy();
      });
      call.on("error", reject);
      call.write('{"input_image":"');
    });
    expect(stated).toBe(413);
    expect(await readdir(path.join(server.folder, "spool"))).toEqual([]);
  });

  test("a client that goes away while it sends leaves nothing behind", async () => {
    const call = httpRequest(`${url}/create_video_onestep`, {
      method: "POST",
      headers: { "content-type": "application/json" },
    });
    call.on("error", () => {});
    call.write(`{"input_image":"${"QUJD".repeat(1000)}`);
    const spooled = () => readdir(path.join(server.folder, "spool")).catch(() => []);
    await expect.poll(spooled).toHaveLength(1);
    call.destroy();
    await expect.poll(spooled).toEqual([]);
    expect(await server.service.productions.counts()).toEqual({});
    // Nor is it a failure of the server's.
    expect(server.log()).not.toContain('"level":50');
  });

  test("when its client goes away the production is canceled", async () => {
    const gone = new AbortController();
    const call = fetch(`${url}/create_video_onestep`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(onestep),
      signal: gone.signal,
    }).catch(() => "gone");
    await queued();
    gone.abort();
    expect(await call).toBe("gone");
    await expect.poll(() => server.service.productions.counts()).toEqual({ canceled: 1 });
  });

  test("when the server goes down it says so and gives the production up", async () => {
    const call = post("/create_video_onestep", onestep);
    await queued();
    server.draining.abort();
    expect(await call).toMatchObject({ status: 503, body: { success: false, code: "SERVER_DRAINING" } });
    expect(await server.service.productions.counts()).toEqual({ canceled: 1 });
  });

  test("a failure is no success: its status, its field, its reason", async () => {
    const call = post("/create_video_onestep", onestep);
    await queued();
    const claim = await server.service.productions.claim({ workerId: "w", leaseMs: 60_000 });
    if (claim === null) throw new Error("nothing queued");
    await server.service.productions.record(claim, {
      state: "failed",
      error: { code: "PICTURE_DAMAGED", message: "Damaged.", retryable: false, path: "scenes[0].image.src" },
      events: [],
    });
    expect(await call).toMatchObject({
      status: 422,
      body: { success: false, error: "Damaged.", code: "PICTURE_DAMAGED", path: "input_image" },
    });
  });

  test("two requests with the same picture at the same time both get their film", async () => {
    const calls = [1, 2, 3].map((n) =>
      post("/create_video_onestep", { ...onestep, output_filename: `${n}.mp4` }),
    );
    for (const n of [1, 2, 3]) await finishNext({ video: `film ${n}` });
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe("/process-scene", () => {
  test("gives a link that works without a key for an hour, and only as it is", async () => {
    const [{ status, body }, claim] = await Promise.all([
      post("/process-scene", {
        sceneIndex: 3,
        imageUrl: "https://pictures.example/3.jpg",
        duration: 8,
        kenBurns: { startScale: 1, endScale: 1.2, endX: 0.4 },
        output: { width: 1280, height: 720, fps: 30 },
        jobId: "parent",
        outputBucket: "temp-scenes",
      }),
      finishNext({ scene: "scene 3" }),
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      duration: 1,
      processingTime: expect.any(Number),
      sceneIndex: 3,
    });
    expect(claim.document).toMatchObject({
      output: { width: 1280, height: 720, fps: 30, deliver: "scenes" },
      scenes: [
        {
          image: { src: "https://pictures.example/3.jpg" },
          duration: 8,
          motion: { from: { x: 0.5, y: 0.5, scale: 1 }, to: { x: 0.4, y: 0.5, scale: 1.2 } },
        },
      ],
    });
    const link = String(body["sceneVideoUrl"]);
    expect(link.startsWith(`${url}/download/`)).toBe(true);
    expect(await (await fetch(link)).text()).toBe("scene 3");
    for (const wrong of [link.replace("/0?", "/1?"), link.replace(/\?.*/, ""), `${link}x`]) {
      expect((await fetch(wrong)).status, wrong).toBe(404);
    }
    aheadMs = 3_601_000;
    expect((await fetch(link)).status).toBe(404);
  });

  test.for([
    [{}, "imageUrl"],
    [{ imageUrl: "file:///etc/passwd" }, "imageUrl"],
    [{ imageUrl: "https://a.example/1", duration: 0 }, "duration"],
    [{ imageUrl: "https://a.example/1", kenBurns: { startX: 5 } }, "kenBurns.startX"],
    [{ imageUrl: "https://a.example/1", output: { width: 1e9, height: 1 } }, "output.width"],
  ] as const)("refuses %j", async ([body, field]) => {
    expect(await post("/process-scene", body)).toMatchObject({
      status: 400,
      body: { success: false, path: field },
    });
  });
});

const images = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: "same id, ../../odd",
    image_url: `https://pictures.example/${index}.jpg`,
    duracao: index + 1,
  }));

describe("GPU jobs", () => {
  test("go from the queue to videos in the request's order, each behind a signed link", async () => {
    const made = await post("/run", { input: { operation: "img2vid", frame_rate: 30, images: images(3) } });
    expect(made).toMatchObject({ status: 200, body: { status: "IN_QUEUE" } });
    const id = String(made.body["id"]);
    expect((await ask(`/status/${id}`)).body).toEqual({ id, status: "IN_QUEUE" });
    const claim = await finishNext({ video_3: "third", video_1: "first", video_2: "second" });
    expect(claim.document).toMatchObject({
      output: { width: 1920, height: 1080, fps: 30, deliver: "scenes" },
      scenes: [
        { duration: 1, motion: { from: { scale: 1 }, to: { scale: 1.324 } } },
        { duration: 2 },
        { duration: 3 },
      ],
    });
    const { body } = await ask(`/status/${id}`);
    expect(body).toMatchObject({
      id,
      status: "COMPLETED",
      delayTime: expect.any(Number),
      executionTime: expect.any(Number),
      output: {
        success: true,
        total: 3,
        processed: 3,
        execution: { durationMs: expect.any(Number) },
        stats: { operation: "img2vid" },
      },
    });
    const { videos } = body["output"] as { videos: { id: string; video_url: string; filename: string }[] };
    expect(videos.map((video) => video.id)).toEqual(images(3).map((image) => image.id));
    expect(videos.map(({ filename }) => filename)).toEqual(["video_1.mp4", "video_2.mp4", "video_3.mp4"]);
    // The worker told of them in another order.
    const texts = await Promise.all(videos.map(async ({ video_url }) => (await fetch(video_url)).text()));
    expect(texts).toEqual(["first", "second", "third"]);
  });

  test("a cancellation is answered with what became of it, twice the same", async () => {
    const { body } = await post("/v2/endpoint-1/run", {
      input: { operation: "caption", url_video: "https://a.example/v", url_srt: "https://a.example/s" },
    });
    const id = String(body["id"]);
    expect(await post(`/v2/endpoint-1/cancel/${id}`, {})).toMatchObject({
      status: 200,
      body: { status: "CANCELLED" },
    });
    expect(await post(`/cancel/${id}`, {})).toMatchObject({ status: 200, body: { status: "CANCELLED" } });
    expect((await ask(`/status/${id}`)).body["status"]).toBe("CANCELLED");
    // RunPod's own client sends a type and no body.
    const empty = { method: "POST", headers: { "content-type": "application/json" } };
    expect((await ask(`/v2/endpoint-1/cancel/${id}`, empty)).body["status"]).toBe("CANCELLED");
    expect((await ask("/run", empty)).body).toMatchObject({ success: false, code: "REQUEST_INVALID" });
    expect((await ask("/v2/endpoint-1/health")).body).toMatchObject({
      jobs: { inQueue: 0 },
      workers: { ready: 1 },
    });
  });

  test("runsync waits for the end, or says how far it is", async () => {
    const input = {
      operation: "addaudio",
      url_video: "https://a.example/v",
      url_audio: "https://a.example/a",
    };
    const waiting = await post("/runsync?wait=1000", { input });
    expect(waiting).toMatchObject({ status: 200, body: { status: "IN_QUEUE" } });
    await post(`/cancel/${String(waiting.body["id"])}`, {});
    const [done, claim] = await Promise.all([post("/runsync", { input }), finishNext({ video: "film" })]);
    expect(done.body).toMatchObject({ status: "COMPLETED", output: { videos: [{ id: "1" }] } });
    expect((done.body["output"] as { video_url: string }).video_url).toContain("/download/");
    expect(claim.document).toMatchObject({
      scenes: [
        { video: { retime: "fit", volume: 0 }, audio: "https://a.example/a", pad: { before: 0, after: 0 } },
      ],
    });
  });

  test("a job over its execution timeout is ended, and told as that", async () => {
    const { body } = await post("/run", {
      input: { operation: "img2vid", images: images(1) },
      policy: { executionTimeout: 5000 },
    });
    const id = String(body["id"]);
    const claim = await server.service.productions.claim({ workerId: "w", leaseMs: 600_000 });
    if (claim === null) throw new Error("nothing queued");
    expect((await ask(`/status/${id}`)).body["status"]).toBe("IN_PROGRESS");
    aheadMs = 6000;
    const status = ask(`/status/${id}`);
    await expect.poll(() => server.service.productions.heartbeat(claim)).toBe("cancel");
    await server.service.productions.record(claim, { state: "canceled", events: [] });
    expect((await status).body).toMatchObject({ status: "TIMED_OUT", error: expect.any(String) });
    expect((await ask(`/job/${id}`)).body).toMatchObject({ status: "FAILED", code: "TIMED_OUT" });
  });

  test("the next server ends it, though nobody asks", async () => {
    const { body } = await post("/run", {
      input: { operation: "img2vid", images: images(1) },
      policy: { executionTimeout: 5000 },
    });
    const claim = await server.service.productions.claim({ workerId: "w", leaseMs: 600_000 });
    if (claim === null) throw new Error("nothing queued");
    await server.app.close();
    const next = await servers.reopen(server, { clock: { ...systemClock, now: () => Date.now() + 5100 } });
    await next.app.ready();
    await expect.poll(() => next.service.productions.heartbeat(claim)).toBe("cancel");
    await next.service.productions.record(claim, { state: "canceled", events: [] });
    const status = await next.app.inject({ url: `/status/${String(body["id"])}` });
    expect(status.json()).toMatchObject({ status: "TIMED_OUT" });
  });

  test("a failed job has its reason and no output", async () => {
    const { body } = await post("/run", { input: { operation: "img2vid", images: images(1) } });
    await queued();
    const claim = await server.service.productions.claim({ workerId: "w", leaseMs: 60_000 });
    if (claim === null) throw new Error("nothing queued");
    await server.service.productions.record(claim, {
      state: "failed",
      error: { code: "FETCH_FAILED", message: "404", retryable: false, path: "scenes[0].image.src" },
      events: [],
    });
    const status = await ask(`/status/${String(body["id"])}`);
    expect(status.body).toMatchObject({ status: "FAILED", error: "404", code: "FETCH_FAILED" });
    expect(status.body).not.toHaveProperty("output");
  });

  test.for([
    ["/run", {}, "input"],
    ["/run", { input: { operation: "melt" } }, "input.operation"],
    ["/run", { input: { operation: "caption", url_video: "https://a.example/v" } }, "input.url_srt"],
    ["/run", { input: { operation: "img2vid", images: [] } }, "input.images"],
    [
      "/run",
      { input: { operation: "img2vid", images: [{ id: 1, image_url: "/etc/x", duracao: 1 }] } },
      "input.images[0].image_url",
    ],
    [
      "/runsync",
      { input: { operation: "img2vid", images: [{ id: 1, image_url: "https://a.example" }] } },
      "input.images[0].duracao",
    ],
    ["/run", { input: { operation: "img2vid", images: images(1) }, webhook: "ftp://a" }, "webhook"],
    ["/video/caption", { url_video: "https://a.example/v" }, "url_srt"],
  ] as const)("%s refuses %j", async ([where, body, field]) => {
    expect(await post(where, body)).toMatchObject({ status: 400, body: { success: false, path: field } });
    expect(await server.service.productions.counts()).toEqual({});
  });

  test.for([
    "/status/../../etc/passwd",
    `/status/${"0".repeat(36)}`,
    "/job/1",
    "/download/x",
    "/download/x/0",
  ])("%s leads nowhere", async (where) => {
    expect((await ask(where)).status).toBe(404);
  });
});

test("the orchestrator takes a job with 202 and tells of it in its own words", async () => {
  const made = await post("/video/img2vid", {
    images: images(2),
    webhook_url: "https://hooks.example/done",
    id_roteiro: 42,
    path: "../../../root/",
  });
  expect(made).toMatchObject({
    status: 202,
    body: { status: "QUEUED", idRoteiro: 42, message: expect.any(String), createdAt: expect.any(String) },
  });
  const statusUrl = String(made.body["statusUrl"]);
  expect(statusUrl).toBe(`/job/${String(made.body["jobId"])}`);
  const claim = await finishNext({ video_1: "one", video_2: "two" });
  expect(claim.document).toMatchObject({
    webhook: { url: "https://hooks.example/done" },
    metadata: { id_roteiro: 42 },
  });
  expect(JSON.stringify(claim.document)).not.toContain("root");
  expect((await ask(statusUrl)).body).toMatchObject({
    status: "COMPLETED",
    operation: "img2vid",
    idRoteiro: 42,
    result: { code: 200, videos: [{ filename: "video_1.mp4" }, {}], execution: {}, stats: {} },
    completedAt: expect.any(String),
  });
  expect(await post(`${statusUrl}/cancel`, {})).toMatchObject({
    status: 409,
    body: { code: "PRODUCTION_ENDED" },
  });
  const other = await post("/video/addaudio", {
    url_video: "https://a.example/v",
    url_audio: "https://a.example/a",
  });
  expect(await post(`${String(other.body["statusUrl"])}/cancel`, {})).toMatchObject({
    status: 200,
    body: { status: "CANCELLED" },
  });
});

describe("shared addresses and keys", () => {
  test("/health satisfies every client: healthy, jobs, workers", async () => {
    await post("/run", { input: { operation: "img2vid", images: images(1) } });
    expect((await ask("/health")).body).toMatchObject({
      status: "healthy",
      version: "9.9.9",
      authentication: { mode: "default" },
      available_endpoints: expect.arrayContaining(["/create_video_onestep"]),
      jobs: { completed: 0, failed: 0, inProgress: 0, inQueue: 1, retried: 0 },
      workers: { idle: 1, running: 0 },
    });
    expect((await ask("/api")).body).toMatchObject({ status: "running", version: "9.9.9" });
    expect((await ask("/validate-system")).body).toMatchObject({ checks: expect.any(Array) });
    expect((await ask("/health")).body).not.toHaveProperty("output_dir");
  });

  test("with keys nothing is open but what a link or an id opens", async () => {
    await open({ keyRequired: true });
    for (const where of [
      "/create_video_onestep",
      "/process-scene",
      "/run",
      "/runsync",
      "/cancel/x",
      "/video/caption",
      "/video/img2vid",
      "/video/addaudio",
      "/job/x/cancel",
      "/v2/e/run",
    ]) {
      const answer = await post(where, {});
      expect(answer, where).toMatchObject({
        status: 401,
        body: { success: false, code: "KEY_REQUIRED", required_header: "X-Authentication-Key" },
      });
    }
    for (const where of ["/status/x", "/job/x", "/validate-system"])
      expect((await ask(where)).status, where).toBe(401);
    const { body } = await ask("/health");
    expect(body).toMatchObject({
      status: "healthy",
      authentication: { mode: "secure", required_header: "X-Authentication-Key" },
    });
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(["jobs"]));
    expect((await ask("/cleanup")).body).toEqual({ cleaned: 0, active_files: 0 });

    const key = await server.key(["write"]);
    for (const header of ["x-authentication-key", "x-api-key"]) {
      const made = await makeOnestep({ [header]: key });
      expect(made.status, header).toBe(200);
      // As the public clients do: without the key.
      expect((await fetch(`${url}${String(made.body["download_endpoint"])}`)).status).toBe(200);
      expect((await ask("/cleanup", { headers: { [header]: key } })).body["active_files"]).toBeGreaterThan(0);
    }
    expect((await ask("/health", { headers: { authorization: `Bearer ${key}` } })).body).toHaveProperty(
      "jobs",
    );
    expect((await post("/run", {}, { "x-api-key": `${key}x` })).body["code"]).toBe("KEY_INVALID");
    const reader = await server.key(["read"]);
    expect((await post("/run", {}, { "x-api-key": reader })).body["code"]).toBe("KEY_SCOPE");
    expect(server.log()).not.toContain(key);
  });

  test("without keys whatever key an older client was set up with is passed by", async () => {
    const body = { input: { operation: "img2vid", images: images(1) } };
    expect((await post("/run", body, { "x-authentication-key": "anything" })).status).toBe(200);
    expect((await post("/run", body, { "x-api-key": "anything" })).status).toBe(200);
  });

  test("links say https when a proxy does", async () => {
    const [{ body }] = await Promise.all([
      post("/process-scene", { imageUrl: "https://a.example/1" }, { "x-forwarded-proto": "https" }),
      finishNext({ scene: "x" }),
    ]);
    expect(body["sceneVideoUrl"]).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/download\//);
  });

  test("a full queue is 429 in the old form", async () => {
    await open({ limits: { maxQueued: 0 } });
    const answer = await post("/run", { input: { operation: "img2vid", images: images(1) } });
    expect(answer).toMatchObject({
      status: 429,
      body: { success: false, code: "QUEUE_FULL", retryable: true },
    });
    expect(answer.headers.get("retry-after")).toBe("30");
  });
});
