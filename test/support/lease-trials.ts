/** Lifecycles full of bad luck, by seed; shared by the tests and by `npm run trials:money`. */
import type { Fleet } from "../../src/fleets/fleet.ts";
import type { LeaseStore } from "../../src/fleets/lease-store.ts";
import { parseBilledFile } from "../../src/money/billed-file.ts";
import { summarize } from "../../src/money/ledger.ts";
import { reconcile } from "../../src/money/reconcile.ts";
import { type Random, randomInteger, seededRandom } from "../../src/support/random.ts";
import { billCsv } from "../fakes/ec2/billing.ts";
import type { FakeCall, Fault } from "../fakes/ec2/fake-ec2.ts";
import type { FakeInstance } from "../fakes/ec2/world.ts";
import { Lab, type LabSettings } from "./ec2-lab.ts";

/** A process that dies at its n-th call to the outside, before the call is made or after it was carried out. */
export class Life {
  readonly died: Promise<"died">;
  readonly #killAt: number;
  readonly #isAfter: boolean;
  #step = 0;
  #isDead = false;
  #die: (value: "died") => void = () => {};

  constructor(killAt: number, isAfter: boolean) {
    this.#killAt = killAt;
    this.#isAfter = isAfter;
    this.died = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get steps(): number {
    return this.#step;
  }

  /** The same object, whose methods never come back once the process is dead. */
  bind<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, property) => {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== "function") return value;
        return (...all: unknown[]) => this.#call(() => value.apply(target, all) as Promise<unknown>);
      },
    });
  }

  async #call(work: () => Promise<unknown>): Promise<unknown> {
    const step = ++this.#step;
    if (!this.#isDead && step === this.#killAt && !this.#isAfter) this.kill();
    if (this.#isDead) return forever();
    const answer = await work();
    if (step === this.#killAt) this.kill();
    return this.#isDead ? forever() : answer;
  }

  kill(): void {
    this.#isDead = true;
    this.#die("died");
  }
}

function forever(): Promise<never> {
  return new Promise(() => {});
}

export interface TrialResult {
  readonly launched: number;
  readonly lostReplies: number;
  readonly wasKilled: boolean;
  /** What must not be; empty when all is well. */
  readonly broken: readonly string[];
}

const DELAYS = { pending: 40, shuttingDown: 40, visibility: 30, staleness: 10 };

/**
 * One slot, wanted by one controller after another, which are killed. Replies are lost, zones are empty, machines die in
 * boot. In the end everything is given back.
 */
export async function killTrial(
  seed: number | string,
  kill: { readonly step: number; readonly isAfter: boolean } | null,
  faults = true,
): Promise<TrialResult> {
  const random = seededRandom(`trial ${seed}`);
  const lab = new Lab({ seed, fake: { delays: DELAYS, failsToStart: faults ? 0.1 : 0 } });
  const fleet = await lab.fleet();
  const offers = await lab.time.run(fleet.offers({}));
  const lost = { replies: 0 };
  if (faults) {
    lab.fake.fault = randomFaults(random, lost);
    for (const { type, zone } of offers) {
      if (random() < 0.4) lab.fake.capacity.set(`${type}/${zone}/on-demand`, 0);
    }
  }
  let wasKilled = false;
  for (let controller = 0; controller < 3; controller++) {
    const life =
      kill === null
        ? new Life(1 + randomInteger(random, 30), random() < 0.5)
        : new Life(controller === 0 ? kill.step : Number.POSITIVE_INFINITY, kill.isAfter);
    const outcome = await live(lab, fleet, life, await lab.request(fleet, { offers }));
    wasKilled ||= outcome === "died";
    await lab.time.pass(randomInteger(random, 600_000));
    // Nobody rents while a reaper of nobody's runs, now and then.
    if (random() < 0.7) await lab.reap(fleet);
  }
  await lab.reapUntilQuiet(fleet);
  return {
    launched: lab.fake.world.instances.size,
    lostReplies: lost.replies,
    wasKilled,
    broken: await broken(lab),
  };
}

async function live(
  lab: Lab,
  fleet: Fleet,
  life: Life,
  request: Awaited<ReturnType<Lab["request"]>>,
): Promise<string> {
  const controller = lab.controller(life.bind(fleet), life.bind<LeaseStore>(lab.store));
  const work = (async () => {
    const answer = await controller.acquire(request);
    if (answer.kind === "ready") {
      // A look that fails is a look that was not made.
      await controller.watch().catch(() => []);
      await controller.release(answer.lease.id, "done");
    }
    await controller.settled();
    return answer.kind;
  })();
  const outcome = await lab.time.run(Promise.race([work, life.died]));
  life.kill();
  return outcome;
}

function randomFaults(random: Random, lost: { replies: number }): (call: FakeCall) => Fault {
  return ({ action }) => {
    const luck = random();
    if (action === "RunInstances" && luck < 0.25) {
      lost.replies++;
      return "lost-reply";
    }
    if (luck < 0.3) return "internal-error";
    if (luck < 0.33) return "lost-request";
    if (luck < 0.36) return "unavailable";
    return "none";
  };
}

async function broken(lab: Lab): Promise<string[]> {
  const found: string[] = [];
  lab.fake.world.settle();
  const instances = [...lab.fake.world.instances.values()];
  const alive = lab.fake.world.live();
  if (alive.length > 0) found.push(`${alive.length} machines alive after settling`);
  if (mostAtOnce(instances) > 1) found.push(`${mostAtOnce(instances)} machines in one slot`);
  const uses = new Map<string, Set<string>>();
  for (const { action, query } of lab.fake.calls) {
    if (action !== "RunInstances") continue;
    const token = query.get("ClientToken") ?? "";
    uses.set(token, (uses.get(token) ?? new Set()).add(query.fingerprint()));
  }
  for (const [token, launches] of uses)
    if (launches.size > 1) found.push(`${token} for ${launches.size} launches`);
  if ((await lab.store.open()).length > 0) found.push("leases left open");
  const lines = await lab.store.lines();
  const booked = new Set(lines.map(({ machineId }) => machineId));
  for (const { id } of instances) if (!booked.has(id)) found.push(`${id} is in no line`);
  const metered = lines.filter(({ basis }) => basis === "metered");
  const billed = lab.fake.bill().reduce((sum, { micros }) => sum + micros, 0);
  if (summarize(metered).total < billed)
    found.push(`metered ${summarize(metered).total} of ${billed} billed`);
  return found;
}

/** How many machines were billed at the same moment. */
function mostAtOnce(instances: readonly FakeInstance[]): number {
  const spans = instances.map(
    ({ launchedMs, endedMs }) => [launchedMs, endedMs ?? Number.POSITIVE_INFINITY] as const,
  );
  return Math.max(
    0,
    ...spans.map(([startMs]) => spans.filter(([from, to]) => from <= startMs && startMs < to).length),
  );
}

export interface BillTrial {
  readonly meteredMicros: number;
  readonly billedMicros: number;
  readonly machines: number;
  /** Items of leases whose difference has no known cause. */
  readonly unexplained: readonly string[];
  /** Seconds of compute that the ledger has and the bill has not, and those that the launches took to run. */
  readonly secondsAbove: number;
  readonly pendingSeconds: number;
}

/**
 * One life of a deployment with several machines: work, kills of spot machines, restarts of the controller, clocks set
 * back and forth, everything asked twice. Then the ledger against the fake's own bill.
 */
export async function billTrial(seed: number | string, billsFrom: "running" | "launch"): Promise<BillTrial> {
  const random = seededRandom(`bill ${seed}`);
  const market = random() < 0.5 ? "spot" : "on-demand";
  const settings: LabSettings = {
    seed,
    ec2: { markets: [market], types: ["c5.2xlarge", "m5.xlarge"] },
    fake: { delays: DELAYS, billsFrom, failsToStart: 0.1 },
    // Set back and forth, the clock must not end anything here: that is tested elsewhere.
    lease: { ownerlessAfterMs: 24 * 3_600_000 },
  };
  const lab = new Lab(settings);
  const fleet = await lab.fleet();
  let controller = lab.controller(fleet);
  lab.fake.fault = ({ action }) => (action === "RunInstances" && random() < 0.2 ? "lost-reply" : "none");
  const count = 1 + randomInteger(random, 3);
  for (let slot = 0; slot < count; slot++) {
    const request = await lab.request(fleet, { slot: `ec2/${slot}`, lifetimeSeconds: 48 * 3_600 });
    const answer = await lab.time.run(controller.acquire(request));
    if (answer.kind !== "ready") continue;
    for (let minutes = randomInteger(random, 90); minutes > 0; minutes -= 5) {
      await lab.time.pass(randomInteger(random, 300_000));
      for (const { id } of lab.fake.world.live()) lab.fake.world.feed(id);
      if (random() < 0.1) lab.time.stepWall((random() < 0.5 ? -1 : 1) * randomInteger(random, 3_600_000));
      if (random() < 0.5) await lab.time.run(controller.watch());
      if (market === "spot" && random() < 0.1) {
        for (const { id } of lab.fake.world.live()) lab.fake.world.takeBack(id);
      }
    }
    // A restart: another controller, which only knows what was written down.
    if (random() < 0.5) controller = lab.controller(fleet);
    await lab.time.run(controller.release(answer.lease.id, "done"));
    if (random() < 0.5) await lab.reap(fleet);
  }
  await lab.time.run(controller.settled());
  await lab.reapUntilQuiet(fleet);
  return compare(lab);
}

async function compare(lab: Lab): Promise<BillTrial> {
  const lines = await lab.store.lines();
  const bill = lab.fake.bill();
  const { differences, meteredMicros, billedMicros } = reconcile(lines, parseBilledFile(billCsv(bill)).rows);
  const seconds = lines
    .filter(({ basis, item }) => basis === "metered" && item === "compute")
    .reduce((sum, { quantity }) => sum + quantity, 0);
  const billedSeconds = bill
    .filter(({ usageType }) => /Usage:(?:c5|m5)/.test(usageType))
    .reduce((sum, line) => sum + line.seconds, 0);
  let pendingSeconds = 0;
  for (const { launchedMs, runningMs, endedMs, takenBack } of lab.fake.world.instances.values()) {
    if (runningMs === null || endedMs === null) continue;
    const billed = (fromMs: number): number =>
      takenBack && endedMs - fromMs < 3_600_000 ? 0 : Math.max(60, (endedMs - fromMs) / 1_000);
    pendingSeconds += billed(launchedMs) - billed(runningMs);
  }
  return {
    meteredMicros,
    billedMicros,
    machines: lab.fake.world.instances.size,
    unexplained: differences
      .filter(({ cause }) => cause === "unexplained" || cause === "not-booked")
      .map((d) => JSON.stringify(d)),
    secondsAbove: seconds - billedSeconds,
    pendingSeconds,
  };
}
