/**
 * The coordinator of one production's chunks: puts them into the queue that all machines share and waits for their
 * ends. Who draws them, and where, it does not know. What counts is what the queue and the cache say, never what this
 * process has seen: another coordinator can take over at any moment and finds both.
 */
import { isFinal, type Job, type JobState } from "../jobs/job.ts";
import type { JobChange, JobQueue } from "../jobs/queue.ts";
import type { PlacedChunk } from "../render/plan.ts";
import { ReelburstError } from "../support/errors.ts";
import { describeFailure, isWholeMachine } from "./chunk-failure.ts";
import type { ChunkInputs } from "./chunk-inputs.ts";
import { chunkJob, latestJobs, readJobKey } from "./chunk-job.ts";
import type { ChunkProgress } from "./chunk-progress.ts";
import { digestsOf, type RenderedChunk, takeChunk } from "./draw-chunk.ts";
import { mapLimit } from "./map-limit.ts";
import type { RenderChunksContext } from "./render-chunks.ts";

/** What the processes that draw for one service have in common. */
export interface SharedChunks {
  readonly queue: JobQueue;
  readonly inputs: ChunkInputs;
  readonly progress: ChunkProgress;
}

/** Notices are hints: so often the queue is counted as well. */
const COUNT_EVERY_MS = 2000;
const UPLOADS = 4;
/** A chunk that is said to be made and is in no cache. */
const MAX_TRIES = 5;

type QueuedContext = Pick<
  RenderChunksContext,
  "productionId" | "cache" | "inputs" | "marks" | "pathOf" | "signal" | "skipFailedScenes" | "onChunk"
>;

interface QueuedResult {
  readonly chunks: ReadonlyMap<string, RenderedChunk>;
  readonly failedScenes: ReadonlyMap<string, ReelburstError>;
}

/**
 * Aborted, it leaves the jobs where they are: a server that goes down gives its production to another one, which waits
 * for the same jobs. Whoever ends the production for good has the queue forget them.
 *
 * @throws ReelburstError the first scene's failure, unless failed scenes are skipped; ABORTED
 */
export async function renderQueued(
  missing: ReadonlyMap<string, PlacedChunk>,
  context: QueuedContext,
  shared: SharedChunks,
): Promise<QueuedResult> {
  const waiting = new QueuedChunks(missing, context, shared);
  try {
    return await waiting.finish();
  } finally {
    waiting.stop();
  }
}

class QueuedChunks {
  readonly #context: QueuedContext;
  readonly #shared: SharedChunks;
  /** By chunk key: what has no end yet, and under which generation of its job that is awaited; null: not enqueued. */
  readonly #open = new Map<
    string,
    { readonly chunk: PlacedChunk; generation: number | null; tries: number }
  >();
  readonly #done = new Map<string, RenderedChunk>();
  readonly #failedScenes = new Map<string, ReelburstError>();
  /** Ends under way, by chunk key. */
  readonly #ending = new Map<string, Promise<void>>();
  readonly #stops: (() => void)[] = [];
  #fatal: ReelburstError | null = null;
  #isFilled = false;
  #wake = (): void => {};

  constructor(missing: ReadonlyMap<string, PlacedChunk>, context: QueuedContext, shared: SharedChunks) {
    this.#context = context;
    this.#shared = shared;
    for (const [key, chunk] of missing) this.#open.set(key, { chunk, generation: null, tries: 0 });
  }

