/** The hostile list's rows about money and machines, one by one. */
import { describe, expect, it } from "vitest";
import { parseBilledFile } from "../src/money/billed-file.ts";
import { secondsUntilDrain } from "../src/money/budget.ts";
import { reconcile } from "../src/money/reconcile.ts";
import { ReelburstError } from "../src/support/errors.ts";
import { billCsv } from "./fakes/ec2/billing.ts";
import { Lab, type LabSettings } from "./support/ec2-lab.ts";

const MINUTE = 60_000;
const LAG = { pending: 40, shuttingDown: 40, visibility: 30, staleness: 10 };

async function rented(settings: LabSettings = {}) {
  const lab = new Lab(settings);
  const fleet = await lab.fleet();
  const controller = lab.controller(fleet);
  const answer = await lab.time.run(controller.acquire(await lab.request(fleet)));
  if (answer.kind !== "ready") throw new Error(`not rented: ${answer.kind}`);
  return { lab, fleet, controller, leaseId: answer.lease.id };
}

describe("a release that the cloud does not confirm", () => {
  it.each(["terminate fails", "credentials expired", "nothing answers"])(
    "(%s, for 2 h) is an alarm, never closed, and closes on return",
    async (kind) => {
      const { lab, controller, leaseId } = await rented();
      if (kind === "terminate fails") {
        lab.fake.fault = ({ action }) => (action === "TerminateInstances" ? "unavailable" : "none");
      } else if (kind === "credentials expired") lab.fake.credentials = "expired";
      else lab.fake.fault = () => "lost-request";
      const released = controller.release(leaseId, "done");
      let isClosed = false;
      void released.then(() => {
        isClosed = true;
      });
      for (let minute = 0; minute < 120; minute++) {
        await lab.time.pass(MINUTE);
        for (const { id } of lab.fake.world.live()) lab.fake.world.feed(id);
      }
      expect(isClosed).toBe(false);
      expect((await lab.store.get(leaseId))?.state).toBe("releasing");
      const alarms = lab.alarms.filter((alarm) => alarm.kind === "release-unconfirmed");
      expect(alarms.length).toBeGreaterThanOrEqual(8);
      expect(alarms[0]).toMatchObject({
        lease: { id: leaseId },
        error: { code: expect.stringMatching(/^CLOUD_/) },
      });
      lab.fake.fault = () => "none";
      lab.fake.credentials = "good";
      expect(await lab.time.run(released)).toMatchObject({ state: "closed", reason: "done" });
      expect(lab.alarms.at(-1)?.kind).toBe("release-confirmed");
      expect(lab.fake.world.live()).toEqual([]);
    },
  );

  it("outlasts a database that is away for five minutes", async () => {
    const lab = new Lab();
    const fleet = await lab.fleet();
    let isAway = false;
    const store = new Proxy(lab.store, {
      get:
        (target, property) =>
        async (...all: unknown[]) => {
          if (isAway) throw new ReelburstError("DATABASE_UNAVAILABLE", "away", { retryable: true });
          return (Reflect.get(target, property) as (...given: unknown[]) => unknown).apply(target, all);
        },
    });
    const controller = lab.controller(fleet, store);
    const answer = await lab.time.run(controller.acquire(await lab.request(fleet)));
    if (answer.kind !== "ready") throw new Error("not rented");
    isAway = true;
    const released = controller.release(answer.lease.id, "done");
    await lab.time.pass(5 * MINUTE);
    isAway = false;
    expect(await lab.time.run(released)).toMatchObject({ state: "closed" });
    expect(lab.fake.world.live()).toEqual([]);
  });

  it("follows a boot plan that can't be made: the lease is given back", async () => {
    const lab = new Lab();
    const fleet = await lab.fleet();
    const controller = lab.controller(fleet, lab.store, async () => {
      throw new Error("no randomness");
    });
    expect(await lab.time.run(controller.acquire(await lab.request(fleet)))).toMatchObject({
      kind: "failed",
    });
    await lab.time.run(controller.settled());
    expect(await lab.store.open()).toEqual([]);
    expect(lab.fake.world.instances.size).toBe(0);
  });

  it("is not confirmed by NotFound: a machine that lags behind its own launch is asked for until it is gone", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const lab = new Lab({ seed, fake: { delays: LAG } });
      const fleet = await lab.fleet();
      const controller = lab.controller(fleet);
      const stop = new AbortController();
      const acquiring = controller.acquire(await lab.request(fleet), stop.signal);
      // Ctrl+C in the very moment in which the launch was answered: nothing of it is visible yet.
      lab.time.after(500, () => stop.abort());
      expect((await lab.time.run(acquiring)).kind).toBe("failed");
      await lab.time.run(controller.settled());
      expect(lab.fake.world.live()).toEqual([]);
      expect(await lab.store.open()).toEqual([]);
      const [line] = (await lab.store.lines()).filter(({ basis }) => basis === "metered");
      expect(line?.isFinal).toBe(true);
    }
  });
});

