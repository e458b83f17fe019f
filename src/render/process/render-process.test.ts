import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, type ProcessLimits } from "./limits.ts";
import { RenderPool } from "./render-pool.ts";
import { RenderProcess } from "./render-process.ts";

let folder: string;
let picture: string;
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-test-"));
  picture = path.join(folder, "p.png");
  await sharp({ create: { width: 64, height: 48, channels: 3, background: "#336699" } })
    .png()
    .toFile(picture);
});

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(change: Partial<ProcessLimits> = {}): RenderProcess {
  const child = new RenderProcess({
    limits: { ...DEFAULT_LIMITS, ...change },
    tempRoot: folder,
    compileCache: null,
  });
  open.push(child);
  return child;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Render processes that work in a folder: it is the last word of their command. */
function childrenIn(tempRoot: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandOf(pid).at(-1) === tempRoot)
    .map(Number);
}

function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return [];
  }
}

let large: string;

/** Keeps a process busy for some tenths of a second: 49 megapixels to unpack. */
beforeAll(async () => {
  large = path.join(mkdtempSync(path.join(os.tmpdir(), "reelburst-test-")), "large.png");
  await sharp({ create: { width: 7000, height: 7000, channels: 3, background: "#808080" } })
    .png({ compressionLevel: 1 })
    .toFile(large);
});

afterAll(() => rmSync(path.dirname(large), { recursive: true, force: true }));

describe("RenderProcess", () => {
  test("answers one task after another in the same process", async () => {
    const child = start();
    expect(await child.run("probeImage", { path: picture })).toMatchObject({
      width: 64,
      height: 48,
      format: "png",
    });
    const { pid } = child;
    expect(await child.run("probeImage", { path: picture })).toMatchObject({ width: 64 });
    expect(child.pid).toBe(pid);
  });

  test("a task's own error comes back with its code, path and hint, and the process lives on", async () => {
    const child = start();
    const text = path.join(folder, "note.png");
    writeFileSync(text, "#EXTM3U\nfile:///etc/passwd\n");
    await expect(child.run("probeImage", { path: text })).rejects.toMatchObject({
      code: "IMAGE_FORMAT_NOT_ALLOWED",
      path: text,
    });
    expect(await child.run("probeImage", { path: picture })).toMatchObject({ width: 64 });
  });

  test("a process that dies in a task is a retryable error", async () => {
    const child = start();
    await child.run("probeImage", { path: picture });
    const running = child.run("probeImage", { path: large });
    process.kill(child.pid as number, "SIGKILL");
    await expect(running).rejects.toMatchObject({ code: "RENDER_PROCESS_DIED", retryable: true });
    expect(child.alive).toBe(false);
  });

  test("an abort ends the process at once", async () => {
    const child = start();
    await child.run("probeImage", { path: picture });
    const abort = new AbortController();
    const running = child.run("probeImage", { path: large }, { signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: "ABORTED" });
    await child.close();
    expect(alive(child.pid as number)).toBe(false);
  });

  test("a task over its time limit is stopped and says so", async () => {
    const child = start({ taskSeconds: 0.05 });
    await expect(child.run("probeImage", { path: large })).rejects.toMatchObject({ code: "RENDER_TIMEOUT" });
  });

  test.runIf(process.platform !== "win32")(
    "a process that hangs is stopped long before its time limit, and may be tried again",
    async () => {
      const child = start({ stallSeconds: 0.2 });
      const running = child.run("probeImage", { path: large });
      process.kill(child.pid as number, "SIGSTOP");
      await expect(running).rejects.toMatchObject({ code: "RENDER_STALLED", retryable: true });
      await child.close();
      expect(alive(child.pid as number)).toBe(false);
    },
  );

  test.runIf(process.platform === "linux")(
    "a process over its memory limit is stopped and says so",
    async () => {
      const child = start({ memoryBytes: 40e6 });
      await expect(child.run("probeImage", { path: large })).rejects.toMatchObject({
        code: "RENDER_MEMORY_EXCEEDED",
      });
    },
  );

  test.runIf(process.platform === "linux")("the kernel limits what it may write", async () => {
    const child = start({ fileBytes: 1024 });
    const outPath = path.join(folder, "poster.jpg");
    await expect(
      child.run("drawStills", { filmPath: picture, poster: { frame: 0, outPath }, contactSheet: null }),
    ).rejects.toMatchObject({ code: "FILM_UNREADABLE" });
    const wav = path.join(folder, "a.wav");
    const header = Buffer.from(
      "524946462400000057415645666d74201000000001000100803e0000007d00000200100064617461",
      "hex",
    );
    writeFileSync(wav, Buffer.concat([header, Buffer.from([0, 125, 0, 0]), Buffer.alloc(32_000, 7)]));
    await expect(
      child.run("decodeAudio", {
        path: wav,
        outPath: path.join(folder, "a.pcm"),
        limits: { maxDurationSeconds: 60, maxOutputBytes: 1e9 },
      }),
    ).rejects.toMatchObject({ code: "RENDER_OUTPUT_TOO_LARGE" });
  });
});

