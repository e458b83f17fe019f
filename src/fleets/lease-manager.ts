/**
 * Rents machines and gives them back, in the order that leaves none behind: the intent is written down, then the call is
 * made; the end is asked for until it is confirmed, then the lease is closed.
 */
import type { MicroDollars } from "../money/amount.ts";
import { type Budget, launchesAllowed } from "../money/budget.ts";
import type { Line } from "../money/line.ts";
import { sleep } from "../support/abort.ts";
import { ReelburstError } from "../support/errors.ts";
import type { BootPlan, MachineOffer } from "./fleet.ts";
import { launchToken } from "./launch-token.ts";
import { Launching } from "./launching.ts";
import { isSettled, type LaunchAttempt, type Lease, type ReleaseReason, startRelease } from "./lease.ts";
import { type LeaseManagerOptions, type LeaseStep, offerName } from "./lease-manager-options.ts";
import { budgetOf, quotedLines, runningLines } from "./lease-meter.ts";
import { observe, type ReleaseContext, stepRelease } from "./release.ts";

export interface AcquireRequest {
  readonly slot: string;
  readonly pool: string;
  readonly group: string;
  /** In the order in which they are tried. */
  readonly offers: readonly MachineOffer[];
  readonly lifetimeSeconds: number;
  /** Of all leases of the group together; null: no limit. */
  readonly capMicros: MicroDollars | null;
  /** Boot and work that one machine must be able to do below the cap. */
  readonly plannedSeconds: number;
}

export type AcquireAnswer =
  | { readonly kind: "ready"; readonly lease: Lease; readonly boot: BootPlan }
  | { readonly kind: "slot-taken" }
  | { readonly kind: "over-budget" }
  /** What it may have launched is being released. */
  | { readonly kind: "failed"; readonly error: ReelburstError };

export class LeaseManager {
  readonly #options: LeaseManagerOptions;
  readonly #releasing = new Map<string, Promise<Lease>>();
  /** The last reservation under a cap: the next waits for it, or two would see the same room. */
  #reserving: Promise<unknown> = Promise.resolve();

  #latest: { readonly nowMs: number; readonly elapsedMs: number } | null = null;

  constructor(options: LeaseManagerOptions) {
    this.#options = options;
  }

