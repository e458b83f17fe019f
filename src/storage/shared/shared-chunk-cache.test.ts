import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FakeS3 } from "../../../test/fakes/s3/fake-s3.ts";
import { systemClock } from "../../support/clock.ts";
import { FileChunkCache } from "../file/file-chunk-cache.ts";
import { chunkDataKey, chunkRecordKey } from "../layout.ts";
import type { ObjectStore } from "../object-store.ts";
import { openS3Store } from "../s3/s3-object-store.ts";
import { parseStorageUrl } from "../storage-url.ts";
import { SharedChunkCache, type SharedDamage } from "./shared-chunk-cache.ts";

const KEY = `chunk-${"3f".repeat(32)}`;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

let root: string;
let fake: FakeS3;
let store: ObjectStore;
let damages: SharedDamage[];
let failures: string[];

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "reelburst-test-"));
  fake = new FakeS3();
  const target = parseStorageUrl(`s3://films?endpoint=${await fake.listen()}`);
  if (target.kind !== "s3") throw new Error("Not S3.");
  store = await openS3Store({ ...target, credentials: fake.credentials, clock: systemClock, maxAttempts: 1 });
  damages = [];
  failures = [];
});
afterEach(async () => {
  await store.close();
  await fake.close();
  await rm(root, { recursive: true });
});

function machine(name: string): { shared: SharedChunkCache; local: FileChunkCache } {
  const local = new FileChunkCache({
    folder: path.join(root, name, "chunks"),
    clock: systemClock,
    keepRecentMs: 0,
  });
  const shared = new SharedChunkCache({
    local,
    store,
    tempDirectory: path.join(root, name, "tmp"),
    onDamage: (damage) => damages.push(damage),
    onStoreFailure: ({ code }) => failures.push(code),
  });
  return { shared, local };
}

async function rendered(text: string): Promise<string> {
  const file = path.join(root, `rendered-${createHash("md5").update(text).digest("hex")}`);
  await writeFile(file, text);
  return file;
}

it("one machine renders, the other one reads, checked, and keeps it", async () => {
  const [a, b] = [machine("a"), machine("b")];
  const put = await a.shared.put(KEY, await rendered("a chunk"), { frames: 90 });
  expect(put.sha256).toBe(sha256("a chunk"));
  expect(await b.shared.has(KEY)).toBe(true);
  const [entry, same] = await Promise.all([b.shared.get(KEY), b.shared.get(KEY)]);
  expect(entry).toMatchObject({ key: KEY, sha256: put.sha256, meta: { frames: 90 } });
  expect(await readFile(entry!.path, "utf8")).toBe("a chunk");
  expect(same).toEqual(entry);
  expect(fake.requests.filter((line) => line.startsWith("GET") && line.includes(".bin"))).toHaveLength(1);
  fake.requests.length = 0;
  expect(await b.shared.get(KEY)).not.toBeNull();
  expect(fake.requests).toEqual([]);
  expect(await readdir(path.join(root, "b/tmp"))).toEqual([]);
});

it("shares what is all meta", async () => {
  await machine("a").shared.putMeta(`probe-${"ab".repeat(32)}`, { width: 9 });
  expect(await machine("b").shared.get(`probe-${"ab".repeat(32)}`)).toMatchObject({
    sha256: null,
    meta: { width: 9 },
  });
});

it("has nothing that nobody has made", async () => {
  const { shared } = machine("a");
  expect([await shared.get(KEY), await shared.has(KEY)]).toEqual([null, false]);
  expect(failures).toEqual([]);
});

it("the first put wins: ten machines at once end with the same bytes", async () => {
  const machines = Array.from({ length: 10 }, (_, index) => machine(`m${index}`));
  const entries = await Promise.all(
    machines.map(async ({ shared }, index) => shared.put(KEY, await rendered(`by ${index}`), {})),
  );
  expect(new Set(entries.map((entry) => entry.sha256)).size).toBe(1);
  for (const entry of entries) expect(sha256(await readFile(entry.path, "utf8"))).toBe(entry.sha256);
});

