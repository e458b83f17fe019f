import { describe, expect, it } from "vitest";
import { seededRandom } from "../support/random.ts";
import {
  beginAttempt,
  createDelivery,
  DELIVERY_SCHEDULE_MS,
  type Delivery,
  type DeliveryOutcome,
  dueAt,
  recordAttempt,
  replay,
} from "./delivery.ts";

const failed = (startedAtMs: number, change: Partial<DeliveryOutcome> = {}): DeliveryOutcome => ({
  startedAtMs,
  durationMs: 100,
  status: 500,
  errorCode: null,
  retryAfterMs: null,
  ...change,
});

function begun(delivery: Delivery, nowMs: number): Delivery {
  const next = beginAttempt(delivery, nowMs);
  if (next === null) throw new Error("not due");
  return next;
}

const fresh = createDelivery("msg_1", "https://example.com/hook", "{}", 1000);

describe("a delivery", () => {
  it("is due at once, and not twice", () => {
    expect(dueAt(fresh)).toBe(1000);
    expect(beginAttempt(fresh, 999)).toBeNull();
    const sending = begun(fresh, 1000);
    expect(beginAttempt(sending, 1001)).toBeNull();
  });

  it.each([200, 201, 204, 299])("is over with %i", (status) => {
    const done = recordAttempt(begun(fresh, 1000), failed(1000, { status }), Math.random);
    expect(done.state).toEqual({ kind: "delivered", atMs: 1100 });
    expect(dueAt(done)).toBeNull();
    expect(beginAttempt(done, 1e15)).toBeNull();
  });

  it.each([301, 302, 400, 401, 404, 429, 500, 503])("is tried again after %i", (status) => {
    const next = recordAttempt(begun(fresh, 1000), failed(1000, { status }), () => 0);
    expect(next.state).toEqual({ kind: "waiting", dueAtMs: 1100 + 5000 });
  });

  it("waits by the schedule, each wait up to a fifth longer, and gives up at its end", () => {
    for (const [random, stretch] of [
      [() => 0, 1],
      [() => 0.999_999, 1.2],
    ] as const) {
      let delivery: Delivery = fresh;
      const waits: number[] = [];
      for (let due = dueAt(delivery); due !== null; due = dueAt(delivery)) {
        delivery = recordAttempt(begun(delivery, due), failed(due), random);
        const next = dueAt(delivery);
        if (next !== null) waits.push(next - due - 100);
      }
      expect(waits.map((wait) => Math.round(wait / stretch / 1000))).toEqual(
        DELIVERY_SCHEDULE_MS.map((wait) => wait / 1000),
      );
      expect(delivery.state).toMatchObject({ kind: "gaveUp", reason: "attemptsUsedUp" });
      expect(delivery.attempts).toHaveLength(DELIVERY_SCHEDULE_MS.length + 1);
    }
  });

  it("waits as long as the receiver asks, at most a day", () => {
    const dueFor = (retryAfterMs: number) =>
      dueAt(recordAttempt(begun(fresh, 1000), failed(1000, { status: 429, retryAfterMs }), () => 0));
    expect(dueFor(1)).toBe(6100);
    expect(dueFor(60_000)).toBe(61_100);
    expect(dueFor(1e12)).toBe(1100 + 24 * 3_600_000);
  });

  it("gives up at once where no later attempt can help", () => {
    const reason = (change: Partial<DeliveryOutcome>) =>
      recordAttempt(begun(fresh, 1000), failed(1000, change), Math.random).state;
    expect(reason({ status: 410 })).toMatchObject({ kind: "gaveUp", reason: "receiverGone" });
    expect(reason({ status: null, errorCode: "URL_FORBIDDEN" })).toMatchObject({ reason: "urlRefused" });
    expect(reason({ status: null, errorCode: "URL_INVALID" })).toMatchObject({ reason: "urlRefused" });
    expect(reason({ status: null, errorCode: "FETCH_TIMEOUT" })).toMatchObject({ kind: "waiting" });
  });

  it("outlives senders that die, and stops after as many as any other", () => {
    let delivery = begun(fresh, 1000);
    let count = 1;
    for (let due = dueAt(delivery); due !== null; due = dueAt(delivery)) {
      delivery = begun(delivery, due);
      if (delivery.state.kind === "sending") count++;
    }
    expect(count).toBe(DELIVERY_SCHEDULE_MS.length + 1);
    expect(delivery.state).toMatchObject({ kind: "gaveUp", reason: "attemptsUsedUp" });
  });

  it("is not changed by a report that comes late", () => {
    const done = recordAttempt(begun(fresh, 1000), failed(1000, { status: 200 }), Math.random);
    expect(recordAttempt(done, failed(2000), Math.random)).toBe(done);
  });

  it("can be sent again from the beginning, its history kept", () => {
    const done = recordAttempt(begun(fresh, 1000), failed(1000, { status: 410 }), Math.random);
    const again = replay(done, 5000);
    expect(dueAt(again)).toBe(5000);
    expect(again).toMatchObject({ messageId: "msg_1", attemptCount: 0, attempts: [{ status: 410 }] });
  });

  it("is plain data at every step, and always ends", () => {
    const random = seededRandom("deliveries");
    for (let run = 0; run < 500; run++) {
      let delivery: Delivery = fresh;
      let steps = 0;
      for (let due = dueAt(delivery); due !== null; due = dueAt(delivery)) {
        expect(JSON.parse(JSON.stringify(delivery))).toEqual(delivery);
        const nowMs = due + Math.floor(random() * 1000);
        delivery = begun(delivery, nowMs);
        // A tenth of the senders die.
        if (random() < 0.9)
          delivery = recordAttempt(delivery, failed(nowMs, { status: random() < 0.1 ? 200 : 500 }), random);
        expect(++steps).toBeLessThan(20);
      }
    }
  });
});
