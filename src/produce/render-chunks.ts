/**
 * The chunks of one production: those the cache holds, and those that are drawn now. A render of its own draws them in
 * this process, through a queue in memory; a server's go to the queue that all machines share (`queued-chunks.ts`).
 * What is drawn is in the cache before its job counts as done, so a killed run goes on where it was.
 */
import path from "node:path";
import type { JobQueue } from "../jobs/queue.ts";
import type { PlacedChunk } from "../render/plan.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { ChunkCache } from "../storage/chunk-cache.ts";
import { sleep } from "../support/abort.ts";
import { ReelburstError, type SerializedError } from "../support/errors.ts";
import { describeFailure, isWholeMachine } from "./chunk-failure.ts";
import { digestsOf, drawChunk, type RenderedChunk, takeChunk } from "./draw-chunk.ts";
import type { InputMarks } from "./input-marks.ts";
import type { DrawingMachine, MachineSource, MachineWork } from "./machine-source.ts";
import { mapLimit } from "./map-limit.ts";
import { renderQueued, type SharedChunks } from "./queued-chunks.ts";
import { copyOf, RunningChunks } from "./running-chunks.ts";
import { type AttemptEnd, workOnJobs } from "./work-on-jobs.ts";

export const LOCAL_QUEUE = "local";
const LEASE_MS = 60_000;
const RETRY_LIMIT = 2;
/** Questions to a store at a time; on this machine's disk one after the other is quickest. */
const SHARED_LOOKS = 16;

export interface RenderChunksContext {
  readonly productionId: string;
  readonly runner: TaskRunner;
  readonly cache: ChunkCache;
  readonly queue: JobQueue;
  readonly tempRoot: string;
  /** Digest -> path of pictures and fonts. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly marks: Pick<InputMarks, "requireUnchanged">;
  /** Where a scene stands in the user's file. */
  readonly pathOf: (sceneId: string) => string;
  readonly signal: AbortSignal;
  /** true: go on with the other scenes when one cannot be rendered. */
  readonly skipFailedScenes: boolean;
  readonly onChunk: (chunk: PlacedChunk, change: ChunkChange) => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Where several processes draw; without it the chunks are drawn here, by this call. */
  readonly shared?: SharedChunks | undefined;
  readonly machines?: MachineSource | undefined;
  readonly drawingSlots?: number | undefined;
}

export type ChunkChange =
  | { readonly kind: "cached" }
  | { readonly kind: "started"; readonly attempt: number }
  | { readonly kind: "frames"; readonly frames: number }
  | { readonly kind: "retrying"; readonly attempt: number; readonly error: SerializedError | null }
  | { readonly kind: "done" };

export interface RenderChunksResult {
  readonly chunks: ReadonlyMap<string, RenderedChunk>;
  /** Scenes with a chunk that could not be rendered, with the reason. */
  readonly failedScenes: ReadonlyMap<string, ReelburstError>;
  /** When each slot finished its last chunk, in seconds from the first; slots that rendered nothing are missing. */
  readonly slotEndSeconds: readonly number[];
}

/** Takes every chunk that the cache holds. */
export async function takeCached(
  chunks: readonly PlacedChunk[],
  { cache, shared }: Pick<RenderChunksContext, "cache" | "shared">,
): Promise<Map<string, RenderedChunk>> {
  const keys = [...new Set(chunks.map(({ key }) => key))];
  const entries = await mapLimit(keys, shared === undefined ? 1 : SHARED_LOOKS, (key) =>
    takeChunk(key, cache),
  );
  const found = new Map<string, RenderedChunk>();
  for (const [place, key] of keys.entries()) {
    const entry = entries[place];
    if (entry) found.set(key, entry);
  }
  return found;
}

/** @throws ReelburstError the first scene's failure, unless failed scenes are skipped; ABORTED */
export async function renderChunks(
  chunks: readonly PlacedChunk[],
  context: RenderChunksContext,
): Promise<RenderChunksResult> {
  const done = await takeCached(chunks, context);
  const missing = new Map<string, PlacedChunk>();
  for (const chunk of chunks) {
    if (done.has(chunk.key)) context.onChunk(chunk, { kind: "cached" });
    else missing.set(chunk.key, chunk);
  }
  if (missing.size === 0) return { chunks: done, failedScenes: new Map(), slotEndSeconds: [] };
  const drawn =
    context.shared === undefined
      ? await renderHere(missing, context)
      : { ...(await renderQueued(missing, context, context.shared)), slotEndSeconds: [] };
  return { ...drawn, chunks: new Map([...done, ...drawn.chunks]) };
}

