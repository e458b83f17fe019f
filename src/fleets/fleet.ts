import type { MicroDollars } from "../money/amount.ts";
import type { MachinePrices } from "../money/meter.ts";
import type { SerializedError } from "../support/errors.ts";

/**
 * Machines for rent, as the lease manager sees a cloud. One implementation for each cloud; what it can't do stands in
 * its `capabilities`, and nobody asks which cloud it is.
 *
 * Every method is one exchange with the cloud or a few, tries again by itself only where that is harmless, and never
 * answers more than the cloud has said: "not found" is not "gone", a lost reply is not a refusal.
 */
export interface Fleet {
  /** Of the pool, from the configuration: "ec2", "ec2-spot". */
  readonly name: string;
  readonly capabilities: FleetCapabilities;

  /** What may be rented now and at which price, the preferred first. Reads only. */
  offers(request: OfferRequest): Promise<readonly MachineOffer[]>;

  /**
   * Asks for one machine. Calling it again with the same request is safe where `idempotentLaunch` is true, and is the
   * only way to learn what became of an "unknown".
   */
  launch(request: LaunchRequest, signal?: AbortSignal): Promise<LaunchAnswer>;

  /**
   * Every machine that bears exactly this owner's tag, in every place this fleet may launch in, also those that
   * ended and are still shown. Complete up to the cloud's own lag. Other people's machines are never in it.
   */
  list(owner: string, signal?: AbortSignal): Promise<readonly Machine[]>;

  /** The machines asked for that the cloud shows. One that is missing may be lag: it proves nothing. */
  describe(machines: readonly MachineName[], signal?: AbortSignal): Promise<readonly Machine[]>;

  /**
   * Asks for their end. Resolved means asked, not ended: keep looking with `describe`.
   * @returns one answer for each machine, in order; a machine that fails does not keep the others alive.
   */
  terminate(machines: readonly MachineName[], signal?: AbortSignal): Promise<readonly TerminateAnswer[]>;

  /** Removes what was made for the owner (security group, key pair) when no machine needs it. Quiet when it can't yet. */
  tidy(owner: string, signal?: AbortSignal): Promise<void>;
}

export interface FleetCapabilities {
  /** The same launch asked twice gives one machine. Without it, an unknown launch is waited out. */
  readonly idempotentLaunch: boolean;
  /** Tags are set by the very call that launches. Without it a machine can exist that nobody recognises. */
  readonly tagsAtLaunch: boolean;
  /** A machine that shuts itself down is gone and no longer billed: what a dead-man timer needs. */
  readonly endsItself: boolean;
  /** The cloud may take machines back. */
  readonly takesBack: boolean;
  /** The cloud says when a machine was launched and ended, by its own clock. */
  readonly statesTimes: boolean;
  /** Longest time for which a machine that exists may be missing in `list` and `describe`. */
  readonly lagSeconds: number;
  /** For how long an ended machine is still shown. */
  readonly shownAfterEndSeconds: number;
  /** Shortest time that is billed. */
  readonly minimumSeconds: number;
}

export interface OfferRequest {
  readonly signal?: AbortSignal | undefined;
}

/** One kind of machine in one place. Plain data: it is stored with the lease. */
export interface MachineOffer {
  readonly type: string;
  readonly region: string;
  /** Null: the cloud chooses. */
  readonly zone: string | null;
  readonly market: Market;
  readonly vcpus: number;
  readonly prices: MachinePrices;
}

export type Market = "on-demand" | "spot";

export interface LaunchRequest {
  readonly offer: MachineOffer;
  /** Names this launch for the cloud: see `launchToken`. At most 64 ASCII characters. */
  readonly token: string;
  readonly owner: string;
  readonly leaseId: string;
  readonly pool: string;
  readonly boot: BootPlan;
}

/**
 * What a machine must be told before it starts; `reelburst agent` is configured by exactly this. The private key and
 * the bearer key are of this lease alone: who reads them out of the machine's user data has one machine, for minutes.
 */
