import { type LinkedSignal, linkSignals } from "../abort.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import { timedOut } from "./fetch-errors.ts";

/** The limits of one attempt: one on the whole of it, and one on whatever is being waited for. */
export class PhaseTimer {
  readonly #clock: Clock;
  readonly #url: string;
  readonly #linked: LinkedSignal;
  readonly #stopTotal: CancelTimer;
  #stopPhase: CancelTimer = () => {};

  constructor(clock: Clock, url: string, totalMs: number, signal: AbortSignal | undefined) {
    this.#clock = clock;
    this.#url = url;
    this.#linked = linkSignals(signal);
    this.#stopTotal = clock.after(totalMs, () =>
      this.#linked.abort(timedOut(url, "did not come to its end", totalMs)),
    );
  }

  /** Aborts with the caller's, and with FETCH_TIMEOUT. */
  get signal(): AbortSignal {
    return this.#linked.signal;
  }

  /** @param what the rest of a sentence: "did not answer" */
  enter(what: string, limitMs: number, shownMs = limitMs): void {
    this.#stopPhase();
    this.#stopPhase = this.#clock.after(limitMs, () =>
      this.#linked.abort(timedOut(this.#url, what, shownMs)),
    );
  }

  leave(): void {
    this.#stopPhase();
    this.#stopPhase = () => {};
  }

  close(): void {
    this.leave();
    this.#stopTotal();
    this.#linked.unlink();
  }
}
