import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type FleetBench, fleetContract } from "../../../test/contracts/fleet.contract.ts";
import { type AkashCall, FakeAkash, type FakeAkashOptions } from "../../../test/fakes/akash/fake-akash.ts";
import { LAB_BOOT } from "../../../test/support/ec2-lab.ts";
import { VirtualTime } from "../../../test/support/virtual-time.ts";
import { summarize } from "../../money/ledger.ts";
import { seededRandom } from "../../support/random.ts";
import type { LaunchRequest, MachineOffer } from "../fleet.ts";
import { LeaseManager } from "../lease-manager.ts";
import { DEFAULT_LEASE_SETTINGS } from "../lease-settings.ts";
import { MemoryLeaseStore } from "../memory/memory-lease-store.ts";
import { AkashFleet } from "./akash-fleet.ts";
import { AKASH_DEFAULTS, AKASH_PROFILES, type AkashOptions } from "./akash-options.ts";
import { tagsOf } from "./group-name.ts";
import { sdlOf } from "./sdl.ts";

const OPTIONS: AkashOptions = {
  ...AKASH_DEFAULTS,
  name: "akash",
  endpoint: "https://console.test",
  nodeEndpoint: "https://node.test/rest",
  profiles: AKASH_PROFILES,
  apiKey: "key",
  install: LAB_BOOT.install,
};

const LAG = { bids: 40, start: 30, listed: 20, refund: 60 };

function lab(more: Partial<FakeAkashOptions> = {}, options: Partial<AkashOptions> = {}) {
  const time = new VirtualTime();
  const fake = new FakeAkash({ now: time.trueNow, delays: LAG, ...more });
  const context = { fetch: fake.fetch, clock: time, random: seededRandom(1) };
  const fleet = new AkashFleet(context, { ...OPTIONS, ...options });
  const launch = async (token = "rb-1", type = "budget") => {
    const offers = await fleet.offers();
    return await time.run(fleet.launch(requestOf(offers.find((offer) => offer.type === type)!, token)));
  };
  return { time, fake, fleet, launch };
}

function requestOf(offer: MachineOffer, token = "rb-1"): LaunchRequest {
  return { offer, token, owner: "rb-7", leaseId: "lease-1", pool: "akash", boot: LAB_BOOT };
}

const isCreate = ({ method, path }: AkashCall): boolean => method === "POST" && path === "/v1/deployments";
const isLease = ({ path }: AkashCall): boolean => path === "/v1/leases";
const isClose = ({ method }: AkashCall): boolean => method === "DELETE";

fleetContract("Akash", async (): Promise<FleetBench> => {
  const { time, fake, fleet } = lab();
  return {
    time,
    fleet,
    alive: () => fake.live().length,
    addForeign: (owner) => void fake.addForeign(`${owner}--lease-1--rb-9`),
    loseLaunch: () => {
      let lost = false;
      fake.fault = (call) => {
        if (lost || !isCreate(call)) return "none";
        lost = true;
        return "lost-reply";
      };
    },
    setDown: (isDown) => {
      fake.fault = () => (isDown ? "lost-request" : "none");
    },
    setEmpty: () => {
      fake.providers = [];
    },
    billedMicros: () => [...fake.deployments.values()].reduce((sum, one) => sum + fake.paidMicros(one), 0),
  };
});

describe("an SDL", () => {
  it.each([
    ["budget", 2, "6Gi", "20Gi"],
    ["standard", 4, "12Gi", "50Gi"],
    ["high", 8, "24Gi", "100Gi"],
  ])("of the profile %s asks for its size", async (type, cores, memory, disk) => {
    const { fleet } = lab();
    const offer = (await fleet.offers()).find((other) => other.type === type)!;
    const profile = AKASH_PROFILES.find((other) => other.type === type)!;
    const sdl = JSON.parse(sdlOf(requestOf(offer), profile, OPTIONS));
    expect(sdl.profiles.compute.agent.resources).toEqual({
      cpu: { units: cores },
      memory: { size: memory },
      storage: [{ size: disk }],
    });
    expect(offer.vcpus).toBe(cores);
    const [group] = Object.keys(sdl.profiles.placement);
    expect(tagsOf(group!)).toEqual({ owner: "rb-7", leaseId: "lease-1", token: "rb-1" });
  });

  it("holds the key's hash and not the key, and no text of ours as syntax", async () => {
    const { fleet } = lab();
    const [offer] = await fleet.offers();
    const boot = { ...LAB_BOOT, install: { kind: "npm", package: "x'; reboot; '" } as const };
    const text = sdlOf({ ...requestOf(offer!), boot }, AKASH_PROFILES[0]!, OPTIONS);
    expect(text).not.toContain(LAB_BOOT.agentKey);
    expect(text).toContain(createHash("sha256").update(LAB_BOOT.agentKey).digest("hex"));
    expect(JSON.parse(text).services.agent.args[0]).toContain(`'x'\\''; reboot; '\\'''`);
  });

  it("is refused for a lease that would be misread from the name", async () => {
    const { fleet, time, fake } = lab();
    const [offer] = await fleet.offers();
    const answer = await time.run(fleet.launch({ ...requestOf(offer!), owner: "a--b" }));
    expect(answer).toMatchObject({ kind: "refused", scope: "fleet", error: { code: "CLOUD_REFUSED" } });
    expect(fake.calls).toEqual([]);
  });
});

