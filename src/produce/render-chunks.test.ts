import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MemoryQueue } from "../jobs/memory/memory-queue.ts";
import type { ChunkPlan, PlacedChunk } from "../render/plan.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { ChunkQuality } from "../render/quality/chunk-quality.ts";
import { FileChunkCache } from "../storage/file/file-chunk-cache.ts";
import { systemClock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import { digestOf } from "../support/hash.ts";
import { InputMarks } from "./input-marks.ts";
import { type ChunkChange, type RenderChunksContext, renderChunks } from "./render-chunks.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-test-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FRAMES = 10;
const NOT_MEASURED: ChunkQuality = {
  videoBytes: 0,
  picture: { black: [], still: [], edges: ["", ""] },
  contrasts: [],
};

function chunk(name: string, sceneId = name): PlacedChunk {
  const plan = {
    frameCount: FRAMES,
    layers: [],
    fonts: [],
    captions: [],
    watermark: null,
    engine: name,
  } as unknown as ChunkPlan;
  return { key: `chunk-${digestOf(name)}`, sceneId, startFrame: 0, plan };
}

/** A runner that "renders" by writing a file, and fails as told. */
class FakeRunner {
  readonly slots = 2;
  readonly peakBytes = 0;
  readonly calls: string[] = [];
  readonly #behave: (name: string, attempt: number, signal: AbortSignal) => Promise<void> | void;

  constructor(
    behave: (name: string, attempt: number, signal: AbortSignal) => Promise<void> | void = () => {},
  ) {
    this.#behave = behave;
  }

  async run(_task: string, input: unknown, options: { signal?: AbortSignal } = {}): Promise<unknown> {
    const { plan, outPath } = input as { plan: { engine: string }; outPath: string };
    this.calls.push(plan.engine);
    const attempt = this.calls.filter((name) => name === plan.engine).length;
    await this.#behave(plan.engine, attempt, options.signal as AbortSignal);
    writeFileSync(outPath, plan.engine);
    return {
      key: `chunk-${digestOf(plan.engine)}`,
      frames: FRAMES,
      captionFrames: 0,
      witnesses: [],
      quality: NOT_MEASURED,
      thumbnail: new Uint8Array([1]),
      prepareMs: 1,
      paintMs: 1,
      encodeMs: 1,
    };
  }

  async close(): Promise<void> {}
}

function setUp(runner: FakeRunner, change: Partial<RenderChunksContext> = {}) {
  const changes: [string, ChunkChange["kind"]][] = [];
  const context: RenderChunksContext = {
    productionId: "p",
    runner: runner as unknown as TaskRunner,
    cache: new FileChunkCache({ folder: path.join(folder, "cache"), clock: systemClock }),
    queue: new MemoryQueue({ clock: systemClock, random: () => 0 }),
    tempRoot: folder,
    inputs: {},
    marks: new InputMarks(),
    pathOf: (sceneId) => `scenes[${sceneId}]`,
    signal: new AbortController().signal,
    skipFailedScenes: false,
    now: () => 0,
    onChunk: (each, { kind }) => changes.push([each.sceneId, kind]),
    ...change,
  };
  return { context, changes };
}

const broken = (retryable: boolean) => new ReelburstError("RENDER_PROCESS_DIED", "It died.", { retryable });

describe("renderChunks", () => {
  test("renders each chunk once and takes it from the cache the next time", async () => {
    const runner = new FakeRunner();
    const chunks = ["a", "b", "c"].map((name) => chunk(name));
    const first = await renderChunks([...chunks, chunks[0] as PlacedChunk], setUp(runner).context);
    expect(runner.calls.toSorted()).toEqual(["a", "b", "c"]);
    expect([...first.chunks.values()].map((each) => each.cached)).toEqual([false, false, false]);
    const { context, changes } = setUp(runner);
    const second = await renderChunks(chunks, context);
    expect(runner.calls).toHaveLength(3);
    expect([...second.chunks.values()].map((each) => each.cached)).toEqual([true, true, true]);
    expect(changes.map(([, kind]) => kind)).toEqual(["cached", "cached", "cached"]);
  });

  test("says when each slot finished its last chunk", async () => {
    let time = 0;
    const runner = new FakeRunner();
    const { context } = setUp(runner, { now: () => (time += 500) });
    const { slotEndSeconds } = await renderChunks([chunk("a"), chunk("b"), chunk("c")], context);
    expect(slotEndSeconds.length).toBeLessThanOrEqual(runner.slots);
    expect(Math.max(...slotEndSeconds)).toBe(1.5);
    const cached = await renderChunks([chunk("a")], context);
    expect(cached.slotEndSeconds).toEqual([]);
  });

  test("a retryable failure is tried again and the attempt is counted", async () => {
    const runner = new FakeRunner((name, attempt) => {
      if (name === "b" && attempt < 3) throw broken(true);
    });
    const { context, changes } = setUp(runner);
    const { chunks } = await renderChunks([chunk("a"), chunk("b")], context);
    expect(chunks.get(chunk("b").key)?.attempts).toBe(3);
    expect(changes.filter(([scene, kind]) => scene === "b" && kind === "retrying")).toHaveLength(2);
  });

  test("a chunk that always fails stops after three attempts, named by its scene", async () => {
    const runner = new FakeRunner((name) => {
      if (name === "poison") throw broken(true);
    });
    await expect(renderChunks([chunk("a"), chunk("poison")], setUp(runner).context)).rejects.toMatchObject({
      code: "RENDER_PROCESS_DIED",
      message: expect.stringMatching(/^poison: /),
    });
    expect(runner.calls.filter((name) => name === "poison")).toHaveLength(3);
  });

  test("what cannot be retried is not", async () => {
    const runner = new FakeRunner(() => {
      throw broken(false);
    });
    await expect(renderChunks([chunk("a")], setUp(runner).context)).rejects.toMatchObject({
      code: "RENDER_PROCESS_DIED",
    });
    expect(runner.calls).toEqual(["a"]);
  });

  test("with skipping, neighbours are finished, the failed scene is named and its other chunks are left", async () => {
    const runner = new FakeRunner((name) => {
      if (name.startsWith("bad")) throw broken(false);
    });
    const chunks = [chunk("bad-1", "bad"), chunk("a"), chunk("bad-2", "bad"), chunk("b")];
    const { chunks: done, failedScenes } = await renderChunks(
      chunks,
      setUp(runner, { skipFailedScenes: true }).context,
    );
    expect([...failedScenes.keys()]).toEqual(["bad"]);
    expect(done.has(chunk("a").key) && done.has(chunk("b").key)).toBe(true);
  });

  test("a full disk is not a scene's fault: nothing is skipped", async () => {
    const runner = new FakeRunner(() => {
      throw new ReelburstError("DISK_FULL", "The disk is full.");
    });
    await expect(
      renderChunks([chunk("a"), chunk("b")], setUp(runner, { skipFailedScenes: true }).context),
    ).rejects.toMatchObject({
      code: "DISK_FULL",
    });
  });

  test("a damaged watermark is not a scene's fault either, and is said of the watermark", async () => {
    const runner = new FakeRunner(() => {
      throw new ReelburstError("IMAGE_UNREADABLE", "The picture is damaged.", { path: "/w.png" });
    });
    const marked = chunk("a");
    const watermark = { digest: "mark" } as ChunkPlan["watermark"];
    await expect(
      renderChunks(
        [{ ...marked, plan: { ...marked.plan, watermark } }],
        setUp(runner, { skipFailedScenes: true, inputs: { mark: "/w.png" } }).context,
      ),
    ).rejects.toMatchObject({
      code: "IMAGE_UNREADABLE",
      path: "watermark.src (/w.png)",
      message: "The picture is damaged.",
    });
  });

  test("a cached chunk whose facts are another's is rendered again", async () => {
    const runner = new FakeRunner();
    const { context } = setUp(runner);
    writeFileSync(path.join(folder, "swapped"), "b");
    const facts = {
      key: chunk("b").key,
      frames: FRAMES,
      captionFrames: 0,
      witnesses: [],
      quality: NOT_MEASURED,
    };
    await context.cache.put(chunk("a").key, path.join(folder, "swapped"), { facts, thumbnail: "" });
    const { chunks } = await renderChunks([chunk("a")], context);
    expect(runner.calls).toEqual(["a"]);
    expect(chunks.get(chunk("a").key)).toMatchObject({ cached: false, facts: { key: chunk("a").key } });
    expect((await context.cache.get(chunk("a").key))?.meta).toMatchObject({ facts: { key: chunk("a").key } });
  });

  test("a cached chunk that was not measured is rendered again: a report needs all of them", async () => {
    const runner = new FakeRunner();
    const { context } = setUp(runner);
    writeFileSync(path.join(folder, "old"), "a");
    const facts = { key: chunk("a").key, frames: FRAMES, captionFrames: 0, witnesses: [] };
    await context.cache.put(chunk("a").key, path.join(folder, "old"), { facts, thumbnail: "" });
    const { chunks } = await renderChunks([chunk("a")], context);
    expect(runner.calls).toEqual(["a"]);
    expect(chunks.get(chunk("a").key)).toMatchObject({ cached: false, facts: { quality: NOT_MEASURED } });
  });

  test("an abort ends it; what was finished stays in the cache", async () => {
    const abort = new AbortController();
    const runner = new FakeRunner(async (name, _, signal) => {
      if (name === "a") return;
      setTimeout(() => abort.abort(), 20);
      await new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(new ReelburstError("ABORTED", "stopped"))),
      );
    });
    const { context } = setUp(runner, { signal: abort.signal });
    await expect(renderChunks([chunk("a"), chunk("b"), chunk("c")], context)).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(await context.cache.has(chunk("a").key)).toBe(true);
    expect(await context.cache.has(chunk("b").key)).toBe(false);
  });
});
