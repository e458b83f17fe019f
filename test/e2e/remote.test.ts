/** The command line against a server: a film rendered there and brought here, productions looked at and changed. */

import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { babble } from "../fixtures/wav.ts";
import { runCli } from "./support/cli.ts";
import { decodeFilm } from "./support/decoded-film.ts";
import { Served } from "./support/server.ts";
import { Studio } from "./support/studio.ts";

const OUTPUT = { width: 192, height: 108, fps: 10, quality: "draft" };

let studio: Studio;
let server: Served;

function cli(args: readonly string[], env: Record<string, string> = {}) {
  return runCli(args, { cwd: studio.folder, cacheDirectory: studio.at("client-cache"), env });
}

const codeOf = ({ events }: Awaited<ReturnType<typeof cli>>) =>
  (events.at(-1)?.["error"] as { code: string } | undefined)?.code;

async function writeFilm(name: string, scenes: number, output: object = OUTPUT): Promise<string> {
  const document = {
    title: "Remote",
    output,
    scenes: Array.from({ length: scenes }, (_, index) => ({
      id: `s${index}`,
      image: "p.png",
      ...(index === 0
        ? { audio: "n.wav", subtitles: "n.srt" }
        : { duration: 1.5, motion: { effect: "zoomIn", amount: 0.1 + index / 100 } }),
    })),
  };
  await writeFile(studio.at(name), JSON.stringify(document));
  return name;
}

beforeAll(async () => {
  studio = await Studio.open();
  server = await Served.start({ data: studio.at("data"), cache: studio.at("cache") });
  await studio.picture("p.png", naturalNoise(192, 108, 1));
  await studio.wav("n.wav", babble(48_000, 48_000, 0.3, 1));
  await writeFile(studio.at("n.srt"), "1\n00:00:00,100 --> 00:00:00,900\nHello\n");
});
afterAll(async () => {
  await server.stop();
  await studio.close();
});

