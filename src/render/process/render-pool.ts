/** A fixed number of slots, each a render process of its own. Tasks wait their turn in order of arrival. */
import { ReelburstError } from "../../support/errors.ts";
import { RenderProcess, type RenderProcessOptions, type TaskProgress } from "./render-process.ts";
import type { TaskInput, TaskName, TaskOutput } from "./tasks.ts";

/** Runs libav and sharp work somewhere safe. The contract that `produce` sees. */
export interface TaskRunner {
  readonly slots: number;
  run<Name extends TaskName>(
    task: Name,
    input: TaskInput<Name>,
    options?: {
      signal?: AbortSignal | undefined;
      onProgress?: ((progress: TaskProgress) => void) | undefined;
    },
  ): Promise<TaskOutput<Name>>;
  /**
   * Starts processes and has a task's code loaded in them, while the caller prepares what they are to do. Costs what
   * it costs even when the task never comes.
   *
   * @param processes at most so many, and never more than there are slots
   */
  warmUp(task: TaskName | null, processes: number): void;
  /** Largest resident memory of any one process so far, in bytes. */
  readonly peakBytes: number;
  close(): Promise<void>;
}

/** Of work for each CPU second allowed: a task may use several cores at once. */
const MOST_WORK_MS = 125;

export class RenderPool implements TaskRunner {
  readonly slots: number;
  readonly #options: RenderProcessOptions;
  readonly #idle: RenderProcess[] = [];
  readonly #all = new Set<RenderProcess>();
  readonly #waiting: (() => void)[] = [];
  readonly #workedMs = new WeakMap<RenderProcess, number>();
  readonly #leaving = new Set<Promise<void>>();
  #busy = 0;
  #peakBytes = 0;
  #closed = false;

  constructor(slots: number, options: RenderProcessOptions) {
    this.slots = slots;
    this.#options = options;
  }

  get peakBytes(): number {
    return Math.max(this.#peakBytes, ...[...this.#all].map((child) => child.peakBytes));
  }

  async run<Name extends TaskName>(
    task: Name,
    input: TaskInput<Name>,
    options: {
      signal?: AbortSignal | undefined;
      onProgress?: ((progress: TaskProgress) => void) | undefined;
    } = {},
  ): Promise<TaskOutput<Name>> {
    try {
      return await this.#runOnce(task, input, options);
    } catch (error) {
      // Chunks are jobs and have retries of their own, which are counted and told.
      if (task === "renderChunk" || !diedByChance(error)) throw error;
      return await this.#runOnce(task, input, options);
    }
  }

  async #runOnce<Name extends TaskName>(
    task: Name,
    input: TaskInput<Name>,
    options: {
      signal?: AbortSignal | undefined;
      onProgress?: ((progress: TaskProgress) => void) | undefined;
    },
  ): Promise<TaskOutput<Name>> {
    await this.#acquire(options.signal);
    const child = this.#take();
    const begunMs = performance.now();
    try {
      return (await child.run(task, input, options)) as TaskOutput<Name>;
    } finally {
      this.#giveBack(child, performance.now() - begunMs);
    }
  }

  warmUp(task: TaskName | null, processes: number): void {
    if (this.#closed) return;
    for (let missing = Math.min(this.slots, processes) - this.#all.size; missing > 0; missing--)
      this.#idle.push(this.#start());
    // Those at work load beside it: a picture is decoded on another thread.
    if (task !== null) for (const child of this.#all) child.load(task);
  }

  /** Kills every process and waits for their end. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...[...this.#all].map((child) => child.close()), ...this.#leaving]);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #acquire(signal: AbortSignal | undefined): Promise<void> {
    while (this.#busy >= this.slots && !this.#closed) {
      await new Promise<void>((resolve) => {
        // An aborted waiter leaves the line, or it would swallow the wake-up of the one behind it.
        const leave = (): void => {
          const place = this.#waiting.indexOf(wake);
          if (place >= 0) this.#waiting.splice(place, 1);
          resolve();
        };
        const wake = (): void => {
          signal?.removeEventListener("abort", leave);
          resolve();
        };
        this.#waiting.push(wake);
        signal?.addEventListener("abort", leave, { once: true });
      });
      if (signal?.aborted) break;
    }
    if (this.#closed || signal?.aborted) throw new ReelburstError("ABORTED", "Stopped on request.");
    this.#busy += 1;
  }

  #take(): RenderProcess {
    for (let child = this.#idle.pop(); child !== undefined; child = this.#idle.pop()) {
      if (child.alive) return child;
      this.#forget(child);
    }
    return this.#start();
  }

  #start(): RenderProcess {
    const child = new RenderProcess(this.#options);
    this.#all.add(child);
    return child;
  }

  #giveBack(child: RenderProcess, workedMs: number): void {
    this.#busy -= 1;
    const totalMs = (this.#workedMs.get(child) ?? 0) + workedMs;
    this.#workedMs.set(child, totalMs);
    if (!child.alive) this.#forget(child);
    else if (totalMs > this.#options.limits.cpuSeconds * MOST_WORK_MS) {
      // A service's processes live as long as it does: none is to meet its CPU limit in the middle of a chunk.
      this.#forget(child);
      const leaving = child.close().finally(() => this.#leaving.delete(leaving));
      this.#leaving.add(leaving);
    } else this.#idle.push(child);
    this.#waiting.shift()?.();
  }

  #forget(child: RenderProcess): void {
    this.#peakBytes = Math.max(this.#peakBytes, child.peakBytes);
    this.#all.delete(child);
  }
}

/** What ended the process may have been another program's hunger for memory, and need not come again. */
function diedByChance(error: unknown): boolean {
  return error instanceof ReelburstError && ["RENDER_PROCESS_DIED", "RENDER_STALLED"].includes(error.code);
}
