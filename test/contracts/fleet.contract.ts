/** What every cloud that rents machines must do, as one suite: over its fake, in virtual time. */
import { describe, expect, it } from "vitest";
import { type Fleet, isLive, type LaunchRequest } from "../../src/fleets/fleet.ts";
import { LeaseManager } from "../../src/fleets/lease-manager.ts";
import { DEFAULT_LEASE_SETTINGS } from "../../src/fleets/lease-settings.ts";
import { MemoryLeaseStore } from "../../src/fleets/memory/memory-lease-store.ts";
import { reap } from "../../src/fleets/reaper.ts";
import { summarize } from "../../src/money/ledger.ts";
import { LAB_BOOT } from "../support/ec2-lab.ts";
import type { VirtualTime } from "../support/virtual-time.ts";

export interface FleetBench {
  readonly time: VirtualTime;
  readonly fleet: Fleet;
  /** How many machines the cloud really has alive, whatever it shows: ours, and others'. */
  readonly alive: () => number;
  /** A machine of somebody else, whose tag is like ours. */
  readonly addForeign: (owner: string) => void;
  /** The next launch is carried out, and its answer lost. */
  readonly loseLaunch: () => void;
  /** Nothing answers, until it is false again. */
  readonly setDown: (isDown: boolean) => void;
  /** Nobody has a machine to give. */
  readonly setEmpty: () => void;
  /** Of the cloud's own account, all machines together. */
  readonly billedMicros: () => number;
}

const OWNER = "rb-of-this-test";