async function renderHere(
  missing: ReadonlyMap<string, PlacedChunk>,
  context: RenderChunksContext,
): Promise<RenderChunksResult> {
  const done = new Map<string, RenderedChunk>();
  const failedScenes = new Map<string, ReelburstError>();
  await context.queue.enqueue(
    [...missing.values()].map((chunk) => ({
      queue: LOCAL_QUEUE,
      group: context.productionId,
      key: chunk.key,
      // The plan is at hand; a copy of it for the queue would be the only cost of going through one.
      data: null,
      retry: { limit: RETRY_LIMIT, baseDelayMs: 200, maxDelayMs: 5000 },
    })),
  );
  const slotEnds = new Map<number, number>();
  const begun = context.now();
  const settled = new Set<string>();
  const finished = new AbortController();
  const signal = AbortSignal.any([context.signal, finished.signal]);
  let fatal: ReelburstError | null = null;
  const giveUp = (error: ReelburstError): void => {
    fatal ??= error;
    finished.abort(error);
  };
  const settle = ({ key }: PlacedChunk): void => {
    settled.add(key);
    if (settled.size === missing.size) finished.abort();
  };
  const ofFilm = new Set<ReelburstError>();
  const chunkOf = (jobKey: string): PlacedChunk => missing.get(copyOf(jobKey).key) as PlacedChunk;
  const running = new RunningChunks(missing, context.now);
  const onEnd = (jobKey: string, attempt: number, end: AttemptEnd): void => {
    const chunk = chunkOf(jobKey);
    if (end.outcome === "completed") settle(chunk);
    // The chunk itself is still at work, and says how it ends.
    else if (copyOf(jobKey).isCopy) return;
    else if (end.outcome === "retrying") {
      context.onChunk(chunk, { kind: "retrying", attempt, error: end.error.toJSON() });
    } else if (end.outcome === "failed") {
      const { error } = end;
      if (!context.skipFailedScenes || ofFilm.has(error) || isWholeMachine(error)) giveUp(error);
      else {
        failedScenes.set(chunk.sceneId, error);
        settle(chunk);
      }
    }
  };

  const loop = (place: Place): Promise<void> =>
    workOnJobs({
      queue: context.queue,
      queueName: LOCAL_QUEUE,
      workerId: place.name,
      leaseMs: LEASE_MS,
      signal: AbortSignal.any([signal, ...(place.machine === null ? [] : [place.machine.signal])]),
      work: async ({ key: jobKey, attempt }, stop) => {
        const chunk = chunkOf(jobKey);
        const { key } = chunk;
        // Its scene is left out of the film, or its copy was quicker: nothing to draw.
        if (failedScenes.has(chunk.sceneId) || done.has(key)) return null;
        context.onChunk(chunk, { kind: "started", attempt });
        const end = context.machines === undefined ? () => {} : running.begin(jobKey, stop);
        try {
          const rendered = await renderOne(chunk, place, attempt, stop.signal, context);
          // The result is stored under its content's name, so it counts even when the lease was lost meanwhile;
          // then whoever holds the job now will end it.
          done.set(key, rendered);
          running.finished(chunk, rendered.facts);
          if (place.machine === null) slotEnds.set(place.slot, (context.now() - begun) / 1000);
          context.onChunk(chunk, { kind: "done" });
          return { frames: rendered.facts.frames };
        } catch (thrown) {
          const error = ReelburstError.from(thrown);
          if (place.machine !== null && !stop.signal.aborted && isOfMachine(error)) {
            place.machine.onFailure(error);
            await sleep(AFTER_FAILURE_MS, { signal: stop.signal }).catch(() => {});
          }
          throw thrown;
        } finally {
          end();
        }
      },
      givesBack: (error) => place.machine !== null && isOfMachine(error),
      describe: ({ key }, known) => {
        const failure = describeFailure(chunkOf(key), known, context);
        if (failure.ofFilm) ofFilm.add(failure.error);
        return failure.error;
      },
      onEnd: ({ key, attempt }, end) => onEnd(key, attempt, end),
    });
  const loopsOf = (slots: number, machine: DrawingMachine | null): Promise<unknown> => {
    running.slots += slots;
    const loops = Array.from({ length: slots }, (_, slot) => {
      const name = machine === null ? `slot-${slot}` : `${machine.id}-${slot}`;
      return loop({ name, slot, machine });
    });
    return Promise.all(loops).finally(() => {
      running.slots -= slots;
    });
  };
  const work: MachineWork = {
    signal,
    left: async () => {
      const { queued, retrying } = await context.queue.backlog(LOCAL_QUEUE);
      return { queuedChunks: queued + retrying, ...running.left(settled) };
    },
    drawOn: async (machine) => {
      await loopsOf(machine.runner.slots, machine).catch((error: unknown) =>
        giveUp(ReelburstError.from(error)),
      );
    },
  };
  const { drawingSlots = context.runner.slots, machines } = context;
  const renting = machines === undefined ? null : withCopies(machines, work, running, context);
  try {
    await Promise.all([
      loopsOf(drawingSlots, null),
      // Without machines this one goes on alone, if it draws at all.
      renting?.catch((error: unknown) => {
        if (drawingSlots === 0 && !signal.aborted) giveUp(ReelburstError.from(error, "FLEET_FAILED"));
      }),
    ]);
  } catch (error) {
    giveUp(ReelburstError.from(error));
  } finally {
    // A loop that threw ends the others; machines are asked to end before anybody reads the result.
    await renting?.catch(() => {});
    await context.queue.forget(context.productionId);
  }
  if (context.signal.aborted) throw new ReelburstError("ABORTED", "Stopped on request.");
  if (fatal !== null) throw fatal;
  return { chunks: done, failedScenes, slotEndSeconds: [...slotEnds.values()] };
}

