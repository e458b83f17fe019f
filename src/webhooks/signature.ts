/** Signatures of Standard Webhooks 1.0 (standardwebhooks.com), symmetric scheme `v1`. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { ReelburstError } from "../support/errors.ts";

const PREFIX = "whsec_";
/** The specification asks for 24 to 64 bytes. */
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
/** A receiver refuses messages whose time is further away, so that old ones can't be sent again. */
const TOLERANCE_SECONDS = 5 * 60;

export interface WebhookMessage {
  /** Unique, and the same in every attempt: receivers tell repetitions by it. Without full stops. */
  readonly id: string;
  /** Seconds since the epoch, of the attempt. */
  readonly timestamp: number;
  /** The exact bytes sent. */
  readonly body: string;
}

export type WebhookHeaders = Readonly<
  Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>
>;

export function createWebhookSecret(): string {
  return `${PREFIX}${randomBytes(32).toString("base64")}`;
}

/**
 * @param secrets `whsec_` and base64. Several while one replaces another: each signs, and a receiver needs one of them.
 * @throws ReelburstError WEBHOOK_SECRET_INVALID
 */
export function signWebhook(message: WebhookMessage, secrets: readonly string[]): WebhookHeaders {
  if (secrets.length === 0) throw invalidSecret("There is no secret to sign with.");
  if (message.id === "" || /[.\s]/.test(message.id))
    throw new TypeError("A message's id has no full stop and no blank.");
  return {
    "webhook-id": message.id,
    "webhook-timestamp": String(message.timestamp),
    "webhook-signature": secrets.map((secret) => `v1,${macOf(message, secret).toString("base64")}`).join(" "),
  };
}

/** What a receiver does. True when one of the signatures is by one of the secrets and the time is near `now`. */
export function verifyWebhook(
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  secrets: readonly string[],
  now: number,
): boolean {
  const id = headers["webhook-id"] ?? "";
  const time = headers["webhook-timestamp"] ?? "";
  if (id === "" || !/^\d{1,12}$/.test(time) || Math.abs(now / 1000 - Number(time)) > TOLERANCE_SECONDS)
    return false;
  const given = (headers["webhook-signature"] ?? "").split(" ").filter((part) => part.startsWith("v1,"));
  const macs = secrets.map((secret) => macOf({ id, timestamp: Number(time), body }, secret));
  return given.some((part) => {
    const signature = Buffer.from(part.slice(3), "base64");
    return macs.some((mac) => signature.length === mac.length && timingSafeEqual(signature, mac));
  });
}

/** @throws ReelburstError WEBHOOK_SECRET_INVALID */
export function requireWebhookSecret(secret: string): void {
  keyOf(secret);
}

function macOf({ id, timestamp, body }: WebhookMessage, secret: string): Buffer {
  return createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest();
}

function keyOf(secret: string): Buffer {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : "";
  const key = Buffer.from(text, "base64");
  // Buffer skips what is not base64: what it read must be all that was written.
  const isWhole = key.toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "");
  if (isWhole && key.length >= MIN_SECRET_BYTES && key.length <= MAX_SECRET_BYTES) return key;
  throw invalidSecret(
    `A webhook secret is ${PREFIX} and ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes in base64.`,
  );
}

function invalidSecret(message: string): ReelburstError {
  return new ReelburstError("WEBHOOK_SECRET_INVALID", message, {
    hint: `Make one with: echo "${PREFIX}$(openssl rand -base64 32)"`,
  });
}
