/**
 * The life of one message to one receiver, as data: nothing here sends, waits or stores. Whoever keeps deliveries asks
 * `dueAt`, marks the attempt begun *before* sending, and stores what `recordAttempt` makes of its outcome.
 */
import type { Random } from "../support/random.ts";

export interface Delivery {
  /** The message's `webhook-id`. */
  readonly messageId: string;
  readonly url: string;
  /** The exact body, the same in every attempt. */
  readonly body: string;
  readonly state: DeliveryState;
  /** The latest `MAX_ATTEMPTS_KEPT`. */
  readonly attempts: readonly DeliveryAttempt[];
  /** Begun so far, also by processes that died before they could say how they ended. */
  readonly attemptCount: number;
}

export type DeliveryState =
  | { readonly kind: "waiting"; readonly dueAtMs: number }
  /** Over at `leaseEndsAtMs` when nobody reports: the sender has died, and the attempt may have arrived or not. */
  | { readonly kind: "sending"; readonly leaseEndsAtMs: number }
  | { readonly kind: "delivered"; readonly atMs: number }
  | { readonly kind: "gaveUp"; readonly atMs: number; readonly reason: GaveUpReason };

export type GaveUpReason =
  /** The schedule is at its end. */
  | "attemptsUsedUp"
  /** 410: the receiver wants no more. */
  | "receiverGone"
  /** The URL is none that may be sent to; no later attempt changes that. */
  | "urlRefused";

export interface DeliveryAttempt {
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** Null when there was no answer. */
  readonly status: number | null;
  /** Why there was none; the code of a ReelburstError. */
  readonly errorCode: string | null;
}

/** How an attempt ended. */
export type DeliveryOutcome = DeliveryAttempt & { readonly retryAfterMs: number | null };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Waits after each failed attempt; as many retries as there are. The example of the specification, 28 hours in all. */
export const DELIVERY_SCHEDULE_MS: readonly number[] = [
  5000,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  10 * HOUR,
];
/** Each wait is up to this much longer, so that messages that failed together do not come back together. */
const JITTER = 0.2;
const MAX_RETRY_AFTER_MS = 24 * HOUR;
/** Longer than an attempt may take (see `send.ts`). */
const LEASE_MS = 2 * MINUTE;
const MAX_ATTEMPTS_KEPT = 20;
/** Codes of refusals that stand for ever. */
const REFUSED_CODES: ReadonlySet<string> = new Set(["URL_INVALID", "URL_FORBIDDEN"]);

export function createDelivery(messageId: string, url: string, body: string, nowMs: number): Delivery {
  return { messageId, url, body, state: { kind: "waiting", dueAtMs: nowMs }, attempts: [], attemptCount: 0 };
}

/** When the next attempt is to begin; null when there is none. */
export function dueAt({ state }: Delivery): number | null {
  switch (state.kind) {
    case "waiting":
      return state.dueAtMs;
    case "sending":
      return state.leaseEndsAtMs;
    case "delivered":
    case "gaveUp":
      return null;
    default:
      return state satisfies never;
  }
}

/** Null when it is not due. An attempt whose sender died counts: it may have arrived, receivers tell it by its id. */
export function beginAttempt(delivery: Delivery, nowMs: number): Delivery | null {
  const due = dueAt(delivery);
  if (due === null || due > nowMs) return null;
  if (delivery.attemptCount > DELIVERY_SCHEDULE_MS.length) {
    return { ...delivery, state: { kind: "gaveUp", atMs: nowMs, reason: "attemptsUsedUp" } };
  }
  return {
    ...delivery,
    state: { kind: "sending", leaseEndsAtMs: nowMs + LEASE_MS },
    attemptCount: delivery.attemptCount + 1,
  };
}

/** What becomes of a delivery whose attempt ended; a late report to one that is over changes nothing. */
export function recordAttempt(delivery: Delivery, outcome: DeliveryOutcome, random: Random): Delivery {
  if (delivery.state.kind !== "sending") return delivery;
  const { retryAfterMs, ...attempt } = outcome;
  const atMs = outcome.startedAtMs + outcome.durationMs;
  const attempts = [...delivery.attempts, attempt].slice(-MAX_ATTEMPTS_KEPT);
  return {
    ...delivery,
    attempts,
    state: nextState(delivery.attemptCount, outcome, retryAfterMs, atMs, random),
  };
}

/** Sends a message once more from the beginning, whatever became of it: the receiver lost it, or has mended its fault. */
export function replay(delivery: Delivery, nowMs: number): Delivery {
  return { ...delivery, state: { kind: "waiting", dueAtMs: nowMs }, attemptCount: 0 };
}

function nextState(
  attemptCount: number,
  { status, errorCode }: DeliveryOutcome,
  retryAfterMs: number | null,
  atMs: number,
  random: Random,
): DeliveryState {
  if (status !== null && status >= 200 && status < 300) return { kind: "delivered", atMs };
  if (status === 410) return { kind: "gaveUp", atMs, reason: "receiverGone" };
  if (errorCode !== null && REFUSED_CODES.has(errorCode))
    return { kind: "gaveUp", atMs, reason: "urlRefused" };
  const waitMs = DELIVERY_SCHEDULE_MS[attemptCount - 1];
  if (waitMs === undefined) return { kind: "gaveUp", atMs, reason: "attemptsUsedUp" };
  const jittered = Math.floor(waitMs * (1 + JITTER * random()));
  return {
    kind: "waiting",
    dueAtMs: atMs + Math.max(jittered, Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS)),
  };
}