/** Where a loop draws: a slot of this machine, or of one that was brought. */
interface Place {
  readonly name: string;
  readonly slot: number;
  readonly machine: DrawingMachine | null;
}

/** Before a machine that failed is tried again. */
const AFTER_FAILURE_MS = 500;
const COPIES_EVERY_MS = 1000;

/** Of a machine or the way to it: another one may draw the same chunk. */
function isOfMachine({ code }: ReelburstError): boolean {
  return code.startsWith("AGENT_");
}

/** Near the end, chunks that are late are begun a second time where a slot is idle. */
async function withCopies(
  machines: MachineSource,
  work: MachineWork,
  running: RunningChunks,
  { queue, productionId }: RenderChunksContext,
): Promise<void> {
  const look = async (): Promise<void> => {
    const { queuedChunks } = await work.left();
    const copies = running.chooseCopies(queuedChunks);
    if (work.signal.aborted || copies.length === 0) return;
    const retry = { limit: 0, baseDelayMs: 0, maxDelayMs: 0 };
    await queue.enqueue(
      copies.map((key) => ({ queue: LOCAL_QUEUE, group: productionId, key, data: null, retry })),
    );
  };
  const timer = setInterval(() => void look().catch(() => {}), COPIES_EVERY_MS);
  try {
    await machines.run(work);
  } finally {
    clearInterval(timer);
  }
}

function renderOne(
  chunk: PlacedChunk,
  { name, machine }: Place,
  attempt: number,
  signal: AbortSignal,
  context: RenderChunksContext,
): Promise<RenderedChunk> {
  const inputs = Object.fromEntries(
    digestsOf(chunk.plan).map((digest) => [digest, context.inputs[digest] ?? ""] as const),
  );
  return drawChunk(machine === null ? context : { ...context, runner: machine.runner }, {
    key: chunk.key,
    plan: chunk.plan,
    inputs,
    outPath: path.join(context.tempRoot, `${chunk.key}-${name}.mp4`),
    attempt,
    signal,
    onFrames: (frames) => context.onChunk(chunk, { kind: "frames", frames }),
    beforeStore: async () => {
      for (const file of Object.values(inputs)) await context.marks.requireUnchanged(file);
    },
  });
}
