import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProductionInput } from "../../src/spec/schema.ts";
import { ReelburstError } from "../../src/support/errors.ts";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { babble } from "../fixtures/wav.ts";
import { decodeFilm } from "./support/decoded-film.ts";
import { Studio } from "./support/studio.ts";

/** Part of Linux; without them, or without the right to use them, `canMount` is false. */
const tools = { mount: "mount", unmount: "umount" };

let studio: Studio;
const mounted: string[] = [];
let film: Buffer;
const input: ProductionInput = {
  output: { width: 192, height: 108 },
  scenes: [0, 1].map((index) => ({ id: `s${index}`, image: `p${index}.png`, audio: "n.wav" })),
};

/** A small disk of its own, in memory. Throws without the rights for it. */
function mountDisk(name: string, options: string): string {
  const folder = studio.at(name);
  mkdirSync(folder, { recursive: true });
  execFileSync(tools.mount, ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
  mounted.push(folder);
  return folder;
}

function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-mount-"));
  try {
    execFileSync(tools.mount, ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "ignore" });
    execFileSync(tools.unmount, [folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

/** Only a real file system that is full or read-only says so where our writes meet it; making one takes root. */
const mounts = canMount();

async function failure(options: { output: string; cache: string }): Promise<ReelburstError> {
  const error = await studio.renderError(input, options);
  expect(error).toBeInstanceOf(ReelburstError);
  return error as ReelburstError;
}

beforeAll(async () => {
  studio = await Studio.open();
  for (const index of [0, 1]) await studio.picture(`p${index}.png`, naturalNoise(192, 108, index + 1));
  await studio.wav("n.wav", babble(48_000, 72_000, 0.3));
  const { output } = await studio.render(input, { output: "whole/film.mp4", cache: "cache" });
  film = await readFile(output);
});
afterAll(async () => {
  for (const folder of mounted) execFileSync(tools.unmount, [folder]);
  await studio.close();
});

describe.runIf(mounts)("a full disk (as root on Linux only: a small disk has to be mounted)", () => {
  test("where the film goes: at every size it is the whole film or DISK_FULL and no film", async () => {
    const page = 4096;
    const need = Math.ceil(film.length / page);
    const outcomes: string[] = [];
    const messages: string[] = [];
    // From no room at all, over too little at each stage, to room for the film but not for what goes with it.
    for (const pages of [2, need >> 1, need - 1, need, need + 1, need + 4, need * 2, need * 4]) {
      const folder = mountDisk(`disk-${pages}`, `size=${pages * page}`);
      const target = path.join(folder, "film.mp4");
      const ending = await studio.render(input, { output: `disk-${pages}/film.mp4`, cache: "cache" }).then(
        () => "whole",
        (error: unknown) => {
          if (error instanceof ReelburstError) messages.push(`${error.message} ${error.path}`);
          return error instanceof ReelburstError ? error.code : String(error);
        },
      );
      outcomes.push(ending);
      if (existsSync(target))
        expect((await readFile(target)).equals(film), `${pages} pages: ${ending}`).toBe(true);
      expect(
        (await readdir(folder)).filter((name) => name.startsWith(".")),
        `${pages} pages`,
      ).toEqual([]);
    }
    expect(new Set(outcomes)).toEqual(new Set(["DISK_FULL", "whole"]));
    expect(outcomes[0]).toBe("DISK_FULL");
    // None names a working file as the thing to mend.
    for (const message of messages) expect(message).not.toMatch(/\.reelburst-|\.tmp|small-cache|\/tmp\/task/);
    expect(outcomes.at(-1)).toBe("whole");
  });

  test("where the cache is: DISK_FULL, and a run with room finishes", async () => {
    mountDisk("small-cache", "size=100k");
    const error = await failure({ output: "cache-full/film.mp4", cache: "small-cache" });
    expect(error.code).toBe("DISK_FULL");
    expect(error.hint).toBeTruthy();
    expect(error).toMatchObject({
      path: studio.at("small-cache"),
      message: expect.not.stringContaining("entries"),
    });
    expect(await readdir(studio.at("cache-full"))).toEqual([]);
    const { output } = await studio.render(input, { output: "cache-full/film.mp4", cache: "other-cache" });
    expect((await readFile(output)).equals(film)).toBe(true);
  });
});

describe("a place that cannot be written to", () => {
  test.runIf(mounts)("a read-only disk (as root on Linux only: it has to be mounted)", async () => {
    mountDisk("read-only", "size=1m,ro");
    const events: string[] = [];
    const error = await studio.renderError(input, {
      output: "read-only/film.mp4",
      cache: "unused",
      onEvent: (event) => events.push(event.type),
    });
    expect(error).toMatchObject({ code: "NO_WRITE_PERMISSION", path: studio.at("read-only") });
    // Said at once, not after the render.
    expect(events).not.toContain("planned");
    expect(await failure({ output: "read-only/sub/film.mp4", cache: "unused" })).toMatchObject({
      code: "NO_WRITE_PERMISSION",
    });
  });

  test.runIf(process.platform !== "win32" && process.getuid?.() !== 0)(
    "a folder without write permission (permission bits do not bind root)",
    async () => {
      mkdirSync(studio.at("locked"), { mode: 0o555 });
      expect(await failure({ output: "locked/film.mp4", cache: "cache" })).toMatchObject({
        code: "NO_WRITE_PERMISSION",
      });
    },
  );

  test("a folder whose parent is a file", async () => {
    await studio.write("file", "a file");
    const error = await failure({ output: "file/sub/film.mp4", cache: "cache" });
    expect(error.code).toBe("OUTPUT_NOT_WRITABLE");
    expect(error.message).toContain("is a file");
    expect((await stat(studio.at("file"))).size).toBe(6);
  });

  test("a folder of the film's name: nothing in it is touched", async () => {
    await studio.write("taken/film.mp4/inside.txt", "mine");
    expect((await failure({ output: "taken/film.mp4", cache: "cache" })).code).toBe("OUTPUT_NOT_WRITABLE");
    expect(await readdir(studio.at("taken"))).toEqual(["film.mp4"]);
    expect(await readFile(studio.at("taken/film.mp4/inside.txt"), "utf8")).toBe("mine");
  });

  test("an older film stays whole when the new one fails, and is replaced when it succeeds", async () => {
    await studio.write("older/film.mp4", "the older film");
    const broken: ProductionInput = {
      ...input,
      scenes: [...input.scenes, { image: "nowhere.png", duration: 1 }],
    };
    await studio.renderError(broken, { output: "older/film.mp4", cache: "cache" });
    expect(await readFile(studio.at("older/film.mp4"), "utf8")).toBe("the older film");
    const { output, result } = await studio.render(input, { output: "older/film.mp4", cache: "cache" });
    expect(decodeFilm(output).frames).toHaveLength(result.frames);
  });
});