describe("a launch on Akash", () => {
  it("takes the cheapest bid, and its price is what is booked", async () => {
    const { launch, fake } = lab({ delays: { ...LAG, bids: 0 } });
    const answer = await launch();
    expect([...fake.deployments.values()][0]?.lease?.provider).toBe("akash1cheap");
    // 90 millionths for each of 600 blocks in an hour.
    expect(answer).toMatchObject({ kind: "launched", prices: { compute: { picoDollars: 54_000e6 } } });
  });

  it("takes no bid above the limit, nor of a provider that is not allowed", async () => {
    const dear = lab();
    dear.fake.providers = [{ name: "akash1dear", price: 167 }];
    dear.fake.heedsLimit = false;
    expect(await dear.launch()).toMatchObject({ kind: "refused", scope: "type" });
    const picky = lab({}, { providers: ["akash1middling"] });
    expect(await picky.launch()).toMatchObject({ kind: "launched" });
    expect([...picky.fake.deployments.values()][0]?.lease?.provider).toBe("akash1middling");
  });

  it("goes on to the next bid when a provider lets it fail", async () => {
    const { launch, fake } = lab();
    fake.refusing.add("akash1cheap");
    expect(await launch()).toMatchObject({ kind: "launched" });
    expect([...fake.deployments.values()][0]?.lease?.provider).toBe("akash1middling");
  });

  it("makes one lease although the answer to it was lost", async () => {
    const { launch, fake } = lab();
    let lost = 0;
    fake.fault = (call) => (isLease(call) && lost++ < 2 ? "lost-reply" : "none");
    expect(await launch()).toMatchObject({ kind: "launched" });
    expect(fake.live()).toHaveLength(1);
  });

  it.each(["lost-reply", "lost-request", "internal-error", "broken"] as const)(
    "is unknown after %s, and is not sent again",
    async (fault) => {
      const { launch, fake } = lab();
      fake.fault = (call) => (isCreate(call) ? fault : "none");
      expect(await launch()).toMatchObject({ kind: "unknown", error: { code: "CLOUD_UNAVAILABLE" } });
      expect(await launch()).toMatchObject({ kind: "unknown" });
      expect(fake.calls.filter(isCreate)).toHaveLength(1);
    },
  );

  it("waits out throttling", async () => {
    const { launch, fake } = lab();
    let turns = 0;
    fake.fault = (call) => (isCreate(call) && turns++ < 2 ? "throttled" : "none");
    expect(await launch()).toMatchObject({ kind: "launched" });
    expect(fake.deployments.size).toBe(1);
  });

  it("says that the key or the credit is at fault", async () => {
    const broke = lab();
    broke.fake.balance = 0.1;
    expect(await broke.launch()).toMatchObject({
      kind: "refused",
      scope: "fleet",
      error: { code: "CLOUD_REFUSED", hint: "Add credit to the account." },
    });
    broke.fake.apiKey = "another";
    expect(await broke.launch("rb-2")).toMatchObject({ kind: "refused", scope: "fleet" });
  });

  it("without bids is closed, its deposit back, before it is called refused", async () => {
    const { launch, fake } = lab();
    fake.providers = [];
    fake.deafTo = 2;
    const before = fake.balance;
    expect(await launch()).toMatchObject({ kind: "refused", error: { code: "CAPACITY_UNAVAILABLE" } });
    expect(fake.live()).toEqual([]);
    expect(fake.balance).toBe(before);
    expect(fake.calls.filter(isClose).length).toBeGreaterThanOrEqual(3);
  });

  it("that can't be withdrawn is unknown, and found by its name", async () => {
    const { launch, fake, fleet, time } = lab();
    fake.providers = [];
    fake.fault = (call) => (isClose(call) ? "internal-error" : "none");
    expect(await launch()).toMatchObject({ kind: "unknown" });
    expect(await time.run(fleet.list("rb-7"))).toMatchObject([{ token: "rb-1", state: "pending" }]);
  });

  it("deposits what the lifetime costs at most", async () => {
    const { launch, fake } = lab();
    await launch("rb-1", "high");
    // 2 hours at $0.40.
    expect([...fake.deployments.values()][0]?.deposit).toBe(0.8);
    await launch("rb-2", "budget");
    expect([...fake.deployments.values()][1]?.deposit).toBe(0.5);
  });
});