export function fleetContract(name: string, open: () => Promise<FleetBench>): void {
  async function bench() {
    const lab = await open();
    const store = new MemoryLeaseStore({ clock: lab.time, owner: OWNER });
    const context = {
      fleet: lab.fleet,
      store,
      clock: lab.time,
      settings: DEFAULT_LEASE_SETTINGS,
      onAlarm: () => {},
    };
    let ids = 0;
    const manager = new LeaseManager({
      ...context,
      controllerId: "controller-1",
      newId: () => `lease-${++ids}`,
      makeBootPlan: async () => LAB_BOOT,
      isHealthy: async () => true,
    });
    const acquire = async () => {
      const offers = await lab.time.run(lab.fleet.offers({}));
      const more = { lifetimeSeconds: 3_600, capMicros: null, plannedSeconds: 600 };
      const request = { slot: "a/1", pool: "a", group: "film", offers, ...more };
      return await lab.time.run(manager.acquire(request));
    };
    const launchOnce = async (token = "rb-0001") => {
      const [offer] = await lab.time.run(lab.fleet.offers({}));
      if (offer === undefined) throw new Error("nothing is offered");
      const request: LaunchRequest = {
        offer,
        token,
        owner: OWNER,
        leaseId: "lease-1",
        pool: "a",
        boot: LAB_BOOT,
      };
      return await lab.time.run(lab.fleet.launch(request));
    };
    return { ...lab, store, context, manager, acquire, launchOnce };
  }

  describe(`${name} as a fleet`, () => {
    it("rents a machine that is found by its tags, and ends it", async () => {
      const { fleet, time, launchOnce, alive } = await bench();
      const answer = await launchOnce();
      if (answer.kind !== "launched") throw new Error(`not launched: ${JSON.stringify(answer)}`);
      await time.pass(fleet.capabilities.lagSeconds * 1_000);
      const [listed] = await time.run(fleet.list(OWNER));
      expect(listed).toMatchObject({ owner: OWNER, leaseId: "lease-1", token: "rb-0001" });
      expect(listed?.id).toBe(answer.machine.id);
      const { id, region } = answer.machine;
      expect(await time.run(fleet.terminate([{ id, region }]))).toEqual([{ kind: "asked" }]);
      await time.pass(300_000);
      const [ended] = await time.run(fleet.describe([{ id, region }]));
      expect(ended === undefined || !isLive(ended.state)).toBe(true);
      expect(alive()).toBe(0);
    });

    it("offers something with a price, and states what it can't do", async () => {
      const { fleet, time } = await bench();
      const offers = await time.run(fleet.offers({}));
      expect(offers.length).toBeGreaterThan(0);
      for (const { prices, vcpus } of offers) {
        expect(prices.compute.picoDollars).toBeGreaterThan(0);
        expect(vcpus).toBeGreaterThan(0);
      }
    });

    it("never shows or ends other people's machines", async () => {
      const { fleet, time, context, alive, addForeign } = await bench();
      for (const owner of [`${OWNER}0`, "rb-of-this", "somebody", "rb-of-this-tes*"]) addForeign(owner);
      const before = alive();
      expect(await time.run(fleet.list(OWNER))).toEqual([]);
      await time.run(reap(context));
      expect(alive()).toBe(before);
    });

    it("leaves nothing behind from a lease that was ready, and says what it cost", async () => {
      const { time, manager, acquire, alive, store, billedMicros } = await bench();
      const answer = await acquire();
      if (answer.kind !== "ready") throw new Error(`not ready: ${JSON.stringify(answer)}`);
      expect(alive()).toBe(1);
      // Less than an unfed dead-man waits.
      await time.pass(540_000);
      const closed = await time.run(manager.release(answer.lease.id, "done"));
      expect(closed.state).toBe("closed");
      expect(alive()).toBe(0);
      const { total, isFinal } = summarize(await store.lines([closed.id]));
      expect(isFinal).toBe(true);
      expect(total).toBeGreaterThanOrEqual(billedMicros() - 1);
      expect(total).toBeLessThanOrEqual(billedMicros() * 1.1 + 2);
    });

    it("finds and ends what a launch with a lost answer has made", async () => {
      const { time, acquire, alive, loseLaunch, manager, store } = await bench();
      loseLaunch();
      const answer = await acquire();
      if (answer.kind === "ready") await time.run(manager.release(answer.lease.id, "done"));
      await time.run(manager.settled());
      expect(alive()).toBe(0);
      expect(await store.open()).toEqual([]);
    });

    it("calls nothing closed while the cloud is away", async () => {
      const { time, manager, acquire, setDown, alive, store } = await bench();
      const answer = await acquire();
      if (answer.kind !== "ready") throw new Error("not ready");
      setDown(true);
      const released = manager.release(answer.lease.id, "done");
      await time.pass(7_200_000 / 4);
      expect((await store.get(answer.lease.id))?.state).toBe("releasing");
      setDown(false);
      expect((await time.run(released)).state).toBe("closed");
      expect(alive()).toBe(0);
    });

    it("throws rather than show a part", async () => {
      const { fleet, time, setDown } = await bench();
      setDown(true);
      await expect(time.run(fleet.list(OWNER))).rejects.toMatchObject({ code: "CLOUD_UNAVAILABLE" });
    });

    it("is not launched where there is nothing to give, and owes nothing", async () => {
      const { acquire, setEmpty, alive, time, manager, store } = await bench();
      setEmpty();
      expect(await acquire()).toMatchObject({ kind: "failed", error: { code: "CAPACITY_UNAVAILABLE" } });
      await time.run(manager.settled());
      expect(alive()).toBe(0);
      expect(await store.open()).toEqual([]);
    });

    it("ends a machine whose controller died", async () => {
      const { acquire, time, context, alive, store } = await bench();
      const answer = await acquire();
      if (answer.kind !== "ready") throw new Error("not ready");
      await time.pass(DEFAULT_LEASE_SETTINGS.ownerlessAfterMs + 1_000);
      for (let round = 0; round < 30 && (await store.open()).length > 0; round++) {
        await time.run(reap(context));
        await time.pass(60_000);
      }
      expect(alive()).toBe(0);
      expect(await store.open()).toEqual([]);
    });
  });
}
