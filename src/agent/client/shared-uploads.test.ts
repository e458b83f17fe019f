import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AgentConnection } from "./connection.ts";
import { SharedUploads } from "./shared-uploads.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-test-"));
  file = path.join(folder, "input");
  writeFileSync(file, "input");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Uploads that end when they are told to; how many there were, and which were stopped. */
function heldUploads() {
  const held: { finish: () => void; stopped: boolean }[] = [];
  const connection = {
    persist: (work: (heard: () => void) => Promise<unknown>) => work(() => {}),
    json: ({ signal }: { signal: AbortSignal }) =>
      new Promise<void>((resolve, reject) => {
        const upload = { finish: resolve, stopped: false };
        held.push(upload);
        signal.addEventListener("abort", () => {
          upload.stopped = true;
          reject(new Error("stopped"));
        });
      }),
  } as unknown as AgentConnection;
  return { held, uploads: new SharedUploads(connection) };
}

test("what arrived since the agent was asked is not sent again; what it lacks later is", async () => {
  const { held, uploads } = heldUploads();
  const [early, alsoEarly] = [uploads.moment(), uploads.moment()];
  const first = uploads.bring("a", file, early, undefined);
  await expect.poll(() => held.length).toBe(1);
  held[0]?.finish();
  await first;
  await uploads.bring("a", file, alsoEarly, undefined);
  expect(held).toHaveLength(1);
  // It made room meanwhile.
  const again = uploads.bring("a", file, uploads.moment(), undefined);
  await expect.poll(() => held.length).toBe(2);
  held[1]?.finish();
  await again;
});

test("an upload ends when the last who waits for it gives up, not before", async () => {
  const { held, uploads } = heldUploads();
  const [one, two] = [new AbortController(), new AbortController()];
  const waits = [one, two].map(({ signal }) =>
    uploads.bring("a", file, uploads.moment(), signal).catch((error: { code: string }) => error.code),
  );
  await expect.poll(() => held.length).toBe(1);
  one.abort();
  expect(await waits[0]).toBe("ABORTED");
  expect(held[0]?.stopped).toBe(false);
  two.abort();
  expect(await waits[1]).toBe("ABORTED");
  // Who comes in that moment does not join what is being stopped.
  const third = uploads.bring("a", file, uploads.moment(), undefined);
  expect(held[0]?.stopped).toBe(true);
  await expect.poll(() => held.length).toBe(2);
  held[1]?.finish();
  await third;
});
