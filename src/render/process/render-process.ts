/**
 * One render child process: started late, kept warm over many tasks, killed as a whole process group.
 *
 * Everything that touches libav or sharp happens in there. A file that crashes a decoder, eats memory
 * or never ends costs this process and nothing else.
 *
 * One piece in spite of its length: starting, limiting, watching and killing a process are one state machine,
 * and its races are only visible together.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ReelburstError } from "../../support/errors.ts";
import { limitedCommand, type ProcessLimits } from "./limits.ts";
import type { ChildMessage, ParentMessage, TaskRequest } from "./protocol.ts";

const CHILD_ENTRY = fileURLToPath(new URL("./child.ts", import.meta.url));
/** Short enough that a decoder cannot take gigabytes unseen; reading /proc costs some microseconds. */
const MEMORY_WATCH_MS = 50;
/** The child's own stderr is kept to this length for error messages. */
const STDERR_TAIL = 4000;

export interface RenderProcessOptions {
  readonly limits: ProcessLimits;
  /** Where the child may put temporary files; exists. */
  readonly tempRoot: string;
  /** Folder for Node's compile cache, so that later children start faster. */
  readonly compileCache: string | null;
}

export interface TaskProgress {
  readonly done: number;
  readonly total: number;
}

interface Running {
  readonly id: number;
  readonly task: string;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: ReelburstError) => void;
  readonly onProgress: ((progress: TaskProgress) => void) | undefined;
  /** Set by every sign of progress, cleared by the stall watch. */
  active: boolean;
}

export class RenderProcess {
  readonly #options: RenderProcessOptions;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #watch: NodeJS.Timeout | undefined;
  #running: Running | null = null;
  #nextId = 1;
  #stderr = "";
  #peakBytes = 0;
  #killedFor: ReelburstError | null = null;
  #alive = true;

