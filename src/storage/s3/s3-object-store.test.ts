import { once } from "node:events";
import { get } from "node:http";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeObjectStore } from "../../../test/contracts/object-store.contract.ts";
import { FakeS3 } from "../../../test/fakes/s3/fake-s3.ts";
import { systemClock } from "../../support/clock.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import type { ObjectStore } from "../object-store.ts";
import { parseStorageUrl } from "../storage-url.ts";
import { openS3Store } from "./s3-object-store.ts";
import type { S3StoreOptions } from "./s3-options.ts";

async function open(
  fake: FakeS3,
  endpoint: string,
  url = "s3://films/test",
  more: Partial<S3StoreOptions> = {},
) {
  const separator = url.includes("?") ? "&" : "?";
  const target = parseStorageUrl(`${url}${separator}endpoint=${endpoint}`);
  if (target.kind !== "s3") throw new Error("Not S3.");
  return openS3Store({ ...target, credentials: fake.credentials, clock: systemClock, ...more });
}

for (const url of [
  "s3://films",
  "s3://films/some/prefix?encryption=AES256",
  "s3://films?conditionalWrites=false&lifecycle=false",
]) {
  describeObjectStore(`fake S3, ${url}`, async () => {
    const fake = new FakeS3();
    const store = await open(fake, await fake.listen(), url);
    return {
      store,
      countLeftovers: async () => fake.uploads.size,
      async dispose() {
        await store.close();
        await fake.close();
      },
    };
  });
}

