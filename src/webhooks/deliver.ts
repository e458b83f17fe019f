/** The loop that sends what is due, until it is closed. A database that is away for a while is waited for. */
import { type Clock, systemClock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import type { Random } from "../support/random.ts";
import type { SafeFetch } from "../support/safe-fetch/contract.ts";
import type { Attempt, DeliveryStore } from "./delivery-store.ts";
import { sendWebhook } from "./send.ts";

export interface DelivererParts {
  readonly store: DeliveryStore;
  readonly fetch: SafeFetch;
  /** Looked up for each batch: they may be replaced while the server runs. */
  readonly secrets: () => Promise<readonly string[]>;
  readonly onTrouble: (error: ReelburstError) => void;
  readonly clock?: Clock;
  readonly random?: Random;
  /** How often it is looked for work, which is also how late a message may be. */
  readonly pollMs?: number;
}

export interface Deliverer {
  /** Sends what is due now, each once, and resolves when all have been answered. @returns how many were tried */
  deliverDue(): Promise<number>;
  /** Breaks off what is being sent; it is tried again by whoever runs next, after its lease. */
  close(): Promise<void>;
}

/** A slow receiver must not hold up the others. */
const AT_A_TIME = 16;
const POLL_MS = 1000;

export function startDeliverer(parts: DelivererParts): Deliverer {
  const { store, fetch, clock = systemClock, random = Math.random, pollMs = POLL_MS } = parts;
  const stop = new AbortController();
  const running = new Set<Promise<void>>();

  const attempt = async (begun: Attempt, secrets: readonly string[]): Promise<void> => {
    const outcome = await sendWebhook(begun.delivery, { fetch, clock, secrets, signal: stop.signal });
    await store.settle(begun, outcome, random);
  };
  const begin = async (): Promise<readonly Promise<void>[]> => {
    const room = AT_A_TIME - running.size;
    if (room <= 0 || stop.signal.aborted) return [];
    const due = await store.begin(clock.now(), room);
    if (due.length === 0) return [];
    const secrets = await parts.secrets();
    return due.map((each) => {
      const work = attempt(each, secrets)
        // Broken off or not stored: its lease runs out and it is tried again; receivers tell repetitions by their id.
        .catch((thrown: unknown) => {
          const error = ReelburstError.from(thrown);
          if (error.code !== "ABORTED") parts.onTrouble(error);
        })
        .finally(() => running.delete(work));
      running.add(work);
      return work;
    });
  };

  let cancel = (): void => {};
  let turn: Promise<unknown> = Promise.resolve();
  const arm = (): void => {
    if (stop.signal.aborted) return;
    cancel = clock.after(pollMs, () => {
      turn = begin()
        .catch((error: unknown) => parts.onTrouble(ReelburstError.from(error)))
        .finally(arm);
    });
  };
  arm();
  return {
    deliverDue: async () => {
      const begun = await begin();
      await Promise.all(begun);
      return begun.length;
    },
    close: async () => {
      stop.abort();
      cancel();
      await turn;
      await Promise.all(running);
    },
  };
}
