/**
 * The loop that makes queued productions into films: claim one, render it, store what happens, until told to drain.
 * How a film is made comes in from outside. A database that is away for a while is waited for.
 */
import type { Production } from "../spec/production.ts";
import { abortError, sleep } from "../support/abort.ts";
import type { Clock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import type { ProductionEvent, ProductionResult } from "./events.ts";
import { ProductionProblems } from "./problems.ts";
import type { Claim, ProductionStore } from "./production-store.ts";
import { ProductionRecorder } from "./record-production.ts";

export interface RunnerParts {
  readonly store: ProductionStore;
  readonly clock: Clock;
  readonly workerId: string;
  /** Productions at a time. Each takes all slots it can get: more than one helps only many small films. */
  readonly concurrency: number;
  readonly leaseMs: number;
  /** @throws ReelburstError or ProductionProblems when the document is no production any more */
  readonly open: (document: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<Production>;
  /** Where the production's files go: an absolute folder of its own. */
  readonly folderOf: (id: string) => string;
  readonly render: (
    production: Production,
    claim: Claim,
    folder: string,
    hooks: { readonly signal: AbortSignal; readonly emit: (event: ProductionEvent) => void },
  ) => Promise<ProductionResult>;
  /** Called before a production's end is stored: nothing of it is wanted any more on any machine. */
  readonly forget: (id: string) => Promise<void>;
  /** Takes the places of this machine out of a text that callers will read. */
  readonly hide: (text: string) => string;
  readonly onEnd: (ending: RunEnding) => void;
  /** What went wrong around the work and is no production's fault. */
  readonly onTrouble: (error: ReelburstError) => void;
}

export interface RunEnding {
  readonly id: string;
  readonly state: "succeeded" | "failed" | "canceled" | "released" | "lost";
  readonly seconds: number;
  readonly error: ReelburstError | null;
}

export interface ProductionRunner {
  readonly workerId: string;
  /** Ids of what is being worked on. */
  active(): readonly string[];
  /** Claims no more, gives back what is being worked on, and resolves when all is still. */
  drain(): Promise<void>;
}

const IDLE_POLL_MS = 2000;
const TROUBLE_PAUSE_MS = 1000;
const WRITE_EVERY_MS = 300;
const FINAL_TRIES = 20;

const DRAINING = new ReelburstError("SERVER_DRAINING", "The server is going down.", { retryable: true });
const CANCELED = new ReelburstError("CANCELED", "The production was canceled.");
const STALE = new ReelburstError("LEASE_LOST", "The production was given to another worker.", {
  retryable: true,
});

export function runProductions(parts: RunnerParts): ProductionRunner {
  const { store, clock } = parts;
  const drain = new AbortController();
  const active = new Set<string>();
  const waiting = new Set<() => void>();
  const stopListening = store.subscribe(() => {
    for (const wake of [...waiting]) wake();
  });
  const idle = (): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        waiting.delete(wake);
        stop();
        resolve();
      };
      waiting.add(wake);
      const stop = clock.after(IDLE_POLL_MS, wake);
    });

  const loop = async (): Promise<void> => {
    while (!drain.signal.aborted) {
      try {
        const claim = await store.claim({ workerId: parts.workerId, leaseMs: parts.leaseMs });
        if (claim === null) {
          await idle();
          continue;
        }
        active.add(claim.id);
        try {
          parts.onEnd(await runOne(claim, parts, drain.signal));
        } finally {
          active.delete(claim.id);
        }
      } catch (error) {
        parts.onTrouble(ReelburstError.from(error));
        await sleep(TROUBLE_PAUSE_MS, { clock, signal: drain.signal }).catch(() => {});
      }
    }
  };
  const loops = Array.from({ length: parts.concurrency }, loop);
  return {
    workerId: parts.workerId,
    active: () => [...active],
    drain: async () => {
      drain.abort(DRAINING);
      for (const wake of [...waiting]) wake();
      await Promise.all(loops);
      stopListening();
    },
  };
}

