/** A deployment in virtual time: the fake EC2, our fleet on the real SDK, a store, and as many controllers as wanted. */
import { createEc2Clients, loadEc2Sdk } from "../../src/fleets/ec2/ec2-clients.ts";
import { Ec2Fleet } from "../../src/fleets/ec2/ec2-fleet.ts";
import { DEFAULT_IMAGE, DEFAULT_TYPES, type Ec2Options } from "../../src/fleets/ec2/ec2-options.ts";
import type { BootPlan, Fleet, Machine, MachineOffer } from "../../src/fleets/fleet.ts";
import { type AcquireRequest, LeaseManager } from "../../src/fleets/lease-manager.ts";
import type { LeaseStep } from "../../src/fleets/lease-manager-options.ts";
import { DEFAULT_LEASE_SETTINGS, type LeaseSettings } from "../../src/fleets/lease-settings.ts";
import type { LeaseStore } from "../../src/fleets/lease-store.ts";
import { MemoryLeaseStore } from "../../src/fleets/memory/memory-lease-store.ts";
import { type ReapOptions, type ReapReport, reap } from "../../src/fleets/reaper.ts";
import type { Alarm, ReleaseContext } from "../../src/fleets/release.ts";
import { seededRandom } from "../../src/support/random.ts";
import { FakeEc2, type FakeEc2Options } from "../fakes/ec2/fake-ec2.ts";
import { VirtualTime } from "./virtual-time.ts";

export const LAB_BOOT: BootPlan = {
  agentKey: "key-of-a-test",
  certificatePem: "-----BEGIN CERTIFICATE-----",
  privateKeyPem: "-----BEGIN PRIVATE KEY-----",
  certificateSha256: "00",
  port: 7443,
  deadMan: { idleSeconds: 600, lifetimeSeconds: 7_200 },
  install: { kind: "npm", package: "reelburst@0.1.0" },
};

export const LAB_OPTIONS: Ec2Options = {
  name: "ec2",
  region: "eu-central-1",
  listedRegions: "all",
  types: DEFAULT_TYPES,
  markets: ["on-demand"],
  maxSpotPrice: null,
  image: DEFAULT_IMAGE,
  diskGb: 20,
  subnets: null,
  securityGroupId: null,
  ingressCidr: "203.0.113.7/32",
  keyName: null,
  endpoint: "http://ec2.test",
  install: LAB_BOOT.install,
};

export interface LabSettings {
  readonly seed?: number | string;
  readonly fake?: Partial<FakeEc2Options>;
  readonly ec2?: Partial<Ec2Options>;
  readonly lease?: Partial<LeaseSettings>;
  readonly owner?: string;
}

export class Lab {
  readonly time: VirtualTime;
  readonly fake: FakeEc2;
  readonly store: LeaseStore;
  readonly settings: LeaseSettings;
  readonly alarms: Alarm[] = [];
  readonly steps: LeaseStep[] = [];
  readonly #settings: LabSettings;
  #controllers = 0;
  #ids = 0;

  constructor(settings: LabSettings = {}, shared?: { readonly time: VirtualTime; readonly fake: FakeEc2 }) {
    this.#settings = settings;
    this.time = shared?.time ?? new VirtualTime();
    const { seed = 1 } = settings;
    this.fake = shared?.fake ?? new FakeEc2({ now: this.time.trueNow, seed, ...settings.fake });
    this.store = new MemoryLeaseStore({ clock: this.time, owner: settings.owner ?? "rb-of-this-test" });
    this.settings = { ...DEFAULT_LEASE_SETTINGS, ...settings.lease };
  }

  async fleet(): Promise<Fleet> {
    const sdk = await loadEc2Sdk();
    const options = { ...LAB_OPTIONS, ...this.#settings.ec2 };
    const clients = createEc2Clients(sdk, {
      endpoint: options.endpoint,
      credentials: { accessKeyId: "AKIAFAKE", secretAccessKey: "secret" },
      requestHandler: this.time.counting(this.fake.handler()),
    });
    const random = seededRandom(`lab ${this.#settings.seed ?? 1}`);
    return new Ec2Fleet({ sdk, clients, options, clock: this.time, random });
  }

  /** A controller of its own: what stands for a process. */
  controller(
    fleet: Fleet,
    store: LeaseStore = this.store,
    makeBootPlan: () => Promise<BootPlan> = async () => LAB_BOOT,
  ): LeaseManager {
    return new LeaseManager({
      fleet,
      store,
      clock: this.time,
      settings: this.settings,
      controllerId: `controller-${++this.#controllers}`,
      newId: () => `lease-${this.#settings.owner ?? ""}${++this.#ids}`,
      makeBootPlan,
      isHealthy: async (machine: Machine) => {
        this.fake.world.feed(machine.id);
        return true;
      },
      onAlarm: (alarm) => this.alarms.push(alarm),
      onStep: (step) => this.steps.push(step),
    });
  }

  context(fleet: Fleet): ReleaseContext {
    const { store, time, settings } = this;
    return { fleet, store, clock: time, settings, onAlarm: (alarm) => this.alarms.push(alarm) };
  }

  reap(fleet: Fleet, options?: ReapOptions): Promise<ReapReport> {
    return this.time.run(reap(this.context(fleet), options));
  }

  /** Rounds of the reaper, one a minute, until one has nothing left to do. @returns how many it took. */
  async reapUntilQuiet(fleet: Fleet, rounds = 200): Promise<number> {
    for (let round = 1; round <= rounds; round++) {
      const report = await this.reap(fleet);
      const isQuiet = report.alive === 0 && report.unconfirmed === 0 && report.errors.length === 0;
      if (isQuiet && (await this.store.open()).length === 0) return round;
      await this.time.pass(60_000);
    }
    throw new RangeError(`The reaper found no end in ${rounds} rounds.`);
  }

  async request(fleet: Fleet, more: Partial<AcquireRequest> = {}): Promise<AcquireRequest> {
    const offers: readonly MachineOffer[] = more.offers ?? (await this.time.run(fleet.offers({})));
    return {
      slot: "ec2/1",
      pool: "ec2",
      group: "production-1",
      lifetimeSeconds: 3_600,
      capMicros: null,
      plannedSeconds: 600,
      ...more,
      offers,
    };
  }
}
