/**
 * The object store against a server we did not write. Needs Swift's packages in a folder (test/servers/swift/fetch.sh)
 * and REELBURST_TEST_SWIFT to name it; the same suite always runs against the fake.
 */
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ObjectStore } from "../../src/storage/object-store.ts";
import { openS3Store } from "../../src/storage/s3/s3-object-store.ts";
import { parseStorageUrl } from "../../src/storage/storage-url.ts";
import { systemClock } from "../../src/support/clock.ts";
import { describeObjectStore } from "../contracts/object-store.contract.ts";
import { type SwiftServer, startSwift } from "./swift/swift-server.ts";

const root = process.env["REELBURST_TEST_SWIFT"] ?? "";

describe.runIf(root !== "")("OpenStack Swift", () => {
  let swift: SwiftServer;
  let client: S3Client;
  let buckets = 0;
  beforeAll(async () => {
    swift = await startSwift(root);
    const { endpoint, credentials } = swift;
    client = new S3Client({ endpoint, credentials, region: "us-east-1", forcePathStyle: true });
  });
  afterAll(async () => {
    client.destroy();
    await swift.stop();
  });

  async function openBucket(): Promise<{ store: ObjectStore; bucket: string }> {
    const bucket = `films-${++buckets}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    const target = parseStorageUrl(
      `s3://${bucket}/p?endpoint=${swift.endpoint}&conditionalWrites=false&lifecycle=false`,
    );
    if (target.kind !== "s3") throw new Error("Not S3.");
    const { credentials } = swift;
    return {
      store: await openS3Store({ ...target, credentials, clock: systemClock, maxAttempts: 2 }),
      bucket,
    };
  }

  describeObjectStore("Swift", async () => {
    const { store, bucket } = await openBucket();
    return {
      store,
      countLeftovers: async () => {
        const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
        return Uploads.length;
      },
      dispose: () => store.close(),
    };
  });

  it("takes what our signed URLs allow, and nothing else", async () => {
    const { store } = await openBucket();
    const put = await store.presignPut("a/b.txt", {
      expiresInSeconds: 60,
      sizeBytes: 5,
      contentType: "text/plain",
    });
    const send = (body: string, headers: Record<string, string>) =>
      fetch(put.url, { method: "PUT", headers: { ...put.headers, ...headers }, body });
    expect((await send("hello", { "content-type": "text/html" })).status).toBe(403);
    expect((await send("hello!", { "content-length": "6" })).status).toBe(403);
    expect((await send("hello", {})).status).toBe(200);
    const get = await store.presignGet("a/b.txt", { expiresInSeconds: 60, downloadName: "b.txt" });
    expect(await (await fetch(get.url)).text()).toBe("hello");
    expect((await fetch(get.url.replace("Expires=60", "Expires=61"))).status).toBe(403);
    await store.close();
  });

  it("says of itself what it can't: our codes for its answers", async () => {
    const { bucket } = await openBucket();
    const target = parseStorageUrl(`s3://${bucket}?endpoint=${swift.endpoint}&encryption=AES256`);
    if (target.kind !== "s3") throw new Error("Not S3.");
    const open = (more: object) =>
      openS3Store({ ...target, credentials: swift.credentials, clock: systemClock, maxAttempts: 1, ...more });
    const encrypted = await open({});
    const conditional = await open({ encryption: null });
    const denied = await open({
      encryption: null,
      credentials: { accessKeyId: "test:tester", secretAccessKey: "no" },
    });
    const elsewhere = await open({ encryption: null, bucket: "no-such-bucket" });
    const put = (store: ObjectStore, ifAbsent = false) =>
      store.put("a/b.txt", Buffer.from("x"), { ifAbsent });
    await expect(put(encrypted)).rejects.toMatchObject({ code: "STORAGE_UNSUPPORTED" });
    await expect(put(conditional, true)).rejects.toMatchObject({ code: "STORAGE_UNSUPPORTED" });
    await expect(put(denied)).rejects.toMatchObject({ code: "STORAGE_DENIED" });
    await expect(put(elsewhere)).rejects.toMatchObject({ code: "STORAGE_MISCONFIGURED" });
    for (const store of [encrypted, conditional, denied, elsewhere]) await store.close();
  });
});
