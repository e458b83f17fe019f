/** From the end of a production to its receiver, on a real database and real sockets; hours pass on a clock of the test's. */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Claim } from "../produce/production-store.ts";
import { announceEnd } from "../produce/store/announce-end.ts";
import { PRODUCTION_TABLES } from "../produce/store/production-tables.ts";
import { SqlProductionStore } from "../produce/store/sql-production-store.ts";
import type { Database } from "../storage/database.ts";
import { migrate } from "../storage/sql/migrate.ts";
import { openPgliteInMemory } from "../storage/sql/pglite/open-pglite.ts";
import { ReelburstError } from "../support/errors.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { createSafeFetch } from "../support/safe-fetch/safe-fetch.ts";
import { type LoopbackServer, serveHttp } from "../support/safe-fetch/testing/loopback-server.ts";
import { type Deliverer, startDeliverer } from "./deliver.ts";
import { SqlDeliveryStore } from "./delivery-store.ts";
import { createWebhookSecret, verifyWebhook } from "./signature.ts";
import { WEBHOOK_TABLES } from "./webhook-tables.ts";

let database: Database;
let productions: SqlProductionStore;
let deliveries: SqlDeliveryStore;
let clock: ManualClock;
const secret = createWebhookSecret();
const closing: { close(): Promise<unknown> }[] = [];
const troubles: string[] = [];

beforeAll(async () => {
  database = await openPgliteInMemory();
  await migrate(database, [PRODUCTION_TABLES, WEBHOOK_TABLES]);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.query(
    "TRUNCATE reelburst.productions, reelburst.production_events, reelburst.production_keys, reelburst.webhook_deliveries",
  );
  productions = new SqlProductionStore({ database, newToken: randomUUID, onEnd: announceEnd });
  deliveries = new SqlDeliveryStore(database);
  // Rows are stamped by the database's clock.
  clock = new ManualClock(Date.now() + 60_000);
  troubles.length = 0;
});
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close();
});

interface Received {
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
}

/** Answers with these in turn, the last for ever; "never" does not answer. */
async function receiver(
  ...answers: (number | "never")[]
): Promise<LoopbackServer & { received: Received[] }> {
  const received: Received[] = [];
  const server = await serveHttp((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      received.push({ headers: request.headers as Received["headers"], body });
      const answer = answers[Math.min(received.length, answers.length) - 1] ?? 200;
      if (answer !== "never") response.writeHead(answer).end();
    });
  });
  closing.push(server);
  return { ...server, received };
}

function deliverer(allow: readonly string[]): Deliverer {
  const fetch = createSafeFetch({ allowPrivate: allow, clock });
  const started = startDeliverer({
    store: deliveries,
    fetch,
    clock,
    random: () => 0,
    secrets: async () => [secret],
    onTrouble: (error) => troubles.push(error.code),
  });
  closing.unshift({ close: () => started.close() }, fetch);
  return started;
}

const ID = "a".repeat(32);

async function begin(url: string | null, id = ID): Promise<Claim> {
  const document = { scenes: [], metadata: { order: 7 }, ...(url === null ? {} : { webhook: { url } }) };
  await productions.create({ id, document, title: "Harbour", owner: "x", idempotency: null, maxQueued: 9 });
  const claim = await productions.claim({ workerId: "w", leaseMs: 60_000 });
  if (claim === null) throw new Error("nothing to claim");
  return claim;
}

const RESULT = {
  width: 192,
  height: 108,
  fps: 10,
  frames: 10,
  seconds: 1,
  sizeBytes: 99,
  encoder: "libx264",
  integratedLufs: null,
  files: [{ kind: "film", path: "film.mp4", sizeBytes: 99 }],
};

test("a production's end is told once, signed, to the receiver alone", async () => {
  const server = await receiver(204);
  const claim = await begin(`${server.origin}/hook`);
  await productions.record(claim, { state: "rendering", events: [] });
  expect(await deliveries.list(ID)).toEqual([]);
  await productions.record(claim, { state: "succeeded", result: RESULT, events: [] });
  const sender = deliverer([server.host]);
  expect(await sender.deliverDue()).toBe(1);
  expect(await sender.deliverDue()).toBe(0);
  expect(server.received).toHaveLength(1);
  const [message] = server.received as [Received];
  expect(JSON.parse(message.body)).toMatchObject({
    type: "production.succeeded",
    data: { productionId: ID, title: "Harbour", metadata: { order: 7 }, url: `/v1/productions/${ID}/output` },
  });
  expect(verifyWebhook(message.headers, message.body, [secret], clock.now())).toBe(true);
  expect(await deliveries.list(ID)).toMatchObject([
    { state: { kind: "delivered" }, attemptCount: 1, attempts: [{ status: 204 }] },
  ]);
  expect(message.body).not.toContain(secret);
});