  async finish(): Promise<QueuedResult> {
    const { productionId, inputs, marks, signal } = this.#context;
    const { queue, progress } = this.#shared;
    const wake = (): void => this.#wake();
    signal.addEventListener("abort", wake);
    this.#stops.push(
      () => signal.removeEventListener("abort", wake),
      this.#shared.inputs.offer(inputs, marks),
      queue.subscribe((change) => this.#hear(change)),
      progress.subscribe(productionId, (key, frames) => {
        const chunk = this.#open.get(key)?.chunk;
        if (chunk !== undefined) this.#context.onChunk(chunk, { kind: "frames", frames });
      }),
    );
    const filling = this.#fill().then(
      () => {
        this.#isFilled = true;
      },
      (error: unknown) => this.#fail(ReelburstError.from(error)),
    );
    try {
      while (this.#open.size > 0 && this.#fatal === null && !signal.aborted) {
        const timePassed = await this.#pause();
        if (timePassed && this.#isFilled) await this.#count();
      }
    } catch (error) {
      this.#fail(ReelburstError.from(error));
    }
    // What is under way may still be uploading or reading a chunk; none of it outlives this call.
    await Promise.all([filling, ...this.#ending.values()]);
    if (signal.aborted) throw new ReelburstError("ABORTED", "Stopped on request.");
    if (this.#fatal !== null) {
      await queue.cancel(productionId);
      throw this.#fatal;
    }
    return { chunks: this.#done, failedScenes: this.#failedScenes };
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  /** Enqueues what is missing, scene by scene as its files are published; takes over what an earlier one has enqueued. */
  async #fill(): Promise<void> {
    const { productionId, signal } = this.#context;
    const { queue } = this.#shared;
    const earlier = latestJobs(await queue.jobs(productionId));
    const unwanted = [...earlier].filter(([key, job]) => !this.#open.has(key) && !isFinal(job.state));
    if (unwanted.length > 0)
      await queue.cancel(
        productionId,
        unwanted.map(([, job]) => job.key),
      );
    const publishing = new Map<string, Promise<void>>();
    const publish = (digest: string): Promise<void> => {
      const file = this.#context.inputs[digest] ?? "";
      const known = publishing.get(digest) ?? this.#shared.inputs.publish(digest, file, signal);
      publishing.set(digest, known);
      return known;
    };
    const batches = new Map<string, PlacedChunk[]>();
    for (const { chunk } of this.#open.values()) {
      const needs = digestsOf(chunk.plan).join(" ");
      batches.set(needs, [...(batches.get(needs) ?? []), chunk]);
    }
    await mapLimit([...batches.values()], UPLOADS, async (chunks) => {
      if (this.#fatal !== null || signal.aborted) return;
      await Promise.all(digestsOf((chunks[0] as PlacedChunk).plan).map(publish));
      const fresh: [PlacedChunk, number][] = [];
      for (const chunk of chunks) {
        const job = earlier.get(chunk.key);
        if (job !== undefined && !isFinal(job.state)) this.#await(chunk, job.generation);
        else fresh.push([chunk, job === undefined ? 0 : job.generation + 1]);
      }
      await this.#enqueue(fresh);
    });
  }

  async #enqueue(chunks: readonly (readonly [PlacedChunk, number])[]): Promise<void> {
    const { productionId } = this.#context;
    for (const [chunk, generation] of chunks) this.#await(chunk, generation);
    await this.#shared.queue.enqueue(
      chunks.map(([{ key, plan }, generation]) => chunkJob(productionId, key, plan, generation)),
    );
  }

  #await(chunk: PlacedChunk, generation: number): void {
    const open = this.#open.get(chunk.key);
    if (open !== undefined) open.generation = generation;
  }

  #hear({ group, key: jobKey, state, attempts }: JobChange): void {
    if (group !== this.#context.productionId) return;
    const { key, generation } = readJobKey(jobKey);
    const open = this.#open.get(key);
    if (open === undefined || open.generation !== generation) return;
    if (state === "active") this.#context.onChunk(open.chunk, { kind: "started", attempt: attempts });
    else if (state === "retrying")
      this.#context.onChunk(open.chunk, { kind: "retrying", attempt: attempts, error: null });
    else if (isFinal(state)) this.#end(key, state, attempts);
  }

  /** What the notices may have kept back. */
  async #count(): Promise<void> {
    const { productionId } = this.#context;
    const { queue } = this.#shared;
    const counts = await queue.status(productionId);
    const open = counts.queued + counts.active + counts.retrying;
    const awaited = this.#open.size - this.#ending.size;
    if (open >= awaited) return;
    const jobs = latestJobs(await queue.jobs(productionId));
    const gone: [PlacedChunk, number][] = [];
    for (const [key, { chunk, generation }] of this.#open) {
      if (generation === null || this.#ending.has(key)) continue;
      const job = jobs.get(key);
      // Another coordinator, one that had lost its production and did not know, has cleared up.
      if (job === undefined) gone.push([chunk, generation + 1]);
      else if (job.generation === generation && isFinal(job.state)) this.#end(key, job.state, job.attempts);
    }
    if (gone.length > 0) await this.#enqueue(gone);
  }

  #end(key: string, state: JobState, attempts: number): void {
    if (this.#ending.has(key)) return;
    const ending = this.#take(key, state, attempts)
      .catch((error: unknown) => this.#fail(ReelburstError.from(error)))
      .finally(() => {
        this.#ending.delete(key);
        this.#wake();
      });
    this.#ending.set(key, ending);
  }

  async #take(key: string, state: JobState, attempts: number): Promise<void> {
    const open = this.#open.get(key);
    if (open === undefined || open.generation === null) return;
    const { chunk, generation } = open;
    if (state === "completed") {
      const taken = await takeChunk(key, this.#context.cache);
      if (taken !== null) {
        this.#open.delete(key);
        this.#done.set(key, { ...taken, cached: false, attempts });
        this.#context.onChunk(chunk, { kind: "done" });
        return;
      }
    } else if (state === "failed") {
      const job = latestJobs(await this.#shared.queue.jobs(this.#context.productionId)).get(key);
      this.#blame(chunk, errorOf(job));
      return;
    }
    // Canceled by somebody, or said to be made and not there: made again.
    open.tries += 1;
    if (open.tries > MAX_TRIES)
      throw new ReelburstError(
        "CHUNK_DAMAGED",
        `${chunk.sceneId}: a finished chunk was lost again and again.`,
        {
          retryable: true,
          hint: "Check that all machines use the same storage.",
        },
      );
    await this.#enqueue([[chunk, generation + 1]]);
  }

  #blame(chunk: PlacedChunk, error: ReelburstError): void {
    const { error: told, ofFilm } = describeFailure(
      chunk,
      withPlaces(error, this.#context.inputs),
      this.#context,
    );
    if (!this.#context.skipFailedScenes || ofFilm || isWholeMachine(told)) {
      this.#fail(told);
      return;
    }
    this.#failedScenes.set(chunk.sceneId, told);
    // Its scene is left out of the film: nothing more of it is drawn.
    const rest = [...this.#open].filter(([, each]) => each.chunk.sceneId === chunk.sceneId);
    for (const [key] of rest) this.#open.delete(key);
    const keys = rest.flatMap(([key, { generation }]) =>
      generation === null ? [] : [generation === 0 ? key : `${key}.${generation}`],
    );
    this.#shared.queue.cancel(this.#context.productionId, keys).catch(() => {});
  }

  #fail(error: ReelburstError): void {
    this.#fatal ??= error;
    this.#wake();
  }

  /** @returns true when nothing has happened for so long that it is time to count */
  #pause(): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (timePassed: boolean): void => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve(timePassed);
      };
      const timer = setTimeout(() => done(true), COUNT_EVERY_MS);
      this.#wake = () => done(false);
    });
  }
}

function errorOf(job: Job | undefined): ReelburstError {
  return job?.state === "failed"
    ? ReelburstError.fromJSON(job.error)
    : new ReelburstError("RENDER_INTERNAL", "A chunk failed without a reason.");
}

const INPUT = /input:([0-9a-f]{64})/g;

/** For a job's error: files of the machine that drew are named by their digests, which mean the same everywhere. */
export function withoutPlaces(
  error: ReelburstError,
  files: Readonly<Record<string, string>>,
): ReelburstError {
  const hide = (text: string): string =>
    Object.entries(files).reduce(
      (hidden, [digest, file]) => hidden.replaceAll(file, `input:${digest}`),
      text,
    );
  return renamed(error, hide);
}

function withPlaces(error: ReelburstError, files: Readonly<Record<string, string>>): ReelburstError {
  return renamed(error, (text) => text.replaceAll(INPUT, (whole, digest: string) => files[digest] ?? whole));
}

function renamed(error: ReelburstError, rename: (text: string) => string): ReelburstError {
  return new ReelburstError(error.code, rename(error.message), {
    retryable: error.retryable,
    path: error.path === undefined ? undefined : rename(error.path),
    hint: error.hint,
    cause: error.cause,
  });
}
