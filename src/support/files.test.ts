import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { publishCopy, publishFile, temporaryBeside, writeFileAtomic } from "./atomic-file.ts";
import { ReelburstError } from "./errors.ts";
import { readError, writeError } from "./file-errors.ts";
import { ownerOf, ownerState, ownIdentity, parseStartTicks, processTag } from "./process-identity.ts";
import { createTempDir, FOREIGN_LEFTOVER_MS, sweepTempDirs } from "./temp-dir.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "files-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("writeFileAtomic", () => {
  it("writes, replaces, makes folders and leaves nothing beside", async () => {
    const file = path.join(root, "a/b/film.json");
    await writeFileAtomic(file, "one");
    await writeFileAtomic(file, Buffer.from("two"));
    expect(readFileSync(file, "utf8")).toBe("two");
    expect(readdirSync(path.dirname(file))).toEqual(["film.json"]);
  });

  it("keeps what was there when it fails, and names the file that was wanted", async () => {
    const file = path.join(root, "taken");
    mkdirSync(path.join(file, "inside"), { recursive: true });
    await expect(writeFileAtomic(file, "x")).rejects.toMatchObject({
      code: "OUTPUT_NOT_WRITABLE",
      path: file,
    });
    await expect(writeFileAtomic(path.join(root, "f/x"), "1")).resolves.toBeUndefined();
    await expect(writeFileAtomic(path.join(root, "f/x/y"), "2")).rejects.toMatchObject({
      code: "OUTPUT_NOT_WRITABLE",
    });
    expect(readdirSync(root).sort()).toEqual(["f", "taken"]);
  });

  it("lets many writers of one name end with one whole file", async () => {
    const file = path.join(root, "film.json");
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => writeFileAtomic(file, `${index}`.repeat(10_000))),
    );
    const text = readFileSync(file, "utf8");
    const [winner] = Array.from({ length: 50 }, (_, index) => `${index}`.repeat(10_000)).filter(
      (each) => each === text,
    );
    expect(winner).toBe(text);
    expect(readdirSync(root)).toEqual(["film.json"]);
  });
});

