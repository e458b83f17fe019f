import { describe, expect, it } from "vitest";
import { TARIFF } from "../../../test/fakes/ec2/fake-ec2.ts";
import { LAB_BOOT, LAB_OPTIONS, Lab } from "../../../test/support/ec2-lab.ts";
import { systemClock } from "../../support/clock.ts";
import { seededRandom } from "../../support/random.ts";
import type { LaunchRequest, MachineOffer } from "../fleet.ts";
import { launchToken } from "../launch-token.ts";
import { createEc2Clients, loadEc2Sdk } from "./ec2-clients.ts";
import { Ec2Fleet } from "./ec2-fleet.ts";

async function open(settings: ConstructorParameters<typeof Lab>[0] = {}) {
  const lab = new Lab(settings);
  const fleet = await lab.fleet();
  const [offer] = await lab.time.run(fleet.offers({}));
  const request = (more: Partial<LaunchRequest> = {}): LaunchRequest => {
    const chosen = more.offer ?? (offer as MachineOffer);
    const token = launchToken("lease-1", 1, chosen);
    return { offer: chosen, token, owner: "rb-1", leaseId: "lease-1", pool: "ec2", boot: LAB_BOOT, ...more };
  };
  return { lab, fleet, request, launch: (more = {}) => lab.time.run(fleet.launch(request(more))) };
}

describe("EC2 offers", () => {
  it("are each type in each zone that has it, at this region's price for plain Linux", async () => {
    const { lab, fleet } = await open();
    const offers = await lab.time.run(fleet.offers({}));
    expect(offers.map(({ type, zone }) => `${type} ${zone?.at(-1)}`)).toEqual([
      "c5.2xlarge a",
      "c5.2xlarge b",
      "c5.2xlarge c",
      "m5.xlarge a",
      "m5.xlarge b",
      "m5.xlarge c",
      "g4dn.xlarge a",
      "g4dn.xlarge b",
    ]);
    expect(offers[0]).toMatchObject({
      vcpus: 8,
      prices: {
        compute: {
          picoDollars: 388e9,
          source: "price-list",
          asOf: "2026-11-01T00:00:00Z",
          region: "eu-central-1",
        },
        disk: { picoDollars: 95.2e9, source: "price-list" },
        address: { picoDollars: 5e9, source: "snapshot", asOf: "2025-01-01" },
      },
    });
  });

  it("of spot are the newest price of each zone, the cheapest zone first", async () => {
    const { lab, fleet } = await open({ ec2: { markets: ["spot"], types: ["c5.2xlarge", "g4dn.xlarge"] } });
    const offers = await lab.time.run(fleet.offers({}));
    expect(offers.map(({ zone, prices }) => [zone?.at(-1), prices.compute.picoDollars / 1e9])).toEqual([
      ["b", 153.3],
      ["c", 160.9],
      ["a", 171.2],
    ]);
    expect(offers[0]?.prices.compute.source).toBe("spot-history");
  });

  it("fall back on a snapshot that says so, and never on another region's price", async () => {
    const lab = new Lab();
    lab.fake.priceListIsDown = true;
    const fleet = await lab.fleet();
    const [offer] = await lab.time.run(fleet.offers({}));
    expect(offer?.prices.compute).toMatchObject({
      source: "snapshot",
      asOf: "2025-01-01",
      region: "eu-central-1",
    });
    const elsewhere = new Lab({
      ec2: { region: "sa-east-1" },
      fake: { zones: { "sa-east-1": ["sa-east-1a"] } },
    });
    elsewhere.fake.priceListIsDown = true;
    const other = await elsewhere.fleet();
    await expect(elsewhere.time.run(other.offers({}))).rejects.toMatchObject({ code: "NO_MACHINE_OFFERED" });
  });
});

