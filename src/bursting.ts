/** The composition root of rented machines: one cloud, one ledger, the renders that use both, and their care. */
import { randomBytes, randomUUID } from "node:crypto";
import { makeLeaseCertificate } from "./agent/certificate.ts";
import { chunkProbe } from "./agent/client/probe-chunk.ts";
import { type AgentClient, createAgentClient } from "./agent/client.ts";
import { makeLeaseKey } from "./agent/lease-key.ts";
import type { Config, FleetSettings } from "./config.ts";
import { Burst } from "./fleets/burst.ts";
import { costLine, type FleetLine, newsLine, offerLine, stepLine } from "./fleets/burst-words.ts";
import { createEc2Clients, loadEc2Sdk } from "./fleets/ec2/ec2-clients.ts";
import { Ec2Fleet } from "./fleets/ec2/ec2-fleet.ts";
import { DEFAULT_IMAGE, DEFAULT_TYPES } from "./fleets/ec2/ec2-options.ts";
import type { BootPlan, Machine, MachineOffer, Market } from "./fleets/fleet.ts";
import type { Lease } from "./fleets/lease.ts";
import { LeaseManager } from "./fleets/lease-manager.ts";
import { DEFAULT_LEASE_SETTINGS } from "./fleets/lease-settings.ts";
import { type ReapReport, reap } from "./fleets/reaper.ts";
import type { ReleaseContext } from "./fleets/release.ts";
import { LEASE_TABLES } from "./fleets/sql/lease-tables.ts";
import { SqlLeaseStore } from "./fleets/sql/sql-lease-store.ts";
import { parseBilledFile } from "./money/billed-file.ts";
import { ledgerCsv } from "./money/csv.ts";
import type { Line } from "./money/line.ts";
import { type Reconciliation, reconcile } from "./money/reconcile.ts";
import type { MachineSource } from "./produce/machine-source.ts";
import type { TaskRunner } from "./render/process/render-pool.ts";
import { openDatabase } from "./service-backends.ts";
import { migrate } from "./storage/sql/migrate.ts";
import { sleep } from "./support/abort.ts";
import { systemClock } from "./support/clock.ts";
import { ReelburstError } from "./support/errors.ts";

export interface FleetWish {
  readonly cloud: "ec2";
  /** Only who rents must know from which address the machines will be reached. */
  readonly purpose: "rent" | "care";
  /** null: the settings' own. */
  readonly region: string | null;
  readonly spot: "auto" | "never" | "only";
}

/** What `render --on` asks for. */
export interface BurstWish extends FleetWish {
  /** In millionths of a dollar; null: no limit. */
  readonly maxCostMicros: number | null;
  /** null: as many as are worth their boot. */
  readonly machines: number | null;
}

export interface BurstHooks {
  readonly tell: (line: FleetLine) => void;
  /** Looks at chunks that come from machines; of its own, not one that draws. */
  readonly probe: TaskRunner;
}

export interface RentedMachines extends MachineSource {
  /** Waits for the confirmed end of every machine and tells what they have cost. */
  settle(): Promise<void>;
}

/** Care for what is rented. To be closed. */
export interface FleetDesk {
  /** Each with a line for people. */
  offers(): Promise<readonly { readonly offer: MachineOffer; readonly text: string }[]>;
  leases(): Promise<readonly Lease[]>;
  /** Rounds until nothing is left, or the signal aborts. */
  reap(signal: AbortSignal, onRound: (report: ReapReport) => void): Promise<ReapReport>;
  lines(): Promise<readonly Line[]>;
  csv(): Promise<string>;
  /** @param bill the cloud's own, as text */
  reconcile(bill: string): Promise<Reconciliation>;
  /** Machines for one render; `settle` after it, whatever happened. */
  burst(wish: BurstWish, hooks: BurstHooks): RentedMachines;
  close(): Promise<void>;
}

const AGENT_PORT = 8443;
/** Longer than an installation takes: nothing feeds the machine before its agent runs. */
const IDLE_SECONDS = 600;
const LIFETIME_SECONDS = 4 * 3600;
const BOOT_SECONDS = 120;
const MOST_MACHINES = 10;
const HEALTH_MS = 5000;
const REAP_EVERY_MS = 3000;
const TICK_MS = 3000;
/** A stand-in on this machine boots at once. */
const STAND_IN_POLL_MS = 250;

/**
 * @throws ReelburstError CONFIG_INVALID, DATA_FOLDER_LOCKED, INGRESS_UNKNOWN, CLOUD_REFUSED
 */
