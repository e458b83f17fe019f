/**
 * Several machines' worth of executors and coordinators in one process, on one real database and one real store. One
 * piece: every case needs all of that world, which is most of the file.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { JobQueue } from "../jobs/queue.ts";
import { JOB_TABLES } from "../jobs/sql/job-tables.ts";
import { openSqlQueue } from "../jobs/sql/sql-queue.ts";
import { chunkKey } from "../render/chunk-key.ts";
import { type ChunkPlan, ENGINE_VERSION, type PlacedChunk } from "../render/plan.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { Database } from "../storage/database.ts";
import { FileChunkCache } from "../storage/file/file-chunk-cache.ts";
import { FileObjectStore } from "../storage/file/file-object-store.ts";
import { chunkRecordKey } from "../storage/layout.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { SharedChunkCache } from "../storage/shared/shared-chunk-cache.ts";
import { migrate } from "../storage/sql/migrate.ts";
import { openPgliteInMemory } from "../storage/sql/pglite/open-pglite.ts";
import { systemClock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import { type ChunkExecutor, startChunkExecutor } from "./chunk-executor.ts";
import { ChunkInputs } from "./chunk-inputs.ts";
import { ChunkProgress } from "./chunk-progress.ts";
import { InputMarks } from "./input-marks.ts";
import type { SharedChunks } from "./queued-chunks.ts";
import { type ChunkChange, type RenderChunksContext, renderChunks } from "./render-chunks.ts";
import { SlotMemory } from "./slot-memory.ts";

const FRAMES = 10;
const GROUP = "a-production";

type Behave = (
  name: string,
  attempt: number,
  signal: AbortSignal,
  inputs: Record<string, string>,
) => Promise<void> | void;

let database: Database;
let folder: string;
let store: ObjectStore;
let drawn: string[];
let ends: (() => Promise<unknown>)[];

beforeAll(async () => {
  database = await openPgliteInMemory();
  await migrate(database, [JOB_TABLES]);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.query("TRUNCATE reelburst.job, reelburst.job_group RESTART IDENTITY");
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-test-"));
  store = new FileObjectStore({ folder: path.join(folder, "store"), clock: systemClock });
  drawn = [];
  ends = [];
});
afterEach(async () => {
  for (const end of ends.toReversed()) await end();
  rmSync(folder, { recursive: true, force: true });
});

const picture = (): { file: string; digest: string } => {
  const file = path.join(folder, "picture.png");
  writeFileSync(file, "a picture");
  return { file, digest: createHash("sha256").update("a picture").digest("hex") };
};

function chunk(name: string, digest: string | null = null, sceneId = name): PlacedChunk {
  const plan = {
    engine: ENGINE_VERSION,
    format: { width: 64, height: 36, fps: { num: 10, den: 1 } },
    frameCount: FRAMES,
    layers: digest === null ? [] : [{ picture: { digest } }],
    fonts: [],
    captions: [{ ass: name }],
    watermark: null,
  } as unknown as ChunkPlan;
  return { key: chunkKey(plan), sceneId, startFrame: 0, plan };
}

/** "Renders" by writing the chunk's name into a file, as told. */
function fakeRunner(machine: string, behave: Behave): TaskRunner {
  let calls = 0;
  return {
    slots: 1,
    peakBytes: 0,
    warmUp: () => {},
    close: async () => {},
    run: async (
      _task: string,
      input: unknown,
      options: { signal?: AbortSignal; onProgress?: (p: object) => void },
    ) => {
      const { plan, outPath, inputs } = input as {
        plan: ChunkPlan;
        outPath: string;
        inputs: Record<string, string>;
      };
      const name = plan.captions[0]?.ass ?? "";
      if (options.signal?.aborted) throw new ReelburstError("ABORTED", "stopped");
      options.onProgress?.({ done: FRAMES / 2, total: FRAMES });
      await behave(name, ++calls, options.signal as AbortSignal, inputs);
      writeFileSync(outPath, name);
      drawn.push(`${machine} ${name}`);
      return {
        key: chunkKey(plan),
        frames: FRAMES,
        captionFrames: 0,
        witnesses: [],
        quality: { videoBytes: 0, picture: { black: [], still: [], edges: ["", ""] }, contrasts: [] },
        thumbnail: new Uint8Array([1]),
        prepareMs: 1,
        paintMs: 1,
        encodeMs: 1,
      };
    },
  } as unknown as TaskRunner;
}

