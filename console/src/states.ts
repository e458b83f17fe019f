/** States in the reader's words, and the one colour each has. Pure. */
import type { Scene, State, Summary } from "./api/types.ts";

export type Tone = "waiting" | "active" | "done" | "retried" | "failed";

const WORDS: Readonly<Record<State, string>> = {
  queued: "Waiting",
  fetching: "Reading files",
  planning: "Planning",
  provisioning: "Renting machines",
  rendering: "Rendering",
  assembling: "Assembling",
  publishing: "Finishing",
  succeeded: "Done",
  failed: "Failed",
  canceled: "Canceled",
};

export function stateWord({ status, cancelRequested }: Pick<Summary, "status" | "cancelRequested">): string {
  return cancelRequested && !isEnded(status) ? "Canceling" : WORDS[status];
}

export function isEnded(state: State): boolean {
  return state === "succeeded" || state === "failed" || state === "canceled";
}

export function toneOf(state: State): Tone {
  if (state === "succeeded") return "done";
  if (state === "failed") return "failed";
  return state === "queued" || state === "canceled" ? "waiting" : "active";
}

const SCENE_TONES: Readonly<Record<Scene["status"], Tone>> = {
  waiting: "waiting",
  active: "active",
  done: "done",
  retried: "retried",
  failed: "failed",
  skipped: "retried",
};

export function sceneTone(status: Scene["status"]): Tone {
  return SCENE_TONES[status];
}