describe("an EC2 launch", () => {
  it("carries token, tags, shutdown behaviour, dead-man and a group that admits one address to one port", async () => {
    const { lab, launch, request } = await open();
    expect(await launch()).toMatchObject({ kind: "launched", machine: { state: "pending", owner: "rb-1" } });
    const [instance] = lab.fake.world.live();
    expect(instance).toMatchObject({
      token: request().token,
      terminatesOnShutdown: true,
      zone: "eu-central-1a",
      diskGb: 20,
      deadMan: { idleMs: 600_000, lifetimeMs: 7_200_000, survivesReboot: true },
    });
    expect(Object.fromEntries(instance?.tags ?? [])).toEqual({
      Name: "reelburst ec2",
      "reelburst:owner": "rb-1",
      "reelburst:lease": "lease-1",
      "reelburst:pool": "ec2",
    });
    const query = lab.fake.calls.find(({ action }) => action === "RunInstances")?.query;
    expect(query?.tags("volume").get("reelburst:owner")).toBe("rb-1");
    expect(query?.get("MetadataOptions.HttpTokens")).toBe("required");
    expect([...lab.fake.groups.values()][0]?.ingress).toEqual(["tcp 7443 7443 203.0.113.7/32"]);
    expect(lab.fake.calls.some(({ action }) => action === "CreateTags")).toBe(false);
  });

  it("asked twice is one machine", async () => {
    const { lab, launch } = await open();
    const [first, second] = [await launch(), await launch()];
    expect(second).toMatchObject({ machine: { id: (first as { machine: { id: string } }).machine.id } });
    expect(lab.fake.world.live()).toHaveLength(1);
  });

  it("is not tried again by the SDK where there is no capacity, although that is a 500", async () => {
    const { lab, launch } = await open();
    lab.fake.capacity.set("c5.2xlarge/eu-central-1a/on-demand", 0);
    expect(await launch()).toMatchObject({
      kind: "refused",
      scope: "zone",
      error: { code: "CAPACITY_UNAVAILABLE" },
    });
    expect(lab.fake.calls.filter(({ action }) => action === "RunInstances")).toHaveLength(1);
  });

  it("tells quota from capacity, and credentials from both", async () => {
    const { lab, launch } = await open();
    lab.fake.vcpuLimit = 4;
    expect(await launch()).toMatchObject({ kind: "refused", scope: "type" });
    lab.fake.vcpuLimit = 64;
    await launch({ token: "warm" });
    lab.fake.credentials = "unauthorized";
    expect(await launch()).toMatchObject({
      kind: "refused",
      scope: "fleet",
      error: { code: "CLOUD_REFUSED" },
    });
  });

  it.each(["lost-reply", "lost-request", "internal-error", "unavailable"] as const)(
    "is unknown after %s",
    async (fault) => {
      const { lab, launch } = await open();
      await launch({ token: "warm" });
      lab.fake.fault = ({ action }) => (action === "RunInstances" ? fault : "none");
      expect(await launch()).toMatchObject({
        kind: "unknown",
        error: { code: "CLOUD_UNAVAILABLE", retryable: true },
      });
      expect(lab.fake.world.live()).toHaveLength(fault === "lost-reply" ? 2 : 1);
    },
  );

  it("names what its token came to: a dead machine, or other parameters", async () => {
    const { lab, fleet, launch, request } = await open();
    const launched = await launch();
    if (launched.kind !== "launched") throw new Error("not launched");
    const other = { ...LAB_BOOT, agentKey: "another" };
    expect(await launch({ boot: other })).toMatchObject({ kind: "spent" });
    await lab.time.run(fleet.terminate([launched.machine]));
    expect(await launch(request())).toMatchObject({ kind: "spent" });
  });

  it("waits out throttling", async () => {
    const { lab, launch } = await open();
    const answers: ReturnType<typeof launch>[] = [];
    for (let index = 0; index < 12; index++) answers.push(launch({ token: `token-${index}` }));
    const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
    expect(kinds).toEqual(Array(12).fill("launched"));
    expect(lab.fake.calls.filter(({ action }) => action === "RunInstances").length).toBeGreaterThan(12);
  });
});