interface FakeMachine {
  readonly queue: JobQueue;
  readonly executor: ChunkExecutor;
  readonly troubles: ReelburstError[];
  render(
    chunks: readonly PlacedChunk[],
    change?: Partial<RenderChunksContext>,
  ): ReturnType<typeof renderChunks>;
  readonly changes: [string, ChunkChange["kind"]][];
}

async function machine(
  name: string,
  {
    slots = 1,
    behave = () => {},
    through = store,
  }: { slots?: number; behave?: Behave; through?: ObjectStore } = {},
): Promise<FakeMachine> {
  const queue = await openSqlQueue({ database });
  const tempRoot = path.join(folder, name, "temp");
  const local = new FileChunkCache({ folder: path.join(folder, name, "cache"), clock: systemClock });
  const cache = new SharedChunkCache({ local, store: through, tempDirectory: tempRoot, kinds: ["chunk"] });
  const inputs = new ChunkInputs({ store: through, cache: local, tempRoot, clock: systemClock });
  const progress = new ChunkProgress(database, systemClock);
  const stop = await progress.listen();
  const runner = fakeRunner(name, behave);
  const troubles: ReelburstError[] = [];
  const executor = startChunkExecutor({
    queue,
    inputs,
    progress,
    runner,
    cache,
    memory: new SlotMemory(4e9),
    workerId: name,
    slots,
    leaseMs: 5000,
    tempRoot: folder,
    clock: systemClock,
    hide: (text) => text.replaceAll(folder, "<data>"),
    onTrouble: (error) => troubles.push(error),
  });
  ends.push(async () => {
    await executor.drain();
    await stop();
    await queue.close();
  });
  const shared: SharedChunks = { queue, inputs, progress };
  const changes: [string, ChunkChange["kind"]][] = [];
  return {
    queue,
    executor,
    troubles,
    changes,
    render: (chunks, change = {}) =>
      renderChunks(chunks, {
        productionId: GROUP,
        runner,
        cache,
        queue,
        shared,
        tempRoot,
        inputs: {},
        marks: new InputMarks(),
        pathOf: (sceneId) => `scenes[${sceneId}]`,
        signal: new AbortController().signal,
        skipFailedScenes: false,
        now: () => 0,
        onChunk: (each, { kind }) => changes.push([each.sceneId, kind]),
        ...change,
      }),
  };
}

test("another machine draws with what it fetched by digest, once each, and its frames are heard of", async () => {
  const { file, digest } = picture();
  const seen: string[] = [];
  const leader = await machine("leader", { slots: 0 });
  await machine("helper", {
    slots: 2,
    behave: async (_, __, ___, inputs) => {
      const copy = inputs[digest];
      if (copy !== undefined) {
        seen.push(readFileSync(copy, "utf8"));
        expect(copy).toContain("helper");
      }
      await new Promise((resolve) => setTimeout(resolve, 700));
    },
  });
  const chunks = [chunk("a", digest), chunk("b", digest), chunk("c")];
  const { chunks: done } = await leader.render(chunks, { inputs: { [digest]: file } });
  expect(drawn.toSorted()).toEqual(["helper a", "helper b", "helper c"]);
  expect(seen.filter((each) => each === "a picture")).toHaveLength(2);
  for (const { key, plan } of chunks) {
    expect(readFileSync(done.get(key)?.path ?? "", "utf8")).toBe(plan.captions[0]?.ass);
    expect(done.get(key)).toMatchObject({ cached: false, attempts: 1 });
  }
  for (const kind of ["started", "frames", "done"] as const)
    expect(leader.changes.filter((each) => each[1] === kind).length, kind).toBeGreaterThanOrEqual(
      kind === "frames" ? 1 : 3,
    );
  const again = await leader.render(chunks);
  expect([...again.chunks.values()].every(({ cached }) => cached)).toBe(true);
});

test("in the leader's own process its files are read where they are", async () => {
  const { file, digest } = picture();
  const paths: string[] = [];
  const leader = await machine("leader", {
    behave: (_, __, ___, inputs) => void paths.push(inputs[digest] ?? ""),
  });
  await leader.render([chunk("a", digest)], { inputs: { [digest]: file } });
  expect(paths).toEqual([file]);
});