export interface BootPlan {
  /** Bearer key that the agent demands of every request. */
  readonly agentKey: string;
  /** TLS of the agent. The controller pins the certificate by its SHA-256 fingerprint and trusts no authority. */
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly certificateSha256: string;
  readonly port: number;
  readonly deadMan: DeadMan;
  readonly install: AgentInstall;
}

/** The machine ends itself, whoever else is alive. Re-armed after a reboot. */
export interface DeadMan {
  /** Without authenticated traffic for this long. Counted by uptime, not by a clock. */
  readonly idleSeconds: number;
  /** After this long in any case, counted from the first boot. */
  readonly lifetimeSeconds: number;
}

export type AgentInstall =
  | { readonly kind: "container"; readonly image: string }
  | { readonly kind: "npm"; readonly package: string };

/** What a certificate, a key and a dead-man are made by: randomness and cryptography come from outside. */
export type MakeBootPlan = (leaseId: string) => Promise<BootPlan>;

export interface MachineName {
  readonly id: string;
  readonly region: string;
}

export type MachineState = "pending" | "running" | "stopping" | "stopped" | "ending" | "ended";

/** What the cloud says of a machine, and nothing it has not said. Times are milliseconds since the epoch, its clock. */
export interface Machine extends MachineName {
  readonly state: MachineState;
  readonly type: string;
  readonly zone: string | null;
  readonly market: Market;
  /** Our tags; null where there is none. */
  readonly owner: string | null;
  readonly leaseId: string | null;
  readonly token: string | null;
  readonly launchedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** It ended while it was being started: it never ran, and only its disk may be billed. */
  readonly neverRan: boolean;
  /** The cloud took it back: spot, or its own failure. */
  readonly takenBack: boolean;
  /** The cloud's words on why it ended; shown only. */
  readonly reason: string | null;
  /** Host name or IP address; "host:port" where the cloud gives the agent another port than it listens on. */
  readonly address: string | null;
  /** What the cloud itself has charged for it in all; only once it has ended, and where the cloud says so. */
  readonly paid?: MicroDollars;
}

export type LaunchAnswer =
  /** `prices`: what was agreed on, where an offer is only a limit. */
  | { readonly kind: "launched"; readonly machine: Machine; readonly prices?: MachinePrices }
  /** Nothing was launched by this token, and nothing will be. */
  | { readonly kind: "refused"; readonly scope: RefusalScope; readonly error: SerializedError }
  /** The token belongs to a machine that is gone already. */
  | { readonly kind: "spent"; readonly error: SerializedError }
  /** Not answered, or not in a way that tells. The machine may exist. */
  | { readonly kind: "unknown"; readonly error: SerializedError };

/** What a refusal rules out: how far to go before it is worth asking again. */
export type RefusalScope =
  /** No capacity in this zone for this type: the next zone. */
  | "zone"
  /** Quota of this family, or a price or a type that is not served here: the next type. */
  | "type"
  /** Credentials, permissions, parameters: nothing can be launched until somebody changes something. */
  | "fleet";

export type TerminateAnswer =
  | { readonly kind: "asked" }
  /** The cloud does not know the id. Lag or long gone; not a confirmation. */
  | { readonly kind: "not-found" }
  | { readonly kind: "failed"; readonly error: SerializedError };

/** How far a machine is from costing nothing. */
export function isLive(state: MachineState): boolean {
  switch (state) {
    case "pending":
    case "running":
    case "stopping":
    // Its disk is billed, and it can be started again.
    case "stopped":
    case "ending":
      return true;
    case "ended":
      return false;
  }
}

/** What a user is told before anything is rented. */
export interface PoolOffer {
  readonly where: string;
  readonly machines: number;
  readonly seconds: number;
  readonly cost: MicroDollars;
  /** Where the numbers are from: "measured here", "prices of 2026-11-01 (snapshot)". */
  readonly basis: string;
}
