import type { SerializedError } from "../support/errors.ts";
import type { MachineName, MachineOffer } from "./fleet.ts";

/**
 * A lease: one slot's right to one machine, from the intent to the proof that nothing is left. Written down before
 * every call that can cost money, so that whoever reads it after a crash knows what may be alive.
 *
 * ```text
 * launching ── running and healthy ──> ready ── release ──> releasing ── every attempt settled ──> closed
 *     └──────── refused everywhere, failed, given up ───────────┘           ^                        │
 *                                                                           └── a stray turned up ───┘
 * ```
 *
 * `closed` is said only when the provider has confirmed that no machine of this lease is alive.
 */
export type LeaseStatus =
  | { readonly state: "launching" }
  | { readonly state: "ready"; readonly machine: MachineName; readonly address: string | null }
  | { readonly state: "releasing"; readonly reason: ReleaseReason; readonly sinceMs: number }
  | { readonly state: "closed"; readonly reason: ReleaseReason; readonly closedMs: number };

export type ReleaseReason =
  | "done"
  | "stopped"
  /** No offer was served, or the machine never answered. */
  | "not-launched"
  | "unhealthy"
  /** The cloud took it back, or it ended by itself. */
  | "lost"
  | "budget"
  /** Past its deadline. */
  | "expired"
  /** Its controller has not been heard of. */
  | "ownerless"
  /** A machine of a closed lease turned up. */
  | "stray";

export type Lease = LeaseStatus & {
  readonly id: string;
  /** Which place of its pool it fills. At most one lease of an owner that is not closed has it. */
  readonly slot: string;
  readonly pool: string;
  /** What it works for, usually a production's id: what a cost limit belongs to. */
  readonly group: string;
  readonly owner: string;
  readonly controllerId: string;
  readonly attempts: readonly LaunchAttempt[];
  /** By the store's clock, as all times here but those a cloud states. */
  readonly createdMs: number;
  readonly deadlineMs: number;
  /** Since when somebody was told that its release is not confirmed. */
  readonly alarmedMs: number | null;
  /** Raised with every change; who holds an old one is refused. */
  readonly version: number;
};

/** One call that may have launched a machine. */
export interface LaunchAttempt {
  readonly offer: MachineOffer;
  readonly token: string;
  /** Of the last time it was sent. */
  readonly sentMs: number;
  readonly outcome: AttemptOutcome;
}

export type AttemptOutcome =
  /** Sent or about to be: a machine may exist. */
  | { readonly kind: "unknown"; readonly unseen: Unseen | null }
  | { readonly kind: "refused"; readonly error: SerializedError }
  | LaunchedOutcome
  /** Confirmed: no machine of this attempt is alive, and what it cost is booked. */
  | {
      readonly kind: "gone";
      readonly machine: MachineName | null;
      /** The cloud showed it as ended, which is for ever. Else it was missing for long enough, and may turn up. */
      readonly wasShown: boolean;
    };

export interface LaunchedOutcome {
  readonly kind: "launched";
  readonly machine: MachineName;
  /** By the cloud's clock. */
  readonly launchedAtMs: number | null;
  /** Null: seen last time. */
  readonly unseen: Unseen | null;
}

/** A machine that the cloud does not show, without a break. */
export interface Unseen {
  readonly sinceMs: number;
  readonly looks: number;
}

/** An attempt that can't come to a live machine any more. */
export function isSettled({ outcome }: LaunchAttempt): boolean {
  switch (outcome.kind) {
    case "refused":
    case "gone":
      return true;
    case "unknown":
    case "launched":
      return false;
  }
}

export function isOpen(lease: Lease): boolean {
  return lease.state !== "closed";
}

/** The lease in another state; what belonged to the old one alone is dropped. */
export function withStatus(lease: Lease, status: LeaseStatus): Lease {
  const { id, slot, pool, group, owner, controllerId, attempts, createdMs, deadlineMs, alarmedMs, version } =
    lease;
  const base = {
    id,
    slot,
    pool,
    group,
    owner,
    controllerId,
    attempts,
    createdMs,
    deadlineMs,
    alarmedMs,
    version,
  };
  return { ...base, ...status };
}

export function withOutcome(lease: Lease, token: string, outcome: AttemptOutcome, sentMs?: number): Lease {
  const attempts = lease.attempts.map((attempt) =>
    attempt.token === token ? { ...attempt, outcome, sentMs: sentMs ?? attempt.sentMs } : attempt,
  );
  return { ...lease, attempts };
}

export function startRelease(lease: Lease, reason: ReleaseReason, nowMs: number): Lease {
  return isOpen(lease) ? withStatus(lease, { state: "releasing", reason, sinceMs: nowMs }) : lease;
}
