/** Which chunks are at work where, how quickly they are drawn, and which of them deserve a second start. */
import { chooseDuplicates } from "../fleets/policy/stragglers.ts";
import type { PlacedChunk } from "../render/plan.ts";
import type { RenderedChunk } from "./draw-chunk.ts";
import type { WorkLeft } from "./machine-source.ts";
import { leaseLost, type WorkStop } from "./work-on-jobs.ts";

const COPY = "#2";

/** A job's key -> the chunk's, and whether the job is the chunk's second start. */
export function copyOf(jobKey: string): { readonly key: string; readonly isCopy: boolean } {
  const isCopy = jobKey.endsWith(COPY);
  return { key: isCopy ? jobKey.slice(0, -COPY.length) : jobKey, isCopy };
}

export class RunningChunks {
  readonly #chunks: ReadonlyMap<string, PlacedChunk>;
  readonly #now: () => number;
  /** By job. */
  readonly #running = new Map<string, { readonly sinceMs: number; readonly stop: WorkStop }>();
  readonly #copied = new Set<string>();
  #frames = 0;
  #seconds = 0;
  /** Of all places that draw now. */
  slots = 0;

  /** @param now milliseconds, monotonic */
  constructor(chunks: ReadonlyMap<string, PlacedChunk>, now: () => number) {
    this.#chunks = chunks;
    this.#now = now;
  }

  /** @returns to be called at the attempt's end */
  begin(jobKey: string, stop: WorkStop): () => void {
    const entry = { sinceMs: this.#now(), stop };
    this.#running.set(jobKey, entry);
    return () => {
      if (this.#running.get(jobKey) === entry) this.#running.delete(jobKey);
    };
  }

  /** Ends the slower start of a chunk that is drawn. */
  finished({ key }: PlacedChunk, { frames, prepareMs, paintMs, encodeMs }: RenderedChunk["facts"]): void {
    this.#frames += frames;
    this.#seconds += (prepareMs + paintMs + encodeMs) / 1000;
    const both = [key, `${key}${COPY}`].map((jobKey) => this.#running.get(jobKey));
    if (both.every((entry) => entry !== undefined)) {
      // The one that has won is past asking its signal.
      for (const entry of both) entry?.stop.abort(leaseLost());
    }
  }

  left(settled: ReadonlySet<string>): Omit<WorkLeft, "queuedChunks"> {
    let frames = 0;
    for (const [key, chunk] of this.#chunks) if (!settled.has(key)) frames += chunk.plan.frameCount;
    return { frames, secondsPerFrame: this.#frames === 0 ? null : this.#seconds / this.#frames };
  }

  /** Keys of the jobs to add. Never a third start of a chunk, whatever becomes of its second. */
  chooseCopies(queuedChunks: number): readonly string[] {
    if (this.#frames === 0) return [];
    const now = this.#now();
    const running = [...this.#running].flatMap(([jobKey, { sinceMs }]) => {
      const frames = this.#chunks.get(jobKey)?.plan.frameCount;
      if (frames === undefined) return [];
      return {
        key: jobKey,
        elapsedSeconds: (now - sinceMs) / 1000,
        expectedSeconds: (this.#seconds / this.#frames) * frames + TRANSFER_SECONDS,
        copies: this.#copied.has(jobKey) ? 2 : 1,
      };
    });
    const chosen = chooseDuplicates(running, queuedChunks, this.slots - this.#running.size);
    for (const key of chosen) this.#copied.add(key);
    return chosen.map((key) => `${key}${COPY}`);
  }
}

/** Inputs there, the result back: not in what a machine says of its drawing. */
const TRANSFER_SECONDS = 3;
