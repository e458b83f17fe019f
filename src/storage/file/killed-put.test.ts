import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../../support/clock.ts";
import { type CacheDamage, FileChunkCache } from "./file-chunk-cache.ts";

const PUTS = 20;
const SIZE_BYTES = 300_000;
const keyOf = (index: number): string => createHash("sha256").update(`chunk ${index}`).digest("hex");

/** Puts 20 entries and says so; with a step given, kills itself just before or after that file operation. */
const PROGRAM = `
  import { createHash } from "node:crypto";
  import { writeFileSync } from "node:fs";
  const at = (file) => new URL(file, ${JSON.stringify(import.meta.url)});
  const { FileChunkCache } = await import(at("./file-chunk-cache.ts"));
  const { systemClock } = await import(at("../../support/clock.ts"));
  const { publishFile, writeFileAtomic } = await import(at("../../support/atomic-file.ts"));
  const [folder, work, dieAt] = process.argv.slice(1);
  let step = 0;
  const point = () => { if (step++ === Number(dieAt)) process.kill(process.pid, "SIGKILL"); };
  const guard = (run) => async (...values) => { point(); await run(...values); point(); };
  const files = { publishFile: guard(publishFile), writeFileAtomic: guard(writeFileAtomic) };
  const cache = new FileChunkCache({ folder, clock: systemClock, files });
  for (let index = 0; index < ${PUTS}; index++) {
    const file = work + "/" + index;
    writeFileSync(file, Buffer.alloc(${SIZE_BYTES}, index + 1));
    process.stdout.write("putting " + index + "\\n");
    await cache.put(createHash("sha256").update("chunk " + index).digest("hex"), file, { index });
    process.stdout.write("done " + index + "\\n");
  }
`;

let root: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "killed-"));
});
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

/** Runs the program until it is dead; returns how many puts it said were done. */
async function runUntilDead(
  dieAt: number,
  killAfterLine: string | null,
): Promise<{ done: number; signal: string | null }> {
  const folder = path.join(root, "cache");
  const args = ["--input-type=module-typescript", "--no-warnings", "-e", PROGRAM, folder, root, `${dieAt}`];
  const running = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  child = running;
  const exited = once(running, "exit") as Promise<[number | null, string | null]>;
  let done = 0;
  for await (const line of createInterface({ input: running.stdout })) {
    if (line.startsWith("done")) done++;
    if (line === killAfterLine) running.kill("SIGKILL");
  }
  const [, signal] = await exited;
  return { done, signal };
}

async function checkCache(done: number): Promise<number> {
  const damages: CacheDamage[] = [];
  const folder = path.join(root, "cache");
  const cache = new FileChunkCache({
    folder,
    clock: systemClock,
    keepRecentMs: 0,
    onDamage: (damage) => damages.push(damage),
  });
  let visible = 0;
  for (let index = 0; index < PUTS; index++) {
    const entry = await cache.get(keyOf(index));
    if (index < done) expect(entry, `acknowledged put ${index}`).not.toBeNull();
    if (entry === null) continue;
    visible++;
    expect(readFileSync(entry.path).equals(Buffer.alloc(SIZE_BYTES, index + 1))).toBe(true);
    expect(entry.meta).toEqual({ index });
  }
  expect(damages).toEqual([]);
  // What the dead process left is swept, and only that: two files an entry remain.
  await new Promise((resolve) => setTimeout(resolve, 5));
  await cache.collectGarbage();
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  expect(files).toHaveLength(visible * 2);
  return visible;
}

// Four points a put: before and after its data, before and after its record.
it.each([0, 1, 2, 3, 42])(
  "killed at file operation %i of 20 puts, every visible entry is whole",
  async (dieAt) => {
    const { done, signal } = await runUntilDead(dieAt, null);
    expect(signal).toBe("SIGKILL");
    expect(done).toBe(Math.floor(dieAt / 4));
    expect(await checkCache(done)).toBe(done + (dieAt % 4 === 3 ? 1 : 0));
  },
);

it.each([0, 8, 16])("killed from outside during put %i, every visible entry is whole", async (index) => {
  const { done, signal } = await runUntilDead(-1, `putting ${index}`);
  // A fast disk may have been through before the signal came.
  if (done < PUTS) expect(signal).toBe("SIGKILL");
  expect(done).toBeGreaterThanOrEqual(index);
  expect(await checkCache(done)).toBeGreaterThanOrEqual(done);
});