it("a put whose upload fails takes nothing, and can be done again", async () => {
  const { shared, local } = machine("a");
  for (const on of [
    `PUT /films/${chunkDataKey(KEY, sha256("a chunk"))}`,
    `PUT /films/${chunkRecordKey(KEY)}`,
  ]) {
    fake.faults.push({ on, how: "500", times: 1 });
    const file = await rendered("a chunk");
    await expect(shared.put(KEY, file, {})).rejects.toMatchObject({
      code: "STORAGE_UNAVAILABLE",
      retryable: true,
    });
    expect([existsSync(file), await local.has(KEY), fake.objects.has(chunkRecordKey(KEY))]).toEqual([
      true,
      false,
      false,
    ]);
  }
  await shared.put(KEY, await rendered("a chunk"), {});
  expect(await machine("b").shared.has(KEY)).toBe(true);
});

it("a store that is away is a miss, and is told", async () => {
  const [a, b] = [machine("a"), machine("b")];
  await a.shared.put(KEY, await rendered("a chunk"), {});
  fake.faults.push({ on: "HEAD", how: "503", times: 2 });
  expect(await b.shared.get(KEY)).toBeNull();
  expect(await b.shared.has(KEY)).toBe(false);
  expect(failures).toEqual(["STORAGE_UNAVAILABLE", "STORAGE_UNAVAILABLE"]);
  expect(await b.shared.get(KEY)).not.toBeNull();
  expect(damages).toEqual([]);
});

it.each([
  ["flip", "wrong content"],
  ["truncate", null],
] as const)("a download that is a %s is never handed out", async (how, reason) => {
  const [a, b] = [machine("a"), machine("b")];
  await a.shared.put(KEY, await rendered("a chunk ".repeat(20_000)), {});
  fake.faults.push({
    on: `GET /films/${chunkDataKey(KEY, sha256("a chunk ".repeat(20_000)))}`,
    how,
    times: 1,
  });
  expect(await b.shared.get(KEY)).toBeNull();
  expect(await b.local.has(KEY)).toBe(false);
  expect(damages.map((damage) => damage.reason)).toEqual(reason === null ? [] : [reason]);
  expect(await readdir(path.join(root, "b/tmp"))).toEqual([]);
});

it("a record that is damaged, or whose bytes are gone, is dropped: the chunk is made again", async () => {
  const [a, b] = [machine("a"), machine("b")];
  await a.shared.put(KEY, await rendered("a chunk"), {});
  fake.objects.delete(chunkDataKey(KEY, sha256("a chunk")));
  expect(await b.shared.get(KEY)).toBeNull();
  await b.shared.put(KEY, await rendered("a chunk"), {});
  const record = fake.objects.get(chunkRecordKey(KEY))!;
  fake.objects.set(chunkRecordKey(KEY), {
    ...record,
    body: Buffer.from(record.body.toString().replace("3f", "3e")),
  });
  const c = machine("c");
  expect(await c.shared.get(KEY)).toBeNull();
  expect(damages.map((damage) => damage.reason)).toEqual(["object missing", "record unreadable"]);
  expect(await c.shared.has(KEY)).toBe(false);
});

it("what this machine had before it shared is shared when it is used", async () => {
  const { shared, local } = machine("a");
  await local.put(KEY, await rendered("a chunk"), { frames: 3 });
  expect(await machine("b").shared.get(KEY)).toBeNull();
  await shared.get(KEY);
  expect(await machine("b").shared.get(KEY)).toMatchObject({ meta: { frames: 3 } });
});

it("discard forgets it everywhere it is kept for others", async () => {
  const { shared } = machine("a");
  await shared.put(KEY, await rendered("a chunk"), {});
  await shared.discard(KEY);
  expect([await shared.has(KEY), await machine("b").shared.has(KEY)]).toEqual([false, false]);
});

it("collects this machine's files only", async () => {
  const { shared, local } = machine("a");
  await shared.put(KEY, await rendered("a chunk"), {});
  const pin = await shared.pin([KEY]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect((await shared.collectGarbage({ maxBytes: 0 })).entriesRemoved).toBe(0);
  await pin.release();
  expect((await shared.collectGarbage({ maxBytes: 0 })).entriesRemoved).toBe(1);
  expect(await local.has(KEY)).toBe(false);
  expect(await shared.get(KEY)).not.toBeNull();
});
