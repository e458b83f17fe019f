import { afterEach, expect, it } from "vitest";
import { systemClock } from "../support/clock.ts";
import { createSafeFetch } from "../support/safe-fetch/safe-fetch.ts";
import { type LoopbackServer, serveHttp } from "../support/safe-fetch/testing/loopback-server.ts";
import { beginAttempt, createDelivery, recordAttempt } from "./delivery.ts";
import type { WebhookEvent } from "./events.ts";
import { sendWebhook } from "./send.ts";
import { createWebhookSecret, verifyWebhook } from "./signature.ts";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const event: WebhookEvent = {
  type: "production.succeeded",
  timestamp: "2026-11-21T10:00:00.000Z",
  data: {
    productionId: "p1",
    title: "Harbour",
    metadata: { order: 7 },
    url: null,
    seconds: 12,
    sizeBytes: 34,
  },
};
const secrets = [createWebhookSecret(), createWebhookSecret()];

interface Received {
  readonly method: string | undefined;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
}

async function receiver(
  status: number,
  headers: Record<string, string> = {},
): Promise<[LoopbackServer, Received[]]> {
  const received: Received[] = [];
  const server = await serveHttp((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      received.push({ method: request.method, headers: request.headers as Received["headers"], body });
      response.writeHead(status, headers).end("x".repeat(200_000));
    });
  });
  opened.unshift(server);
  return [server, received];
}

function send(url: string, allowed: readonly string[], signal = new AbortController().signal) {
  const fetch = createSafeFetch({ allowPrivate: allowed });
  opened.unshift(fetch);
  const delivery = createDelivery("msg_1", url, JSON.stringify(event), systemClock.now());
  return sendWebhook(delivery, { fetch, clock: systemClock, secrets, signal });
}

it("sends what the receiver can verify, with each of its secrets", async () => {
  const [server, received] = await receiver(204);
  const outcome = await send(`${server.origin}/hook?a=b`, [server.host]);
  expect(outcome).toMatchObject({ status: 204, errorCode: null, retryAfterMs: null });
  const [message] = received;
  if (message === undefined) throw new Error("nothing arrived");
  expect(message.method).toBe("POST");
  expect(message.headers["content-type"]).toBe("application/json");
  expect(JSON.parse(message.body)).toEqual(event);
  for (const secret of secrets)
    expect(verifyWebhook(message.headers, message.body, [secret], Date.now())).toBe(true);
  expect(verifyWebhook(message.headers, message.body, [createWebhookSecret()], Date.now())).toBe(false);
});

it("follows no redirect", async () => {
  const [other, received] = await receiver(200);
  const [server] = await receiver(307, { location: `${other.origin}/` });
  expect(await send(server.origin, [server.host, other.host])).toMatchObject({ status: 307 });
  expect(received).toEqual([]);
});

it("hands on what the receiver asks for", async () => {
  const [server] = await receiver(503, { "retry-after": "120" });
  expect(await send(server.origin, [server.host])).toMatchObject({ status: 503, retryAfterMs: 120_000 });
});

it("sends nothing inside, and gives up on such a URL", async () => {
  const [server, received] = await receiver(200);
  const outcome = await send(server.origin, []);
  expect(outcome).toMatchObject({ status: null, errorCode: "URL_FORBIDDEN" });
  expect(server.connects()).toBe(0);
  expect(received).toEqual([]);
  const sending = beginAttempt(createDelivery("msg_1", server.origin, "{}", 0), 0);
  if (sending === null) throw new Error("not due");
  expect(recordAttempt(sending, outcome, Math.random).state).toMatchObject({ reason: "urlRefused" });
});

it("reports a receiver that is not there as an outcome, an abort as an error", async () => {
  const [server] = await receiver(200);
  await server.close();
  opened.splice(0);
  expect(await send(server.origin, [server.host])).toMatchObject({ status: null, errorCode: "FETCH_FAILED" });
  await expect(send(server.origin, [server.host], AbortSignal.abort())).rejects.toMatchObject({
    code: "ABORTED",
  });
});