describe.runIf(process.platform === "linux")("the command line against a server", () => {
  test("render --server makes the same film as a render here, with the same events and files", async () => {
    const source = await writeFilm("two.json", 2, { ...OUTPUT, deliver: "both" });
    const remote = await cli(["render", source, "-o", "remote.mp4", "--server", server.url]);
    expect(remote.code, remote.stderr + JSON.stringify(remote.events.at(-1))).toBe(0);
    const local = await cli(["render", source, "-o", "local.mp4"]);
    expect(decodeFilm(studio.at("remote.mp4")).frames).toEqual(decodeFilm(studio.at("local.mp4")).frames);
    const files = await readdir(studio.folder);
    const siblings = (stem: string) =>
      files
        .filter((name) => name.startsWith(`${stem}.`))
        .map((name) => name.slice(stem.length))
        .toSorted();
    // The result names places of the machine that rendered, and stays there.
    expect(siblings("remote")).toEqual(siblings("local").filter((name) => name !== ".json"));
    expect(await readdir(studio.at("remote-scenes"))).toEqual(await readdir(studio.at("local-scenes")));
    expect(files.filter((name) => name.startsWith(".reelburst"))).toEqual([]);
    const types = (events: typeof remote.events) => new Set(events.map(({ type }) => type));
    expect(types(remote.events)).toEqual(types(local.events));
    expect(remote.events.at(-1)).toMatchObject({
      type: "succeeded",
      result: { film: studio.at("remote.mp4"), frames: expect.any(Number) as number },
    });
  });

  test("Ctrl+C cancels it on the server too", async () => {
    const source = await writeFilm("long.json", 60);
    let interrupted = false;
    const ending = await runCli(["render", source, "-o", "stopped.mp4", "--server", server.url], {
      cwd: studio.folder,
      cacheDirectory: studio.at("client-cache"),
      onEvent: (_index, { type }, child) => {
        if (type !== "progress" || interrupted) return;
        interrupted = true;
        child.kill("SIGINT");
      },
    });
    expect(ending.code, JSON.stringify(ending.events.at(-1))).toBe(130);
    const { productions } = (await server.get("/v1/productions?limit=1")) as {
      productions: { id: string; status: string }[];
    };
    expect(productions[0]?.status).toBe("canceled");
    // And again by hand, from the data folder alone.
    const id = productions[0]?.id ?? "";
    const retried = await cli(["retry", id, "--data", studio.at("data")]);
    expect(retried.events).toMatchObject([{ id }]);
    const canceled = await cli(["cancel", id, "--data", studio.at("data")]);
    expect(canceled.code).toBe(0);
    const logs = await cli(["logs", id, "--follow", "--data", studio.at("data")]);
    expect(logs.code).toBe(1);
    expect(logs.events.filter(({ state }) => state === "canceled")).toHaveLength(2);
    expect((await cli(["cancel", "0".repeat(32), "--server", server.url])).code).toBe(3);
  });

  test("what is wrong with a production is told as here, with its place", async () => {
    await writeFile(studio.at("bad.png"), "This is no picture at all.");
    const scenes = [{ id: "bad", image: "bad.png", duration: 1 }];
    await writeFile(studio.at("bad.json"), JSON.stringify({ output: OUTPUT, scenes }));
    const local = await cli(["render", "bad.json", "-o", "bad.mp4"]);
    const remote = await cli(["render", "bad.json", "-o", "bad.mp4", "--server", server.url]);
    expect(codeOf(remote)).toBe(codeOf(local));
    expect(remote.code).toBe(local.code);
  });

  test("status lists and shows, also when the server is gone; its address is for its user alone", async () => {
    const file = studio.at("data/server.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ url: server.url });
    const key = await cli(["serve", "--new-key", "laptop", "--data", studio.at("data")]);
    expect(key.events).toMatchObject([{ type: "key", name: "laptop" }]);
    await server.stop();
    await expect(stat(file)).rejects.toThrow();
    const listed = await cli(["status", "--data", studio.at("data")]);
    const { productions } = listed.events[0] as { productions: { id: string; status: string }[] };
    expect(productions.map(({ status }) => status)).toContain("succeeded");
    const one = await cli(["status", productions[0]?.id ?? "", "--data", studio.at("data")]);
    expect(one.events).toMatchObject([{ id: productions[0]?.id, status: productions[0]?.status }]);
    // Killed: the file is there, its process is not.
    server = await Served.start({ data: studio.at("data"), cache: studio.at("cache") });
    await server.kill();
    expect((await cli(["status", "--data", studio.at("data")])).code).toBe(0);
    server = await Served.start({
      data: studio.at("data"),
      cache: studio.at("cache"),
      args: ["--require-key"],
    });
    const refused = await cli(["status", "--data", studio.at("data")]);
    expect([codeOf(refused), refused.code]).toEqual(["KEY_REQUIRED", 2]);
    const { key: secret } = key.events[0] as { key: string };
    const let_in = await cli(["status", "--data", studio.at("data")], { REELBURST_API_KEY: secret });
    expect(let_in.code).toBe(0);
    const wrong = await cli(["status", "--server", server.url], { REELBURST_API_KEY: `${secret}x` });
    expect(codeOf(wrong)).toBe("KEY_INVALID");
  });

  test("a server that is away, another kind of server, another version", async () => {
    let answer = "{}";
    const other = createServer((_request, response) => void response.end(answer));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const ask = async () => codeOf(await cli(["status"], { REELBURST_SERVER: url }));
    expect(await ask()).toBe("SERVER_UNEXPECTED");
    answer = JSON.stringify({ status: "ok", version: "7.0.0" });
    expect(await ask()).toBe("SERVER_VERSION");
    await new Promise((resolve) => other.close(resolve));
    expect(await ask()).toBe("SERVER_UNREACHABLE");
    const nothing = await cli(["status", "--data", studio.at("none")]);
    expect([codeOf(nothing), nothing.code]).toEqual(["SERVER_NOT_RUNNING", 4]);
  });
});
