import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readPrivateFile, writePrivateFile } from "./private-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-private-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("keeps a file and its folder to their owner, over one that was open before", async () => {
  const file = path.join(folder, "deep", "login.json");
  await writePrivateFile(file, "one");
  await chmod(file, 0o644);
  await writePrivateFile(file, "two");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
  expect(await readPrivateFile(file)).toBe("two");
});

it("says that a secret lies open, and does not use it", async () => {
  const file = path.join(folder, "login.json");
  await writeFile(file, "secret", { mode: 0o644 });
  await chmod(file, 0o644);
  await expect(readPrivateFile(file)).rejects.toThrow(
    expect.objectContaining({ code: "SECRET_FILE_EXPOSED", path: file }),
  );
});

it("knows none", async () => expect(await readPrivateFile(path.join(folder, "none"))).toBeNull());
