import { ReelburstError } from "../support/errors.ts";
import { isLive, type Machine, type MachineName } from "./fleet.ts";
import { isOpen, type Lease, type ReleaseReason, startRelease } from "./lease.ts";
import { type ReleaseContext, stepRelease } from "./release.ts";

export interface ReapReport {
  /** Machines with our tag that the cloud shows alive. */
  readonly alive: number;
  /** Machines that no open lease accounts for; their end was asked for. */
  readonly strays: readonly Machine[];
  /** Leases whose release was begun by this round, with its reason. */
  readonly released: readonly { readonly leaseId: string; readonly reason: ReleaseReason }[];
  /** Leases that are not confirmed gone yet. Reap again. */
  readonly unconfirmed: number;
  readonly errors: readonly ReelburstError[];
}

export interface ReapOptions {
  /** Who reaps, where that is a controller itself: its own leases have an owner, whatever a clock says of its beats. */
  readonly controllerId?: string;
  /**
   * Nobody else uses this store: leases of other controllers have no owner, however recently those were heard of.
   * For a program that has just locked its own data folder.
   */
  readonly alone?: boolean;
}

/**
 * One round: the cloud is listed first, then the ledger is read. The other way round, a machine launched in between
 * would be one that no lease knows. Whatever bears exactly our owner's tag and belongs to no open lease is ended, and
 * nothing else is touched. Then every lease that is expired or has lost its controller is released, and every release
 * under way goes one step further.
 */
export async function reap(context: ReleaseContext, options: ReapOptions = {}): Promise<ReapReport> {
  const { fleet, store } = context;
  const owner = await store.owner();
  const errors: ReelburstError[] = [];
  const note = (thrown: unknown): void => void errors.push(ReelburstError.from(thrown, "FLEET_FAILED"));
  // The cloud's filters are not trusted: a machine is ours when its tag says so, letter by letter.
  const shown = await fleet.list(owner).catch((thrown: unknown) => {
    note(thrown);
    return [];
  });
  const alive = shown.filter((machine) => machine.owner === owner && isLive(machine.state));
  const strays: Machine[] = [];
  for (const machine of alive) if (!(await isAccountedFor(context, machine))) strays.push(machine);
  for (const machine of strays) await endStray(context, machine, owner).catch(note);
  const released: { leaseId: string; reason: ReleaseReason }[] = [];
  let unconfirmed = 0;
  for (const lease of await store.open()) {
    try {
      const current = await releaseIfDue(context, lease, options, released);
      if (current.state !== "releasing") continue;
      if ((await stepRelease(context, current)).state !== "closed") unconfirmed++;
    } catch (thrown) {
      note(thrown);
      unconfirmed++;
    }
  }
  // Not while a launch may be under way that needs what would be removed.
  const isQuiet = alive.length === 0 && errors.length === 0 && (await store.open()).length === 0;
  if (isQuiet) await fleet.tidy(owner).catch(note);
  return { alive: alive.length, strays, released, unconfirmed, errors };
}

/** Whether an open lease has written down this very launch. */
async function isAccountedFor({ store }: ReleaseContext, machine: Machine): Promise<boolean> {
  const stray = await strayLease(store, machine);
  // Also when that one is closed: its machine was confirmed gone.
  if (stray !== null)
    return (
      isOpen(stray) || stray.attempts.every(({ outcome }) => outcome.kind === "gone" && outcome.wasShown)
    );
  const lease = machine.leaseId === null ? null : await store.get(machine.leaseId);
  if (lease === null) return false;
  // What was shown as ended once and is now shown alive is an old answer: nothing comes back from there.
  const isOld = lease.attempts.some(
    ({ outcome }) => outcome.kind === "gone" && outcome.wasShown && outcome.machine?.id === machine.id,
  );
  if (isOld) return true;
  if (!isOpen(lease)) return false;
  return lease.attempts.some(({ token, outcome }) => {
    if (outcome.kind === "launched") return outcome.machine.id === machine.id;
    // A machine of an attempt that was settled otherwise is one too many.
    return outcome.kind === "unknown" && (machine.token === null || token === machine.token);
  });
}

function strayId(machine: MachineName): string {
  return `stray-${machine.id}`;
}

function strayLease(store: ReleaseContext["store"], machine: Machine): Promise<Lease | null> {
  return store.get(strayId(machine));
}

/**
 * Ends a machine that should not be. Where its lease is known, so is its price: it gets a lease of its own, so that its
 * end is confirmed and its cost booked like any other's. Where nothing is known it is ended again at every round.
 */
async function endStray(context: ReleaseContext, machine: Machine, owner: string): Promise<void> {
  const { fleet, store } = context;
  const origin = machine.leaseId === null ? null : await store.get(machine.leaseId);
  const attempt = origin?.attempts.find(({ token }) => token === machine.token) ?? origin?.attempts.at(-1);
  if (origin !== null && attempt !== undefined) {
    const nowMs = await store.now();
    const lease: Lease = {
      id: strayId(machine),
      slot: `stray/${machine.id}`,
      pool: origin.pool,
      group: origin.group,
      owner,
      controllerId: origin.controllerId,
      attempts: [
        {
          ...attempt,
          outcome: {
            kind: "launched",
            machine: { id: machine.id, region: machine.region },
            launchedAtMs: machine.launchedAtMs,
            unseen: null,
          },
        },
      ],
      createdMs: nowMs,
      deadlineMs: nowMs,
      alarmedMs: null,
      version: 0,
      state: "releasing",
      reason: "stray",
      sinceMs: nowMs,
    };
    if ((await store.create(lease, [])) === "created") return;
  }
  const [answer] = await fleet.terminate([{ id: machine.id, region: machine.region }]);
  if (answer?.kind === "failed") throw ReelburstError.fromJSON(answer.error);
}

async function releaseIfDue(
  { store, settings }: ReleaseContext,
  lease: Lease,
  { controllerId, alone = false }: ReapOptions,
  released: { leaseId: string; reason: ReleaseReason }[],
): Promise<Lease> {
  if (lease.state === "releasing") return lease;
  const nowMs = await store.now();
  const reason = await dueReason();
  if (reason === null) return lease;
  const saved = await store.update(startRelease(lease, reason, nowMs), []);
  if (saved !== null) released.push({ leaseId: lease.id, reason });
  return saved ?? (await store.get(lease.id)) ?? lease;

  async function dueReason(): Promise<ReleaseReason | null> {
    if (nowMs >= lease.deadlineMs) return "expired";
    if (lease.controllerId === controllerId) return null;
    if (alone) return "ownerless";
    const beatMs = await store.lastBeat(lease.controllerId);
    return beatMs === null || nowMs - beatMs >= settings.ownerlessAfterMs ? "ownerless" : null;
  }
}