describe("a controller that never comes back", () => {
  it("is outlived by the dead-man's patience and no longer", async () => {
    const { lab } = await rented();
    await lab.time.pass(9 * MINUTE);
    expect(lab.fake.world.live()).toHaveLength(1);
    await lab.time.pass(2 * MINUTE);
    expect(lab.fake.world.live()).toEqual([]);
  });

  it("neither by a reboot of the machine", async () => {
    const { lab } = await rented();
    await lab.time.pass(5 * MINUTE);
    for (const { id } of lab.fake.world.live()) lab.fake.world.reboot(id);
    await lab.time.pass(11 * MINUTE);
    expect(lab.fake.world.live()).toEqual([]);
  });

  it("nor by an agent that is fed for ever by somebody", async () => {
    const { lab } = await rented();
    for (let minute = 0; minute < 125; minute++) {
      await lab.time.pass(MINUTE);
      for (const { id } of lab.fake.world.live()) lab.fake.world.feed(id);
    }
    expect(lab.fake.world.live()).toEqual([]);
  });

  it("is found by the next one's reaper, and its machine's end is in the ledger", async () => {
    const { lab, fleet, leaseId } = await rented();
    expect((await lab.reap(fleet)).released).toEqual([]);
    await lab.time.pass(6 * MINUTE);
    expect((await lab.reap(fleet)).released).toEqual([{ leaseId, reason: "ownerless" }]);
    await lab.reapUntilQuiet(fleet);
    expect(await lab.store.get(leaseId)).toMatchObject({ state: "closed", reason: "ownerless" });
    expect(
      (await lab.store.lines([leaseId])).filter(({ basis, isFinal }) => basis === "metered" && isFinal),
    ).toHaveLength(3);
  });

  it("is known at once as gone by a program that has the store for itself", async () => {
    const { lab, fleet, leaseId } = await rented();
    const { released } = await lab.reap(fleet, { controllerId: "the-new-one", alone: true });
    expect(released).toEqual([{ leaseId, reason: "ownerless" }]);
  });
});

