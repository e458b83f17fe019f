import { type Clock, systemClock } from "./clock.ts";
import { ReelburstError } from "./errors.ts";

/**
 * What to throw for an aborted signal. A `ReelburstError` given as the reason is kept (a timeout stays
 * `TIMED_OUT`); everything else becomes `ABORTED` with the reason as its cause.
 */
export function abortError(signal: AbortSignal): ReelburstError {
  if (signal.reason instanceof ReelburstError) return signal.reason;
  return new ReelburstError("ABORTED", "The work was canceled.", { cause: signal.reason });
}

/** @throws {ReelburstError} `ABORTED`, or the signal's own `ReelburstError` reason. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** Runs `onAbort` when the signal aborts, at once when it already has. Returns a function that stops listening. */
export function whenAborted(signal: AbortSignal | undefined, onAbort: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    onAbort();
    return () => {};
  }
  signal.addEventListener("abort", onAbort, { once: true });
  return () => signal.removeEventListener("abort", onAbort);
}

export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Aborts the linked signal only; its sources stay as they are. */
  abort(reason?: unknown): void;
  /** Lets go of the sources. Call it when the work is over: the sources may live as long as the process. */
  unlink(): void;
}

/**
 * One signal that aborts with the first of its sources. Not `AbortSignal.any`, which offers no way to let go
 * and so grows a server's own long-lived signal by one listener per request.
 */
export function linkSignals(...sources: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const stops: (() => void)[] = [];
  const unlink = (): void => {
    for (const stop of stops.splice(0)) stop();
  };
  for (const source of sources) {
    const stop = whenAborted(source, () => {
      controller.abort(source?.reason);
      unlink();
    });
    stops.push(stop);
  }
  if (controller.signal.aborted) unlink();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason), unlink };
}

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

/** @throws {ReelburstError} `ABORTED` as soon as the signal aborts. */
export function sleep(delayMs: number, options: WaitOptions = {}): Promise<void> {
  const { signal, clock = systemClock } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError(signal));
      return;
    }
    const cancelTimer = clock.after(delayMs, () => {
      stopListening();
      resolve();
    });
    const stopListening = whenAborted(signal, () => {
      cancelTimer();
      if (signal !== undefined) reject(abortError(signal));
    });
  });
}

export interface TimeoutOptions extends WaitOptions {
  readonly timeoutMs: number;
  /** What was being waited for, as the subject of the message: "The render process". */
  readonly what: string;
}

/**
 * Runs `work` with a signal that aborts after `timeoutMs`. The caller is answered at that moment even when
 * `work` ignores the signal; whatever it does later is dropped.
 *
 * @throws {ReelburstError} `TIMED_OUT` (retryable) or `ABORTED`.
 */
export async function withTimeout<T>(
  work: (signal: AbortSignal) => Promise<T>,
  options: TimeoutOptions,
): Promise<T> {
  const { timeoutMs, what, signal, clock = systemClock } = options;
  throwIfAborted(signal);
  const linked = linkSignals(signal);
  const cancelTimer = clock.after(timeoutMs, () => {
    const message = `${what} did not answer within ${timeoutMs / 1000} s.`;
    linked.abort(new ReelburstError("TIMED_OUT", message, { retryable: true }));
  });
  let stopListening = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stopListening = whenAborted(linked.signal, () => reject(abortError(linked.signal)));
  });
  try {
    return await Promise.race([work(linked.signal), aborted]);
  } finally {
    stopListening();
    cancelTimer();
    linked.unlink();
  }
}