async function runOne(claim: Claim, parts: RunnerParts, drain: AbortSignal): Promise<RunEnding> {
  const { store, clock } = parts;
  const startedMs = clock.monotonicMs();
  const stop = new AbortController();
  const onDrain = (): void => stop.abort(DRAINING);
  drain.addEventListener("abort", onDrain);
  if (drain.aborted) onDrain();
  const recorder = new ProductionRecorder(parts.workerId, parts.hide);
  const writer = new Writer(claim, recorder, parts, () => stop.abort(STALE));
  const beat = async (): Promise<void> => {
    const answer = await store.heartbeat(claim);
    if (answer === "stale") stop.abort(STALE);
    if (answer === "cancel") stop.abort(CANCELED);
  };
  const beatOrTell = (): void => {
    beat().catch((error: unknown) => parts.onTrouble(ReelburstError.from(error)));
  };
  // Our own writes are told of as well: only every so often is it worth asking whether it was a cancellation.
  let askedMs = Number.NEGATIVE_INFINITY;
  const finish = async (): Promise<boolean> => {
    // Who has lost the production forgets nothing: its jobs are another one's now, who would enqueue them again.
    if (stop.signal.reason !== STALE) {
      await parts.forget(claim.id).catch((error: unknown) => parts.onTrouble(ReelburstError.from(error)));
    }
    return writer.finish();
  };
  const stopListening = store.subscribe((id) => {
    if (id !== claim.id || clock.monotonicMs() - askedMs < 100) return;
    askedMs = clock.monotonicMs();
    beatOrTell();
  });
  const stopBeating = every(clock, parts.leaseMs / 3, beatOrTell);
  const stopWriting = every(clock, WRITE_EVERY_MS, () => writer.write());
  const ended = (state: RunEnding["state"], error: ReelburstError | null = null): RunEnding => ({
    id: claim.id,
    state,
    seconds: (clock.monotonicMs() - startedMs) / 1000,
    error,
  });
  try {
    const folder = parts.folderOf(claim.id);
    const published: { result: ProductionResult | null } = { result: null };
    try {
      await beat();
      if (stop.signal.aborted) throw abortError(stop.signal);
      const production = await parts.open(claim.document, stop.signal);
      const result = await parts.render(production, claim, folder, {
        signal: stop.signal,
        emit: (event) => {
          if (event.type === "succeeded") published.result = event.result;
          recorder.hear(event);
          if (recorder.isUrgent) writer.write();
        },
      });
      recorder.succeeded(result, folder);
    } catch (thrown) {
      const error = ReelburstError.from(thrown);
      if (published.result !== null) {
        // The film is there; what broke is the tidying up after it.
        parts.onTrouble(error);
        recorder.succeeded(published.result, folder);
      } else if (stop.signal.reason === DRAINING) {
        await writer.settle();
        return ended((await store.release(claim)) === "ok" ? "released" : "lost");
      } else if (stop.signal.reason === STALE) return ended("lost", STALE);
      else if (stop.signal.reason === CANCELED) {
        recorder.canceled();
        return ended((await finish()) ? "canceled" : "lost");
      } else {
        const problems = error instanceof ProductionProblems ? error.problems : [];
        recorder.failed(
          error.toJSON(),
          problems.map((problem) => problem.toJSON()),
        );
        return ended((await finish()) ? "failed" : "lost", error);
      }
    }
    return ended((await finish()) ? "succeeded" : "lost");
  } finally {
    drain.removeEventListener("abort", onDrain);
    stopListening();
    stopBeating();
    stopWriting();
  }
}

/** Writes one batch after the other; what could not be written is kept for the next. */
class Writer {
  readonly #claim: Claim;
  readonly #recorder: ProductionRecorder;
  readonly #parts: RunnerParts;
  readonly #onStale: () => void;
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;
  #isFinishing = false;

  constructor(claim: Claim, recorder: ProductionRecorder, parts: RunnerParts, onStale: () => void) {
    this.#claim = claim;
    this.#recorder = recorder;
    this.#parts = parts;
    this.#onStale = onStale;
  }

  /** Starts to write unless that is going on; what comes meanwhile waits for the next turn. */
  write(): void {
    if (this.#isRunning || this.#isFinishing || !this.#recorder.isPending) return;
    this.#isRunning = true;
    this.#running = this.#writeOnce()
      .then((answer) => {
        if (answer === "stale") this.#onStale();
      })
      .catch((error: unknown) => this.#parts.onTrouble(ReelburstError.from(error)))
      .finally(() => {
        this.#isRunning = false;
      });
  }

  settle(): Promise<void> {
    return this.#running;
  }

  /** The last write, the one that must not be lost. @returns false when the claim is. */
  async finish(): Promise<boolean> {
    this.#isFinishing = true;
    await this.settle();
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.#writeOnce()) === "ok";
      } catch (error) {
        if (attempt === FINAL_TRIES) throw error;
        this.#parts.onTrouble(ReelburstError.from(error));
        await sleep(TROUBLE_PAUSE_MS, { clock: this.#parts.clock });
      }
    }
  }

  async #writeOnce(): Promise<"ok" | "stale"> {
    const { pending, ...update } = this.#recorder.take();
    try {
      return await this.#parts.store.record(this.#claim, update);
    } catch (error) {
      this.#recorder.putBack(pending);
      throw error;
    }
  }
}

function every(clock: Clock, periodMs: number, callback: () => void): () => void {
  let cancel = (): void => {};
  const arm = (): void => {
    cancel = clock.after(periodMs, () => {
      arm();
      callback();
    });
  };
  arm();
  return () => cancel();
}