describe("what is not ours", () => {
  it("is never touched: foreign machines, another deployment's, tags that only look alike", async () => {
    const { lab, fleet, controller, leaseId } = await rented({ owner: "rb-1" });
    const other = new Lab({ owner: "rb-2" }, lab);
    const otherFleet = await other.fleet();
    const theirs = await lab.time.run(other.controller(otherFleet).acquire(await other.request(otherFleet)));
    expect(theirs.kind).toBe("ready");
    const foreign = [
      {},
      { "reelburst:owner": "rb-11" },
      { "reelburst:owner": "RB-1" },
      { "reelburst:lease": leaseId },
    ];
    for (const tags of foreign) lab.fake.addForeign(tags);
    const stray = lab.fake.addForeign({ "reelburst:owner": "rb-1" }, "us-east-1");
    await lab.time.run(controller.release(leaseId, "done"));
    const { strays } = await lab.reap(fleet);
    expect(strays.map(({ id }) => id)).toEqual([stray.id]);
    expect(lab.fake.world.live()).toHaveLength(foreign.length + 1);
    const asked = lab.fake.calls.filter(({ action }) => action === "TerminateInstances");
    expect(new Set(asked.flatMap(({ query }) => query.list("InstanceId"))).size).toBe(2);
  });

  it("includes no machine that was launched between the reaper's two lists", async () => {
    const lab = new Lab();
    const fleet = await lab.fleet();
    const controller = lab.controller(fleet);
    const request = await lab.request(fleet);
    // The other controller launches while this one reaps, at every point of its round.
    for (let turn = 0; turn < 8; turn++) {
      const acquiring = controller.acquire({ ...request, slot: `ec2/${turn}` });
      const report = await lab.reap(fleet);
      expect(report.strays).toEqual([]);
      expect((await lab.time.run(acquiring)).kind).toBe("ready");
    }
  });

  it("includes machines whose clock is another's: an hour off releases nothing that is alive", async () => {
    const { lab, fleet, controller } = await rented();
    const self = { controllerId: "controller-1" };
    for (const minutes of [-60, 60, 30]) {
      lab.time.stepWall(minutes * MINUTE);
      expect((await lab.reap(fleet, self)).released).toEqual([]);
    }
    await lab.time.run(controller.watch());
    expect(lab.fake.world.live()).toHaveLength(1);
  });
});

describe("capacity", () => {
  it.each([0, 1, 2])("missing in %i of 3 zones is found in the next", async (count) => {
    const lab = new Lab();
    const fleet = await lab.fleet();
    for (const zone of ["a", "b", "c"].slice(0, count))
      lab.fake.capacity.set(`c5.2xlarge/eu-central-1${zone}/on-demand`, 0);
    const answer = await lab.time.run(lab.controller(fleet).acquire(await lab.request(fleet)));
    expect(answer.kind).toBe("ready");
    const [instance] = lab.fake.world.live();
    expect([instance?.type, instance?.zone.at(-1)]).toEqual(["c5.2xlarge", "abc"[count]]);
  });

  it("missing in all zones goes to the next type; a quota skips the other zones at once", async () => {
    const lab = new Lab();
    const fleet = await lab.fleet();
    lab.fake.vcpuLimit = 4;
    const answer = await lab.time.run(lab.controller(fleet).acquire(await lab.request(fleet)));
    expect(answer.kind).toBe("ready");
    expect(lab.fake.world.live()[0]?.type).toBe("m5.xlarge");
    expect(lab.fake.calls.filter(({ action }) => action === "RunInstances")).toHaveLength(2);
  });

  it("missing everywhere is a failure that is over at once, with nothing left to release", async () => {
    const lab = new Lab();
    const fleet = await lab.fleet();
    lab.fake.vcpuLimit = 0;
    const controller = lab.controller(fleet);
    const answer = await lab.time.run(controller.acquire(await lab.request(fleet)));
    expect(answer).toMatchObject({ kind: "failed", error: { code: "CAPACITY_UNAVAILABLE" } });
    await lab.time.run(controller.settled());
    expect(await lab.store.open()).toEqual([]);
  });

  it("is not looked for elsewhere while a lost reply is unsettled", async () => {
    const lab = new Lab({ fake: { delays: LAG } });
    const fleet = await lab.fleet();
    let lost = 0;
    lab.fake.fault = ({ action }) => (action === "RunInstances" && lost++ < 6 ? "lost-reply" : "none");
    const answer = await lab.time.run(lab.controller(fleet).acquire(await lab.request(fleet)));
    expect(answer.kind).toBe("ready");
    expect(lab.fake.world.instances.size).toBe(1);
  });

  it("is not looked for elsewhere when no reply ever comes: the lease is given up, its machine found and ended", async () => {
    const lab = new Lab({ fake: { delays: LAG } });
    const fleet = await lab.fleet();
    lab.fake.fault = ({ action }) => (action === "RunInstances" ? "lost-reply" : "none");
    const controller = lab.controller(fleet);
    const answer = await lab.time.run(controller.acquire(await lab.request(fleet)));
    expect(answer).toMatchObject({ kind: "failed", error: { code: "CLOUD_UNAVAILABLE" } });
    await lab.time.run(controller.settled());
    expect(lab.fake.world.instances.size).toBe(1);
    expect(lab.fake.world.live()).toEqual([]);
    expect(await lab.store.open()).toEqual([]);
  });
});

