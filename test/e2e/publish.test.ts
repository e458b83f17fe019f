/** The real program against the fake YouTube, killed with kill -9 on its way. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mp4Bytes } from "../../src/publish/testing/mp4-file.ts";
import { FakeYouTube } from "../fakes/youtube/fake-youtube.ts";
import { type Ending, runCli } from "./support/cli.ts";

const PROGRAM = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
/** Two chunks of 8 MiB and a piece. */
const SIZE = 17_500_001;

let fake: FakeYouTube;
let folder: string;
let film: Buffer;
let env: Record<string, string>;

beforeEach(async () => {
  fake = new FakeYouTube();
  const origin = await fake.listen();
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-publish-"));
  film = mp4Bytes(SIZE);
  await writeFile(path.join(folder, "harbour.mp4"), film);
  env = {
    REELBURST_GOOGLE_ORIGIN: origin,
    REELBURST_DATA_DIR: path.join(folder, "data"),
    YOUTUBE_CLIENT_ID: fake.client.id,
    YOUTUBE_CLIENT_SECRET: fake.client.secret,
  };
});

afterEach(async () => {
  await fake.close();
  await rm(folder, { recursive: true, force: true });
  expect(fake.violations).toEqual([]);
});

const ARGUMENTS = ["publish", "harbour.mp4", "--to", "youtube", "--title", "The harbour"];

function run(args: readonly string[], onEvent?: (event: Record<string, unknown>) => void): Promise<Ending> {
  return runCli(args, {
    cwd: folder,
    cacheDirectory: path.join(folder, "cache"),
    env,
    onEvent: (_index, event) => onEvent?.(event),
  });
}

/** Allows it as a browser would: the consent page, then back to the program. */
async function logIn(): Promise<Ending> {
  return run(["publish", "login", "youtube"], (event) => {
    if (event["type"] !== "open") return;
    void fetch(String(event["url"]), { redirect: "manual" }).then((page) =>
      fetch(String(page.headers.get("location"))),
    );
  });
}

/** Starts an upload and kills it, without a warning, when the fake has so many bytes. */
async function killAt(bytes: number): Promise<void> {
  fake.pauseAt = bytes;
  const child: ChildProcess = spawn(process.execPath, [PROGRAM, ...ARGUMENTS, "--json"], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, REELBURST_CACHE_DIR: path.join(folder, "cache"), ...env },
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.once("close", (_code, signal) => resolve(signal)));
  await Promise.race([fake.paused, ended]);
  child.kill("SIGKILL");
  expect(await ended).toBe("SIGKILL");
  fake.resume();
}