describe("a deployment", () => {
  it("is where the agent is reached when it runs, under the provider's port", async () => {
    const { launch, fleet, time } = lab();
    const answer = await launch();
    if (answer.kind !== "launched") throw new Error("not launched");
    await time.pass(60_000);
    expect(await time.run(fleet.describe([answer.machine]))).toMatchObject([
      { state: "running", address: "provider.example:31234" },
    ]);
  });

  it("is not gone before its deposit is back, and states what it was charged", async () => {
    const { launch, fake, fleet, time } = lab({ delays: { ...LAG, refund: 0 } });
    const answer = await launch();
    if (answer.kind !== "launched") throw new Error("not launched");
    const deployment = fake.deployments.get(answer.machine.id)!;
    await time.pass(600_000);
    await time.run(fleet.terminate([answer.machine]));
    deployment.refundedMs = time.trueNow() + 50_000;
    expect(await time.run(fleet.describe([answer.machine]))).toMatchObject([{ state: "ending" }]);
    await time.pass(60_000);
    const [ended] = await time.run(fleet.describe([answer.machine]));
    expect(ended).toMatchObject({ state: "ended", paid: fake.paidMicros(deployment) });
    expect(ended!.paid).toBeGreaterThan(0);
    expect(ended!.endedAtMs! - ended!.launchedAtMs!).toBeGreaterThan(580_000);
  });

  it("that its provider gave up is stopped: bound until it is closed", async () => {
    const { launch, fake, fleet, time } = lab();
    const answer = await launch();
    if (answer.kind !== "launched") throw new Error("not launched");
    await time.pass(60_000);
    fake.endLease(answer.machine.id);
    expect(await time.run(fleet.describe([answer.machine]))).toMatchObject([
      { state: "stopped", takenBack: true, reason: "lease_closed_unstable" },
    ]);
  });

  it("that its provider gave up is lost to its lease, closed, and its deposit comes back", async () => {
    const { fake, fleet, time } = lab();
    const store = new MemoryLeaseStore({ clock: time, owner: "rb-7" });
    const manager = new LeaseManager({
      fleet,
      store,
      clock: time,
      settings: DEFAULT_LEASE_SETTINGS,
      controllerId: "controller-1",
      newId: () => "lease-1",
      makeBootPlan: async () => LAB_BOOT,
      isHealthy: async () => true,
      onAlarm: () => {},
    });
    const more = { lifetimeSeconds: 3_600, capMicros: null, plannedSeconds: 600 };
    const request = { slot: "a/1", pool: "a", group: "film", offers: await fleet.offers(), ...more };
    expect(await time.run(manager.acquire(request))).toMatchObject({ kind: "ready" });
    await time.pass(300_000);
    fake.endLease([...fake.deployments.keys()][0]!);
    expect(await time.run(manager.watch())).toMatchObject([{ id: "lease-1", reason: "lost" }]);
    await time.run(manager.settled());
    expect(fake.live()).toEqual([]);
    expect(await store.open()).toEqual([]);
    // 90 millionths a block: what the chain charged is what is shown, to the millionth.
    const paid = fake.paidMicros([...fake.deployments.values()][0]!);
    const { total, isFinal, byBasis } = summarize(await store.lines(["lease-1"]));
    expect({ total, isFinal }).toEqual({ total: paid, isFinal: true });
    // By time, at the price of the bid and not at the limit.
    expect(byBasis.metered / paid).toBeGreaterThan(0.99);
    expect(byBasis.metered / paid).toBeLessThan(1.1);
    expect(fake.balance).toBeCloseTo(100 - paid / 1e6, 9);
  });

  it("that everybody has forgotten ends with its deposit", async () => {
    const { launch, fake, fleet, time } = lab();
    const answer = await launch();
    if (answer.kind !== "launched") throw new Error("not launched");
    await time.pass(24 * 3_600_000);
    expect(fake.live()).toEqual([]);
    expect(await time.run(fleet.describe([answer.machine]))).toMatchObject([
      { state: "ended", paid: 500_000 },
    ]);
  });

  it("is in the list on every page, and no lookalike is", async () => {
    const { fake, fleet, time } = lab({ delays: {} });
    for (let index = 0; index < 5; index++) fake.addForeign(`rb-7--lease-${index}--rb-${index}`);
    for (const name of ["rb-77--a--b", "rb-7", "rb-7--a", "rb-7--a--b--c", "dcloud", "RB-7--a--b"]) {
      fake.addForeign(name);
    }
    await time.pass(1_000);
    expect(await time.run(fleet.list("rb-7"))).toHaveLength(5);
  });

  it("that is unknown to the Console is not found", async () => {
    const { fleet, time } = lab();
    const name = { id: "12345", region: "akash" };
    expect(await time.run(fleet.terminate([name, { id: "../../x", region: "akash" }]))).toEqual([
      { kind: "not-found" },
      { kind: "not-found" },
    ]);
    expect(await time.run(fleet.describe([name]))).toEqual([]);
  });
});
