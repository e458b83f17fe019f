/**
 * Rents machines and gives them back, in the order that leaves none behind: the intent is written down, then the call is
 * made; the end is asked for until it is confirmed, then the lease is closed.
 *
 * One piece, a little above 300 lines: what is written before which call can only be read together.
 */
import type { MicroDollars } from "../money/amount.ts";
import { type Budget, launchesAllowed } from "../money/budget.ts";
import type { Line } from "../money/line.ts";
import { sleep } from "../support/abort.ts";
import type { Clock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import type { BootPlan, Fleet, LaunchAnswer, Machine, MachineOffer, MakeBootPlan } from "./fleet.ts";
import { launchToken } from "./launch-token.ts";
import {
  isOpen,
  isSettled,
  type LaunchAttempt,
  type Lease,
  type ReleaseReason,
  withOutcome,
  withStatus,
} from "./lease.ts";
import { budgetOf, finalLines, quotedLines, runningLines } from "./lease-meter.ts";
import type { LeaseSettings } from "./lease-settings.ts";
import type { LeaseStore } from "./lease-store.ts";
import { type Alarm, observe, type ReleaseContext, stepRelease } from "./release.ts";

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
    this.#tell(lease, "intended", `${request.offers.length} offers, first ${name(request.offers[0])}`);
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
      for (const attempt of lease.attempts) {
        const { outcome } = attempt;
        if (outcome.kind !== "launched") continue;
        const machine = shown.find(({ id }) => id === outcome.machine.id);
        next = observe({ settings }, next, attempt, machine, nowMs, lines);
      }
      const isLost = next.attempts.every(isSettled);
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

export function startRelease(lease: Lease, reason: ReleaseReason, nowMs: number): Lease {
  return isOpen(lease) ? withStatus(lease, { state: "releasing", reason, sinceMs: nowMs }) : lease;
}

interface LaunchHooks {
  readonly tell: (lease: Lease, step: LeaseStep["step"], detail: string) => void;
  /** Runs the work while nobody else takes room under the cap, if there is any for this offer. */
  readonly ifAffordable: (offer: MachineOffer, work: () => Promise<Lease>) => Promise<Lease | "over-budget">;
}

/** From the intent to a machine that answers. */
class Launching {
  readonly #options: LeaseManagerOptions;
  readonly #boot: BootPlan;
  readonly #hooks: LaunchHooks;
  #lease: Lease;

  constructor(options: LeaseManagerOptions, lease: Lease, boot: BootPlan, hooks: LaunchHooks) {
    this.#options = options;
    this.#lease = lease;
    this.#boot = boot;
    this.#hooks = hooks;
  }

  async run(offers: readonly MachineOffer[], signal: AbortSignal | undefined): Promise<Lease> {
    const refusedTypes = new Set<string>();
    let last: ReelburstError | null = null;
    for (const [index, offer] of offers.entries()) {
      const family = `${offer.type}/${offer.market}`;
      if (refusedTypes.has(family)) continue;
      if (index > 0) {
        const intended = await this.#hooks.ifAffordable(offer, () => this.#intend(offer));
        if (intended === "over-budget") continue;
      }
      signal?.throwIfAborted();
      const answer = await this.#launch(signal);
      if (answer.kind === "launched") {
        const ready = await this.#waitReady(answer.machine, signal);
        if (ready !== null) return ready;
        last = new ReelburstError("MACHINE_LOST", `${answer.machine.id} ended while it was starting.`);
        continue;
      }
      last = ReelburstError.fromJSON(answer.error);
      // The next may be asked only when it is certain that this one launched nothing.
      if (answer.kind === "unknown") break;
      if (answer.kind === "refused" && answer.scope === "fleet") break;
      if (answer.kind === "refused" && answer.scope === "type") refusedTypes.add(family);
    }
    throw last ?? new ReelburstError("NO_MACHINE_OFFERED", "No offer was left to try.");
  }

  /** Writes the next attempt down. All earlier ones are settled: one machine for a slot. */
  async #intend(offer: MachineOffer): Promise<Lease> {
    const { attempts, id } = this.#lease;
    const attempt: LaunchAttempt = {
      offer,
      token: launchToken(id, attempts.length + 1, offer),
      sentMs: await this.#options.store.now(),
      outcome: { kind: "unknown", unseen: null },
    };
    return this.#save({ ...this.#lease, attempts: [...attempts, attempt] });
  }

  /** Asks until there is an answer that tells. The same token again: at worst the cloud names the machine it has. */
  async #launch(signal: AbortSignal | undefined): Promise<LaunchAnswer> {
    const { fleet, store, clock, settings } = this.#options;
    const attempt = this.#attempt();
    const request = {
      offer: attempt.offer,
      token: attempt.token,
      owner: this.#lease.owner,
      leaseId: this.#lease.id,
      pool: this.#lease.pool,
      boot: this.#boot,
    };
    const startedMs = clock.monotonicMs();
    for (let waitMs = settings.resendMs; ; waitMs = Math.min(waitMs * 2, settings.slowestPollMs)) {
      this.#hooks.tell(this.#lease, "asked", name(attempt.offer));
      // Not with the caller's signal: a call that is cut off is one more that may have launched something.
      const answer = await fleet.launch(request);
      switch (answer.kind) {
        case "launched":
          await this.#saveOutcome(attempt.token, {
            kind: "launched",
            machine: { id: answer.machine.id, region: answer.machine.region },
            launchedAtMs: answer.machine.launchedAtMs,
            unseen: null,
          });
          this.#hooks.tell(this.#lease, "launched", answer.machine.id);
          return answer;
        case "refused":
          await this.#saveOutcome(attempt.token, { kind: "refused", error: answer.error });
          this.#hooks.tell(this.#lease, "refused", answer.error.message);
          return answer;
        case "spent":
        case "unknown":
          // "spent": there was a machine and it is dead, but which one only the list tells. Left to the release.
          this.#hooks.tell(this.#lease, "unknown", answer.error.message);
          break;
      }
      const isOver = clock.monotonicMs() - startedMs >= settings.unknownPatienceMs;
      if (answer.kind === "spent" || isOver || signal?.aborted || !fleet.capabilities.idempotentLaunch) {
        return { kind: "unknown", error: answer.error };
      }
      await sleep(waitMs, { clock, signal }).catch(() => {});
      if (signal?.aborted) return { kind: "unknown", error: answer.error };
      await this.#saveOutcome(attempt.token, { kind: "unknown", unseen: null }, await store.now());
    }
  }

  /** @returns null when the machine ended by itself: the next offer's turn. */
  async #waitReady(launched: Machine, signal: AbortSignal | undefined): Promise<Lease | null> {
    const { fleet, store, clock, settings, isHealthy } = this.#options;
    const { id, region } = launched;
    const startedMs = clock.monotonicMs();
    while (clock.monotonicMs() - startedMs < settings.bootTimeoutMs) {
      await sleep(settings.pollMs, { clock, signal });
      // Missing is lag, failing is the network: neither says anything about the machine.
      const shown = await fleet.describe([{ id, region }], signal).catch(() => []);
      const machine = shown.find((other) => other.id === id);
      if (machine === undefined) continue;
      if (machine.state === "ended") {
        const attempt = this.#attempt();
        const lines = finalLines(this.#lease, attempt, machine, await store.now());
        await this.#save(
          withOutcome(this.#lease, attempt.token, { kind: "gone", machine: { id, region }, wasShown: true }),
          lines,
        );
        return null;
      }
      if (machine.state === "running" && (await isHealthy(machine, this.#boot))) {
        const ready = { state: "ready", machine: { id, region }, address: machine.address } as const;
        return this.#save(withStatus(this.#lease, ready));
      }
    }
    const waited = Math.round(settings.bootTimeoutMs / 1_000);
    throw new ReelburstError("MACHINE_UNHEALTHY", `The agent on ${id} did not answer within ${waited} s.`, {
      hint: "Look at the machine's console output; it is being ended.",
    });
  }

  #attempt(): LaunchAttempt {
    const attempt = this.#lease.attempts.at(-1);
    if (attempt === undefined) throw new RangeError("No launch was intended.");
    return attempt;
  }

  #saveOutcome(token: string, outcome: LaunchAttempt["outcome"], sentMs?: number): Promise<Lease> {
    return this.#save(withOutcome(this.#lease, token, outcome, sentMs));
  }

  async #save(lease: Lease, lines: readonly Line[] = []): Promise<Lease> {
    const saved = await this.#options.store.update(lease, lines);
    if (saved === null) {
      throw new ReelburstError(
        "MACHINE_LEASE_LOST",
        `Lease ${lease.id} was taken over while its machine was starting.`,
        {
          hint: "Its deadline passed, or this program was silent for too long.",
        },
      );
    }
    this.#lease = saved;
    return saved;
  }
}

function name(offer: MachineOffer | undefined): string {
  return offer === undefined ? "none" : `${offer.type} ${offer.market} in ${offer.zone ?? offer.region}`;
}