  /** Rents one machine and waits until its agent answers. Aborting releases it. */
  async acquire(request: AcquireRequest, signal?: AbortSignal): Promise<AcquireAnswer> {
    const lease = await this.#inTurn(() => this.#reserve(request));
    if (typeof lease === "string") return { kind: lease };
    this.#tell(lease, "intended", `${request.offers.length} offers, first ${offerName(request.offers[0])}`);
    try {
      const boot = await this.#options.makeBootPlan(lease.id);
      const launching = new Launching(this.#options, lease, boot, {
        tell: (...step) => this.#tell(...step),
        // Another offer may be dearer than the one that the place under the cap was taken for.
        ifAffordable: (offer, work) =>
          this.#inTurn(async () => ((await this.#hasRoom(request, offer)) ? work() : "over-budget")),
      });
      const ready = await launching.run(request.offers, signal);
      this.#tell(ready, "ready", ready.state === "ready" ? ready.machine.id : "");
      return { kind: "ready", lease: ready, boot };
    } catch (thrown) {
      const error = ReelburstError.from(thrown, "FLEET_FAILED");
      const reason = signal?.aborted
        ? "stopped"
        : error.code === "MACHINE_UNHEALTHY"
          ? "unhealthy"
          : "not-launched";
      void this.release(lease.id, reason).catch(() => {});
      return { kind: "failed", error };
    }
  }

  async #reserve(request: AcquireRequest): Promise<Lease | "slot-taken" | "over-budget"> {
    const { store, newId, controllerId, settings } = this.#options;
    const [offer] = request.offers;
    if (offer === undefined) {
      throw new ReelburstError("NO_MACHINE_OFFERED", "No type of machine is offered for this pool.", {
        hint: "Name other types or another region in the pool's settings.",
      });
    }
    if (!(await this.#hasRoom(request, offer))) return "over-budget";
    const nowMs = await store.now();
    const lease: Lease = {
      id: newId(),
      slot: request.slot,
      pool: request.pool,
      group: request.group,
      owner: await store.owner(),
      controllerId,
      // The place under the cap is taken with the intent; what is written here is asked for first.
      attempts: [],
      createdMs: nowMs,
      deadlineMs: nowMs + request.lifetimeSeconds * 1_000,
      alarmedMs: null,
      version: 0,
      state: "launching",
    };
    const first: LaunchAttempt = {
      offer,
      token: launchToken(lease.id, 1, offer),
      sentMs: nowMs,
      outcome: { kind: "unknown", unseen: null },
    };
    // Alive before it owns anything, or another controller's reaper could take the lease for an orphan.
    await store.beat(controllerId);
    const intended = { ...lease, attempts: [first] };
    const quoted = quotedLines(lease, offer, request.plannedSeconds + settings.releaseSeconds);
    const answer = await store.create(intended, quoted);
    return answer === "created" ? intended : answer;
  }

  /** Whether a machine fits below the group's cap, for as long as is planned. */
  async #hasRoom(request: AcquireRequest, { prices }: MachineOffer): Promise<boolean> {
    const budget = await this.budget(request.group, request.capMicros);
    const seconds = { bootSeconds: 0, usefulSeconds: request.plannedSeconds };
    return launchesAllowed(budget, { prices, ...seconds, sentBytes: 0, atMost: 1 }) > 0;
  }

  /** One after the other: two that look at the same moment would see the same room. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#reserving.then(work);
    this.#reserving = mine.catch(() => {});
    return mine;
  }

  /** What may still be spent by a group. See `secondsUntilDrain`. */
  async budget(group: string, capMicros: MicroDollars | null): Promise<Budget> {
    const { store, settings } = this.#options;
    const leases = await store.ofGroup(group);
    const lines = leases.length === 0 ? [] : await store.lines(leases.map(({ id }) => id));
    const rules = { capMicros, releaseSeconds: settings.releaseSeconds };
    return budgetOf(leases, lines, this.#neverBack(await store.now()), rules);
  }

  /** The store's clock, but never slower than time passes: set back, it would make room under a cap. */
  #neverBack(nowMs: number): number {
    const elapsedMs = this.#options.clock.monotonicMs();
    this.#latest ??= { nowMs, elapsedMs };
    const wouldBeMs = this.#latest.nowMs + elapsedMs - this.#latest.elapsedMs;
    if (nowMs > wouldBeMs) this.#latest = { nowMs, elapsedMs };
    return Math.max(nowMs, wouldBeMs);
  }

  /**
   * Gives a lease back and keeps asking until the cloud has confirmed it. Resolves with the closed lease; as long as
   * the cloud does not confirm, it does not resolve.
   */
  release(leaseId: string, reason: ReleaseReason): Promise<Lease> {
    const running = this.#releasing.get(leaseId);
    if (running !== undefined) return running;
    const releasing = this.#release(leaseId, reason).finally(() => this.#releasing.delete(leaseId));
    this.#releasing.set(leaseId, releasing);
    return releasing;
  }

  async #release(leaseId: string, reason: ReleaseReason): Promise<Lease> {
    const { clock, settings } = this.#options;
    let isTold = false;
    for (let waitMs = settings.pollMs; ; waitMs = Math.min(waitMs * 1.5, settings.slowestPollMs)) {
      try {
        const lease = await stepRelease(this.#releaseContext(), await this.#markReleasing(leaseId, reason));
        if (lease.state === "closed") {
          this.#tell(lease, "closed", "confirmed by the cloud");
          return lease;
        }
        if (!isTold && lease.state === "releasing") this.#tell(lease, "releasing", lease.reason);
        isTold = true;
      } catch (thrown) {
        // A store that is away comes back; a machine must not stay because of it.
        const { code } = ReelburstError.from(thrown);
        if (code === "MACHINE_LEASE_UNKNOWN" || code === "DATABASE_CLOSED") throw thrown;
      }
      await sleep(waitMs, { clock });
    }
  }

  async #markReleasing(leaseId: string, reason: ReleaseReason): Promise<Lease> {
    const { store } = this.#options;
    for (;;) {
      const lease = await store.get(leaseId);
      if (lease === null) throw new ReelburstError("MACHINE_LEASE_UNKNOWN", `There is no lease ${leaseId}.`);
      if (lease.state === "releasing" || lease.state === "closed") return lease;
      const saved = await store.update(startRelease(lease, reason, await store.now()), []);
      if (saved !== null) return saved;
    }
  }

  /**
   * One look at the leases of this controller that work: books what they cost so far, and releases those whose machine
   * has ended. Say it is alive with it, well within `ownerlessAfterMs`. @returns the leases that were lost.
   */
  async watch(): Promise<readonly Lease[]> {
    const { fleet, store, controllerId, settings } = this.#options;
    await store.beat(controllerId);
    const ready = (await store.open()).filter(
      (lease) => lease.state === "ready" && lease.controllerId === controllerId,
    );
    if (ready.length === 0) return [];
    const names = ready.flatMap((lease) => (lease.state === "ready" ? [lease.machine] : []));
    const shown = await fleet.describe(names);
    const nowMs = await store.now();
    const lost: Lease[] = [];
    for (const lease of ready) {
      const lines: Line[] = [...runningLines(lease, nowMs)];
      let next = lease;
      let isStopped = false;
      for (const attempt of lease.attempts) {
        const { outcome } = attempt;
        if (outcome.kind !== "launched") continue;
        const machine = shown.find(({ id }) => id === outcome.machine.id);
        next = observe({ settings }, next, attempt, machine, nowMs, lines);
        // It works no more, and something of it is still billed or bound.
        isStopped ||= machine?.state === "stopped";
      }
      const isLost = isStopped || next.attempts.every(isSettled);
      const saved = await store.update(isLost ? startRelease(next, "lost", nowMs) : next, lines);
      if (!isLost || saved === null) continue;
      lost.push(saved);
      void this.release(lease.id, "lost").catch(() => {});
    }
    return lost;
  }

  /** Resolves when every release that was begun here is confirmed. */
  async settled(): Promise<void> {
    while (this.#releasing.size > 0) await Promise.allSettled(this.#releasing.values());
  }

  #releaseContext(): ReleaseContext {
    const { fleet, store, clock, settings, onAlarm } = this.#options;
    return { fleet, store, clock, settings, onAlarm };
  }

  #tell(lease: Lease, step: LeaseStep["step"], detail: string): void {
    this.#options.onStep?.({ leaseId: lease.id, atMs: this.#options.clock.now(), step, detail });
  }
}
