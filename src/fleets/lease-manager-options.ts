import type { Clock } from "../support/clock.ts";
import type { BootPlan, Fleet, Machine, MachineOffer, MakeBootPlan } from "./fleet.ts";
import type { LeaseSettings } from "./lease-settings.ts";
import type { LeaseStore } from "./lease-store.ts";
import type { Alarm } from "./release.ts";

export interface LeaseManagerOptions {
  readonly fleet: Fleet;
  readonly store: LeaseStore;
  readonly clock: Clock;
  readonly settings: LeaseSettings;
  /** Of this process: never used twice. */
  readonly controllerId: string;
  /** Never the same twice: ids of leases. */
  readonly newId: () => string;
  readonly makeBootPlan: MakeBootPlan;
  /** Whether the agent of a machine that runs answers as it should; also false when it does not answer at all. */
  readonly isHealthy: (machine: Machine, boot: BootPlan) => Promise<boolean>;
  readonly onAlarm: (alarm: Alarm) => void;
  /** Each step with its time, for who watches. Must not throw. */
  readonly onStep?: (step: LeaseStep) => void;
}

/** What happens to a lease, for the log that a user reads. */
export interface LeaseStep {
  readonly leaseId: string;
  readonly atMs: number;
  readonly step: "intended" | "asked" | "refused" | "unknown" | "launched" | "ready" | "releasing" | "closed";
  readonly detail: string;
}

/** An offer, as the steps name it. */
export function offerName(offer: MachineOffer | undefined): string {
  return offer === undefined ? "none" : `${offer.type} ${offer.market} in ${offer.zone ?? offer.region}`;
}
