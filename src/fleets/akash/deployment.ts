import type { MicroDollars } from "../../money/amount.ts";
import { divideUp, parseDecimal } from "../../money/amount.ts";
import type { Machine, MachineState } from "../fleet.ts";
import { at, listAt, textAt } from "../rest/exchange.ts";
import type { DeploymentTags } from "./group-name.ts";
import { SERVICE } from "./sdl.ts";

/** A deployment, as far as the Console has told of it. Heights are of blocks. */
export interface Deployment {
  readonly dseq: string;
  readonly isClosed: boolean;
  /** What was deposited and not used up is back, or was used up. */
  readonly isSettled: boolean;
  /** In all, from the escrow account: what the chain has charged. Null where it is in no millionths of a dollar. */
  readonly paid: MicroDollars | null;
  readonly lease: DeploymentLease | null;
}

export interface DeploymentLease {
  readonly isActive: boolean;
  readonly provider: string;
  /** For a block, in the wallet's unit. */
  readonly price: string;
  readonly createdHeight: number | null;
  readonly closedHeight: number | null;
  readonly reason: string | null;
  readonly isServing: boolean;
  readonly host: string | null;
  readonly port: number | null;
}

/** `GET /v1/deployments/{dseq}`: DeploymentResponseSchema. Null for an answer that names no deployment. */
export function readDeployment(data: unknown, denom: string): Deployment | null {
  const dseq = textAt(data, "deployment", "id", "dseq");
  const state = textAt(data, "deployment", "state");
  if (dseq === null || state === null) return null;
  const isClosed = state === "closed";
  // The last one that is alive; else the last.
  const leases = listAt(data, "leases");
  const lease = leases.find((other) => textAt(other, "state") === "active") ?? leases.at(-1);
  const escrow = at(data, "escrow_account", "state");
  const held = listAt(escrow, "funds").some((fund) => Number(textAt(fund, "amount") ?? 0) > 0);
  const escrowState = textAt(escrow, "state");
  return {
    dseq,
    isClosed,
    isSettled: isClosed && !held && (escrowState === "closed" || escrowState === "overdrawn"),
    paid: denom === "uact" && escrow !== undefined ? paidOf(listAt(escrow, "transferred")) : null,
    lease: lease === undefined ? null : readLease(lease),
  };
}

function readLease(lease: unknown): DeploymentLease {
  const port = listAt(lease, "status", "forwarded_ports", SERVICE)[0];
  const ready = Number(textAt(lease, "status", "services", SERVICE, "ready_replicas") ?? 0);
  const available = Number(textAt(lease, "status", "services", SERVICE, "available") ?? 0);
  const host = textAt(port, "host");
  const externalPort = Number(textAt(port, "externalPort") ?? Number.NaN);
  return {
    isActive: textAt(lease, "state") === "active",
    provider: textAt(lease, "id", "provider") ?? "",
    price: textAt(lease, "price", "amount") ?? "0",
    createdHeight: heightOf(textAt(lease, "created_at")),
    closedHeight: heightOf(textAt(lease, "closed_on")),
    reason: textAt(lease, "reason"),
    isServing: ready > 0 || available > 0,
    // It goes into an address: a provider may write what it likes.
    host: host !== null && /^[A-Za-z0-9.-]{1,253}$/.test(host) ? host : null,
    port: Number.isInteger(externalPort) && externalPort > 0 && externalPort < 65_536 ? externalPort : null,
  };
}

/** Heights come as text, and 0 for "not yet". */
function heightOf(text: string | null): number | null {
  const height = Number(text ?? 0);
  return Number.isSafeInteger(height) && height > 0 ? height : null;
}

/** Amounts of the chain have up to 18 decimals; rounded up once. */
function paidOf(coins: readonly unknown[]): MicroDollars | null {
  let pico = 0n;
  for (const coin of coins) {
    if (textAt(coin, "denom") !== "uact") return null;
    pico += parseDecimal(textAt(coin, "amount") ?? "0", 6);
  }
  return Number(divideUp(pico, 1_000_000n));
}

/**
 * - no lease yet: pending; an active lease whose service answers at a known port: running;
 * - a lease that the provider has ended: stopped. It costs nothing any more, but the deposit is bound until it is closed;
 * - closed, but the deposit is not back: ending. Closed and settled: ended.
 */
export function stateOf({ isClosed, isSettled, lease }: Deployment): MachineState {
  if (isClosed) return isSettled ? "ended" : "ending";
  if (lease === null) return "pending";
  if (!lease.isActive) return "stopped";
  return lease.isServing && lease.host !== null && lease.port !== null ? "running" : "pending";
}

export interface BlockTimes {
  readonly createdMs: number | null;
  readonly closedMs: number | null;
}

export function machineOf(
  deployment: Deployment,
  tags: DeploymentTags | null,
  type: string,
  times: BlockTimes,
): Machine {
  const { dseq, lease, paid } = deployment;
  const state = stateOf(deployment);
  return {
    id: dseq,
    region: REGION,
    state,
    type,
    zone: null,
    market: "on-demand",
    owner: tags?.owner ?? null,
    leaseId: tags?.leaseId ?? null,
    token: tags?.token ?? null,
    launchedAtMs: times.createdMs ?? createdMs(dseq),
    endedAtMs: times.closedMs,
    neverRan: lease === null,
    takenBack: lease !== null && !lease.isActive && !deployment.isClosed,
    reason: lease?.reason ?? null,
    address: lease?.host == null || lease.port === null ? null : `${lease.host}:${lease.port}`,
    ...(state === "ended" && paid !== null && { paid }),
  };
}

export const REGION = "akash";

/** The Console numbers deployments by the millisecond in which it makes them. */
export function createdMs(dseq: string): number | null {
  const ms = Number(dseq);
  return ms > Date.UTC(2020, 0) && ms < Date.UTC(2100, 0) ? ms : null;
}
