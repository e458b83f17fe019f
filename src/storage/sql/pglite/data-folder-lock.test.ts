import { spawn } from "node:child_process";
import { chmodSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockDataFolder, readDataFolderOwner } from "./data-folder-lock.ts";

const MODULE = fileURLToPath(new URL("data-folder-lock.ts", import.meta.url));
const STARTED = new Date("2026-11-21T10:00:00Z");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-lock-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the lock of a data folder", () => {
  it("refuses a second opener and says where the first one's server is", async () => {
    const lock = await lockDataFolder(folder, STARTED);
    await expect(lockDataFolder(folder, STARTED)).rejects.toMatchObject({
      code: "DATA_FOLDER_LOCKED",
      message: expect.stringContaining(`Process ${process.pid}, since 2026-11-21T10:00:00.000Z`),
    });
    await lock.announce("http://127.0.0.1:4000");
    expect(readDataFolderOwner(folder)).toMatchObject({ pid: process.pid, address: "http://127.0.0.1:4000" });
    await expect(lockDataFolder(folder, STARTED)).rejects.toMatchObject({
      hint: expect.stringContaining("http://127.0.0.1:4000"),
    });
    await lock.release();
    await lock.release();
    expect(readDataFolderOwner(folder)).toBeNull();
    await (await lockDataFolder(folder, STARTED)).release();
  });

  it("holds against another process, and is free when that is killed", async () => {
    const script = `
      const { lockDataFolder } = await import(${JSON.stringify(MODULE)});
      const lock = await lockDataFolder(${JSON.stringify(folder)}, new Date(0));
      await lock.announce("http://127.0.0.1:9");
      process.stdout.write("locked");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await new Promise((resolve) => child.stdout.once("data", resolve));
      await expect(lockDataFolder(folder, STARTED)).rejects.toMatchObject({
        code: "DATA_FOLDER_LOCKED",
        message: expect.stringContaining(`Process ${child.pid}`),
      });
    } finally {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }
    // Its file is still there; nobody is misled by it.
    expect(readDataFolderOwner(folder)).toBeNull();
    await (await lockDataFolder(folder, STARTED)).release();
  });

  it.skipIf(process.platform === "win32")("keeps the folder from other users, an old one too", async () => {
    chmodSync(folder, 0o755);
    const lock = await lockDataFolder(folder, STARTED);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await lock.release();
  });

  it("lets exactly one of twenty have it", async () => {
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => lockDataFolder(folder, STARTED)));
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
});
