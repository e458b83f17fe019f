/** The older services' clients against the real server: real films, real downloads, a restart in between. Linux only. */
import { execFile, execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LoopbackServer, serveHttp } from "../../src/support/safe-fetch/testing/loopback-server.ts";
import { babble, sine } from "../fixtures/wav.ts";
import { runCli } from "./support/cli.ts";
import { type DecodedFilm, type DecodedFrame, decodeFilm } from "./support/decoded-film.ts";
import { colourDistance, meanRgb } from "./support/measure.ts";
import { Served } from "./support/server.ts";
import { type Rgb, Studio } from "./support/studio.ts";

const CLIENT = fileURLToPath(new URL("../fixtures/onestep_client.py", import.meta.url));
const SRT = "1\n00:00:00,000 --> 00:00:00,600\nHello there\n";

let studio: Studio;
let server: Served;
let sources: LoopbackServer;
const files = new Map<string, Buffer>();

const start = (): Promise<Served> =>
  Served.start({
    data: studio.at("data"),
    cache: studio.at("cache"),
    args: ["--require-key"],
    env: { REELBURST_FETCH_ALLOW: sources.host },
  });

let key: string;
const headers = (): Record<string, string> => ({
  authorization: `Bearer ${key}`,
  "content-type": "application/json",
});

