import type { CancelTimer, Clock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { FetchRequest, Lease } from "../queue.ts";

/** What one look at the table says: a lease, or when something falls due (null: nothing does). */
export type Look = Lease | { readonly dueInMs: number | null };

export interface WaitingFetchesOptions {
  readonly clock: Clock;
  readonly look: (request: FetchRequest) => Promise<Look>;
  readonly release: (lease: Lease) => Promise<unknown>;
}

/** The longest time between two looks. What is new is told by notice; this is for notices that were lost. */
const LOOK_AGAIN_MS = 10_000;
const LONGEST_PAUSE_MS = 5_000;

interface Waiter {
  readonly request: FetchRequest;
  /** Nobody wants its lease any more. */
  isStopped: boolean;
  answer(lease: Lease | null): void;
  fail(error: unknown): void;
}

/**
 * The fetches of this process that wait, of one queue. However many there are, one look at a time asks the database
 * for all of them, and only when something may have changed: a notice came, a lease or a delay runs out, or ten
 * seconds passed. An idle process costs the database one indexed look every ten seconds.
 */
export class WaitingFetches {
  readonly #options: WaitingFetchesOptions;
  readonly #waiters = new Set<Waiter>();
  #looking: Promise<void> | null = null;
  #looksFor: Waiter | null = null;
  #again = false;
  #cancelAlarm: CancelTimer = () => {};
  #failures = 0;

  constructor(options: WaitingFetchesOptions) {
    this.#options = options;
  }

  /**
   * Waits for a lease; null when `stop` was called on what this returns. When a look for this very fetch is under
   * way, null comes after it, so that whoever heard null has taken nothing.
   */
  wait(request: FetchRequest): { readonly answer: Promise<Lease | null>; stop(): void } {
    const { promise, resolve, reject } = Promise.withResolvers<Lease | null>();
    const end = (): void => {
      this.#waiters.delete(waiter);
      if (this.#waiters.size === 0) this.#cancelAlarm();
    };
    const waiter: Waiter = {
      request,
      isStopped: false,
      answer(lease) {
        end();
        resolve(lease);
      },
      fail(error) {
        end();
        reject(error);
      },
    };
    this.#waiters.add(waiter);
    this.lookSoon();
    return { answer: promise, stop: () => this.#stop(waiter) };
  }

  /** Something may have changed. */
  lookSoon(): void {
    this.#again = true;
    this.#looking ??= this.#lookWhileNeeded().finally(() => {
      this.#looking = null;
    });
  }

  /** Answers null to all, and waits for the look under way: a lease it brings is given back. */
  async stop(): Promise<void> {
    for (const waiter of [...this.#waiters]) this.#stop(waiter);
    await this.#looking;
  }

  #stop(waiter: Waiter): void {
    waiter.isStopped = true;
    if (this.#looksFor !== waiter) waiter.answer(null);
  }

  async #lookWhileNeeded(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      this.#cancelAlarm();
      try {
        await this.#serve();
        this.#failures = 0;
      } catch (error) {
        this.#handleFailure(error);
      }
    }
  }

  async #serve(): Promise<void> {
    for (const waiter of this.#waiters) {
      const found = await this.#lookFor(waiter);
      if (waiter.isStopped) {
        if ("token" in found) await this.#options.release(found).catch(() => {});
        waiter.answer(null);
      } else if ("token" in found) {
        waiter.answer(found);
      } else {
        this.#setAlarm(Math.min(LOOK_AGAIN_MS, 1 + (found.dueInMs ?? LOOK_AGAIN_MS)));
        return;
      }
    }
  }

  async #lookFor(waiter: Waiter): Promise<Look> {
    this.#looksFor = waiter;
    try {
      return await this.#options.look(waiter.request);
    } catch (error) {
      if (waiter.isStopped) waiter.answer(null);
      throw error;
    } finally {
      this.#looksFor = null;
    }
  }

  /** A database that is away comes back; whoever waits for work can wait for it too. */
  #handleFailure(error: unknown): void {
    if (error instanceof ReelburstError && error.retryable) {
      this.#failures++;
      this.#setAlarm(Math.min(50 * 2 ** this.#failures, LONGEST_PAUSE_MS));
      return;
    }
    for (const waiter of [...this.#waiters]) waiter.fail(error);
  }

  #setAlarm(inMs: number): void {
    this.#cancelAlarm();
    if (this.#waiters.size === 0) return;
    this.#cancelAlarm = this.#options.clock.after(inMs, () => this.lookSoon());
  }
}