test("every way a production ends is told, a second end too, and none without a webhook", async () => {
  const url = "https://example.com/hook";
  const failed = await begin(url);
  const error = new ReelburstError("IMAGE_DAMAGED", "No picture.").toJSON();
  await productions.record(failed, { state: "failed", error, events: [] });
  await productions.retry(ID);
  await productions.cancel(ID);
  expect((await deliveries.list(ID)).map(({ type }) => type)).toEqual([
    "production.failed",
    "production.canceled",
  ]);
  const lost = "b".repeat(32);
  await begin(url, lost);
  await productions.reclaim({ everyLease: true, maxLost: 1 });
  expect((await deliveries.list(lost)).map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
    { type: "production.failed", data: { error: { code: "PRODUCTION_ABANDONED" } } },
  ]);
  const silent = await begin(null, "c".repeat(32));
  await productions.record(silent, { state: "canceled", events: [] });
  expect(await deliveries.list("c".repeat(32))).toEqual([]);
});

test("an end that is rolled back is not told", async () => {
  const claim = await begin("https://example.com/hook");
  const broken = new SqlProductionStore({
    database,
    newToken: randomUUID,
    onEnd: async (...ended) => {
      await announceEnd(...ended);
      throw new Error("The database went away.");
    },
  });
  await expect(broken.record(claim, { state: "canceled", events: [] })).rejects.toThrow("went away");
  expect(await deliveries.list(ID)).toEqual([]);
  expect((await productions.get(ID))?.state).toBe("fetching");
});

test("500 and silence are tried again later, with the same id and body", async () => {
  const server = await receiver(500, "never", 200);
  await productions.record(await begin(server.origin), { state: "canceled", events: [] });
  const sender = deliverer([server.host]);
  await sender.deliverDue();
  expect(await sender.deliverDue()).toBe(0);
  clock.stepWall(5000);
  const silent = sender.deliverDue();
  while (server.received.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await clock.advance(31_000);
  await silent;
  expect(await deliveries.list(ID)).toMatchObject([
    { state: { kind: "waiting" }, attempts: [{ status: 500 }, { status: null, errorCode: "FETCH_TIMEOUT" }] },
  ]);
  clock.stepWall(5 * 60_000);
  await sender.deliverDue();
  expect(await deliveries.list(ID)).toMatchObject([{ state: { kind: "delivered" }, attemptCount: 3 }]);
  expect(new Set(server.received.map(({ body }) => body)).size).toBe(1);
  expect(new Set(server.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
});

test("a sender that died is followed by another, once its lease is over; its late report counts for nothing", async () => {
  const server = await receiver(200);
  await productions.record(await begin(server.origin), { state: "canceled", events: [] });
  const [orphan] = await deliveries.begin(clock.now(), 10);
  if (orphan === undefined) throw new Error("nothing was due");
  const next = deliverer([server.host]);
  expect(await next.deliverDue()).toBe(0);
  clock.stepWall(2 * 60_000);
  expect(await next.deliverDue()).toBe(1);
  const outcome = { startedAtMs: 0, durationMs: 1, status: 500, errorCode: null, retryAfterMs: null };
  expect(await deliveries.settle(orphan, outcome, Math.random)).toBe(false);
  expect(await deliveries.list(ID)).toMatchObject([{ state: { kind: "delivered" }, attemptCount: 2 }]);
});

test("two senders at once send each message once", async () => {
  const server = await receiver(200);
  await productions.record(await begin(server.origin), { state: "canceled", events: [] });
  const counts = await Promise.all([
    deliverer([server.host]).deliverDue(),
    deliverer([server.host]).deliverDue(),
  ]);
  expect(counts.toSorted()).toEqual([0, 1]);
  expect(server.received).toHaveLength(1);
});

test("nothing inside is reached; a replay sends again when that is allowed", async () => {
  const server = await receiver(200);
  await productions.record(await begin(server.origin), { state: "canceled", events: [] });
  await deliverer([]).deliverDue();
  expect(server.connects()).toBe(0);
  const [refused] = await deliveries.list(ID);
  expect(refused?.state).toMatchObject({ kind: "gaveUp", reason: "urlRefused" });
  await deliveries.replay(refused?.messageId ?? "", clock.now());
  expect(await deliverer([server.host]).deliverDue()).toBe(1);
  expect(server.received.map(({ headers }) => headers["webhook-id"])).toEqual([refused?.messageId]);
  expect(await deliveries.replay("msg_none", clock.now())).toBeNull();
});

test("the loop finds work by itself, and breaking it off leaves the message to the next one", async () => {
  const server = await receiver("never");
  await productions.record(await begin(server.origin), { state: "canceled", events: [] });
  const sender = deliverer([server.host]);
  await clock.advance(1000);
  while (server.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await sender.close();
  expect(troubles).toEqual([]);
  expect(await deliveries.list(ID)).toMatchObject([{ state: { kind: "sending" }, attemptCount: 1 }]);
});