describe("S3", () => {
  let fake: FakeS3;
  let endpoint: string;
  let store: ObjectStore;
  beforeEach(async () => {
    fake = new FakeS3();
    endpoint = await fake.listen();
    store = await open(fake, endpoint);
  });
  afterEach(async () => {
    await store.close();
    await fake.close();
  });

  it("encrypts at rest as told, each object and each copy", async () => {
    const kms = await open(fake, endpoint, "s3://films?kmsKeyId=key-7");
    expect(kms.capabilities.encryption).toBe("aws:kms");
    await kms.put("a/b.txt", Buffer.from("x"));
    await kms.put("a/large.bin", Readable.from([Buffer.alloc(6 << 20)]));
    await kms.copy("a/b.txt", "a/c.txt");
    for (const key of ["a/b.txt", "a/large.bin", "a/c.txt"]) {
      expect(fake.objects.get(key)?.headers, key).toMatchObject({
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "key-7",
      });
    }
    await kms.close();
  });

  it("installs its lifecycle beside the owner's own rules, again and again", async () => {
    const own = `<Rule><ID>owner</ID><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter><Expiration><Days>90</Days></Expiration></Rule>`;
    fake.lifecycle = `<LifecycleConfiguration>${own}</LifecycleConfiguration>`;
    await store.applyLifecycle([{ prefix: "chunks/", days: 3 }]);
    const report = await store.applyLifecycle([{ prefix: "images/temp/", days: 1 }]);
    expect(report.mode).toBe("installed");
    const ids = [...(fake.lifecycle ?? "").matchAll(/<ID>(.*?)<\/ID>/g)].map(([, id]) => id);
    expect(ids).toEqual(["owner", "reelburst-test-in-images-temp-", "reelburst-test-uploads"]);
    expect(fake.lifecycle).toContain("<Prefix>test/images/temp/</Prefix>");
    expect(fake.lifecycle).toContain("<DaysAfterInitiation>1</DaysAfterInitiation>");
  });

  it("sweeps by itself where the store has no lifecycle", async () => {
    const clock = new ManualClock(Date.now() + 2 * 86_400_000);
    const swept = await open(fake, endpoint, "s3://films/test?lifecycle=false", { clock });
    await swept.put("images/temp/p/a.png", Buffer.from("xy"));
    await swept.put("videos/long/p/film.mp4", Buffer.from("x"));
    expect(await swept.applyLifecycle([{ prefix: "images/temp/", days: 1 }])).toMatchObject({
      mode: "swept",
      objectsRemoved: 1,
      bytesRemoved: 2,
    });
    expect([...fake.objects.keys()]).toEqual(["test/videos/long/p/film.mp4"]);
    await swept.close();
  });

  describe("signed URLs", () => {
    const send = (
      url: string,
      init: { method?: string; headers?: Record<string, string>; body?: string } = {},
    ) => fetch(url, init);

    it("read, with Range and a name to save it under", async () => {
      await store.put("a/b.txt", Buffer.from("0123456789"));
      const { url } = await store.presignGet("a/b.txt", {
        expiresInSeconds: 60,
        downloadName: "Größe 1.txt",
      });
      const response = await send(url, { headers: { range: "bytes=2-4" } });
      expect([response.status, await response.text()]).toEqual([206, "234"]);
      expect(response.headers.get("content-disposition")).toContain(
        "filename*=UTF-8''Gr%C3%B6%C3%9Fe%201.txt",
      );
    });

    it("of another key, method or time are refused", async () => {
      await store.put("a/b.txt", Buffer.from("x"));
      await store.put("a/c.txt", Buffer.from("y"));
      const { url, expiresAtMs } = await store.presignGet("a/b.txt", { expiresInSeconds: 60 });
      expect((await send(url.replace("a/b.txt", "a/c.txt"))).status).toBe(403);
      expect((await send(url.replace("Expires=60", "Expires=600"))).status).toBe(403);
      expect((await send(url, { method: "PUT", body: "z" })).status).toBe(403);
      expect((await send(url)).status).toBe(200);
      fake.nowMs = () => expiresAtMs + 1000;
      expect((await send(url)).status).toBe(403);
    });

    it("take exactly the upload they were made for", async () => {
      const body = "hello";
      const sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
      const { url, headers } = await store.presignPut("a/b.txt", {
        expiresInSeconds: 60,
        sizeBytes: 5,
        contentType: "text/plain",
        sha256,
      });
      const put = (more: Record<string, string>, content: string) =>
        send(url, { method: "PUT", headers: { ...headers, ...more }, body: content });
      const { "x-amz-checksum-sha256": _, ...withoutDigest } = headers;
      expect((await put({ "content-type": "text/html" }, body)).status).toBe(403);
      expect((await put({ "content-length": "6" }, "hello!")).status).toBe(403);
      expect((await put({}, "hallo")).status).toBe(400);
      expect((await send(url, { method: "PUT", headers: withoutDigest, body })).status).toBe(403);
      expect(fake.objects.size).toBe(0);
      expect((await put({}, body)).status).toBe(200);
      expect(await store.head("a/b.txt")).toMatchObject({ sizeBytes: 5, sha256, contentType: "text/plain" });
    });

    it("take any bytes of that size when no digest is stated", async () => {
      const { url, headers } = await store.presignPut("a/b.txt", {
        expiresInSeconds: 60,
        sizeBytes: 5,
        contentType: "text/plain",
      });
      expect((await send(url, { method: "PUT", headers, body: "hello" })).status).toBe(200);
    });

    it("carry the address clients know", async () => {
      const outside = await open(fake, endpoint, "s3://films?publicEndpoint=https://media.example");
      const { url } = await outside.presignGet("a/b.txt", { expiresInSeconds: 60 });
      expect(url).toMatch(/^https:\/\/media\.example\/films\/a\/b\.txt\?/);
      await outside.close();
    });
  });

  describe("faults", () => {
    it.each(["500", "503"] as const)("%s twice is overcome", async (how) => {
      fake.faults.push({ on: "PUT", how, times: 2 }, { on: "GET", how, times: 2 });
      await store.put("a/b.txt", Buffer.from("x"));
      expect(await text((await store.get("a/b.txt")).stream)).toBe("x");
    });

    it("that stay are told as retryable, and leave nothing", async () => {
      const impatient = await open(fake, endpoint, "s3://films", { maxAttempts: 2 });
      fake.faults.push({ on: "PUT", query: "partNumber=2", how: "500", times: 99 });
      await expect(impatient.put("a/b.bin", Readable.from([Buffer.alloc(11 << 20)]))).rejects.toMatchObject({
        code: "STORAGE_UNAVAILABLE",
        retryable: true,
      });
      expect([fake.objects.size, fake.uploads.size]).toEqual([0, 0]);
      await impatient.close();
    });

    it("the first part that fails stops the source", async () => {
      const impatient = await open(fake, endpoint, "s3://films", { maxAttempts: 1 });
      fake.faults.push({ on: "PUT", query: "partNumber=1&", how: "500", times: 99 });
      let piecesRead = 0;
      async function* source() {
        for (; piecesRead < 400; piecesRead++) yield Buffer.alloc(1 << 20);
      }
      await expect(impatient.put("a/b.bin", Readable.from(source()))).rejects.toThrow();
      expect(piecesRead).toBeLessThan(100);
      expect(fake.uploads.size).toBe(0);
      await impatient.close();
    });

    it("an abort while parts hang ends at once, and the upload is gone before put answers", async () => {
      fake.faults.push({ on: "PUT", how: "hang", times: 99 });
      const controller = new AbortController();
      const put = store.put("a/b.bin", Readable.from([Buffer.alloc(11 << 20)]), {
        signal: controller.signal,
      });
      while (!fake.requests.some((line) => line.includes("partNumber"))) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      controller.abort();
      await expect(put).rejects.toMatchObject({ code: "ABORTED" });
      expect([fake.uploads.size, fake.requests.at(-1)]).toEqual([0, expect.stringContaining("DELETE")]);
    });

    it("a store that hangs is given up", async () => {
      const impatient = await open(fake, endpoint, "s3://films", { maxAttempts: 1, idleTimeoutMs: 200 });
      fake.faults.push({ on: "HEAD", how: "hang", times: 1 });
      await expect(impatient.head("a/b.txt")).rejects.toMatchObject({
        code: "STORAGE_UNAVAILABLE",
        retryable: true,
      });
      await impatient.close();
    });

    it("a body that is cut off never looks whole", async () => {
      await store.put("a/b.bin", Buffer.alloc(1 << 20));
      fake.faults.push({ on: "GET", how: "truncate", times: 1 });
      const { stream } = await store.get("a/b.bin");
      await expect(buffer(stream)).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE", retryable: true });
    });

    it("a body that differs is found by its digest", async () => {
      const { sha256 } = await store.put("a/b.bin", Buffer.alloc(1 << 20));
      fake.faults.push({ on: "GET", how: "flip", times: 1 });
      const { stream } = await store.get("a/b.bin", { sha256: sha256 ?? "" });
      await expect(buffer(stream)).rejects.toMatchObject({ code: "OBJECT_DIGEST_MISMATCH" });
    });

    it("an answer that is lost: the put is done again, once", async () => {
      fake.faults.push({ on: "PUT", how: "lost-answer", times: 1 });
      await store.put("a/b.txt", Buffer.from("x"));
      expect(fake.requests.filter((line) => line.startsWith("PUT"))).toHaveLength(2);
      expect(fake.objects.size).toBe(1);
    });

    it("no rights, wrong secret, no bucket, nobody there: each its own code", async () => {
      const put = (opened: ObjectStore) => opened.put("a/b.txt", Buffer.from("x"));
      const credentials = { ...fake.credentials, secretAccessKey: "wrong-secret" };
      const wrongSecret = await open(fake, endpoint, "s3://films", { credentials });
      const noBucket = await open(fake, endpoint, "s3://other-bucket");
      const nobody = await open(fake, "http://127.0.0.1:9", "s3://films", { maxAttempts: 1 });
      const failure = await put(wrongSecret).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "STORAGE_DENIED", retryable: false });
      expect(JSON.stringify(failure)).not.toContain("wrong-secret");
      await expect(put(noBucket)).rejects.toMatchObject({ code: "STORAGE_MISCONFIGURED" });
      await expect(put(nobody)).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE", retryable: true });
      fake.faults.push({ on: "PUT", how: "403", times: 1 });
      await expect(put(store)).rejects.toMatchObject({ code: "STORAGE_DENIED" });
    });
  });

  it("is not let in unsigned", async () => {
    const request = get(`${endpoint}/films/test/a/b.txt`);
    const [response] = await once(request, "response");
    expect(response.statusCode).toBe(403);
    response.resume();
  });
});
