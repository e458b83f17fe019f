import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BlobStore } from "./blob-store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const digestOf = (data: string): string => createHash("sha256").update(data).digest("hex");
const put = (store: BlobStore, data: string) => store.put(digestOf(data), data.length, bodyOf(data));

async function* bodyOf(...pieces: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece;
    yield Buffer.from(piece);
  }
}

test("what was used longest ago goes when room is needed; what is at work stays", async () => {
  const store = new BlobStore(folder, { maxBlobBytes: 10, maxTotalBytes: 12, maxUploads: 2 });
  for (const data of ["aaaa", "bbbb", "cccc"]) await put(store, data);
  const { release } = store.pin([digestOf("aaaa")]);
  await put(store, "dddd");
  expect(["aaaa", "bbbb", "cccc", "dddd"].map((data) => store.has(digestOf(data)))).toEqual([
    true,
    false,
    true,
    true,
  ]);
  const all = store.pin(["cccc", "dddd"].map(digestOf));
  await expect(put(store, "eeee")).rejects.toMatchObject({ code: "DISK_FULL" });
  all.release();
  release();
  await put(store, "eeee");
  expect(store.sizeBytes).toBe(12);
  expect(readdirSync(folder)).toHaveLength(3);
  expect(readFileSync(store.pathOf(digestOf("eeee")), "utf8")).toBe("eeee");
});

test("nothing is pinned when something is missing", async () => {
  const store = new BlobStore(folder, { maxBlobBytes: 10, maxTotalBytes: 4, maxUploads: 2 });
  await put(store, "aaaa");
  expect(store.pin([digestOf("aaaa"), digestOf("zzzz")]).missing).toEqual([digestOf("zzzz")]);
  await put(store, "bbbb");
  expect(store.has(digestOf("aaaa"))).toBe(false);
});

test.each([
  ["shorter than announced", ["ab"], "AGENT_BLOB_DAMAGED"],
  ["longer than announced", ["abcd", "e"], "AGENT_BLOB_DAMAGED"],
  ["with other content", ["abcx"], "AGENT_BLOB_DAMAGED"],
  ["that breaks off", ["ab", new Error("broken")], undefined],
  ["when the disk is full", ["ab", Object.assign(new Error("full"), { code: "ENOSPC" })], "DISK_FULL"],
])("a blob %s leaves nothing and frees its room", async (_what, pieces, code) => {
  const store = new BlobStore(folder, { maxBlobBytes: 10, maxTotalBytes: 4, maxUploads: 1 });
  const error: { code?: string } = await store.put(digestOf("abcd"), 4, bodyOf(...pieces)).then(
    () => ({}),
    (thrown: { code?: string }) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  expect(error.code).toBe(code);
  expect(readdirSync(folder)).toEqual([]);
  await put(store, "abcd");
  expect(store.sizeBytes).toBe(4);
});

test("one that goes while the same comes again is not lost", async () => {
  const store = new BlobStore(folder, { maxBlobBytes: 10, maxTotalBytes: 4, maxUploads: 3 });
  await put(store, "aaaa");
  for (let round = 0; round < 20; round++) {
    await Promise.allSettled([put(store, "bbbb"), put(store, "aaaa")]);
    for (const data of ["aaaa", "bbbb"])
      if (store.has(digestOf(data))) expect(readFileSync(store.pathOf(digestOf(data)), "utf8")).toBe(data);
  }
});
