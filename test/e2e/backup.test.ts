/** A server's state carried to another folder: its productions, films, keys and secrets are there and work. */
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { runCli } from "./support/cli.ts";
import { Served } from "./support/server.ts";
import { Studio } from "./support/studio.ts";

let studio: Studio;
let server: Served;

const cli = (...args: string[]) => runCli(args, { cwd: studio.folder, cacheDirectory: studio.at("cache") });
const start = (data: string) => Served.start({ data: studio.at(data), cache: studio.at("cache") });
const codeOf = ({ events }: Awaited<ReturnType<typeof cli>>) =>
  (events.at(-1)?.["error"] as { code: string } | undefined)?.code;

beforeAll(async () => {
  studio = await Studio.open();
  server = await start("data");
});
afterAll(async () => {
  await server.stop();
  await studio.close();
});

describe.runIf(process.platform === "linux")("backup and restore", () => {
  test("bring a server's state elsewhere, whole", async () => {
    const png = await studio.picture("p.png", naturalNoise(192, 108, 1));
    const picture = await server.upload(new Uint8Array(await readFile(png)));
    const answer = await server.post("/v1/productions", {
      title: "Kept",
      output: { width: 192, height: 108, fps: 10, quality: "draft" },
      scenes: [{ id: "a", image: picture, duration: 1 }],
    });
    const { id } = (await answer.json()) as { id: string };
    await server.follow(id);
    const film = Buffer.from(await (await fetch(`${server.url}/v1/productions/${id}/output`)).arrayBuffer());
    const { id: keyId } = (await (await server.post("/v1/keys", { name: "k" })).json()) as { id: string };

    const running = await cli("backup", "state.tar", "--data", studio.at("data"));
    expect([codeOf(running), running.code]).toEqual(["DATA_FOLDER_LOCKED", 4]);
    expect(await readdir(studio.folder)).not.toContain("state.tar");
    // Killed, not stopped: the backup holds what was acknowledged all the same.
    await server.kill();
    const made = await cli("backup", "state.tar", "--data", studio.at("data"));
    expect(made.events, made.stderr).toMatchObject([{ type: "backedUp", productions: 1 }]);
    expect((await stat(studio.at("state.tar"))).mode & 0o777).toBe(0o600);
    // Any tar reads it.
    const listed = execFileSync("tar", ["-tf", studio.at("state.tar")], { encoding: "utf8" }).split("\n");
    expect(listed).toContain(`productions/${id}/film.mp4`);
    expect(listed.filter((name) => /lock|server\.json|owner\.json/.test(name))).toEqual([]);

    await mkdir(studio.at("elsewhere"));
    const restored = await cli("restore", "state.tar", "--data", studio.at("elsewhere"));
    expect(restored.events, restored.stderr).toMatchObject([{ type: "restored", productions: 1 }]);
    server = await start("elsewhere");
    expect(await server.get(`/v1/productions/${id}`)).toMatchObject({ status: "succeeded", title: "Kept" });
    const again = Buffer.from(await (await fetch(`${server.url}/v1/productions/${id}/output`)).arrayBuffer());
    expect(again.equals(film)).toBe(true);
    expect(await server.get("/v1/keys")).toMatchObject({ keys: [{ id: keyId, name: "k" }] });
    const next = await server.post("/v1/productions", { scenes: [{ image: picture, duration: 1 }] });
    expect(next.status).toBe(202);
  });

  test("a damaged backup, a full folder and a foreign archive change nothing", async () => {
    const archive = await readFile(studio.at("state.tar"));
    const full = await cli("restore", "state.tar", "--data", studio.at("elsewhere"));
    expect([codeOf(full), full.code]).toEqual(["RESTORE_NOT_EMPTY", 2]);
    await writeFile(studio.at("short.tar"), archive);
    await truncate(studio.at("short.tar"), archive.length - 4096);
    const flipped = Buffer.from(archive);
    const at = flipped.indexOf("ftyp");
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await writeFile(studio.at("flipped.tar"), flipped);
    await writeFile(studio.at("text.tar"), "This is no archive.");
    await studio.write("evil/database/x", "x");
    const evil = ["-cf", studio.at("evil.tar"), "--transform", "s,x$,../../escaped,", "-P", "database/x"];
    execFileSync("tar", ["--format=ustar", ...evil], { cwd: studio.at("evil") });
    for (const name of ["short.tar", "flipped.tar", "text.tar", "evil.tar"]) {
      const refused = await cli("restore", name, "--data", studio.at("target"));
      expect([name, codeOf(refused), refused.code]).toEqual([name, "ARCHIVE_DAMAGED", 3]);
    }
    expect(codeOf(await cli("restore", "none.tar", "--data", studio.at("target")))).toBe("FILE_NOT_FOUND");
    const names = await readdir(studio.folder);
    expect(names.filter((name) => /^target|^escaped|^\.reelburst/.test(name))).toEqual([]);
  });
});
