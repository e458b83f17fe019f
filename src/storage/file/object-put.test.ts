/** A put that meets a full disk, or the death of its process. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../support/clock.ts";
import { FileObjectStore } from "./file-object-store.ts";

/** Part of Linux; without them, or without the right to use them, there is no small disk to fill. */
const tools = { mount: "mount", unmount: "umount" };

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "reelburst-test-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function mountSmallDisk(folder: string): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  mkdirSync(folder);
  try {
    execFileSync(tools.mount, ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [entry.name] : [],
  );

it("a disk that fills up: said so, nothing left, what was there stays", async ({ skip }) => {
  const disk = path.join(root, "disk");
  skip(!mountSmallDisk(disk), "mounting takes root");
  try {
    const store = new FileObjectStore({ folder: disk, clock: systemClock });
    await store.put("a/b.bin", Buffer.alloc(1 << 20, 1));
    const before = filesIn(disk);
    for (const options of [{}, { ifAbsent: true }]) {
      const source = Readable.from(Array.from({ length: 4 }, () => Buffer.alloc(1 << 20)));
      await expect(store.put("a/c.bin", source, options)).rejects.toMatchObject({ code: "DISK_FULL" });
    }
    await expect(store.put("a/b.bin", Buffer.alloc(2 << 20))).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(filesIn(disk)).toEqual(before);
    expect((await buffer((await store.get("a/b.bin")).stream)).equals(Buffer.alloc(1 << 20, 1))).toBe(true);
    await store.put("a/c.bin", Buffer.alloc(100_000));
  } finally {
    execFileSync(tools.unmount, [disk]);
  }
});

const SIZE_BYTES = 400_000;
const PROGRAM = `
  const at = (file) => new URL(file, ${JSON.stringify(import.meta.url)});
  const { FileObjectStore } = await import(at("./file-object-store.ts"));
  const { systemClock } = await import(at("../../support/clock.ts"));
  const store = new FileObjectStore({ folder: process.argv[1], clock: systemClock });
  for (let index = 0; ; index++) {
    const ifAbsent = index % 2 === 0;
    await store.put("a/f" + (ifAbsent ? index : index % 8) + ".bin", Buffer.alloc(${SIZE_BYTES}, index), { ifAbsent });
    process.stdout.write(index + "\\n");
  }
`;

describe("killed in the middle", () => {
  it.each([1, 2, 3, 4, 5])("trial %i: what is visible is whole, the rest is swept", async (trial) => {
    const args = ["--input-type=module-typescript", "--no-warnings", "-e", PROGRAM, root];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let done = 0;
    for await (const lines of child.stdout) {
      done += String(lines).split("\n").length - 1;
      // Somewhere else in a put each time.
      if (done >= trial * 3) {
        await new Promise((resolve) => setTimeout(resolve, trial));
        child.kill("SIGKILL");
        break;
      }
    }
    await once(child, "exit");
    const store = new FileObjectStore({ folder: root, clock: systemClock });
    const { objects } = await store.list();
    expect(objects.length).toBeGreaterThan(0);
    for (const { key } of objects) {
      const { facts, stream } = await store.get(key);
      const bytes = await buffer(stream);
      expect(bytes.length).toBe(SIZE_BYTES);
      expect(bytes.equals(Buffer.alloc(SIZE_BYTES, bytes[0]))).toBe(true);
      // Known and right, or not known.
      if (facts.sha256 !== null) await buffer((await store.get(key, { sha256: facts.sha256 })).stream);
    }
    await store.applyLifecycle([]);
    const left = filesIn(root).filter((name) => name.endsWith(".tmp"));
    expect(left).toEqual([]);
    expect(existsSync(path.join(root, "a"))).toBe(true);
  });
});
