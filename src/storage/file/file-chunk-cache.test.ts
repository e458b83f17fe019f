/** All promises of one class, faults and kills included; they share one set-up. */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { publishFile, writeFileAtomic } from "../../support/atomic-file.ts";
import { ReelburstError } from "../../support/errors.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { ownIdentity, processTag } from "../../support/process-identity.ts";
import { type CacheDamage, type CacheFiles, FileChunkCache } from "./file-chunk-cache.ts";

const MINUTE_MS = 60_000;
const sha = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");
const keyOf = (name: string): string => `chunk-${sha(name)}`;

let root: string;
let folder: string;
let clock: ManualClock;
let damages: CacheDamage[];
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "cache-"));
  folder = path.join(root, "cache");
  clock = new ManualClock(Date.now());
  damages = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function open(more: Partial<ConstructorParameters<typeof FileChunkCache>[0]> = {}): FileChunkCache {
  return new FileChunkCache({ folder, clock, onDamage: (damage) => damages.push(damage), ...more });
}

let temporaries = 0;
function temporary(content: string | Uint8Array): string {
  const file = path.join(root, `temporary-${temporaries++}`);
  writeFileSync(file, content);
  return file;
}

function allFiles(): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => each.name);
}

describe("an entry under another one's name", () => {
  it("is dropped and reported when the files were renamed, record and data alike", async () => {
    const cache = open();
    for (const name of ["a", "b"]) await cache.put(keyOf(name), temporary(`frames of ${name}`), { name });
    const files = (name: string): string[] =>
      readdirSync(folder, { recursive: true })
        .map(String)
        .filter((file) => path.basename(file).startsWith(keyOf(name)))
        .map((file) => path.join(folder, file))
        .toSorted();
    const [data, record] = files("a") as [string, string];
    const own = files("b");
    for (const file of own) unlinkSync(file);
    const shard = path.dirname(own[0] as string);
    writeFileSync(path.join(shard, path.basename(data).replace(keyOf("a"), keyOf("b"))), readFileSync(data));
    writeFileSync(path.join(shard, `${keyOf("b")}.json`), readFileSync(record));
    expect(await open().get(keyOf("b"))).toBeNull();
    expect(damages).toMatchObject([{ key: keyOf("b"), reason: "record unreadable" }]);
    expect(await open().get(keyOf("a"))).toMatchObject({ meta: { name: "a" } });
  });

  it("is forgotten on request, data and all", async () => {
    const cache = open();
    const { path: data } = await cache.put(keyOf("a"), temporary("frames of b"), {});
    await cache.discard(keyOf("a"));
    await cache.discard(keyOf("never there"));
    expect(await cache.get(keyOf("a"))).toBeNull();
    expect(existsSync(data)).toBe(false);
    expect(damages).toMatchObject([{ key: keyOf("a"), path: data, reason: "another entry's content" }]);
    expect((await cache.put(keyOf("a"), temporary("frames of a"), {})).sizeBytes).toBe(11);
  });
});