test("a poison chunk stops after five attempts, said of its scene; another production does not notice", async () => {
  const behave: Behave = (name) => {
    if (name === "poison") throw new ReelburstError("RENDER_PROCESS_DIED", "It died.", { retryable: true });
  };
  const leader = await machine("leader", { slots: 1, behave });
  const other = await machine("other", { slots: 1, behave });
  const neighbour = other.render([chunk("n1"), chunk("n2"), chunk("n3")], { productionId: "neighbour" });
  await expect(leader.render([chunk("a"), chunk("poison")])).rejects.toMatchObject({
    code: "RENDER_PROCESS_DIED",
    message: "poison: It died.",
    path: "scenes[poison]",
  });
  const [job] = await leader.queue.jobs(GROUP).then((jobs) => jobs.filter(({ state }) => state === "failed"));
  expect(job?.attempts).toBe(5);
  const { chunks } = await neighbour;
  expect([...chunks.values()].map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
});

test("with skipping, the failed scene's other chunks are not drawn any more", async () => {
  const behave: Behave = (name) => {
    if (name === "bad-1") throw new ReelburstError("IMAGE_UNREADABLE", "It is damaged.");
  };
  const leader = await machine("leader", { behave });
  const chunks = [chunk("bad-1", null, "bad"), chunk("bad-2", null, "bad"), chunk("a")];
  const { failedScenes, chunks: done } = await leader.render(chunks, { skipFailedScenes: true });
  expect([...failedScenes.keys()]).toEqual(["bad"]);
  expect(done.has(chunk("a").key)).toBe(true);
});

test("a file of the machine that drew is told of as the user's own", async () => {
  const { file, digest } = picture();
  const leader = await machine("leader", { slots: 0 });
  await machine("helper", {
    behave: (_, __, ___, inputs) => {
      const broken = inputs[digest] ?? "";
      throw new ReelburstError("IMAGE_UNREADABLE", `${broken} is damaged.`, { path: broken });
    },
  });
  await expect(leader.render([chunk("a", digest)], { inputs: { [digest]: file } })).rejects.toMatchObject({
    message: `a: ${file} is damaged.`,
    path: file,
  });
});

test("what is canceled stops on every machine at once", async () => {
  const leader = await machine("leader", { slots: 0 });
  let [begun, stopped] = [0, 0];
  const helper = await machine("helper", {
    behave: (_, __, signal) =>
      new Promise((_resolve, reject) => {
        begun += 1;
        signal.addEventListener("abort", () => {
          stopped += 1;
          reject(new ReelburstError("ABORTED", "stopped"));
        });
      }),
  });
  const abort = new AbortController();
  const rendering = leader.render([chunk("a"), chunk("b")], { signal: abort.signal });
  await vi.waitFor(() => expect(begun).toBe(1), 5000);
  abort.abort();
  await expect(rendering).rejects.toMatchObject({ code: "ABORTED" });
  // Whoever gives a production away leaves its jobs to the next.
  expect((await leader.queue.status(GROUP)).active).toBe(1);
  await leader.queue.forget(GROUP);
  await vi.waitFor(() => expect([stopped, helper.executor.active().length]).toEqual([1, 0]), 2000);
  expect(helper.troubles).toEqual([]);
});

test("a worker that was asleep past its lease keeps nothing of what it drew", async () => {
  let wake = (): void => {};
  let isAsleep = false;
  const leader = await machine("leader", { slots: 0 });
  const sleeper = await machine("sleeper", {
    behave: () =>
      new Promise((resolve) => {
        isAsleep = true;
        wake = resolve;
      }),
  });
  const rendering = leader.render([chunk("a")]);
  await vi.waitFor(() => expect(isAsleep).toBe(true), 5000);
  // It hears nothing either: as if the machine had been stopped.
  await sleeper.queue.close();
  await database.query(
    "UPDATE reelburst.job SET due_at = now() - interval '1 second' WHERE state = 'active'",
  );
  const put = vi.spyOn(store, "put");
  wake();
  await vi.waitFor(() => expect(drawn).toEqual(["sleeper a"]), 5000);
  await vi.waitFor(() => expect(sleeper.executor.active()).toEqual([]), 5000);
  expect(put).not.toHaveBeenCalled();
  await machine("helper");
  const { chunks } = await rendering;
  expect(drawn).toEqual(["sleeper a", "helper a"]);
  expect(chunks.get(chunk("a").key)?.attempts).toBe(2);
});

test("a second leader takes over the first one's jobs and adds none", async () => {
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const first = await machine("first", { slots: 0 });
  const second = await machine("second", { slots: 0 });
  await machine("helper", { behave: (name) => (name === "a" ? undefined : gate) });
  ends.push(async () => go());
  const abort = new AbortController();
  const chunks = [chunk("a"), chunk("b"), chunk("c")];
  const left = first.render(chunks, { signal: abort.signal });
  await vi.waitFor(async () => expect((await first.queue.status(GROUP)).completed).toBe(1), 5000);
  abort.abort(new ReelburstError("SERVER_DRAINING", "down", { retryable: true }));
  await expect(left).rejects.toMatchObject({ code: "ABORTED" });
  const taken = second.render(chunks);
  await vi.waitFor(() => expect(second.changes).toContainEqual(["a", "cached"]), 5000);
  go();
  await taken;
  expect(drawn).toEqual(["helper a", "helper b", "helper c"]);
  expect(await second.queue.jobs(GROUP)).toHaveLength(3);
});

test("jobs that somebody cleared away, and a chunk that is in no cache, are made again", async () => {
  let lose = true;
  const leader = await machine("leader", { slots: 0 });
  const rendering = leader.render([chunk("a"), chunk("b")]);
  await vi.waitFor(async () => expect((await leader.queue.status(GROUP)).queued).toBe(2), 5000);
  await leader.queue.forget(GROUP);
  await machine("helper", {
    through: new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name !== "put" || typeof value !== "function")
          return typeof value === "function" ? value.bind(target) : value;
        return async (key: string, ...rest: unknown[]) => {
          const facts: unknown = await value.call(target, key, ...rest);
          if (lose && key === chunkRecordKey(chunk("a").key)) {
            lose = false;
            await target.delete(key);
          }
          return facts;
        };
      },
    }),
  });
  const { chunks } = await rendering;
  expect(chunks.size).toBe(2);
  expect(lose).toBe(false);
});

