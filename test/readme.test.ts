/** The README's commands, run as they stand on a folder like the one it shows. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeAudio } from "./fixtures/encode-audio.ts";
import { fencedBlocks } from "./fixtures/markdown.ts";
import { babble } from "./fixtures/wav.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(path.join(root, "README.md"), "utf8");
const commands = fencedBlocks(readme, "")
  .flatMap((block) => block.split("\n"))
  .filter((line) => line.startsWith("npx reelburst "));

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-readme-"));
  const inFilm = (name: string): string => path.join(folder, "my-film", name);
  for (const name of ["images", "audio"]) mkdirSync(inFilm(name), { recursive: true });
  const picture = sharp({ create: { width: 320, height: 240, channels: 3, background: "#345" } });
  await picture.clone().png().toFile(inFilm("images/scene_001.png"));
  await picture.clone().jpeg().toFile(inFilm("images/scene_002.jpg"));
  cpSync(path.join(root, "examples/article"), path.join(folder, "examples/article"), { recursive: true });
  const voice = babble(44_100, 22_050, 0.3);
  encodeAudio(voice, "libmp3lame", inFilm("audio/scene_001.mp3"));
  encodeAudio(voice, "aac", inFilm("audio/scene_002.m4a"));
  writeFileSync(inFilm("audio/scene_001.srt"), "1\n00:00:00,000 --> 00:00:00,400\nHello.\n");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(line: string) {
  const args = line.replace(/^npx reelburst /, "").split(/\s+/);
  return spawnSync(process.execPath, [path.join(root, "bin/reelburst.js"), ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, REELBURST_CACHE_DIR: path.join(folder, "cache"), REELBURST_SLOTS: "1" },
  });
}

describe("the README", () => {
  it("shows a first film in five commands, then a film of a text and a server", () => {
    expect(commands.map((line) => line.split(" ")[2])).toEqual([
      "init",
      "validate",
      "plan",
      "render",
      "render",
      "make",
      "serve",
    ]);
  });

  it("says nothing that does not run", { timeout: 120_000 }, () => {
    for (const line of commands.filter((each) => !each.endsWith(" serve"))) {
      // A full film of a text takes a while; what is small goes the same way.
      const { status, stderr } = run(line.includes(" make ") ? `${line} --preview` : line);
      expect({ line, status, stderr: status === 0 ? "" : stderr }).toEqual({ line, status: 0, stderr: "" });
    }
    expect(existsSync(path.join(folder, "my-film/production.yaml"))).toBe(true);
    for (const film of ["my-film.preview.mp4", "my-film.mp4", "my-film.srt"]) {
      expect(existsSync(path.join(folder, film)), film).toBe(true);
    }
  });

  it("serves at an address that it prints", { timeout: 120_000 }, async () => {
    const data = path.join(folder, "data");
    const server = spawn(process.execPath, [path.join(root, "bin/reelburst.js"), "serve", "--port", "0"], {
      cwd: folder,
      env: { ...process.env, REELBURST_CACHE_DIR: path.join(folder, "cache"), REELBURST_DATA_DIR: data },
    });
    const ended = new Promise((resolve) => server.once("exit", resolve));
    try {
      const [line] = (await once(server.stdout.setEncoding("utf8"), "data")) as [string];
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      expect(await (await fetch(`${url}/`)).text()).toContain("<title>Reelburst</title>");
    } finally {
      server.kill("SIGTERM");
      expect(await ended).toBe(0);
    }
  });

  it("shows a production that fits its folder", () => {
    const [example = ""] = fencedBlocks(readme, "yaml");
    const other = path.join(folder, "written");
    mkdirSync(path.join(other, "images"), { recursive: true });
    mkdirSync(path.join(other, "audio"));
    for (const name of [
      "images/scene_001.png",
      "images/scene_002.jpg",
      "audio/scene_001.mp3",
      "audio/scene_001.srt",
      "audio/scene_002.m4a",
    ]) {
      copyFileSync(path.join(folder, "my-film", name), path.join(other, name));
    }
    writeFileSync(path.join(other, "production.yaml"), example);
    const { status, stdout } = run("npx reelburst validate written");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "ok: 2 scenes, 1920x1080, 30 fps\n" });
  });
});
