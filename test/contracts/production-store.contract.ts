/** What every store of productions must do, as one suite. A backend's own test calls `describeProductionStore`. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Claim, NewProduction, ProductionStore } from "../../src/produce/production-store.ts";

export interface StoreUnderTest {
  readonly store: ProductionStore;
  /** Moves the store's time on. */
  advance(byMs: number): void;
  dispose(): Promise<void>;
}

const LEASE_MS = 10_000;

export function describeProductionStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`production store: ${name}`, () => {
    let test: StoreUnderTest;
    let store: ProductionStore;
    beforeEach(async () => {
      test = await create();
      store = test.store;
    });
    afterEach(() => test.dispose());

    const id = (number: number): string => number.toString(16).padStart(32, "0");
    const add = (number: number, more: Partial<NewProduction> = {}) =>
      store.create({
        id: id(number),
        document: { scenes: [{ image: "asset:1", text: 'a "quote" and 中' }] },
        title: `Film ${number}`,
        owner: "local",
        idempotency: null,
        maxQueued: 100,
        ...more,
      });
    const take = () => store.claim({ workerId: "one", leaseMs: LEASE_MS });
    const mustTake = async (): Promise<Claim> => {
      const claim = await take();
      if (claim === null) throw new Error("There was nothing to claim.");
      return claim;
    };
    const eventsOf = async (number: number, after = 0) =>
      (await store.eventsSince(id(number), after, 1000)).map(({ sequence, type, data }) => [
        sequence,
        type === "state" ? data["state"] : type,
      ]);
    const event = (type: string, slot: string | null = null) => ({ type, slot, data: { of: type } });

    describe("create and get", () => {
      it("keeps what was given and begins as queued, told as event 1", async () => {
        const answer = await add(1);
        expect(answer.kind).toBe("created");
        expect(await store.get(id(1))).toMatchObject({
          id: id(1),
          state: "queued",
          title: "Film 1",
          attempt: 0,
          document: { scenes: [{ image: "asset:1", text: 'a "quote" and 中' }] },
          owner: "local",
          scenes: [],
          problems: [],
          error: null,
          result: null,
          lastSequence: 1,
          startedMs: null,
          endedMs: null,
        });
        expect(await eventsOf(1)).toEqual([[1, "queued"]]);
        expect(await store.get(id(2))).toBeNull();
        expect(await store.eventsSince(id(2), 0, 10)).toEqual([]);
      });

      it("makes one production of 200 calls with one key", async () => {
        const answers = await Promise.all(
          Array.from({ length: 200 }, (_, index) => add(index, { idempotency: { key: "k", digest: "d" } })),
        );
        expect(answers.filter(({ kind }) => kind === "created")).toHaveLength(1);
        expect(answers.filter(({ kind }) => kind === "replayed")).toHaveLength(199);
        const ids = answers.map((answer) => ("production" in answer ? answer.production.id : null));
        expect(new Set(ids).size).toBe(1);
        expect((await store.list({ limit: 10, cursor: null, state: null })).productions).toHaveLength(1);
      });

      it("tells another body under the same key, and another owner's key, apart", async () => {
        await add(1, { idempotency: { key: "k", digest: "d" } });
        expect(await add(2, { idempotency: { key: "k", digest: "other" } })).toEqual({ kind: "conflict" });
        expect(await store.get(id(2))).toBeNull();
        const elsewhere = await add(3, { idempotency: { key: "k", digest: "other" }, owner: "someone" });
        expect(elsewhere.kind).toBe("created");
      });

      it("adds nothing to a full queue, the key included", async () => {
        await add(1);
        const more = { maxQueued: 1, idempotency: { key: "k", digest: "d" } };
        expect(await add(2, more)).toEqual({ kind: "full", queued: 1 });
        expect(await store.get(id(2))).toBeNull();
        await mustTake();
        expect((await add(2, more)).kind).toBe("created");
      });

      it("forgets keys after their time", async () => {
        await add(1, { idempotency: { key: "k", digest: "d" } });
        expect(await store.forgetKeys(1000)).toBe(0);
        test.advance(2000);
        expect(await store.forgetKeys(1000)).toBe(1);
        expect((await add(2, { idempotency: { key: "k", digest: "d" } })).kind).toBe("created");
      });
    });

    describe("list", () => {
      it("goes through all, newest first, also when more come meanwhile", async () => {
        for (let number = 1; number <= 5; number++) await add(number);
        const first = await store.list({ limit: 2, cursor: null, state: null });
        await add(6);
        const second = await store.list({ limit: 2, cursor: first.nextCursor, state: null });
        const third = await store.list({ limit: 2, cursor: second.nextCursor, state: null });
        expect(
          [first, second, third].flatMap(({ productions }) => productions.map((each) => each.id)),
        ).toEqual([5, 4, 3, 2, 1].map(id));
        expect(third.nextCursor).toBeNull();
      });

      it("takes what has not ended, and a part of the title", async () => {
        await add(1);
        await add(2);
        await store.cancel(id(1));
        const ids = async (state: "active" | null, search: string | null): Promise<string[]> =>
          (await store.list({ limit: 10, cursor: null, state, search })).productions.map((each) => each.id);
        expect(await ids("active", null)).toEqual([id(2)]);
        expect(await ids(null, "LM 2")).toEqual([id(2)]);
        expect(await ids(null, "in no title % _")).toEqual([]);
      });

      it("takes one state, and refuses a cursor that is none", async () => {
        await add(1);
        await add(2);
        await mustTake();
        const { productions } = await store.list({ limit: 10, cursor: null, state: "queued" });
        expect(productions.map((each) => each.id)).toEqual([id(2)]);
        expect(await store.counts()).toEqual({ queued: 1, fetching: 1 });
        for (const cursor of ["x", "cDE=;DROP", "", "cDk5OTk5OTk5OTk5OTk5OTk5OTk5"]) {
          await expect(store.list({ limit: 1, cursor, state: null })).rejects.toMatchObject({
            code: "CURSOR_INVALID",
          });
        }
      });
    });

    describe("claim and record", () => {
      it("gives each production to one, in the order they came", async () => {
        for (const number of [1, 2, 3]) await add(number);
        const claims = await Promise.all(Array.from({ length: 5 }, take));
        expect(claims.map((claim) => claim?.id ?? null).toSorted()).toEqual(
          [id(1), id(2), id(3), null, null].toSorted(),
        );
        expect(await store.get(id(1))).toMatchObject({ state: "fetching", attempt: 1, workerId: "one" });
        expect(await eventsOf(1)).toEqual([
          [1, "queued"],
          [2, "fetching"],
        ]);
      });

      it("stores changes with their events, whose numbers go on", async () => {
        await add(1);
        const claim = await mustTake();
        const progress = { framesRendered: 5, framesTotal: 10, fps: null, etaSeconds: 3 };
        await store.record(claim, { state: "rendering", progress, events: [event("a"), event("b")] });
        expect(await store.get(id(1))).toMatchObject({ state: "rendering", progress, lastSequence: 4 });
        expect(await eventsOf(1, 2)).toEqual([
          [3, "a"],
          [4, "b"],
        ]);
        await store.record(claim, { events: [] });
        expect(await store.get(id(1))).toMatchObject({ state: "rendering", progress, lastSequence: 4 });
      });

      it("replaces events of one slot and never gives a number twice", async () => {
        await add(1);
        const claim = await mustTake();
        await store.record(claim, { events: [event("p", "progress"), event("s", "scene:1")] });
        await store.record(claim, { events: [event("p", "progress")] });
        expect(await eventsOf(1, 2)).toEqual([
          [4, "s"],
          [5, "p"],
        ]);
      });

      it("ends with a state that ends: the claim is over, what came of it is there", async () => {
        await add(1);
        const claim = await mustTake();
        const error = { code: "X", message: "It broke.", retryable: false };
        expect(await store.record(claim, { state: "failed", error, problems: [error], events: [] })).toBe(
          "ok",
        );
        expect(await store.record(claim, { state: "succeeded", events: [] })).toBe("stale");
        expect(await store.heartbeat(claim)).toBe("stale");
        const record = await store.get(id(1));
        expect(record).toMatchObject({ state: "failed", error, problems: [error] });
        expect(record?.endedMs).not.toBeNull();
        expect(await take()).toBeNull();
      });

      it("refuses whoever comes after the lease, and prolongs it by heartbeats", async () => {
        await add(1);
        const claim = await mustTake();
        test.advance(LEASE_MS - 2000);
        expect(await store.heartbeat(claim)).toBe("ok");
        test.advance(LEASE_MS - 2000);
        expect(await store.record(claim, { events: [] })).toBe("ok");
        test.advance(3000);
        expect(await store.heartbeat(claim)).toBe("stale");
        expect(await store.record(claim, { state: "succeeded", events: [event("x")] })).toBe("stale");
        expect(await store.release(claim)).toBe("stale");
        expect(await store.get(id(1))).toMatchObject({ state: "fetching", lastSequence: 2 });
      });

      it("takes a production back untouched", async () => {
        await add(1);
        await add(2);
        const claim = await mustTake();
        expect(await store.release(claim)).toBe("ok");
        expect(await store.get(id(1))).toMatchObject({ state: "queued", attempt: 0 });
        expect((await mustTake()).id).toBe(id(1));
      });
    });

    describe("reclaim", () => {
      it("queues what was left behind and shuts out who left it", async () => {
        await add(1);
        const lost = await mustTake();
        expect(await store.reclaim({ everyLease: false, maxLost: 3 })).toBe(0);
        test.advance(LEASE_MS + 1);
        expect(await store.reclaim({ everyLease: false, maxLost: 3 })).toBe(1);
        expect((await mustTake()).attempt).toBe(2);
        expect(await store.record(lost, { state: "succeeded", events: [] })).toBe("stale");
        expect(await store.reclaim({ everyLease: true, maxLost: 3 })).toBe(1);
      });

      it("gives up a production that loses its worker again and again, and only that", async () => {
        await add(1);
        for (let time = 1; time <= 3; time++) {
          await mustTake();
          await store.reclaim({ everyLease: true, maxLost: 3 });
        }
        expect(await store.get(id(1))).toMatchObject({
          state: "failed",
          error: { code: "PRODUCTION_ABANDONED" },
        });
        expect(await take()).toBeNull();
        expect(await store.retry(id(1))).toBe("queued");
        expect((await mustTake()).attempt).toBe(4);
      });

      it("cancels what was to be canceled when its worker was lost", async () => {
        await add(1);
        await mustTake();
        await store.cancel(id(1));
        await store.reclaim({ everyLease: true, maxLost: 3 });
        expect((await store.get(id(1)))?.state).toBe("canceled");
      });
    });

    describe("cancel and retry", () => {
      it("cancels what waits at once, and asks the worker of what does not", async () => {
        await add(1);
        await add(2);
        const claim = await mustTake();
        expect(await store.cancel(id(2))).toBe("canceled");
        expect(await store.cancel(id(2))).toBe("canceled");
        expect(await store.cancel(id(1))).toBe("canceling");
        expect(await store.heartbeat(claim)).toBe("cancel");
        expect((await store.get(id(1)))?.cancelRequested).toBe(true);
        await store.record(claim, { state: "canceled", events: [] });
        expect(await store.get(id(1))).toMatchObject({ state: "canceled", cancelRequested: false });
        expect(await store.cancel(id(9))).toBe("unknown");
      });

      it("queues anew what failed or was canceled, with nothing left of before", async () => {
        await add(1);
        const error = { code: "X", message: "It broke.", retryable: false };
        expect(await store.retry(id(1))).toBe("busy");
        await store.record(await mustTake(), { state: "failed", error, problems: [error], events: [] });
        expect(await store.cancel(id(1))).toBe("ended");
        expect(await store.retry(id(1))).toBe("queued");
        expect(await store.get(id(1))).toMatchObject({
          state: "queued",
          error: null,
          problems: [],
          endedMs: null,
        });
        await store.record(await mustTake(), { state: "succeeded", events: [] });
        expect(await store.retry(id(1))).toBe("succeeded");
        expect(await store.retry(id(9))).toBe("unknown");
      });
    });

    it("tells listeners of changes, until they stop", async () => {
      const heard: string[] = [];
      const stop = store.subscribe((each) => heard.push(each));
      await add(1);
      const claim = await mustTake();
      await store.record(claim, { events: [event("a")] });
      stop();
      await store.record(claim, { events: [event("b")] });
      expect(heard).toEqual([id(1), id(1), id(1)]);
    });
  });
}
