import { mkdtempSync } from "node:fs";
import { rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ReelburstError } from "../../support/errors.ts";
import { createTempDir } from "../../support/temp-dir.ts";
import { inCacheFolder, requireWritableFolder } from "./cache-folder.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "reelburst-test-"));
});
afterEach(() => rm(root, { recursive: true }));

test("a cache folder that is a file: its own code, and the setting that names another one", async () => {
  const file = path.join(root, "cache");
  await writeFile(file, "mine");
  const works: (() => Promise<unknown>)[] = [
    () => createTempDir(path.join(file, "tmp")),
    () => requireWritableFolder(file),
  ];
  for (const work of works) {
    await expect(inCacheFolder(file, work)).rejects.toMatchObject({
      code: "CACHE_NOT_WRITABLE",
      message: expect.stringContaining("is a file"),
      hint: expect.stringContaining("REELBURST_CACHE_DIR"),
    });
  }
});

test.each(["EACCES", "EROFS"])("what the system refuses, too: %s", async (code) => {
  const work = () => Promise.reject(Object.assign(new Error("refused"), { code }));
  await expect(inCacheFolder(root, work)).rejects.toMatchObject({ code: "CACHE_NOT_WRITABLE", path: root });
});

test("what is not about the folder passes", async () => {
  const other = new ReelburstError("ABORTED", "Stopped.");
  await expect(inCacheFolder(root, () => Promise.reject(other))).rejects.toBe(other);
});

test("a full disk is told of the folder the user knows, not of what was to be written in it", async () => {
  const path = `${root}/tmp/reelburst-1`;
  const raw = Object.assign(new Error("no space"), { code: "ENOSPC", path });
  for (const full of [raw, new ReelburstError("DISK_FULL", "The disk is full.", { path })])
    await expect(inCacheFolder(root, () => Promise.reject(full))).rejects.toMatchObject({
      code: "DISK_FULL",
      path: root,
      message: expect.not.stringContaining("reelburst-1"),
    });
});

test("a missing folder is made", async () => {
  await requireWritableFolder(path.join(root, "a", "chunks"));
  expect((await stat(path.join(root, "a", "chunks"))).isDirectory()).toBe(true);
});
