import { constants } from "node:os";
import { ReelburstError } from "../support/errors.ts";

export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What is needed of `process`. */
export interface SignalSource {
  on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
  off(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
}

export interface StopListener {
  /** Aborted by the first signal, with an `ABORTED` error as its reason. */
  readonly signal: AbortSignal;
  /** The first signal that came; null while there was none. */
  received(): StopSignal | null;
  /** Gives the signals back to their default. */
  dispose(): void;
}

export interface StopReactions {
  readonly onFirst: (signal: StopSignal) => void;
  /** The user insists: must not return to the work. */
  readonly onSecond: (signal: StopSignal) => void;
}

const STOP_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

export function listenForStop(source: SignalSource, reactions: StopReactions): StopListener {
  const controller = new AbortController();
  let first: StopSignal | null = null;
  const listener = (signal: StopSignal): void => {
    if (first !== null) {
      // The end of the terminal comes on top of its Ctrl+C and is not the user insisting.
      if (signal !== "SIGHUP") reactions.onSecond(signal);
      return;
    }
    first = signal;
    reactions.onFirst(signal);
    controller.abort(new ReelburstError("ABORTED", "Stopped on request."));
  };
  for (const signal of STOP_SIGNALS) source.on(signal, listener);
  return {
    signal: controller.signal,
    received: () => first,
    dispose: () => {
      for (const signal of STOP_SIGNALS) source.off(signal, listener);
    },
  };
}

/** The shells' convention: 128 + the signal's number. */
export function exitCodeOfSignal(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}