describe("put and get", () => {
  it("gives back what was put in, in this process and the next", async () => {
    const file = temporary("frames");
    const put = await open().put(keyOf("a"), file, {
      frames: 90,
      nested: { list: [1, null] },
      none: undefined,
    });
    expect(existsSync(file)).toBe(false);
    expect(put).toMatchObject({
      key: keyOf("a"),
      sizeBytes: 6,
      sha256: sha("frames"),
      createdAtMs: clock.now(),
    });
    expect(put.meta).toEqual({ frames: 90, nested: { list: [1, null] } });
    expect(await open().get(keyOf("a"))).toEqual(put);
    expect(readFileSync(put.path, "utf8")).toBe("frames");
    expect(allFiles()).toHaveLength(2);
  });

  it("misses what nobody put", async () => {
    expect(await open().get(keyOf("a"))).toBeNull();
    expect(await open().has(keyOf("a"))).toBe(false);
    expect(damages).toEqual([]);
  });

  it("keeps meta without a file", async () => {
    const cache = open();
    const put = await cache.putMeta(sha("probe"), { facts: { width: 1920 } });
    expect(put).toMatchObject({ sha256: null, sizeBytes: 0, meta: { facts: { width: 1920 } } });
    expect((await cache.putMeta(sha("probe"), { facts: "other" })).meta).toEqual(put.meta);
    expect(await open().get(sha("probe"))).toEqual(put);
    expect(await open().has(sha("probe"))).toBe(true);
  });

  it("lets the first put win", async () => {
    const first = await open().put(keyOf("a"), temporary("one"), { by: 1 });
    const late = temporary("two");
    expect(await open().put(keyOf("a"), late, { by: 2 })).toEqual(first);
    expect(existsSync(late)).toBe(false);
  });

  it("replaces a damaged entry by a put", async () => {
    const { path: data } = await open().put(keyOf("a"), temporary("one"), {});
    writeFileSync(data, "0ne");
    const second = await open().put(keyOf("a"), temporary("one"), {});
    expect(readFileSync(second.path, "utf8")).toBe("one");
    expect(damages.map((each) => each.reason)).toEqual(["wrong content"]);
  });

  it("takes 30 puts of one key at once: all hold whole files, and one stays", async () => {
    const puts = Array.from({ length: 30 }, (_, index) =>
      open().put(keyOf("a"), temporary(`bytes ${index}`), { index }),
    );
    for (const entry of await Promise.all(puts)) {
      expect(readFileSync(entry.path, "utf8")).toBe(`bytes ${entry.meta["index"] as number}`);
    }
    expect((await open().get(keyOf("a")))?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(damages).toEqual([]);
    await clock.advance(11 * MINUTE_MS);
    await open().collectGarbage();
    expect(allFiles()).toHaveLength(2);
  });

  it.each([
    "",
    "chunk",
    "../../etc/passwd",
    "a/b",
    `Chunk-${sha("x")}`,
    `${sha("x")}.json`,
    `chunk-${sha("x")}\0`,
  ])("refuses %j as a key", async (key) => {
    await expect(open().get(key)).rejects.toThrow(TypeError);
    await expect(open().put(key, temporary("x"), {})).rejects.toThrow(TypeError);
  });

  it("refuses meta that JSON would change, and leaves nothing behind", async () => {
    await expect(open().put(keyOf("a"), temporary("x"), { loudness: Number.NaN })).rejects.toThrow(
      "$.meta.loudness",
    );
    expect(allFiles()).toEqual([]);
  });
});

describe("damage is a miss", () => {
  const content = Buffer.alloc(50_000, "frames of a film ");
  const flip = (file: string, offset: number): void => {
    const bytes = readFileSync(file);
    bytes[offset] = (bytes[offset] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  };
  const recordOf = (data: string): string => path.join(path.dirname(data), `${keyOf("a")}.json`);

  it.each<[string, CacheDamage["reason"], (data: string) => void]>([
    ["a truncated file", "wrong size", (data) => truncateSync(data, 49_999)],
    ["an empty file", "wrong size", (data) => truncateSync(data, 0)],
    ["a file that grew", "wrong size", (data) => writeFileSync(data, "x", { flag: "a" })],
    ["a flipped bit at the start", "wrong content", (data) => flip(data, 0)],
    ["a flipped bit in the middle", "wrong content", (data) => flip(data, 25_000)],
    ["a flipped bit at the end", "wrong content", (data) => flip(data, 49_999)],
    ["a missing file", "file missing", (data) => unlinkSync(data)],
    ["an empty record", "record unreadable", (data) => truncateSync(recordOf(data), 0)],
    ["half a record", "record unreadable", (data) => truncateSync(recordOf(data), 60)],
    [
      "a record of another key",
      "record unreadable",
      (data) => {
        writeFileSync(
          recordOf(data),
          readFileSync(recordOf(data), "utf8").replaceAll(keyOf("a"), keyOf("b")),
        );
      },
    ],
    ["a list as a record", "record unreadable", (data) => writeFileSync(recordOf(data), "[]")],
  ])("%s", async (_, reason, damage) => {
    const { path: data } = await open().put(keyOf("a"), temporary(content), { frames: 90 });
    damage(data);
    const later = open();
    expect(await later.get(keyOf("a"))).toBeNull();
    expect(damages).toMatchObject([{ key: keyOf("a"), reason }]);
    expect(await later.has(keyOf("a"))).toBe(false);
    expect(existsSync(recordOf(data))).toBe(false);
    // And it can be made again.
    await later.put(keyOf("a"), temporary(content), { frames: 90 });
    expect(await open().get(keyOf("a"))).not.toBeNull();
  });

  it("sees a flipped bit anywhere in a record", async () => {
    const { path: record } = await open().putMeta(keyOf("a"), { frames: 90, name: "eine Szene" });
    const whole = readFileSync(record);
    for (let offset = 0; offset < whole.length - 1; offset++) {
      writeFileSync(record, whole);
      flip(record, offset);
      expect(await open().get(keyOf("a")), `byte ${offset}`).toBeNull();
    }
  });

  it("checks content once, and again when the file was written to", async () => {
    const { path: data } = await open().put(keyOf("a"), temporary(content), {});
    const written = new Date(1_700_000_000_000);
    utimesSync(data, written, written);
    const cache = open();
    await cache.get(keyOf("a"));
    flip(data, 10);
    utimesSync(data, written, written);
    // Same file, size and time: believed by the process that has checked it.
    expect(await cache.get(keyOf("a"))).not.toBeNull();
    utimesSync(data, written, new Date(written.getTime() + 5));
    expect(await cache.get(keyOf("a"))).toBeNull();
  });
});

describe("collecting garbage", () => {
  const fill = async (cache: FileChunkCache, names: readonly string[]): Promise<void> => {
    for (const name of names) {
      await cache.put(keyOf(name), temporary(Buffer.alloc(1_000_000, name)), {});
      await clock.advance(MINUTE_MS);
    }
  };
  const held = async (names: readonly string[]): Promise<string[]> => {
    const found = await Promise.all(names.map((name) => open().has(keyOf(name))));
    return names.filter((_, index) => found[index]);
  };
  const names = ["a", "b", "c", "d", "e"];

  it("drops the least recently used beyond the limit; reading counts as use", async () => {
    await fill(open(), names);
    await open().get(keyOf("a"));
    await clock.advance(30 * MINUTE_MS);
    const report = await open({ maxBytes: 4_000_000 }).collectGarbage();
    expect(await held(names)).toEqual(["a", "d", "e"]);
    expect(report).toMatchObject({ entriesRemoved: 2, entriesKept: 3, leftoversRemoved: 0 });
    const stat = await open({ maxBytes: 4_000_000 }).stat();
    expect(stat.sizeBytes).toBe(report.bytesKept);
    expect(stat).toMatchObject({ entries: 3, maxBytes: 4_000_000, byKind: { chunk: { entries: 3 } } });
  });

  it("keeps what was used in the last minutes, even over the limit", async () => {
    await fill(open(), names);
    await clock.advance(7 * MINUTE_MS);
    await open({ maxBytes: 1 }).collectGarbage();
    expect(await held(names)).toEqual(["c", "d", "e"]);
  });

  it("keeps what a live run has pinned, until it lets go or dies", async () => {
    await fill(open(), names);
    const pin = await open().pin([keyOf("a"), keyOf("c"), keyOf("not yet there")]);
    await clock.advance(60 * MINUTE_MS);
    await open().collectGarbage({ maxBytes: 0 });
    expect(await held(names)).toEqual(["a", "c"]);
    await pin.release();
    writeFileSync(
      path.join(folder, "pins", `${processTag({ ...ownIdentity(), startTicks: 1 })}-0a.json`),
      JSON.stringify([keyOf("c")]),
    );
    const report = await open().collectGarbage({ maxBytes: 0 });
    expect(report).toMatchObject({ entriesRemoved: 2, entriesKept: 0, bytesKept: 0, leftoversRemoved: 1 });
    expect(allFiles()).toEqual([]);
  });

  it("keeps the loser's file of two puts at once while a pin names its key", async () => {
    const pin = await open().pin([keyOf("a")]);
    const puts = [open().put(keyOf("a"), temporary("one"), {}), open().put(keyOf("a"), temporary("two"), {})];
    const paths = (await Promise.all(puts)).map((entry) => entry.path);
    expect(new Set(paths).size).toBe(2);
    await clock.advance(60 * MINUTE_MS);
    await open().collectGarbage({ maxBytes: 0 });
    expect(paths.filter((each) => existsSync(each))).toEqual(paths);
    await pin.release();
    await open().collectGarbage();
    expect(paths.filter((each) => existsSync(each))).toHaveLength(1);
  });

  it("runs by itself as the cache grows", async () => {
    const cache = open({ maxBytes: 3_000_000, keepRecentMs: 0 });
    await fill(
      cache,
      Array.from({ length: 12 }, (_, index) => `${index}`),
    );
    const { sizeBytes, entries } = await cache.stat();
    expect(sizeBytes).toBeLessThanOrEqual(3_000_000);
    expect(entries).toBe(2);
  });

  it("tidies up after a run that put something, and lists nothing after one that did not", async () => {
    await fill(open(), names);
    await clock.advance(60 * MINUTE_MS);
    const found = open({ maxBytes: 2_000_000 });
    await found.get(keyOf("a"));
    await found.tidy();
    expect(await held(names)).toEqual(names);
    const made = open({ maxBytes: 2_000_000, keepRecentMs: 0 });
    await fill(made, ["f"]);
    await fill(made, ["g"]);
    await made.tidy();
    expect((await open().stat()).sizeBytes).toBeLessThanOrEqual(2_000_000);
  });

  it("tells by its record which of two data files an entry has", async () => {
    await fill(open(), ["a"]);
    const { path: own } = (await open().get(keyOf("a"))) as { path: string };
    const stray = path.join(path.dirname(own), `${keyOf("a")}.0123456789abcdef.data`);
    writeFileSync(stray, "left by a put that was killed");
    await clock.advance(60 * MINUTE_MS);
    expect(await open().collectGarbage()).toMatchObject({ leftoversRemoved: 1, entriesKept: 1 });
    expect(existsSync(own)).toBe(true);
    expect(existsSync(stray)).toBe(false);
  });

  it("sweeps what killed processes left, and nothing it did not write", async () => {
    await fill(open(), ["a"]);
    const shard = path.join(folder, "entries", sha("a").slice(0, 2));
    const dead = processTag({ ...ownIdentity(), startTicks: 1 });
    const left = [`.reelburst-${dead}-0.tmp`, `${keyOf("b")}.0123456789abcdef.data`, `${keyOf("c")}.json`];
    for (const name of left) writeFileSync(path.join(shard, name), "half");
    const others = [`.reelburst-${processTag()}-9.tmp`, "notes.txt"];
    for (const name of others) writeFileSync(path.join(shard, name), "in use");
    // Data without a record may be a put in progress: it gets the time of a recent use.
    expect((await open().collectGarbage()).leftoversRemoved).toBe(1);
    await clock.advance(11 * MINUTE_MS);
    expect((await open().collectGarbage()).leftoversRemoved).toBe(2);
    expect(
      allFiles()
        .filter((name) => !name.startsWith(keyOf("a")))
        .sort(),
    ).toEqual(others.sort());
    expect(await held(["a"])).toEqual(["a"]);
  });

  it("may run in many processes while others put and get: nobody reads a wrong byte", async () => {
    const caches = Array.from({ length: 6 }, () => open({ keepRecentMs: 0, maxBytes: 40_000 }));
    const work = caches.map(async (cache, worker) => {
      for (let round = 0; round < 25; round++) {
        const name = `${(round * 7 + worker) % 12}`;
        await cache.put(keyOf(name), temporary(Buffer.alloc(8_000, name)), { name });
        const entry = await cache.get(keyOf(`${round % 12}`));
        if (entry !== null) expect(entry.sha256).toBe(sha(Buffer.alloc(8_000, entry.meta["name"] as string)));
        if (round % 5 === worker % 5) await cache.collectGarbage();
      }
    });
    await Promise.all(work);
    expect(damages.filter((each) => each.reason !== "file missing")).toEqual([]);
  });
});

describe("when the disk fails", () => {
  const full = (file: string) => new ReelburstError("DISK_FULL", "The disk is full.", { path: file });

  it("frees its own old entries once and tries again", async () => {
    const small = open();
    for (const name of ["a", "b", "c"])
      await small.put(keyOf(name), temporary(Buffer.alloc(100_000, name)), {});
    await clock.advance(60 * MINUTE_MS);
    let refusals = 0;
    const publishOnce: CacheFiles["publishFile"] = async (from, to) => {
      if (refusals++ === 0) throw full(to);
      await publishFile(from, to);
    };
    const cache = open({ files: { publishFile: publishOnce, writeFileAtomic } });
    await cache.put(keyOf("d"), temporary(Buffer.alloc(100_000, "d")), {});
    const left = await Promise.all(["a", "b", "c", "d"].map((name) => cache.has(keyOf(name))));
    expect(left.filter(Boolean).length).toBeLessThan(4);
    expect(left[3]).toBe(true);
  });

  it("says DISK_FULL when that does not help, keeps the caller's file and shows no entry", async () => {
    const publishNever: CacheFiles["publishFile"] = async (_, to) => {
      throw full(to);
    };
    const cache = open({ files: { publishFile: publishNever, writeFileAtomic } });
    const file = temporary("frames");
    await expect(cache.put(keyOf("a"), file, {})).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(readFileSync(file, "utf8")).toBe("frames");
    expect(await open().get(keyOf("a"))).toBeNull();
  });

  // Every file operation of a put fails in turn: there is a whole entry or none, and nothing lies about.
  it.each([0, 1])("leaves no half entry when operation %i of a put fails", async (failing) => {
    let operation = 0;
    const guard =
      <T extends unknown[]>(run: (...values: T) => Promise<void>) =>
      (...values: T): Promise<void> =>
        operation++ === failing
          ? Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" }))
          : run(...values);
    const cache = open({
      files: { publishFile: guard(publishFile), writeFileAtomic: guard(writeFileAtomic) },
    });
    await expect(cache.put(keyOf("a"), temporary("frames"), {})).rejects.toThrow("EIO");
    expect(operation).toBe(failing + 1);
    expect(allFiles()).toEqual([]);
    expect(await cache.get(keyOf("a"))).toBeNull();
  });

  it("says who may not write", async () => {
    mkdirSync(root, { recursive: true });
    writeFileSync(path.join(root, "file"), "");
    const cache = open({ folder: path.join(root, "file", "cache") });
    await expect(cache.putMeta(keyOf("a"), {})).rejects.toMatchObject({ code: "OUTPUT_NOT_WRITABLE" });
  });
});
