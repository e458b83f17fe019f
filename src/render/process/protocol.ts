/** What parent and render child say to each other over Node's IPC channel. Plain data only. */
import type { SerializedError } from "../../support/errors.ts";

export interface TaskRequest {
  readonly type: "run";
  readonly id: number;
  readonly task: string;
  readonly input: unknown;
}

/** `load`: a task is about to come, and its code may be loaded meanwhile. It is not answered. */
export type ParentMessage = TaskRequest | { readonly type: "load"; readonly task: string };

export type ChildMessage =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly id: number; readonly done: number; readonly total: number }
  | { readonly type: "done"; readonly id: number; readonly output: unknown; readonly peakBytes: number }
  | { readonly type: "failed"; readonly id: number; readonly error: SerializedError };

/** What a task may use of its surroundings. */
export interface TaskContext {
  /** Reports units of work; throttled by the child, so it may be called for every frame. */
  readonly progress: (done: number, total: number) => void;
  /** An empty folder of this task's own, removed after it. */
  readonly tempDirectory: string;
  readonly signal: AbortSignal;
}