describe("RenderPool", () => {
  test.runIf(process.platform === "linux")(
    "processes started ahead are the ones that work, never more than slots, and end with the pool",
    async () => {
      const pool = new RenderPool(2, { limits: DEFAULT_LIMITS, tempRoot: folder, compileCache: null });
      open.push(pool);
      pool.warmUp(null, 1);
      await expect.poll(() => childrenIn(folder).length).toBe(1);
      pool.warmUp("probeImage", 9);
      await expect.poll(() => childrenIn(folder).length).toBe(2);
      const ahead = childrenIn(folder);
      await Promise.all([1, 2, 3].map(() => pool.run("probeImage", { path: picture })));
      expect(childrenIn(folder)).toEqual(ahead);
      await pool.close();
      pool.warmUp("probeImage", 2);
      expect(childrenIn(folder)).toEqual([]);
    },
  );

  test("runs as many tasks at once as it has slots and replaces a process that died", async () => {
    const pool = new RenderPool(2, { limits: DEFAULT_LIMITS, tempRoot: folder, compileCache: null });
    open.push(pool);
    const text = path.join(folder, "bad.png");
    writeFileSync(text, "no picture");
    const answers = await Promise.allSettled(
      Array.from({ length: 7 }, (_, index) => pool.run("probeImage", { path: index === 3 ? text : picture })),
    );
    expect(answers.map((answer) => answer.status).filter((status) => status === "rejected")).toHaveLength(1);
    expect(pool.peakBytes).toBeGreaterThan(20e6);
  });

  test.runIf(process.platform === "linux")(
    "a process is replaced before it has used up its CPU time",
    async () => {
      const limits = { ...DEFAULT_LIMITS, cpuSeconds: 4 };
      const pool = new RenderPool(1, { limits, tempRoot: folder, compileCache: null });
      open.push(pool);
      const seen = new Set<number | undefined>();
      // More work than one process may do; none of it is lost.
      for (let task = 0; task < 60 && seen.size < 2; task++) {
        expect(await pool.run("probeImage", { path: large })).toMatchObject({ width: 7000 });
        seen.add(childrenIn(folder)[0]);
      }
      expect(seen.size).toBe(2);
    },
  );

  test("an aborted waiter does not swallow the turn of the next one", async () => {
    const pool = new RenderPool(1, { limits: DEFAULT_LIMITS, tempRoot: folder, compileCache: null });
    open.push(pool);
    const first = pool.run("probeImage", { path: picture });
    const abort = new AbortController();
    const second = pool.run("probeImage", { path: picture }, { signal: abort.signal });
    const third = pool.run("probeImage", { path: picture });
    abort.abort();
    await expect(second).rejects.toMatchObject({ code: "ABORTED" });
    expect(await first).toMatchObject({ width: 64 });
    expect(await third).toMatchObject({ width: 64 });
  });

  test.runIf(process.platform === "linux")("a task whose process was killed is run once more", async () => {
    const pool = new RenderPool(1, { limits: DEFAULT_LIMITS, tempRoot: folder, compileCache: null });
    open.push(pool);
    await pool.run("probeImage", { path: picture });
    const running = pool.run("probeImage", { path: large });
    await sleep(20);
    const [pid] = childrenIn(folder);
    process.kill(pid as number, "SIGKILL");
    expect(await running).toMatchObject({ width: 7000 });
    expect(childrenIn(folder)).not.toContain(pid);
  });

  test.runIf(process.platform === "linux")(
    "a file that kills its process every time is given up",
    async () => {
      const pool = new RenderPool(1, {
        limits: { ...DEFAULT_LIMITS, stallSeconds: 0.01 },
        tempRoot: folder,
        compileCache: null,
      });
      open.push(pool);
      await expect(pool.run("probeImage", { path: large })).rejects.toMatchObject({ code: "RENDER_STALLED" });
    },
  );

  test("closing ends every child", async () => {
    const pool = new RenderPool(2, { limits: DEFAULT_LIMITS, tempRoot: folder, compileCache: null });
    const running = Promise.allSettled([1, 2].map(() => pool.run("probeImage", { path: large })));
    await sleep(50);
    await pool.close();
    for (const task of await running) {
      expect(task.status === "rejected" ? (task.reason as { code: string }).code : "").toBe("ABORTED");
    }
  });
});
