/**
 * The render child's main program: receives one task at a time, runs it, answers.
 *
 * Ends by itself when its parent is gone: the IPC channel closes with the parent, and every task gives
 * way to the event loop between frames, so a killed Reelburst leaves no process behind for longer than
 * one native call.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { flushCompileCache } from "node:module";
import path from "node:path";
import { ReelburstError } from "../../support/errors.ts";
import { systemCode, writeError } from "../../support/file-errors.ts";
import type { ChildMessage, ParentMessage, TaskContext, TaskRequest } from "./protocol.ts";
import { TASKS, type TaskName } from "./tasks.ts";

const PROGRESS_MS = 200;
const tempRoot = process.argv[2] ?? "";

function send(message: ChildMessage): void {
  if (process.connected) process.send?.(message);
}

process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

process.on("message", (message: ParentMessage) => {
  // What cannot be loaded now cannot be loaded by the task either, and the task says so.
  if (message.type === "load") void loadTask(message.task).catch(() => {});
  else void answer(message);
});

const loaded = new Set<string>();

/** This process ends by being killed, and what Node would keep of its compiled files at its end is never written. */
async function loadTask(task: string): Promise<unknown> {
  const run = await TASKS[task as TaskName]();
  if (!loaded.has(task)) {
    loaded.add(task);
    flushCompileCache();
  }
  return run;
}

async function answer(request: TaskRequest): Promise<void> {
  const { id } = request;
  let reported = 0;
  let tempDirectory: string | null = null;
  try {
    tempDirectory = mkdtempSync(path.join(tempRoot, "task-"));
    const context: TaskContext = {
      tempDirectory,
      // An abort kills this process from outside; inside, a task is never asked to stop.
      signal: new AbortController().signal,
      progress: (done, total) => {
        const now = performance.now();
        if (now - reported < PROGRESS_MS && done < total) return;
        reported = now;
        send({ type: "progress", id, done, total });
      },
    };
    const run = (await loadTask(request.task)) as (input: unknown, context: TaskContext) => Promise<unknown>;
    const output = await run(request.input, context);
    // Before the answer: whoever gets it may end this process at once.
    rmSync(tempDirectory, { recursive: true, force: true });
    send({ type: "done", id, output, peakBytes: process.resourceUsage().maxRSS * 1024 });
  } catch (error) {
    if (tempDirectory !== null) rmSync(tempDirectory, { recursive: true, force: true });
    send({ type: "failed", id, error: taskError(error, request.task).toJSON() });
  }
}

function taskError(thrown: unknown, task: string): ReelburstError {
  if (systemCode(thrown) === "EFBIG") {
    return new ReelburstError("RENDER_OUTPUT_TOO_LARGE", `${task} wrote a larger file than allowed.`, {
      cause: thrown,
    });
  }
  return ReelburstError.from(writeError(thrown, tempRoot), "RENDER_INTERNAL");
}

send({ type: "ready" });