describe("publishFile", () => {
  it.each([
    ["by rename", publishFile],
    ["by copy", publishCopy],
  ])("moves the bytes, %s", async (_, publish) => {
    const [temporary, final] = [path.join(root, "t"), path.join(root, "film.mp4")];
    writeFileSync(temporary, "new");
    writeFileSync(final, "old");
    await publish(temporary, final);
    expect(readFileSync(final, "utf8")).toBe("new");
    expect(readdirSync(root)).toEqual(["film.mp4"]);
  });

  it("leaves the temporary file for another try when it fails", async () => {
    const [temporary, final] = [path.join(root, "t"), path.join(root, "film.mp4")];
    writeFileSync(temporary, "new");
    mkdirSync(final);
    await expect(publishFile(temporary, final)).rejects.toMatchObject({
      code: "OUTPUT_NOT_WRITABLE",
      path: final,
    });
    await expect(publishCopy(temporary, final)).rejects.toThrow();
    expect(readFileSync(temporary, "utf8")).toBe("new");
    expect(readdirSync(root).sort()).toEqual(["film.mp4", "t"]);
  });

  const shm = "/dev/shm";
  const otherDisk = existsSync(shm) && statSync(shm).dev !== statSync(os.tmpdir()).dev;
  it.runIf(otherDisk)("crosses disks", async () => {
    const folder = mkdtempSync(path.join(shm, "files-"));
    try {
      const temporary = path.join(folder, "t");
      writeFileSync(temporary, Buffer.alloc(2_000_000, 5));
      await publishFile(temporary, path.join(root, "film.mp4"));
      expect(readFileSync(path.join(root, "film.mp4")).equals(Buffer.alloc(2_000_000, 5))).toBe(true);
      expect(readdirSync(folder)).toEqual([]);
      expect(readdirSync(root)).toEqual(["film.mp4"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("file errors", () => {
  it.each([
    ["ENOSPC", "DISK_FULL"],
    ["EDQUOT", "DISK_FULL"],
    ["EACCES", "NO_WRITE_PERMISSION"],
    ["EPERM", "NO_WRITE_PERMISSION"],
    ["EROFS", "NO_WRITE_PERMISSION"],
    ["EISDIR", "OUTPUT_NOT_WRITABLE"],
    ["ENOTDIR", "OUTPUT_NOT_WRITABLE"],
  ])("%s on a write is %s, with the path and what to do", (system, code) => {
    const thrown = Object.assign(new Error(system), { code: system });
    const error = writeError(thrown, "/films/a.mp4") as ReelburstError;
    expect(error).toMatchObject({ code, path: "/films/a.mp4", cause: thrown, retryable: false });
    expect(error.message).toContain("/films/a.mp4");
    expect(error.hint).toMatch(/\.$/);
  });

  it("leaves other errors as they are", () => {
    const other = Object.assign(new Error("EMFILE"), { code: "EMFILE" });
    expect(writeError(other, "x")).toBe(other);
    expect(readError(other, "x")).toBe(other);
    const ours = new ReelburstError("DISK_FULL", "Full.");
    expect(writeError(ours, "x")).toBe(ours);
    expect(readError(Object.assign(new Error("EACCES"), { code: "EACCES" }), "x")).toMatchObject({
      code: "NO_READ_PERMISSION",
    });
  });
});

describe("process identity", () => {
  const dead = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

  it("is found again in a file name", () => {
    expect(ownerOf(`reelburst-${processTag()}-x7Kq`)).toEqual(ownIdentity());
    expect(ownerOf(path.basename(temporaryBeside("/films/a.mp4")))).toEqual(ownIdentity());
    for (const name of ["film.mp4", "1.2.3.mp4", "", "12.34.abcdefg"]) expect(ownerOf(name)).toBeNull();
  });

  it("tells the living from the dead, the reused and the foreign", () => {
    const own = ownIdentity();
    expect(ownerState(own)).toBe("alive");
    expect(ownerState({ ...own, pid: dead() })).toBe("dead");
    expect(ownerState({ ...own, startTicks: own.startTicks + 1 })).toBe("dead");
    expect(ownerState({ ...own, scope: "00000000" })).toBe("foreign");
  });

  it("reads the start time behind a command with spaces and brackets", () => {
    const rest = Array.from({ length: 40 }, (_, index) => `${index + 3}`).join(" ");
    expect(parseStartTicks(`7 (a) b) c) ${rest}`)).toBe(22);
    expect(parseStartTicks("")).toBeNull();
  });
});

describe("temporary folders", () => {
  it("are new each time, private, and removed as often as asked", async () => {
    const [first, second] = [
      await createTempDir(path.join(root, "new")),
      await createTempDir(path.join(root, "new")),
    ];
    expect(first.path).not.toBe(second.path);
    if (process.platform !== "win32") expect(statSync(first.path).mode & 0o077).toBe(0);
    writeFileSync(path.join(first.path, "chunk.mp4"), "x");
    await first.remove();
    await first.remove();
    expect(readdirSync(path.join(root, "new"))).toEqual([path.basename(second.path)]);
  });

  it("of the dead are swept, of the living and of strangers are not", async () => {
    const own = ownIdentity();
    const alive = await createTempDir(root);
    const old = new Date(Date.now() - FOREIGN_LEFTOVER_MS - 1_000);
    utimesSync(alive.path, old, old);
    const exited = spawnSync(process.execPath, ["-e", ""]).pid;
    const names = {
      dead: `reelburst-${processTag({ ...own, pid: exited })}-a`,
      foreign: `reelburst-${processTag({ ...own, scope: "00000000" })}-b`,
      foreignOld: `reelburst-${processTag({ ...own, scope: "11111111" })}-c`,
      notOurs: `other-${processTag({ ...own, pid: exited })}-d`,
      noOwner: "reelburst-notes",
    };
    for (const name of Object.values(names)) mkdirSync(path.join(root, name, "deep"), { recursive: true });
    utimesSync(path.join(root, names.foreignOld), old, old);
    expect((await sweepTempDirs(root, Date.now())).map((each) => path.basename(each)).sort()).toEqual(
      [names.dead, names.foreignOld].sort(),
    );
    const left = [path.basename(alive.path), names.foreign, names.notOurs, names.noOwner];
    expect(readdirSync(root).sort()).toEqual(left.sort());
    expect(await sweepTempDirs(path.join(root, "missing"), Date.now())).toEqual([]);
  });
});