export async function openFleetDesk(
  config: Config,
  settings: FleetSettings,
  wish: FleetWish,
): Promise<FleetDesk> {
  const region = wish.region ?? settings.region;
  if (region === null) {
    throw new ReelburstError("CONFIG_INVALID", "No region is named.", {
      path: "AWS_REGION",
      hint: "Give --region, or set AWS_REGION: eu-central-1, us-east-1, ...",
    });
  }
  const isStandIn = settings.endpoint !== null;
  const sdk = await loadEc2Sdk();
  const clock = systemClock;
  const fleet = new Ec2Fleet({
    sdk,
    clients: createEc2Clients(sdk, { endpoint: settings.endpoint }),
    options: {
      name: "ec2",
      region,
      listedRegions: "all",
      types: settings.types ?? DEFAULT_TYPES,
      markets: marketsOf(wish.spot),
      maxSpotPrice: settings.maxSpotPrice,
      image: settings.imageId === null ? DEFAULT_IMAGE : { imageId: settings.imageId },
      diskGb: 20,
      subnets: null,
      securityGroupId: settings.securityGroupId,
      ingressCidr: wish.purpose === "rent" ? await ingressOf(config, settings) : settings.ingressCidr,
      keyName: settings.keyName,
      endpoint: settings.endpoint,
      install: settings.install ?? { kind: "npm", package: "reelburst" },
    },
    clock,
    random: Math.random,
  });
  const database = await openDatabase(config, settings.folder);
  try {
    await migrate(database, [LEASE_TABLES]);
  } catch (error) {
    await database.close();
    throw error;
  }
  const isAlone = database.kind === "pglite";
  const store = new SqlLeaseStore({ database, newOwner: () => `rb-${randomBytes(12).toString("hex")}` });
  const leaseSettings = {
    ...DEFAULT_LEASE_SETTINGS,
    ...(isStandIn && { pollMs: STAND_IN_POLL_MS, resendMs: STAND_IN_POLL_MS }),
  };
  const controllerId = randomUUID();
  const makeBootPlan = async (): Promise<BootPlan> => {
    const { certificatePem, privateKeyPem, fingerprint } = makeLeaseCertificate(clock.now());
    return {
      agentKey: makeLeaseKey(),
      certificatePem,
      privateKeyPem,
      certificateSha256: fingerprint,
      port: AGENT_PORT,
      deadMan: { idleSeconds: IDLE_SECONDS, lifetimeSeconds: LIFETIME_SECONDS },
      install: settings.install ?? { kind: "npm", package: "reelburst" },
    };
  };
  const clientOf = (address: string, boot: BootPlan, probe: TaskRunner | null): AgentClient =>
    createAgentClient({
      host: address,
      port: boot.port,
      fingerprint: boot.certificateSha256,
      key: boot.agentKey,
      clock,
      ...(probe !== null && { probe: chunkProbe(probe) }),
    });
  const isHealthy = async ({ address }: Machine, boot: BootPlan): Promise<boolean> => {
    if (address === null) return false;
    const client = clientOf(address, boot, null);
    try {
      return !(await client.health(AbortSignal.timeout(HEALTH_MS))).draining;
    } catch {
      return false;
    } finally {
      await client.close();
    }
  };
  const context: ReleaseContext = { fleet, store, clock, settings: leaseSettings, onAlarm: () => {} };
  const reapOnce = (): Promise<ReapReport> => reap(context, { controllerId, alone: isAlone });
  return {
    offers: async () => (await fleet.offers()).map((offer) => ({ offer, text: offerLine(offer) })),
    leases: () => store.open(),
    lines: () => store.lines(),
    csv: async () => ledgerCsv(await store.lines()),
    reconcile: async (bill) => reconcile(await store.lines(), parseBilledFile(bill).rows),
    reap: async (signal, onRound) => {
      for (;;) {
        const report = await reapOnce();
        onRound(report);
        const isQuiet = report.alive === 0 && report.unconfirmed === 0 && report.errors.length === 0;
        if (isQuiet || signal.aborted) return report;
        await sleep(isStandIn ? STAND_IN_POLL_MS : REAP_EVERY_MS, { signal }).catch(() => {});
      }
    },
    burst: (burstWish, { tell, probe }) => {
      const manager = new LeaseManager({
        ...context,
        onAlarm: (alarm) => tell(newsLine({ kind: "alarm", alarm })),
        controllerId,
        newId: randomUUID,
        makeBootPlan,
        isHealthy,
        onStep: (step) => tell(stepLine(step)),
      });
      const burst = new Burst({
        fleet,
        manager,
        store,
        clock,
        group: `render-${randomUUID()}`,
        capMicros: burstWish.maxCostMicros,
        machines: burstWish.machines,
        maxMachines: MOST_MACHINES,
        bootSeconds: BOOT_SECONDS,
        releaseSeconds: leaseSettings.releaseSeconds,
        lifetimeSeconds: LIFETIME_SECONDS,
        tickMs: isStandIn ? STAND_IN_POLL_MS : TICK_MS,
        connect: async (lease, boot) => {
          const client = clientOf((lease.state === "ready" ? lease.address : null) ?? "", boot, probe);
          try {
            const { slots } = await client.health();
            return { runner: client.runner(slots), close: () => client.close() };
          } catch (error) {
            await client.close();
            throw error;
          }
        },
        tell: (news) => tell(newsLine(news)),
      });
      return {
        // What an earlier program left behind is ended first: it costs.
        run: async (work) => {
          await reapOnce().catch(() => {});
          await burst.run(work);
        },
        settle: async () => tell(costLine(await burst.settle())),
      };
    },
    close: () => database.close(),
  };
}

/** Spot first where it may be: it is the cheaper one, and on demand when there is none. */
function marketsOf(spot: FleetWish["spot"]): readonly Market[] {
  switch (spot) {
    case "auto":
      return ["spot", "on-demand"];
    case "never":
      return ["on-demand"];
    case "only":
      return ["spot"];
  }
}

/** The address that Amazon sees us come from: behind a router it is none of this machine's. */
async function ingressOf(config: Config, settings: FleetSettings): Promise<string | null> {
  if (settings.ingressCidr !== null || settings.securityGroupId !== null) return settings.ingressCidr;
  if (settings.endpoint !== null) return "127.0.0.1/32";
  const { createSafeFetch } = await import("./support/safe-fetch/safe-fetch.ts");
  const web = createSafeFetch({ allowPrivate: config.fetchAllow });
  try {
    const { body } = await web.read("https://checkip.amazonaws.com/", { maxBytes: 100 });
    const address = Buffer.from(body).toString().trim();
    return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(address) ? `${address}/32` : null;
  } catch {
    // Said when a machine is to be launched: looking at offers needs no address.
    return null;
  } finally {
    await web.close();
  }
}
