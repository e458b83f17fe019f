import { ReelburstError } from "../support/errors.ts";
import type { ProduceContext } from "./context.ts";
import { mixCut } from "./make-file.ts";
import type { Prepared } from "./prepare.ts";

/**
 * Mixes the sound of all files while their chunks render, one file after the other on one of the slots. Mixed
 * afterwards, as it was before, a long film's sound kept one core busy and left the others idle. The mixes are left
 * in the cache, where the files' making finds them.
 */
export class EarlySound {
  readonly #stop = new AbortController();
  readonly #mixing: Promise<void>;
  /** Aborted as well when mixing fails: the film would not be finished. */
  readonly signal: AbortSignal;
  #failure: ReelburstError | null = null;

  constructor(prepared: Prepared, context: ProduceContext) {
    this.signal = AbortSignal.any([context.signal, this.#stop.signal]);
    this.#mixing = this.#mix(prepared, context);
  }

  /** Why mixing ended early; null while it goes on, when it was stopped, and after success. */
  get failure(): ReelburstError | null {
    return this.#failure;
  }

  /** @throws ReelburstError what mixing failed with */
  async finish(): Promise<void> {
    await this.#mixing;
    if (this.#failure !== null) throw this.#failure;
  }

  async stop(): Promise<void> {
    this.#stop.abort(new ReelburstError("ABORTED", "Stopped."));
    await this.#mixing;
  }

  async #mix(prepared: Prepared, context: ProduceContext): Promise<void> {
    const mixing = {
      ...context,
      signal: this.signal,
      audioBitrate: context.audioBitrate(prepared.production),
    };
    try {
      for (const cut of prepared.plan.cuts) await mixCut(cut, prepared.gathered, mixing);
    } catch (error) {
      if (this.signal.aborted) return;
      this.#failure = ReelburstError.from(error);
      this.#stop.abort(this.#failure);
    }
  }
}
