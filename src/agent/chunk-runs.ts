/**
 * Chunks at work on this machine and the results nobody has fetched yet.
 *
 * An attempt is known by its token for as long as it is remembered: asked for again, because the answer was lost, it is
 * not run again; taken back before it came, it is not run at all.
 */
import { rm, stat } from "node:fs/promises";
import path from "node:path";
import type { TaskRunner } from "../render/process/render-pool.ts";
import { sleep } from "../support/abort.ts";
import type { Clock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import { sha256File } from "../support/hash.ts";
import { asOfAgent } from "./agent-errors.ts";
import type { BlobStore } from "./blob-store.ts";
import type { ChunkDone, ChunkEvent, ChunkOrder } from "./protocol.ts";

export interface ChunkRunsOptions {
  readonly runner: Pick<TaskRunner, "slots" | "run">;
  readonly blobs: BlobStore;
  /** For outputs; exists and is these runs' own. */
  readonly folder: string;
  readonly results: ResultLimits;
  /** Brings inputs that are named by URL; null: none may be. */
  readonly fetchInput: ((sha256: string, url: string, signal: AbortSignal) => Promise<void>) | null;
}

/** Oldest results go first. */
export interface ResultLimits {
  readonly maxCount: number;
  readonly maxBytes: number;
}

export type RunState = "running" | "done" | "failed";

interface Run {
  readonly id: string;
  readonly total: number;
  readonly outPath: string;
  readonly stop: AbortController;
  readonly followers: Set<(event: ChunkEvent) => void>;
  frames: number;
  end: Extract<ChunkEvent, { type: "done" | "failed" }> | null;
  settled: Promise<void>;
}

/** Tokens that are remembered; a request that is sent again comes within seconds. */
const MOST_ENDED = 10_000;

export class ChunkRuns {
  readonly #options: ChunkRunsOptions;
  /** In order of arrival. */
  readonly #runs = new Map<string, Run>();
  /** Tokens of attempts that are over, or were taken back before they came. */
  readonly #ended = new Set<string>();
  #busy = 0;
  #files = 0;
  #chunksDone = 0;
  #megapixels = 0;
  #seconds = 0;

  constructor(options: ChunkRunsOptions) {
    this.#options = options;
  }

  get busy(): number {
    return this.#busy;
  }

  get chunksDone(): number {
    return this.#chunksDone;
  }

  get megapixelsPerSecond(): number | null {
    return this.#seconds === 0 ? null : this.#megapixels / this.#seconds;
  }

  /**
   * Starts to draw.
   *
   * @returns digests that are needed first; none: it runs
   * @throws ReelburstError AGENT_ATTEMPT_KNOWN, AGENT_ATTEMPT_CANCELED, AGENT_FULL
   */
  start(order: ChunkOrder): readonly string[] {
    const { runner, blobs, folder, fetchInput } = this.#options;
    const id = order.attempt;
    if (this.#runs.has(id)) throw new ReelburstError("AGENT_ATTEMPT_KNOWN", "This attempt was begun before.");
    if (this.#ended.has(id))
      throw new ReelburstError("AGENT_ATTEMPT_CANCELED", "This attempt was taken back.");
    if (this.#busy >= runner.slots)
      throw new ReelburstError("AGENT_FULL", `All ${runner.slots} slots are at work.`, { retryable: true });
    const byUrl = order.inputs.filter(
      ({ sha256, url }) => fetchInput !== null && url !== undefined && !blobs.has(sha256),
    );
    const needed = order.inputs.map(({ sha256 }) => sha256);
    const { missing, release } = blobs.pin(
      needed.filter((digest) => !byUrl.some(({ sha256 }) => sha256 === digest)),
    );
    if (missing.length > 0) return missing;
    const run: Run = {
      id,
      total: order.plan.frameCount,
      outPath: path.join(folder, `chunk-${this.#files++}.mp4`),
      stop: new AbortController(),
      followers: new Set(),
      frames: 0,
      end: null,
      settled: Promise.resolve(),
    };
    this.#runs.set(id, run);
    this.#busy += 1;
    run.settled = this.#work(run, order, byUrl).then(async (end) => {
      release();
      this.#busy -= 1;
      if (end.type === "failed") await rm(run.outPath, { force: true });
      run.end = end;
      for (const follow of run.followers) follow(end);
      await this.#dropOldResults();
    });
    return [];
  }

  /** @throws ReelburstError AGENT_CHUNK_UNKNOWN */
  state(id: string): RunState {
    return this.#find(id).end?.type ?? "running";
  }

  /**
   * Hears what is known now and whatever comes, until the end or until the returned function is called.
   * @throws ReelburstError AGENT_CHUNK_UNKNOWN
   */
  follow(id: string, follower: (event: ChunkEvent) => void): () => void {
    const run = this.#find(id);
    follower({ type: "frames", done: run.frames, total: run.total });
    if (run.end === null) run.followers.add(follower);
    else follower(run.end);
    return () => void run.followers.delete(follower);
  }

  /** @throws ReelburstError AGENT_CHUNK_UNKNOWN, AGENT_CHUNK_UNFINISHED */
  output(id: string): { readonly path: string; readonly done: ChunkDone } {
    const { end, outPath } = this.#find(id);
    if (end?.type !== "done") throw new ReelburstError("AGENT_CHUNK_UNFINISHED", "There is no output.");
    return { path: outPath, done: end };
  }

  /** Ends its render process, if it has one, waits for that, and forgets all about it. */
  async cancel(id: string): Promise<void> {
    const run = this.#runs.get(id);
    if (run === undefined) {
      // The order itself may still be on its way.
      this.#forget(id);
      return;
    }
    run.stop.abort();
    await run.settled;
    this.#forget(id);
    await rm(run.outPath, { force: true });
  }

  /** Ends all work. */
  async close(): Promise<void> {
    for (const { stop } of this.#runs.values()) stop.abort();
    await this.idle();
  }

  /** Waits until every result has been fetched and let go, at most so long. */
  async fetched(withinMs: number, clock: Clock): Promise<void> {
    const endMs = clock.monotonicMs() + withinMs;
    while (this.#runs.size > 0 && clock.monotonicMs() < endMs) await sleep(100, { clock });
  }

  /** Resolves when nothing is at work. */
  async idle(): Promise<void> {
    await Promise.all([...this.#runs.values()].map(({ settled }) => settled));
  }

  /** But for the token, which must not run again. */
  #forget(id: string): void {
    this.#runs.delete(id);
    this.#ended.add(id);
    for (const oldest of this.#ended) if (this.#ended.size > MOST_ENDED) this.#ended.delete(oldest);
  }

  #find(id: string): Run {
    const run = this.#runs.get(id);
    if (run === undefined)
      throw new ReelburstError("AGENT_CHUNK_UNKNOWN", "There is no such attempt here.", { retryable: true });
    return run;
  }

  async #work(
    run: Run,
    order: ChunkOrder,
    byUrl: ChunkOrder["inputs"],
  ): Promise<Extract<ChunkEvent, { type: "done" | "failed" }>> {
    const { runner, blobs, fetchInput } = this.#options;
    const { signal } = run.stop;
    const { plan } = order;
    let release = (): void => {};
    let inputs: Record<string, string> = {};
    try {
      for (const { sha256, url } of byUrl) await fetchInput?.(sha256, url ?? "", signal);
      const pinned = blobs.pin(order.inputs.map(({ sha256 }) => sha256));
      release = pinned.release;
      if (pinned.missing.length > 0)
        throw new ReelburstError("DISK_FULL", "There is no room for all inputs of the chunk.", {
          retryable: true,
        });
      inputs = Object.fromEntries(order.inputs.map(({ sha256 }) => [sha256, blobs.pathOf(sha256)]));
      const { thumbnail, ...facts } = await runner.run(
        "renderChunk",
        { plan, inputs, outPath: run.outPath },
        {
          signal,
          onProgress: ({ done, total }) => {
            run.frames = done;
            for (const follow of run.followers) follow({ type: "frames", done, total });
          },
        },
      );
      const [{ size: sizeBytes }, sha256] = [await stat(run.outPath), await sha256File(run.outPath)];
      this.#chunksDone += 1;
      this.#megapixels += (facts.frames * plan.format.width * plan.format.height) / 1e6;
      this.#seconds += (facts.prepareMs + facts.paintMs + facts.encodeMs) / 1000;
      return { type: "done", sizeBytes, sha256, facts, thumbnail: Buffer.from(thumbnail).toString("base64") };
    } catch (thrown) {
      const error = signal.aborted
        ? new ReelburstError("AGENT_STOPPED", "The agent ended this work.", {
            retryable: true,
            cause: thrown,
          })
        : asOfAgent(ReelburstError.from(thrown, "RENDER_INTERNAL"));
      return { type: "failed", error: withoutPaths(error, inputs) };
    } finally {
      release();
    }
  }

  async #dropOldResults(): Promise<void> {
    const { maxCount, maxBytes } = this.#options.results;
    const finished = [...this.#runs.values()].filter(({ end }) => end !== null);
    let count = finished.length;
    let bytes = finished.reduce((sum, { end }) => sum + (end?.type === "done" ? end.sizeBytes : 0), 0);
    for (const { id, end, outPath } of finished) {
      // The newest stays whatever its size: somebody is about to fetch it.
      if ((count <= maxCount && bytes <= maxBytes) || count === 1) return;
      count -= 1;
      bytes -= end?.type === "done" ? end.sizeBytes : 0;
      this.#forget(id);
      await rm(outPath, { force: true });
    }
  }
}

/** The controller knows its files by other names; what they share is the digest. */
function withoutPaths(error: ReelburstError, inputs: Readonly<Record<string, string>>) {
  let text = JSON.stringify(error.toJSON());
  for (const [digest, file] of Object.entries(inputs))
    text = text.replaceAll(JSON.stringify(file).slice(1, -1), `blob:${digest}`);
  return JSON.parse(text) as ReturnType<ReelburstError["toJSON"]>;
}
