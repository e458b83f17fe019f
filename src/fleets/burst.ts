/**
 * Machines rented for one render: launched as the policy says, given to the render one by one, replaced when they are
 * lost, let go before the cost limit is passed, and all of them ended with the render, however it ends.
 *
 * One piece: who launches, draws and lets go shares one table of machines, which nobody else may change.
 */
import { stat } from "node:fs/promises";
import type { MicroDollars } from "../money/amount.ts";
import { launchesAllowed, secondsUntilDrain } from "../money/budget.ts";
import { summarize } from "../money/ledger.ts";
import type { Line } from "../money/line.ts";
import type { DrawingMachine, MachineSource, MachineWork } from "../produce/machine-source.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { TaskInput, TaskName, TaskOutput } from "../render/process/tasks.ts";
import { linkSignals, sleep } from "../support/abort.ts";
import type { Clock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import type { BootPlan, Fleet, MachineOffer, PoolOffer } from "./fleet.ts";
import type { Lease, ReleaseReason } from "./lease.ts";
import type { LeaseManager } from "./lease-manager.ts";
import { egressLines } from "./lease-meter.ts";
import type { LeaseStore } from "./lease-store.ts";
import { offersOf } from "./policy/offers.ts";
import { decideScaling, type ScalingDecision, type ScalingMachine } from "./policy/scaling.ts";

export interface BurstOptions {
  readonly fleet: Fleet;
  readonly manager: LeaseManager;
  readonly store: LeaseStore;
  readonly clock: Clock;
  /** Names this render; what its cost limit belongs to. Never used twice. */
  readonly group: string;
  readonly capMicros: MicroDollars | null;
  /** How many are wanted; null: as many as the policy finds worth their boot. */
  readonly machines: number | null;
  readonly maxMachines: number;
  readonly bootSeconds: number;
  /** What a release is reckoned to take at worst. */
  readonly releaseSeconds: number;
  /** After this long a machine ends in any case. */
  readonly lifetimeSeconds: number;
  /** Between two looks at machines, budget and work. */
  readonly tickMs: number;
  /** A way to the agent of a machine that answers. */
  readonly connect: (lease: Lease, boot: BootPlan) => Promise<MachineConnection>;
  readonly tell: (news: BurstNews) => void;
}

export interface MachineConnection {
  readonly runner: TaskRunner;
  close(): Promise<void>;
}

export interface BurstCost {
  readonly total: MicroDollars;
  /** Every machine is confirmed gone, and nothing grows any more. */
  readonly isFinal: boolean;
  readonly machines: number;
  readonly lines: readonly Line[];
}

/** What a lease does is told by the manager's own steps. */
export type BurstNews =
  | { readonly kind: "quoted"; readonly offer: MachineOffer; readonly quotes: readonly PoolOffer[] }
  | { readonly kind: "machine-failed"; readonly machineId: string; readonly error: ReelburstError }
  | { readonly kind: "lost"; readonly machineId: string }
  | { readonly kind: "draining"; readonly reason: ScalingDecision["reason"]; readonly machineId: string }
  | { readonly kind: "no-more-launches"; readonly error: ReelburstError };

interface Rented {
  readonly leaseId: string;
  readonly machineId: string;
  readonly offer: MachineOffer;
  readonly slots: number;
  readonly stop: AbortController;
  busy: number;
  idleSinceMs: number;
  failures: number;
  receivedBytes: number;
  reason: ReleaseReason;
}

/** Work that a machine must be able to do after its boot to be launched at all. */
const USEFUL_SECONDS = 60;
/** An idle machine is kept so long: a chunk may come back. */
const IDLE_SECONDS = 45;
const LAUNCHES_AT_ONCE = 5;
/** In a row: then nobody will come. */
const MOST_FAILED_LAUNCHES = 3;
/** In a row: then the machine is given back. */
const MOST_FAILURES = 3;
/** Guesses until something was measured here. */
const DEFAULT_SECONDS_PER_FRAME = 0.02;
const DEFAULT_SLOTS = 4;

export class Burst implements MachineSource {
  readonly #options: BurstOptions;
  readonly #rented = new Map<string, Rented>();
  readonly #renting = new Set<Promise<void>>();
  #booting = 0;
  #launches = 0;
  #failedLaunches = 0;
  #refusal: ReelburstError | null = null;

  constructor(options: BurstOptions) {
    this.#options = options;
  }

  async run(work: MachineWork): Promise<void> {
    const { fleet, tickMs, clock, tell } = this.#options;
    const stop = linkSignals(work.signal);
    try {
      const offers = await fleet.offers({ signal: work.signal });
      const [offer] = offers;
      if (offer !== undefined) tell({ kind: "quoted", offer, quotes: await this.#quote(work, offer) });
      while (!work.signal.aborted) {
        await this.#look(work, offers, stop.signal);
        if (this.#refusal !== null && this.#rented.size + this.#booting === 0) throw this.#refusal;
        await sleep(tickMs, { clock, signal: work.signal }).catch(() => {});
      }
    } catch (thrown) {
      if (!work.signal.aborted) throw thrown;
    } finally {
      stop.abort();
      for (const rented of this.#rented.values()) rented.stop.abort();
      await Promise.all(this.#renting);
      stop.unlink();
    }
  }

  /** Waits until the cloud has confirmed the end of every machine, then tells what they have cost. */
  async settle(): Promise<BurstCost> {
    const { manager, store, group } = this.#options;
    await manager.settled();
    const leases = await store.ofGroup(group);
    const lines = leases.length === 0 ? [] : await store.lines(leases.map(({ id }) => id));
    // What was foretold for a launch that came to nothing is no cost.
    const { total, isFinal } = summarize(lines.filter(({ basis }) => basis !== "quoted"));
    const isConfirmed = leases.every(({ state }) => state === "closed");
    return { total, isFinal: isFinal && isConfirmed, machines: machinesOf(lines), lines };
  }

  /** What it will take and cost by what is known before anything is spent. */
  async #quote(work: MachineWork, { vcpus, prices }: MachineOffer): Promise<readonly PoolOffer[]> {
    const { fleet, machines, maxMachines, bootSeconds, releaseSeconds } = this.#options;
    const { queuedChunks, frames, secondsPerFrame } = await work.left();
    const each = (frames * (secondsPerFrame ?? DEFAULT_SECONDS_PER_FRAME)) / Math.max(1, queuedChunks);
    const all = offersOf(
      {
        name: fleet.name,
        speed: { slotsPerMachine: vcpus, secondsPerWorkSecond: 1, bootSeconds, transferSeconds: 0 },
        prices,
        maxMachines: machines ?? maxMachines,
        resultBytes: 0,
        releaseSeconds,
        basis: secondsPerFrame === null ? "speed guessed" : "speed measured here",
      },
      { chunks: queuedChunks, secondsPerChunk: each },
    );
    return machines === null ? all : all.slice(-1);
  }

  async #look(work: MachineWork, offers: readonly MachineOffer[], signal: AbortSignal): Promise<void> {
    const { manager, tell } = this.#options;
    // A cloud or a store that does not answer for a while must not end machines that draw.
    const lost = await manager.watch().catch(() => []);
    for (const { id } of lost) {
      const rented = this.#rented.get(id);
      if (rented === undefined) continue;
      tell({ kind: "lost", machineId: rented.machineId });
      this.#letGo(rented, "lost");
    }
    await this.#bookTraffic();
    const decision = await this.#decide(work, offers);
    // What a release gives back of its reserve must not be spent on a boot: that would go on in ever smaller rounds.
    if (decision.reason === "budget") this.#refuse(overLimit());
    for (const machineId of decision.drain) {
      const rented = [...this.#rented.values()].find((other) => other.machineId === machineId);
      if (rented === undefined || rented.stop.signal.aborted) continue;
      tell({ kind: "draining", reason: decision.reason, machineId });
      this.#letGo(rented, decision.reason === "budget" ? "budget" : "done");
    }
    for (let count = 0; count < decision.launch; count++) this.#launch(work, offers, signal);
  }

  async #decide(work: MachineWork, offers: readonly MachineOffer[]): Promise<ScalingDecision> {
    const { manager, group, capMicros, machines, maxMachines, bootSeconds, clock } = this.#options;
    const [first] = offers;
    const { queuedChunks, frames, secondsPerFrame } = await work.left();
    const budget = await manager.budget(group, capMicros);
    const slots = [...this.#rented.values()][0]?.slots ?? first?.vcpus ?? DEFAULT_SLOTS;
    const most = machines ?? maxMachines;
    const allowed =
      first === undefined
        ? 0
        : launchesAllowed(budget, {
            prices: first.prices,
            bootSeconds,
            usefulSeconds: USEFUL_SECONDS,
            sentBytes: 0,
            atMost: most,
          });
    const isFull = this.#rented.size + this.#booting > 0;
    if (allowed === 0 && !isFull && queuedChunks > 0) this.#refuse(overLimit());
    const shown: ScalingMachine[] = [...this.#rented.values()].map((rented) => ({
      id: rented.machineId,
      state: rented.stop.signal.aborted ? "draining" : rented.busy > 0 ? "busy" : "idle",
      idleSeconds: rented.busy > 0 ? 0 : (clock.monotonicMs() - rented.idleSinceMs) / 1000,
    }));
    for (let index = 0; index < this.#booting; index++)
      shown.push({ id: `booting-${index}`, state: "booting", idleSeconds: 0 });
    const busy = shown.filter(({ state }) => state === "busy").length;
    return decideScaling({
      workSeconds: (frames * (secondsPerFrame ?? DEFAULT_SECONDS_PER_FRAME)) / slots,
      queuedChunks,
      slotsPerMachine: slots,
      machines: shown,
      bootSeconds,
      limits: {
        // Asked for by number: as many as find a chunk. None is held for its own sake.
        minMachines: machines === null ? 0 : Math.min(machines, busy + queuedChunks),
        maxMachines: most,
        idleSeconds: IDLE_SECONDS,
        maxLaunchesAtOnce: LAUNCHES_AT_ONCE,
      },
      launchesAllowed: this.#refusal === null ? allowed : 0,
      secondsUntilDrain: secondsUntilDrain(budget),
      stopping: work.signal.aborted,
    });
  }

  #launch(work: MachineWork, offers: readonly MachineOffer[], signal: AbortSignal): void {
    this.#booting++;
    const renting = this.#rent(work, offers, signal)
      .catch((thrown: unknown) => this.#failed(ReelburstError.from(thrown, "FLEET_FAILED")))
      .finally(() => this.#renting.delete(renting));
    this.#renting.add(renting);
  }

  async #rent(work: MachineWork, offers: readonly MachineOffer[], signal: AbortSignal): Promise<void> {
    const { manager, group, capMicros, fleet, lifetimeSeconds, bootSeconds } = this.#options;
    const answer = await manager
      .acquire(
        {
          slot: `${group}/${++this.#launches}`,
          pool: fleet.name,
          group,
          offers,
          lifetimeSeconds,
          capMicros,
          plannedSeconds: bootSeconds + USEFUL_SECONDS,
        },
        signal,
      )
      .finally(() => {
        this.#booting--;
      });
    switch (answer.kind) {
      case "ready":
        this.#failedLaunches = 0;
        await this.#draw(work, answer.lease, answer.boot);
        return;
      case "over-budget":
        this.#refuse(overLimit());
        return;
      case "slot-taken":
        this.#refuse(new ReelburstError("FLEET_FAILED", "This render has rented its machines before."));
        return;
      case "failed":
        if (!signal.aborted) this.#failed(answer.error);
        return;
    }
  }

  async #draw(work: MachineWork, lease: Lease, boot: BootPlan): Promise<void> {
    const { manager, connect, clock, tell } = this.#options;
    const offer = lease.attempts.at(-1)?.offer;
    let reason: ReleaseReason = "done";
    try {
      if (lease.state !== "ready" || offer === undefined) return;
      const connection = await connect(lease, boot);
      const rented: Rented = {
        leaseId: lease.id,
        machineId: lease.machine.id,
        offer,
        slots: connection.runner.slots,
        stop: new AbortController(),
        busy: 0,
        idleSinceMs: clock.monotonicMs(),
        failures: 0,
        receivedBytes: 0,
        reason: "done",
      };
      this.#rented.set(lease.id, rented);
      if (work.signal.aborted) rented.stop.abort();
      const machine: DrawingMachine = {
        id: lease.machine.id,
        runner: this.#counting(connection.runner, rented),
        signal: rented.stop.signal,
        onFailure: (error) => {
          tell({ kind: "machine-failed", machineId: rented.machineId, error });
          if (++rented.failures >= MOST_FAILURES) this.#letGo(rented, "unhealthy");
        },
      };
      try {
        await work.drawOn(machine);
      } finally {
        reason = rented.reason;
        await connection.close().catch(() => {});
        await this.#bookTraffic().catch(() => {});
        this.#rented.delete(lease.id);
      }
    } finally {
      // Confirmed or not is for `settle` to wait for. Of a lost machine it was begun by who saw it lost.
      if (reason !== "lost") void manager.release(lease.id, reason).catch(() => {});
    }
  }

  #counting(runner: TaskRunner, rented: Rented): TaskRunner {
    const { clock } = this.#options;
    const run = async <Name extends TaskName>(
      task: Name,
      input: TaskInput<Name>,
      options?: Parameters<TaskRunner["run"]>[2],
    ): Promise<TaskOutput<Name>> => {
      rented.busy++;
      try {
        const output = await runner.run(task, input, options);
        rented.failures = 0;
        if (task === "renderChunk")
          rented.receivedBytes += await sizeOf((input as TaskInput<"renderChunk">).outPath);
        return output;
      } finally {
        rented.busy--;
        rented.idleSinceMs = clock.monotonicMs();
      }
    };
    return { slots: runner.slots, peakBytes: 0, warmUp: () => {}, close: () => runner.close(), run };
  }

  async #bookTraffic(): Promise<void> {
    const { store } = this.#options;
    for (const { leaseId, machineId, offer, receivedBytes } of this.#rented.values()) {
      const lease = receivedBytes === 0 ? null : await store.get(leaseId);
      if (lease !== null) await store.book(egressLines(lease, machineId, offer.prices, receivedBytes));
    }
  }

  #letGo(rented: Rented, reason: ReleaseReason): void {
    if (rented.stop.signal.aborted) return;
    rented.reason = reason;
    rented.stop.abort();
  }

  #failed(error: ReelburstError): void {
    this.#failedLaunches++;
    const isFinal = !error.retryable && !["MACHINE_LOST", "MACHINE_UNHEALTHY"].includes(error.code);
    if (isFinal || this.#failedLaunches >= MOST_FAILED_LAUNCHES) this.#refuse(error);
  }

  #refuse(error: ReelburstError): void {
    if (this.#refusal !== null) return;
    this.#refusal = error;
    this.#options.tell({ kind: "no-more-launches", error });
  }
}

/** What goes over the wire beside the file is a few hundred bytes a second. */
async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => ({ size: 0 }))).size;
}

function machinesOf(lines: readonly Line[]): number {
  return new Set(lines.flatMap(({ machineId }) => machineId ?? [])).size;
}

function overLimit(): ReelburstError {
  return new ReelburstError("MAX_COST_REACHED", "Another machine would pass --max-cost.", {
    hint: "Raise --max-cost, or let this machine draw too (leave --slots 0 out). Finished chunks are kept.",
  });
}
