import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeObjectStore } from "../../../test/contracts/object-store.contract.ts";
import { systemClock } from "../../support/clock.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { verifyGrant } from "../signed-url.ts";
import { FileObjectStore } from "./file-object-store.ts";

const DAY_MS = 86_400_000;
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));

describeObjectStore("folder", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-test-"));
  const store = new FileObjectStore({ folder, clock: systemClock });
  return {
    store,
    async countLeftovers() {
      const files = filesIn(folder);
      return files.filter((file) => {
        const { dir, base } = path.parse(file);
        const isFacts = base.endsWith(".facts") && files.includes(path.join(dir, base.slice(1, -6)));
        return base.startsWith(".") && !isFacts;
      }).length;
    },
    dispose: () => rm(folder, { recursive: true }),
  };
});

describe("a store in a folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-test-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("keeps each object where a person finds it", async () => {
    const store = new FileObjectStore({ folder, clock: systemClock });
    await store.put("videos/shorts/p1/film.mp4", Buffer.from("x"));
    expect(await readdir(path.join(folder, "videos/shorts/p1"))).toContain("film.mp4");
  });

  it("does not vouch for a file somebody else has written", async () => {
    const store = new FileObjectStore({ folder, clock: systemClock });
    await store.put("a/b.txt", Buffer.from("ours"), { contentType: "text/vtt" });
    await writeFile(path.join(folder, "a/b.txt"), "edit");
    expect(await store.head("a/b.txt")).toMatchObject({
      sha256: null,
      contentType: "text/plain; charset=utf-8",
    });
    await store.copy("a/b.txt", "a/c.txt");
    expect((await store.head("a/c.txt"))?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("ends a read of a file that is cut meanwhile with an error", async () => {
    const store = new FileObjectStore({ folder, clock: systemClock });
    await store.put("a/b.bin", Buffer.alloc(4 << 20));
    const { stream } = await store.get("a/b.bin");
    await writeFile(path.join(folder, "a/b.bin"), "short");
    await expect(buffer(stream)).rejects.toMatchObject({ code: "OBJECT_SIZE_MISMATCH" });
  });

  it("sweeps what is over its time and what dead processes left, and nothing else", async () => {
    const clock = new ManualClock(Date.now() + 2 * DAY_MS);
    const store = new FileObjectStore({ folder, clock });
    await store.put("images/temp/p1/a.png", Buffer.from("old"));
    await store.put("videos/long/p1/film.mp4", Buffer.from("kept"));
    const fresh = await store.put("images/temp/p2/b.png", Buffer.from("fresh"));
    const soon = new Date(clock.now() - 1000);
    await utimes(path.join(folder, fresh.key), soon, soon);
    await mkdir(path.join(folder, "audio/temp"), { recursive: true });
    await writeFile(path.join(folder, "audio/temp/.reelburst-999999999.1.00000000-0.tmp"), "left behind");
    await utimes(path.join(folder, "audio/temp/.reelburst-999999999.1.00000000-0.tmp"), 1, 1);
    await writeFile(path.join(folder, "notes.txt"), "somebody's own");
    const report = await store.applyLifecycle([{ prefix: "images/temp/", days: 1 }]);
    expect(report).toEqual({ mode: "swept", objectsRemoved: 1, bytesRemoved: 3, leftoversRemoved: 1 });
    expect(
      filesIn(folder)
        .filter((file) => !file.endsWith(".facts"))
        .toSorted(),
    ).toEqual(["images/temp/p2/b.png", "notes.txt", "videos/long/p1/film.mp4"]);
    expect(await readdir(folder)).not.toContain("audio");
  });

  it("signs URLs that say all they allow", async () => {
    const clock = new ManualClock();
    const keys = [{ id: "k1", secret: "s".repeat(32) }] as const;
    const urls = { baseUrl: "http://127.0.0.1:1/v1/objects", keys };
    const store = new FileObjectStore({ folder, clock, urls });
    expect(store.capabilities.presign).toBe("server");
    const put = await store.presignPut("a/b.png", {
      expiresInSeconds: 60,
      sizeBytes: 5,
      contentType: "image/png",
    });
    expect(put.headers).toEqual({ "content-length": "5", "content-type": "image/png" });
    const { pathname, search } = new URL(put.url);
    expect(pathname).toBe("/v1/objects/a/b.png");
    const verdict = verifyGrant({ method: "PUT", key: "a/b.png", query: search }, keys, clock.now());
    expect(verdict).toMatchObject({ isValid: true, grant: { sizeBytes: 5, contentType: "image/png" } });
    await expect(
      new FileObjectStore({ folder, clock }).presignGet("a/b.png", { expiresInSeconds: 1 }),
    ).rejects.toMatchObject({
      code: "STORAGE_UNSUPPORTED",
    });
  });
});