  constructor(options: RenderProcessOptions) {
    this.#options = options;
    // The heap limit is for JavaScript only; pictures live in WebAssembly and libav's own memory.
    const [command, args] = limitedCommand(
      process.execPath,
      ["--max-old-space-size=512", CHILD_ENTRY, options.tempRoot],
      options.limits,
    );
    this.#child = spawn(command, args, {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      detached: process.platform !== "win32",
      serialization: "advanced",
      env: childEnvironment(options),
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => {
        this.#onGone(code, signal);
        resolve();
      });
      this.#child.once("error", (error) => {
        this.#killedFor ??= new ReelburstError(
          "RENDER_PROCESS_START",
          `A render process did not start: ${error.message}`,
        );
        this.#onGone(null, null);
        resolve();
      });
    });
    this.#child.stderr?.on("data", (data: Buffer) => {
      this.#stderr = (this.#stderr + data.toString()).slice(-STDERR_TAIL);
    });
    this.#child.on("message", (message) => this.#onMessage(message as ChildMessage));
  }

  get alive(): boolean {
    return this.#alive;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Largest resident memory seen, in bytes. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /**
   * Runs one task at a time. An abort kills the process: native code cannot be interrupted otherwise.
   *
   * @throws ReelburstError ABORTED, RENDER_TIMEOUT, RENDER_STALLED, RENDER_MEMORY_EXCEEDED, RENDER_PROCESS_DIED or the task's own
   */
  run(
    task: string,
    input: unknown,
    options: {
      signal?: AbortSignal | undefined;
      onProgress?: ((progress: TaskProgress) => void) | undefined;
    } = {},
  ): Promise<unknown> {
    if (this.#running !== null) throw new Error("A render process runs one task at a time");
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(abortedError(signal));
    const id = this.#nextId++;
    const limitMs = this.#options.limits.taskSeconds * 1000;
    return new Promise<unknown>((resolve, reject) => {
      const onAbort = (): void => this.kill(abortedError(signal));
      const timer = setTimeout(() => {
        this.kill(
          new ReelburstError(
            "RENDER_TIMEOUT",
            `${task} took longer than ${this.#options.limits.taskSeconds} s and was stopped.`,
          ),
        );
      }, limitMs);
      // In two steps, so that a laptop that slept does not take its own sleep for a stall.
      const stallWatch = setInterval(() => {
        const running = this.#running;
        if (running === null) return;
        if (!running.active) {
          this.kill(
            new ReelburstError(
              "RENDER_STALLED",
              `${task} made no progress for ${this.#options.limits.stallSeconds} s and was stopped.`,
              {
                retryable: true,
              },
            ),
          );
        }
        running.active = false;
      }, this.#options.limits.stallSeconds * 500);
      const settle = (): void => {
        clearTimeout(timer);
        clearInterval(stallWatch);
        this.#stopWatch();
        signal?.removeEventListener("abort", onAbort);
        this.#running = null;
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#running = {
        id,
        task,
        active: true,
        onProgress: options.onProgress,
        resolve: (output) => {
          settle();
          resolve(output);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      if (!this.#alive) {
        this.#running.reject(this.#killedFor ?? diedError(task, null, null, this.#stderr));
        return;
      }
      this.#startWatch();
      const request: TaskRequest = { type: "run", id, task, input };
      this.#child.send(request, (error) => {
        if (error !== null && this.#running?.id === id) {
          this.#running.reject(diedError(task, null, null, this.#stderr));
        }
      });
    });
  }

  /** Has a task's code loaded before the task comes. It says nothing of whether that worked. */
  load(task: string): void {
    if (!this.#alive) return;
    const message: ParentMessage = { type: "load", task };
    this.#child.send(message, () => {});
  }

  /** Ends the whole process group at once. Safe to call at any time. */
  kill(reason?: ReelburstError): void {
    if (!this.#alive) return;
    this.#killedFor ??= reason ?? new ReelburstError("ABORTED", "The render process was stopped.");
    killGroup(this.#child);
  }

  /** Kills and waits until the kernel has confirmed the end. */
  async close(): Promise<void> {
    this.kill();
    await this.#exited;
  }

  #onMessage(message: ChildMessage): void {
    const running = this.#running;
    switch (message.type) {
      case "ready":
        return;
      case "progress":
        if (running?.id !== message.id) return;
        running.active = true;
        running.onProgress?.({ done: message.done, total: message.total });
        return;
      case "done":
        this.#peakBytes = Math.max(this.#peakBytes, message.peakBytes);
        if (running?.id === message.id) running.resolve(message.output);
        return;
      case "failed":
        if (running?.id === message.id) running.reject(ReelburstError.fromJSON(message.error));
        return;
    }
  }

  #onGone(code: number | null, signal: NodeJS.Signals | null): void {
    this.#alive = false;
    this.#stopWatch();
    // Whatever else was in the group (there should be nothing) goes with it.
    killGroup(this.#child);
    const running = this.#running;
    if (running !== null)
      running.reject(this.#killedFor ?? diedError(running.task, code, signal, this.#stderr));
  }

  #startWatch(): void {
    if (process.platform !== "linux") return;
    this.#watch = setInterval(() => {
      const bytes = residentBytes(this.#child.pid);
      this.#peakBytes = Math.max(this.#peakBytes, bytes);
      if (bytes > this.#options.limits.memoryBytes) {
        const megabytes = Math.round(this.#options.limits.memoryBytes / 1e6);
        this.kill(
          new ReelburstError(
            "RENDER_MEMORY_EXCEEDED",
            `${this.#running?.task ?? "A task"} needed more than ${megabytes} MB and was stopped.`,
            {
              hint: "Use a smaller picture or a lower output resolution.",
            },
          ),
        );
      }
    }, MEMORY_WATCH_MS);
    this.#watch.unref();
  }

  #stopWatch(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }
}

function abortedError(signal: AbortSignal | undefined): ReelburstError {
  return new ReelburstError("ABORTED", "Stopped on request.", { cause: signal?.reason });
}

function diedError(
  task: string,
  code: number | null,
  signal: NodeJS.Signals | null,
  stderr: string,
): ReelburstError {
  const how = signal === null ? `exit code ${code ?? "unknown"}` : `signal ${signal}`;
  if (signal === "SIGXFSZ") {
    return new ReelburstError("RENDER_OUTPUT_TOO_LARGE", `${task} wrote a larger file than allowed.`);
  }
  const tail = stderr.trim().split("\n").slice(-3).join(" | ");
  return new ReelburstError(
    "RENDER_PROCESS_DIED",
    `The render process ended during ${task} (${how}).${tail === "" ? "" : ` ${tail}`}`,
    {
      retryable: true,
    },
  );
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // ESRCH: the group is gone already.
  }
}

/** VmRSS from /proc; 0 when the process is gone. */
function residentBytes(pid: number | undefined): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]);
    return pages * 4096;
  } catch {
    return 0;
  }
}

/** No secrets, no system fonts: the child sees only what it needs. */
function childEnvironment(options: RenderProcessOptions): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    FONTCONFIG_FILE: fileURLToPath(new URL("./no-system-fonts.conf", import.meta.url)),
    TMPDIR: options.tempRoot,
    // Fewer malloc arenas: memory stays near what is in use.
    MALLOC_ARENA_MAX: "2",
    // SVT-AV1 prints past libav's log; errors only.
    SVT_LOG: "1",
    ...(options.compileCache === null ? {} : { NODE_COMPILE_CACHE: options.compileCache }),
    ...(process.platform === "win32" ? { SystemRoot: process.env["SystemRoot"] } : {}),
  };
}
