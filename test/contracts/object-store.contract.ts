/**
 * What every object store must do, as one suite. A backend's own test file calls `describeObjectStore` with a factory.
 *
 * One piece on purpose, like the queue's: the promises in one list.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ObjectStore } from "../../src/storage/object-store.ts";

export interface StoreUnderTest {
  readonly store: ObjectStore;
  /** Everything the store holds, hidden things and unfinished uploads too: to show that nothing is left. */
  countLeftovers(): Promise<number>;
  dispose(): Promise<void>;
}

const sha256 = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");
const bytes = (text: string): Buffer => Buffer.from(text);
/** Above S3's smallest part, so that it arrives in several. */
const LARGE_BYTES = 11 * 2 ** 20;

export function describeObjectStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`object store: ${name}`, () => {
    let test: StoreUnderTest;
    let store: ObjectStore;
    beforeEach(async () => {
      test = await create();
      store = test.store;
    });
    afterEach(() => test.dispose());

    const read = async (key: string): Promise<string> =>
      (await buffer((await store.get(key)).stream)).toString();
    const keys = async (prefix = ""): Promise<string[]> => {
      return (await store.list({ prefix })).objects.map((object) => object.key);
    };

    describe("put and get", () => {
      it("gives back what was put, with its facts", async () => {
        const put = await store.put("films/p1/film.mp4", bytes("a film"));
        expect(put).toMatchObject({
          key: "films/p1/film.mp4",
          sizeBytes: 6,
          sha256: sha256(bytes("a film")),
        });
        const { facts, range, stream } = await store.get("films/p1/film.mp4", { sha256: put.sha256! });
        expect((await buffer(stream)).toString()).toBe("a film");
        expect(range).toBeNull();
        expect(facts).toMatchObject({
          sizeBytes: 6,
          sha256: put.sha256,
          contentType: "video/mp4",
          etag: put.etag,
        });
        expect(await store.head("films/p1/film.mp4")).toEqual(facts);
        expect(Math.abs(facts.modifiedAtMs - Date.now())).toBeLessThan(60_000);
      });

      it("holds an empty object", async () => {
        await store.put("a/empty.txt", new Uint8Array());
        expect(await read("a/empty.txt")).toBe("");
        expect((await store.head("a/empty.txt"))?.sizeBytes).toBe(0);
      });

      it("takes a type of one's own", async () => {
        await store.put("a/b.bin", bytes("x"), { contentType: "audio/wav" });
        expect((await store.head("a/b.bin"))?.contentType).toBe("audio/wav");
      });

      it("takes a stream of unknown length, larger than one part", async () => {
        const piece = randomBytes(1 << 20);
        const pieces = Array.from({ length: LARGE_BYTES >> 20 }, () => piece);
        const put = await store.put("a/large.bin", Readable.from(pieces));
        expect(put.sizeBytes).toBe(LARGE_BYTES);
        const { stream } = await store.get("a/large.bin", { sha256: sha256(Buffer.concat(pieces)) });
        expect((await buffer(stream)).length).toBe(LARGE_BYTES);
      });

      it("takes a file, which stays", async () => {
        const folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-test-"));
        try {
          const file = path.join(folder, "f");
          writeFileSync(file, "from a file");
          await store.put("a/f.txt", { file });
          await store.put("a/g.txt", { file });
          expect(await read("a/g.txt")).toBe("from a file");
          expect((await store.head("a/f.txt"))?.sha256).toBe(sha256(bytes("from a file")));
        } finally {
          rmSync(folder, { recursive: true });
        }
      });

      it("refuses a file that is not there", async () => {
        const file = path.join(os.tmpdir(), "reelburst-no-such-file");
        await expect(store.put("a/f.txt", { file })).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
        expect(await test.countLeftovers()).toBe(0);
      });

      it("replaces in one step: readers of the old one read it to its end", async () => {
        await store.put("a/b.txt", bytes("old ".repeat(100_000)));
        const old = await store.get("a/b.txt");
        await store.put("a/b.txt", bytes("new"));
        expect((await buffer(old.stream)).toString()).toBe("old ".repeat(100_000));
        expect(await read("a/b.txt")).toBe("new");
      });

      it("says that there is none", async () => {
        await expect(store.get("a/none.txt")).rejects.toMatchObject({
          code: "OBJECT_NOT_FOUND",
          path: "a/none.txt",
          retryable: false,
        });
        expect(await store.head("a/none.txt")).toBeNull();
      });

      it.each([
        ["../secret.txt"],
        ["a/../../b.txt"],
        ["/etc/passwd.txt"],
        ["a//b.txt"],
        ["a/.hidden.txt"],
        ["a/B.txt"],
        ["a/é.txt"],
        ["a/b"],
        ["a.b/c.txt"],
        ["a/con.txt"],
        ["a/b.txt/"],
        ["a/b.txt\0"],
        ["a\\b.txt"],
        ["a/b%2e.txt"],
        [`a/${"x".repeat(300)}.txt`],
        [""],
      ])("refuses the key %j everywhere", async (key) => {
        const refused = { code: "OBJECT_KEY_INVALID" };
        await expect(store.put(key, bytes("x"))).rejects.toMatchObject(refused);
        await expect(store.get(key)).rejects.toMatchObject(refused);
        await expect(store.head(key)).rejects.toMatchObject(refused);
        await expect(store.delete(key)).rejects.toMatchObject(refused);
        expect(await test.countLeftovers()).toBe(0);
      });
    });

    describe("what is announced", () => {
      const wrong = sha256(bytes("something else"));
      it.each([
        ["another digest", { sha256: wrong }, "OBJECT_DIGEST_MISMATCH"],
        ["more bytes", { sizeBytes: 7 }, "OBJECT_SIZE_MISMATCH"],
        ["fewer bytes", { sizeBytes: 5 }, "OBJECT_SIZE_MISMATCH"],
        ["a limit", { maxBytes: 5 }, "OBJECT_TOO_LARGE"],
      ])("%s: nothing is visible, what was there stays", async (_, announced, code) => {
        await store.put("a/old.txt", bytes("old"));
        for (const source of [() => bytes("a film"), () => Readable.from([bytes("a fi"), bytes("lm")])]) {
          await expect(store.put("a/new.txt", source(), announced)).rejects.toMatchObject({ code });
          await expect(store.put("a/old.txt", source(), announced)).rejects.toMatchObject({ code });
        }
        expect(await keys()).toEqual(["a/old.txt"]);
        expect(await read("a/old.txt")).toBe("old");
        expect(await test.countLeftovers()).toBe(0);
      });

      it("a large stream that breaks off: nothing is visible, no part is kept", async () => {
        async function* broken() {
          for (let index = 0; index < 8; index++) yield Buffer.alloc(1 << 20, index);
          throw new Error("The sender went away.");
        }
        await expect(store.put("a/b.bin", Readable.from(broken()))).rejects.toThrow();
        expect(await keys()).toEqual([]);
        expect(await test.countLeftovers()).toBe(0);
      });

      it("a large stream of another digest: refused after its last byte", async () => {
        const source = Readable.from(Array.from({ length: 8 }, () => Buffer.alloc(1 << 20)));
        await expect(store.put("a/b.bin", source, { sha256: wrong })).rejects.toMatchObject({
          code: "OBJECT_DIGEST_MISMATCH",
          retryable: true,
        });
        expect(await keys()).toEqual([]);
        expect(await test.countLeftovers()).toBe(0);
      });

      it("is checked when reading, too", async () => {
        await store.put("a/b.txt", bytes("a film"));
        const { stream } = await store.get("a/b.txt", { sha256: wrong });
        await expect(buffer(stream)).rejects.toMatchObject({ code: "OBJECT_DIGEST_MISMATCH" });
      });
    });

    describe("only when absent", () => {
      it("is decided by the store, or refused", async () => {
        if (!store.capabilities.conditionalWrites) {
          await expect(store.put("a/b.txt", bytes("x"), { ifAbsent: true })).rejects.toMatchObject({
            code: "STORAGE_UNSUPPORTED",
          });
          return;
        }
        await store.put("a/b.txt", bytes("first"), { ifAbsent: true });
        await expect(store.put("a/b.txt", bytes("second"), { ifAbsent: true })).rejects.toMatchObject({
          code: "OBJECT_EXISTS",
        });
        expect(await read("a/b.txt")).toBe("first");
        expect((await store.head("a/b.txt"))?.sha256).toBe(sha256(bytes("first")));
        expect(await test.countLeftovers()).toBe(0);
      });

      it("one of twenty at once wins, and it is whole", async () => {
        if (!store.capabilities.conditionalWrites) return;
        const results = await Promise.allSettled(
          Array.from({ length: 20 }, (_, index) =>
            store.put("a/b.txt", bytes(`by ${index}`), { ifAbsent: true }),
          ),
        );
        const winners = results.flatMap((result, index) => (result.status === "fulfilled" ? [index] : []));
        expect(winners).toHaveLength(1);
        expect(await read("a/b.txt")).toBe(`by ${winners[0]}`);
        expect(await test.countLeftovers()).toBe(0);
      });
    });

    describe("ranges", () => {
      beforeEach(() => store.put("a/b.txt", bytes("0123456789")));

      it.each([
        [{ start: 2, end: 4 }, "234", { start: 2, end: 4 }],
        [{ start: 0, end: 0 }, "0", { start: 0, end: 0 }],
        [{ start: 7 }, "789", { start: 7, end: 9 }],
        [{ start: 7, end: 100 }, "789", { start: 7, end: 9 }],
      ])("%j is %j", async (range, text, given) => {
        const body = await store.get("a/b.txt", { range });
        expect((await buffer(body.stream)).toString()).toBe(text);
        expect(body.range).toEqual(given);
        expect(body.facts.sizeBytes).toBe(10);
      });

      it.each([[{ start: 10 }], [{ start: 4, end: 2 }], [{ start: -1 }], [{ start: 1.5 }]])(
        "%j is none",
        async (range) => {
          await expect(store.get("a/b.txt", { range })).rejects.toMatchObject({
            code: "OBJECT_RANGE_INVALID",
          });
        },
      );
    });

    describe("list", () => {
      it("goes through all keys in order, page by page", async () => {
        const all = ["a/b/c.txt", "a/b-c.txt", "a/b.txt", "a/b0/x.txt", "a/c.txt", "b/a.txt", "root.txt"];
        for (const key of all) await store.put(key, bytes(key));
        const seen: string[] = [];
        let cursor: string | null = null;
        do {
          const page: Awaited<ReturnType<ObjectStore["list"]>> = await store.list({ cursor, limit: 2 });
          expect(page.objects.length).toBeLessThanOrEqual(2);
          seen.push(...page.objects.map(({ key }) => key));
          cursor = page.nextCursor;
        } while (cursor !== null);
        expect(seen).toEqual(all.toSorted());
        expect(await keys("a/b")).toEqual(["a/b-c.txt", "a/b.txt", "a/b/c.txt", "a/b0/x.txt"]);
        expect(await keys("a/b/")).toEqual(["a/b/c.txt"]);
        expect(await keys("c/")).toEqual([]);
        const [first] = (await store.list({ prefix: "root" })).objects;
        expect(first).toMatchObject({ key: "root.txt", sizeBytes: 8 });
      });

      it("refuses what begins no key", async () => {
        await expect(store.list({ prefix: "../" })).rejects.toMatchObject({ code: "OBJECT_KEY_INVALID" });
      });
    });

    describe("delete and copy", () => {
      it("deletes, and is content when there is nothing", async () => {
        await store.put("a/b.txt", bytes("x"));
        await store.delete("a/b.txt");
        await store.delete("a/b.txt");
        expect(await keys()).toEqual([]);
        expect(await test.countLeftovers()).toBe(0);
      });

      it("copies with all facts, over what is there", async () => {
        await store.put("a/b.txt", bytes("work"), { contentType: "text/vtt" });
        await store.put("c/d.txt", bytes("older"));
        await store.copy("a/b.txt", "c/d.txt");
        expect(await read("c/d.txt")).toBe("work");
        expect(await store.head("c/d.txt")).toMatchObject({
          sha256: sha256(bytes("work")),
          contentType: "text/vtt",
        });
        expect(await read("a/b.txt")).toBe("work");
        await store.copy("a/b.txt", "a/b.txt");
        expect(await read("a/b.txt")).toBe("work");
        await expect(store.copy("a/none.txt", "c/d.txt")).rejects.toMatchObject({ code: "OBJECT_NOT_FOUND" });
      });
    });

    describe("abort", () => {
      it("before: nothing is done", async () => {
        const signal = AbortSignal.abort();
        const aborted = { code: "ABORTED" };
        await expect(store.put("a/b.txt", bytes("x"), { signal })).rejects.toMatchObject(aborted);
        await expect(store.get("a/b.txt", { signal })).rejects.toMatchObject(aborted);
        await expect(store.head("a/b.txt", { signal })).rejects.toMatchObject(aborted);
        await expect(store.list({ signal })).rejects.toMatchObject(aborted);
        await expect(store.delete("a/b.txt", { signal })).rejects.toMatchObject(aborted);
        expect(await keys()).toEqual([]);
      });

      it("in the middle of a put: nothing is visible or left", async () => {
        const controller = new AbortController();
        async function* endless() {
          for (let index = 0; ; index++) {
            if (index === 7) controller.abort();
            yield Buffer.alloc(1 << 20);
            await new Promise((resolve) => setImmediate(resolve));
          }
        }
        const put = store.put("a/b.bin", Readable.from(endless()), { signal: controller.signal });
        await expect(put).rejects.toMatchObject({ code: "ABORTED" });
        expect(await keys()).toEqual([]);
        expect(await test.countLeftovers()).toBe(0);
      });

      it("in the middle of a get: the stream ends with it", async () => {
        await store.put("a/b.bin", Buffer.alloc(8 << 20));
        const controller = new AbortController();
        const { stream } = await store.get("a/b.bin", { signal: controller.signal });
        const reading = (async () => {
          for await (const _ of stream) controller.abort();
        })();
        await expect(reading).rejects.toMatchObject({ code: "ABORTED" });
      });
    });

    describe("lifecycle", () => {
      it("removes nothing that is young", async () => {
        await store.put("images/temp/p1/a.png", bytes("x"));
        await store.applyLifecycle([{ prefix: "images/temp/", days: 1 }]);
        expect(await keys()).toEqual(["images/temp/p1/a.png"]);
      });

      it.each([
        ["a folder without its slash", [{ prefix: "images", days: 1 }]],
        ["less than a day", [{ prefix: "images/", days: 0.5 }]],
        [
          "one folder in another",
          [
            { prefix: "images/", days: 9 },
            { prefix: "images/temp/", days: 1 },
          ],
        ],
      ])("refuses %s", async (_, rules) => {
        await expect(store.applyLifecycle(rules)).rejects.toThrow(TypeError);
      });
    });
  });
}
