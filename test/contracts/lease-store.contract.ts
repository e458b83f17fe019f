/** What every store of leases must do, as one suite. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Lease } from "../../src/fleets/lease.ts";
import { withStatus } from "../../src/fleets/lease.ts";
import type { LeaseStore } from "../../src/fleets/lease-store.ts";
import { type Line, makeLine } from "../../src/money/line.ts";
import { makePrice } from "../../src/money/price.ts";

const price = makePrice("0.36", { unit: "hour", source: "configured", asOf: "2026-01-01", region: null });
const offer = {
  type: "c5.2xlarge",
  region: "eu-central-1",
  zone: null,
  market: "spot",
  vcpus: 8,
  prices: { compute: price, disk: null, diskGb: 0, address: null, egress: null },
} as const;

export function leaseOf(id: string, slot: string, group = "film"): Lease {
  return {
    id,
    slot,
    pool: "ec2",
    group,
    owner: "rb-1",
    controllerId: "c-1",
    attempts: [{ offer, token: `token of ${id}`, sentMs: 5, outcome: { kind: "unknown", unseen: null } }],
    createdMs: 1_795_219_200_000,
    deadlineMs: 1_795_222_800_000,
    alarmedMs: null,
    version: 0,
    state: "launching",
  };
}

function line(leaseId: string, quantity: number, isFinal = false): Line {
  const facts = {
    leaseId,
    pool: "ec2",
    machineId: `i-${leaseId}`,
    fromMs: null,
    toMs: null,
    isFinal,
    doubts: [],
  };
  return makeLine("metered", { item: "compute", price, quantity }, facts);
}

export function describeLeaseStore(name: string, open: () => Promise<LeaseStore>): void {
  describe(`lease store: ${name}`, () => {
    let store: LeaseStore;
    beforeEach(async () => {
      store = await open();
    });

    it("has one owner for ever, that no filter takes for a pattern", async () => {
      const owner = await store.owner();
      expect(owner).toMatch(/^[A-Za-z0-9-]{4,}$/);
      expect(await store.owner()).toBe(owner);
    });

    it("gives back what it was given", async () => {
      const lease = leaseOf("a", "ec2/1");
      expect(await store.create(lease, [line("a", 60)])).toBe("created");
      expect(await store.get("a")).toEqual(lease);
      expect(await store.get("b")).toBeNull();
      expect(await store.lines(["a"])).toEqual([line("a", 60)]);
    });

    it("gives a slot to one lease until that is closed, whoever asks at once", async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          store.create(leaseOf(`l${index}`, "ec2/1"), [line(`l${index}`, 60)]),
        ),
      );
      expect(answers.filter((answer) => answer === "created")).toHaveLength(1);
      // Who came too late has booked nothing.
      expect(await store.lines()).toHaveLength(1);
      const [lease] = await store.open();
      await store.update(withStatus(lease!, { state: "closed", reason: "done", closedMs: 9 }), []);
      expect(await store.open()).toEqual([]);
      expect(await store.create(leaseOf("next", "ec2/1"), [])).toBe("created");
    });

    it("changes a lease for one of those who read it, lines and all", async () => {
      await store.create(leaseOf("a", "ec2/1"), []);
      const lease = (await store.get("a"))!;
      const changes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          store.update({ ...lease, alarmedMs: index }, [line("a", 60 + index)]),
        ),
      );
      const [kept] = changes.filter((change) => change !== null);
      expect(changes.filter((change) => change !== null)).toHaveLength(1);
      expect(await store.get("a")).toEqual(kept);
      expect(kept?.version).toBe(1);
      expect((await store.lines())[0]?.quantity).toBe(60 + (kept?.alarmedMs ?? 0));
    });

    it("books the same line once, whoever books it how often", async () => {
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => store.book([line("b", index), line("a", 60)])),
      );
      await store.book([line("b", 15, true)]);
      await store.book([line("b", 99)]);
      expect((await store.lines()).map(({ leaseId, quantity }) => [leaseId, quantity])).toEqual([
        ["a", 60],
        ["b", 15],
      ]);
      expect(await store.lines(["b"])).toHaveLength(1);
      expect(await store.lines([])).toEqual([]);
    });

    it("lists open leases and those of a group, the oldest first", async () => {
      for (const [index, group] of ["x", "y", "x"].entries())
        await store.create(leaseOf(`l${index}`, `s${index}`, group), []);
      expect((await store.open()).map(({ id }) => id)).toEqual(["l0", "l1", "l2"]);
      expect((await store.ofGroup("x")).map(({ id }) => id)).toEqual(["l0", "l2"]);
    });

    it("knows when a controller was last heard of, by its own clock", async () => {
      expect(await store.lastBeat("c-1")).toBeNull();
      const before = await store.now();
      await store.beat("c-1");
      const after = await store.now();
      const beat = (await store.lastBeat("c-1"))!;
      expect(beat).toBeGreaterThanOrEqual(before - 1);
      expect(beat).toBeLessThanOrEqual(after + 1);
    });
  });
}