test("a flipped input is refused and fetched again", async () => {
  const { file, digest } = picture();
  let flips = 1;
  const leader = await machine("leader", { slots: 0 });
  await machine("helper", {
    through: new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name !== "get" || typeof value !== "function")
          return typeof value === "function" ? value.bind(target) : value;
        return async (key: string, options: { sha256?: string }) => {
          if (!key.startsWith("inputs/") || flips-- <= 0) return value.call(target, key, options) as unknown;
          const body = (await value.call(target, key, {})) as { stream: Readable };
          body.stream.destroy();
          const error = new ReelburstError("OBJECT_DIGEST_MISMATCH", "Other bytes came.");
          const stream = Readable.from(
            (async function* () {
              yield Buffer.from("a pict");
              throw error;
            })(),
          );
          return { ...body, stream };
        };
      },
    }),
    behave: (_, __, ___, inputs) => expect(readFileSync(inputs[digest] ?? "", "utf8")).toBe("a picture"),
  });
  await leader.render([chunk("a", digest)], { inputs: { [digest]: file } });
  expect(flips).toBeLessThan(1);
  expect(drawn).toEqual(["helper a"]);
});

test("an input that is not what its digest says is never drawn from", async () => {
  const { file, digest } = picture();
  writeFileSync(file, "b picture");
  const leader = await machine("leader");
  await expect(leader.render([chunk("a", digest)], { inputs: { [digest]: file } })).rejects.toMatchObject({
    code: "INPUT_CHANGED",
  });
  expect(drawn).toEqual([]);
});

test("a full disk here is told, and the next attempt is another machine's", async () => {
  const leader = await machine("leader", { slots: 0 });
  const full = await machine("full", {
    behave: () => {
      throw new ReelburstError("DISK_FULL", "The disk is full.");
    },
  });
  const rendering = leader.render([chunk("a")]);
  await vi.waitFor(() => expect(full.troubles.map(({ code }) => code)).toEqual(["DISK_FULL"]), 5000);
  await machine("roomy");
  await rendering;
  expect(drawn).toEqual(["roomy a"]);
});