describe("spot", () => {
  it("taken back is noticed, booked and released; its first hour's compute is free, as billed", async () => {
    const { lab, controller, leaseId } = await rented({
      ec2: { markets: ["spot"] },
      fake: { billsFrom: "launch" },
    });
    await lab.time.pass(9 * MINUTE);
    for (const { id } of lab.fake.world.live()) lab.fake.world.takeBack(id);
    expect((await lab.time.run(controller.watch())).map(({ id }) => id)).toEqual([leaseId]);
    await lab.time.run(controller.settled());
    expect(await lab.store.get(leaseId)).toMatchObject({ state: "closed", reason: "lost" });
    const { rows } = parseBilledFile(billCsv(lab.fake.bill()));
    const { differences } = reconcile(await lab.store.lines(), rows);
    expect(differences.map(({ item, cause }) => [item, cause])).toEqual(
      expect.arrayContaining([
        ["compute", "same"],
        ["address", "same"],
        ["disk", "same"],
      ]),
    );
    expect(differences.find(({ item }) => item === "compute")?.billed).toBe(0);
  });
});

describe("a cost limit", () => {
  it("is kept by the fake's own bill, in mid-burst, with lost replies and machines that end slowly", async () => {
    for (const [seed, capMicros] of [150_000, 60_000, 400_000, 9_000].entries()) {
      const lab = new Lab({ seed, fake: { delays: LAG } });
      const fleet = await lab.fleet();
      let calls = 0;
      lab.fake.fault = ({ action }) =>
        action === "RunInstances" && ++calls % 3 === 0 ? "lost-reply" : "none";
      // The dearer types come in while the first ones are full.
      lab.fake.capacity.set("c5.2xlarge/eu-central-1a/on-demand", 1);
      const controller = lab.controller(fleet);
      const request = await lab.request(fleet, { capMicros, plannedSeconds: 300 });
      const held: string[] = [];
      const answers = await lab.time.run(
        Promise.all(
          Array.from({ length: 12 }, (_, slot) => controller.acquire({ ...request, slot: `ec2/${slot}` })),
        ),
      );
      for (const answer of answers) if (answer.kind === "ready") held.push(answer.lease.id);
      if (capMicros > 30_000) expect(held.length).toBeGreaterThan(0);
      expect(answers.some(({ kind }) => kind === "over-budget")).toBe(true);
      // Work until the budget says stop.
      for (;;) {
        const budget = await controller.budget(request.group, capMicros);
        if (held.length === 0 || secondsUntilDrain(budget) <= 10) break;
        await lab.time.pass(10_000);
        for (const { id } of lab.fake.world.live()) lab.fake.world.feed(id);
      }
      await lab.time.run(Promise.all(held.map((id) => controller.release(id, "budget"))));
      await lab.time.run(controller.settled());
      const billed = lab.fake.bill().reduce((sum, { micros }) => sum + micros, 0);
      expect(billed).toBeLessThanOrEqual(capMicros);
      if (held.length > 0) expect(billed).toBeGreaterThan(capMicros * 0.5);
      expect(lab.fake.world.live()).toEqual([]);
    }
  });

  it("does not grow when the clock is set back", async () => {
    const { lab, controller } = await rented();
    await lab.time.run(controller.budget("production-1", 1_000_000));
    await lab.time.pass(5 * MINUTE);
    const before = secondsUntilDrain(await controller.budget("production-1", 1_000_000));
    lab.time.stepWall(-60 * MINUTE);
    const after = secondsUntilDrain(await controller.budget("production-1", 1_000_000));
    expect(after).toBeLessThanOrEqual(before);
  });
});