describe("publish", () => {
  it("goes on after each kill -9, and the film is there once, byte for byte", async () => {
    expect((await logIn()).code).toBe(0);
    const positions = [1, 300_000, 8 * 2 ** 20 - 1, 8 * 2 ** 20, 9_000_000, SIZE - 1];
    for (const position of positions) await killAt(position);
    const { code, events } = await run(ARGUMENTS);
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ type: "succeeded", result: { youtube: { uploadedNow: true } } });
    expect([...fake.videos.values()].map(({ bytes }) => bytes.equals(film))).toEqual([true]);
    expect(fake.sessions.size).toBe(1);
    const again = await run(ARGUMENTS);
    expect(again.events.at(-1)).toMatchObject({ result: { youtube: { uploadedNow: false } } });
    expect(fake.videos.size).toBe(1);
  });

  it("killed between the last byte and its answer: nothing is sent twice", async () => {
    await logIn();
    await killAt(SIZE);
    expect(fake.videos.size).toBe(1);
    const before = fake.requests.length;
    const { events } = await run(ARGUMENTS);
    const [id] = [...fake.videos.keys()];
    expect(events.at(-1)).toMatchObject({ type: "succeeded", result: { youtube: { videoId: id } } });
    expect(fake.requests.slice(before)).toEqual([expect.stringContaining(`bytes */${SIZE}`)]);
    expect(fake.videos.size).toBe(1);
  });

  it("two at once: one works, the other is told", async () => {
    await logIn();
    fake.pauseAt = 1_000_000;
    const first = run(ARGUMENTS);
    await fake.paused;
    const second = await run(ARGUMENTS);
    expect(second.events.at(-1)).toMatchObject({ error: { code: "PUBLISH_BUSY" } });
    fake.resume();
    fake.dropConnections();
    expect((await first).code).toBe(0);
    expect([...fake.videos.values()].map(({ bytes }) => bytes.equals(film))).toEqual([true]);
  });

  it("keeps login and records to their owner, and no secret in its output", async () => {
    const login = await logIn();
    const ending = await run(ARGUMENTS);
    const files = (await readdir(path.join(folder, "data"), { recursive: true, withFileTypes: true })).filter(
      (each) => each.isFile() && each.name.endsWith(".json"),
    );
    expect(files.map(({ name }) => name)).toContain("login.json");
    for (const { parentPath, name } of files)
      expect((await stat(path.join(parentPath, name))).mode & 0o777).toBe(0o600);
    const said = JSON.stringify([login, ending]);
    for (const secret of [...fake.refreshTokens.keys(), ...fake.accessTokens.keys(), "/upload/session/"])
      expect(said).not.toContain(secret);
  });

  it("says that a login is missing before it reads the film", async () => {
    await rm(path.join(folder, "harbour.mp4"));
    expect((await run(ARGUMENTS)).events.at(-1)).toMatchObject({ error: { code: "YOUTUBE_LOGIN_NEEDED" } });
  });

  it("makes a thumbnail of more than 2 MB smaller, in the render process", async () => {
    await logIn();
    const pixels = randomBytes(1100 * 700 * 3);
    const picture = path.join(folder, "noise.png");
    await sharp(pixels, { raw: { width: 1100, height: 700, channels: 3 } })
      .png()
      .toFile(picture);
    expect((await stat(picture)).size).toBeGreaterThan(2_000_000);
    const { code, events } = await run([...ARGUMENTS, "--thumbnail", "noise.png"]);
    expect(code).toBe(0);
    expect(events).toContainEqual(expect.objectContaining({ step: "thumbnail", state: "done" }));
    const set = [...fake.videos.values()][0]?.thumbnail ?? Buffer.alloc(0);
    expect(set.length).toBeLessThanOrEqual(2_000_000);
    expect(await sharp(set).metadata()).toMatchObject({ format: "jpeg", width: 1100, height: 700 });
    expect(await readdir(path.join(folder, "cache", "tmp"))).toEqual([]);
  });

  it("log out ends the login at Google and here", async () => {
    await logIn();
    const { code, events } = await run(["publish", "logout", "youtube"]);
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ type: "loggedOut", revoked: true });
    expect(fake.refreshTokens.size).toBe(0);
    expect((await run(ARGUMENTS)).events.at(-1)).toMatchObject({ error: { code: "YOUTUBE_LOGIN_NEEDED" } });
  });

  it("shows what would be sent without login, network or secret", async () => {
    const { code, events } = await run([...ARGUMENTS, "--dry-run", "--tags", "harbour,morning light"]);
    expect(code).toBe(0);
    expect(events).toMatchObject([
      {
        type: "prepared",
        result: {
          words: { instagram: { hashtags: ["#harbour", "#MorningLight"] } },
          video: { snippet: { title: "The harbour" }, status: { privacyStatus: "private" } },
        },
      },
    ]);
    expect(fake.requests).toEqual([]);
  });

  it("shows nobody a film that nobody has approved", async () => {
    await logIn();
    const open = [...ARGUMENTS, "--visibility", "public", "--made-for-kids", "no", "--synthetic", "yes"];
    const refused = await run(open);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.events.at(-1)).toMatchObject({ error: { code: "PUBLISH_APPROVAL_MISSING" } });
    expect(fake.requests.some((each) => each.includes("/upload"))).toBe(false);
    expect((await run(["publish", "approve", "harbour.mp4", "--by", "Ada"])).code).toBe(0);
    expect((await run(open)).code).toBe(0);
    expect([...fake.videos.values()][0]?.resource.status).toEqual({
      privacyStatus: "public",
      selfDeclaredMadeForKids: false,
      containsSyntheticMedia: true,
    });
  });
});