async function ask(where: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${server.url}${where}`, {
    headers: headers(),
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Without a key, as their clients do. */
async function download(link: unknown, name: string): Promise<string> {
  const response = await fetch(String(link));
  expect(response.status, String(link)).toBe(200);
  const file = studio.at(name);
  await writeFile(file, Buffer.from(await response.arrayBuffer()));
  return file;
}

beforeAll(async () => {
  studio = await Studio.open();
  sources = await serveHttp((request, response) => {
    const body = files.get(request.url ?? "");
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await studio.flat("red.png", [200, 40, 40]);
  await studio.flat("logo.png", [255, 255, 255], 40, 40);
  await studio.wav("voice.wav", babble(48_000, 28_800, 0.3, 1));
  await studio.write("voice.srt", SRT);
  files.set("/red", await readFile(studio.at("red.png")));
  files.set("/blue", await readFile(await studio.flat("blue.png", [40, 40, 200])));
  files.set("/captions", Buffer.from(SRT));
  files.set("/tone", await readFile(await studio.wav("tone.wav", sine(48_000, 1, 72_000, 440, 0.2))));
  const made = await runCli(["serve", "--new-key", "test", "--data", studio.at("data")], {
    cwd: studio.folder,
    cacheDirectory: studio.at("cache"),
  });
  key = /rb_[\w-]+/.exec(JSON.stringify(made.events))?.[0] ?? "";
  expect(key, JSON.stringify(made)).not.toBe("");
  server = await start();
}, 60_000);
afterAll(async () => {
  await server.stop();
  await sources.close();
  await studio.close();
});

function hasPython(): boolean {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe.runIf(process.platform === "linux")("older clients", () => {
  test.runIf(hasPython())(
    "a Python program of the Video Generation API works as it did",
    async () => {
      await mkdir(studio.at("films"));
      const { stdout } = await promisify(execFile)("python3", [
        CLIENT,
        server.url,
        key,
        ...["red.png", "voice.wav", "voice.srt", "logo.png", "films"].map((name) => studio.at(name)),
      ]);
      const answers = JSON.parse(stdout) as {
        health: object;
        cleanup: object;
        films: { filename: string; size: number; received: number; same: boolean; scenario: string }[];
      };
      expect(answers.health).toMatchObject({ status: "healthy", authentication: { mode: "secure" } });
      expect(answers.cleanup).toEqual({ cleaned: 0, active_files: 0 });
      expect(answers.films.map(({ scenario }) => scenario)).toEqual([
        "baseline",
        "subtitles_only",
        "effects_only",
        "full_featured",
      ]);
      const sizes = [
        [1920, 1080],
        [1920, 1080],
        [1080, 1920],
        [1920, 1080],
      ];
      for (const [index, film] of answers.films.entries()) {
        expect(film).toMatchObject({ filename: `film ${index}.mp4`, size: film.received, same: true });
        const decoded = decodeFilm(path.join(studio.at("films"), film.filename));
        expect([decoded.width, decoded.height]).toEqual(sizes[index]);
        // As long as the sound, not half a second more and not cut short by a looped picture.
        expect(decoded.frames).toHaveLength(18);
      }
    },
    120_000,
  );

  test("a scene by its picture's URL, moved by the numbers given", async () => {
    const { status, body } = await ask("/process-scene", {
      sceneIndex: 2,
      imageUrl: `${sources.origin}/red`,
      duration: 0.5,
      kenBurns: { startScale: 1, endScale: 1.5, startX: 0.5, startY: 0.5, endX: 0.5, endY: 0.5 },
      // An odd side made the old encoder fail.
      output: { width: 201, height: 120, fps: 10 },
      jobId: "parent",
      outputBucket: "temp-scenes",
    });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ success: true, duration: 0.5 });
    expect(Number(body["processingTime"])).toBeGreaterThan(0);
    const film = decodeFilm(await download(body["sceneVideoUrl"], "scene.mp4"));
    expect([film.width, film.height, film.frames.length]).toEqual([200, 120, 5]);
  });

  test.for([
    ["a private address", (): string => "http://127.0.0.1:1/x.png", "URL_FORBIDDEN"],
    ["a cloud's metadata", (): string => "http://169.254.169.254/latest", "URL_FORBIDDEN"],
    ["nothing there", (): string => `${sources.origin}/nothing`, "URL_NOT_FOUND"],
  ] as const)("a picture at %s is refused at its field, and no film is told of", async ([, url, code]) => {
    const answer = await ask("/process-scene", { imageUrl: url(), duration: 0.5 });
    expect(answer).toMatchObject({ status: 422, body: { success: false, path: "imageUrl" } });
    expect(answer.body["code"]).toBe(code);
  });

  test("pictures become videos, a video gets its captions, another a sound; ids outlive a restart", async () => {
    const made = await ask("/run", {
      input: {
        operation: "img2vid",
        frame_rate: 10,
        width: 192,
        height: 108,
        images: [
          { id: "first", image_url: `${sources.origin}/red`, duracao: 0.8 },
          { id: "second", image_url: `${sources.origin}/blue`, duracao: 0.5 },
        ],
      },
    });
    expect(made.status, JSON.stringify(made.body)).toBe(200);
    const id = String(made.body["id"]);
    expect(await server.stop(), server.log).toBe(0);
    server = await start();

    let job = await ask(`/status/${id}`);
    while (["IN_QUEUE", "IN_PROGRESS"].includes(String(job.body["status"]))) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      job = await ask(`/status/${id}`);
    }
    expect(job.body).toMatchObject({ status: "COMPLETED", output: { total: 2, processed: 2 } });
    const { videos } = job.body["output"] as { videos: { id: string; video_url: string }[] };
    expect(videos.map((video) => video.id)).toEqual(["first", "second"]);
    const films: DecodedFilm[] = [];
    for (const { id: name, video_url } of videos)
      films.push(decodeFilm(await download(video_url, `${name}.mp4`)));
    expect(films.map(({ frames }) => frames.length)).toEqual([8, 5]);
    const whole = { x: 0, y: 0, width: 192, height: 108 };
    const colours = films.map((film) => meanRgb(film.frames[2] as DecodedFrame, film, whole));
    expect(colourDistance(colours[0] as Rgb, [200, 40, 40])).toBeLessThan(8);
    expect(colourDistance(colours[1] as Rgb, [40, 40, 200])).toBeLessThan(8);

    files.set("/video", await readFile(studio.at("first.mp4")));
    const small = { width: 192, height: 108, frame_rate: 10 };
    const captioned = await ask("/runsync", {
      input: {
        operation: "caption",
        url_video: `${sources.origin}/video`,
        url_srt: `${sources.origin}/captions`,
        ...small,
      },
    });
    expect(captioned.body, JSON.stringify(captioned)).toMatchObject({ status: "COMPLETED" });
    const withWords = decodeFilm(await download(outputOf(captioned.body).video_url, "captioned.mp4"));
    expect(withWords.frames).toHaveLength(8);
    const brightest = (film: DecodedFilm, frame: number): number =>
      Math.max(...(film.frames[frame] as DecodedFrame).y);
    // White letters on what was red alone.
    expect(brightest(withWords, 2)).toBeGreaterThan(200);
    expect(brightest(films[0] as DecodedFilm, 2)).toBeLessThan(120);

    const sounded = await ask("/runsync", {
      input: {
        operation: "addaudio",
        url_video: `${sources.origin}/video`,
        url_audio: `${sources.origin}/tone`,
        ...small,
      },
    });
    expect(sounded.body, JSON.stringify(sounded)).toMatchObject({ status: "COMPLETED" });
    const retimed = decodeFilm(await download(outputOf(sounded.body).video_url, "sounded.mp4"));
    // 0.8 s of picture for 1.5 s of sound.
    expect(retimed.frames).toHaveLength(15);
    expect(retimed.audioSeconds).toBeCloseTo(1.5, 1);
    expect(retimed.samples?.some((sample) => sample > 0.1)).toBe(true);
  }, 120_000);

  test("a job that fails says why and shows no video", async () => {
    const { body } = await ask("/runsync", {
      input: {
        operation: "addaudio",
        url_video: `${sources.origin}/red`,
        url_audio: `${sources.origin}/tone`,
      },
    });
    expect(body).toMatchObject({ status: "FAILED", error: expect.any(String), code: expect.any(String) });
    expect(body).not.toHaveProperty("output");
    // Captions that are none: the old worker went on without them.
    const captions = await ask("/runsync", {
      input: {
        operation: "caption",
        url_video: `${sources.origin}/video`,
        url_srt: `${sources.origin}/tone`,
      },
    });
    expect(captions.body).toMatchObject({ status: "FAILED", code: expect.any(String) });
  });
});

function outputOf(body: Record<string, unknown>): { video_url: string } {
  return body["output"] as { video_url: string };
}