describe("EC2's list", () => {
  it("holds exactly this owner's machines, of every region and page", async () => {
    const { lab, fleet } = await open({ fake: { pageSize: 2 } });
    for (let index = 0; index < 5; index++) lab.fake.addForeign({ "reelburst:owner": "rb-1" });
    const elsewhere = lab.fake.addForeign({ "reelburst:owner": "rb-1" }, "us-east-1");
    lab.fake.addForeign({ "reelburst:owner": "rb-10" });
    lab.fake.addForeign({ "reelburst:owner": "rb-?" });
    lab.fake.addForeign({ owner: "rb-1" });
    const machines = await lab.time.run(fleet.list("rb-1"));
    expect(machines).toHaveLength(6);
    expect(machines.map(({ id }) => id)).toContain(elsewhere.id);
    // EC2 takes this for a pattern, and answers with more than was meant.
    expect(await lab.time.run(fleet.list("rb-?"))).toHaveLength(1);
  });

  it("is none when one region does not answer", async () => {
    const { lab, fleet } = await open();
    lab.fake.fault = ({ region, action }) =>
      region === "us-east-1" && action === "DescribeInstances" ? "unavailable" : "none";
    await expect(lab.time.run(fleet.list("rb-1"))).rejects.toMatchObject({ code: "CLOUD_UNAVAILABLE" });
  });
});

describe("EC2's end of machines", () => {
  it("is asked for each, whatever one bad id does to the call for all", async () => {
    const { lab, fleet } = await open();
    const machines = [1, 2].map(() => lab.fake.addForeign({}));
    const names = machines.map(({ id, region }) => ({ id, region }));
    const answers = await lab.time.run(
      fleet.terminate([names[0]!, { id: "i-00000000000000bad", region: "eu-central-1" }, names[1]!]),
    );
    expect(answers.map(({ kind }) => kind)).toEqual(["asked", "not-found", "asked"]);
    expect(lab.fake.world.live()).toEqual([]);
  });

  it("removes the group when no machine needs it any more", async () => {
    const { lab, fleet, launch } = await open();
    const launched = await launch();
    await lab.time.run(fleet.tidy("rb-1"));
    expect(lab.fake.groups.size).toBe(1);
    if (launched.kind === "launched") await lab.time.run(fleet.terminate([launched.machine]));
    await lab.time.run(fleet.tidy("rb-of-others"));
    expect(lab.fake.groups.size).toBe(1);
    await lab.time.run(fleet.tidy("rb-1"));
    expect(lab.fake.groups.size).toBe(0);
    expect(await launch({ token: "again" })).toMatchObject({ kind: "launched" });
  });
});

describe("over a socket", () => {
  it("the same, with a clock that is an hour off and a dropped connection", async () => {
    const lab = new Lab();
    const sdk = await loadEc2Sdk();
    lab.fake.skewMs = 3_600_000;
    const endpoint = await lab.fake.listen();
    try {
      const options = { ...LAB_OPTIONS, endpoint };
      const credentials = { accessKeyId: "AKIAFAKE", secretAccessKey: "secret" };
      const clients = createEc2Clients(sdk, { endpoint, credentials });
      // Waits between tries are not part of what is tested.
      const clock = { ...systemClock, after: (_ms: number, call: () => void) => systemClock.after(1, call) };
      const fleet = new Ec2Fleet({ sdk, clients, options, clock, random: seededRandom(1) });
      const [offer] = await fleet.offers();
      expect(offer?.prices.compute.picoDollars).toBe((TARIFF.onDemand["c5.2xlarge"] ?? 0) * 1e12);
      let dropped = false;
      lab.fake.fault = ({ action }) => {
        if (action !== "RunInstances" || dropped) return "none";
        dropped = true;
        return "lost-reply";
      };
      const token = launchToken("lease-1", 1, offer!);
      const request = {
        offer: offer!,
        token,
        owner: "rb-1",
        leaseId: "lease-1",
        pool: "ec2",
        boot: LAB_BOOT,
      };
      expect(await fleet.launch(request)).toMatchObject({ kind: "unknown" });
      expect(await fleet.launch(request)).toMatchObject({ kind: "launched" });
      expect(await fleet.list("rb-1")).toHaveLength(1);
    } finally {
      await lab.fake.close();
    }
  });
});
