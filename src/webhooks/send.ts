import type { Clock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import { parseRetryAfter } from "../support/safe-fetch/attempts.ts";
import type { FetchTimeouts, SafeFetch } from "../support/safe-fetch/contract.ts";
import type { Delivery, DeliveryOutcome } from "./delivery.ts";
import { signWebhook } from "./signature.ts";

/** The specification's advice: receivers answer first and work later. */
const TIMEOUTS: Partial<FetchTimeouts> = { connectMs: 10_000, headersMs: 20_000, totalMs: 30_000 };

export interface SendContext {
  readonly fetch: SafeFetch;
  readonly clock: Clock;
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * One attempt; only 2xx counts as arrived, and no redirect is followed. The answer's body is not read: nothing of a
 * receiver's inside comes back to whoever set the URL.
 * @throws ReelburstError ABORTED, WEBHOOK_SECRET_INVALID; every failure of the receiver is an outcome
 */
export async function sendWebhook(
  delivery: Pick<Delivery, "messageId" | "url" | "body">,
  { fetch, clock, secrets, signal }: SendContext,
): Promise<DeliveryOutcome> {
  const startedAtMs = clock.now();
  const startedMs = clock.monotonicMs();
  const timestamp = Math.floor(startedAtMs / 1000);
  const headers = signWebhook({ id: delivery.messageId, timestamp, body: delivery.body }, secrets);
  const ended = (
    result: Pick<DeliveryOutcome, "status" | "errorCode" | "retryAfterMs">,
  ): DeliveryOutcome => ({
    startedAtMs,
    durationMs: Math.round(clock.monotonicMs() - startedMs),
    ...result,
  });
  try {
    const response = await fetch.request(delivery.url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: delivery.body,
      maxRedirects: 0,
      maxBytes: Number.POSITIVE_INFINITY,
      timeouts: TIMEOUTS,
      signal,
    });
    response.discard();
    const retryAfterMs = parseRetryAfter(response.headers["retry-after"], clock.now());
    return ended({ status: response.status, errorCode: null, retryAfterMs });
  } catch (error) {
    if (!(error instanceof ReelburstError) || error.code === "ABORTED") throw error;
    return ended({ status: null, errorCode: error.code, retryAfterMs: null });
  }
}
