/**
 * A burst in virtual time: the product's decisions (scaling, duplicates, budget) against machines that boot late, die,
 * are refused, run slow. What a machine costs is worked out here, in floats and from the machine's own life, and shares
 * nothing with `src/money`.
 *
 * One piece, however long: every event changes the same few tables.
 */

import {
  decideScaling,
  type ScalingDecision,
  type ScalingLimits,
  type ScalingMachine,
} from "../../../src/fleets/policy/scaling.ts";
import { chooseDuplicates } from "../../../src/fleets/policy/stragglers.ts";
import { type Budget, launchesAllowed, secondsUntilDrain } from "../../../src/money/budget.ts";
import type { MachinePrices } from "../../../src/money/meter.ts";
import { type Random, seededRandom } from "../../../src/support/random.ts";
import { EventQueue } from "./event-queue.ts";

export interface SimulationOptions {
  readonly seed: number | string;
  readonly chunks: number;
  readonly secondsPerChunk: number;
  /** Chunks take `secondsPerChunk` times 1 ± this. */
  readonly spread: number;
  /** Machines of ours, which need no boot, cost nothing and never die. */
  readonly localSlots: number;
  readonly limits: ScalingLimits;
  readonly bootSeconds: number;
  /** Boots take `bootSeconds` times 1 ± this. */
  readonly bootSpread: number;
  readonly prices: MachinePrices;
  readonly capMicros: number | null;
  /** Chance that a launch is refused, that a machine dies in an hour of life, that one is 4 times as slow. */
  readonly refusals: number;
  readonly deathsPerHour: number;
  readonly slow: number;
  /** Between two looks at the fleet. */
  readonly tickSeconds: number;
}

export interface SimulationResult {
  readonly seconds: number;
  readonly costMicros: number;
  readonly launched: number;
  readonly mostAtOnce: number;
  /** How often each chunk's result was taken. */
  readonly results: Uint8Array;
  readonly duplicates: number;
  readonly deaths: number;
  readonly leftAlive: number;
  readonly drainedByBudget: boolean;
}

interface SimulatedMachine {
  readonly id: string;
  readonly isLocal: boolean;
  readonly speed: number;
  readonly askedAt: number;
  state: ScalingMachine["state"] | "gone";
  runsFrom: number | null;
  idleSince: number;
  chunk: number | null;
  startedAt: number;
  /** Raised whenever its work is taken from it, so that an event of before is known as stale. */
  turn: number;
}

type SimulatedEvent =
  | { readonly kind: "tick" }
  | { readonly kind: "booted" | "died" | "released"; readonly machine: SimulatedMachine }
  | { readonly kind: "done"; readonly machine: SimulatedMachine; readonly turn: number };

/** The longest a release takes here; what the budget is told. */
const RELEASE_SECONDS = 60;

export function simulate(options: SimulationOptions): SimulationResult {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #random: Random;
  readonly #events = new EventQueue<SimulatedEvent>();
  readonly #machines = new Map<string, SimulatedMachine>();
  readonly #queued: number[];
  readonly #durations: Float64Array;
  readonly #results: Uint8Array;
  /** Chunk -> the machines that work on it. */
  readonly #holders = new Map<number, Set<SimulatedMachine>>();
  #now = 0;
  #doneAt = 0;
  #done = 0;
  #launched = 0;
  #mostAtOnce = 0;
  #duplicates = 0;
  #deaths = 0;
  #spent = 0;
  #drainedByBudget = false;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    const { chunks } = options;
    // Taken from the end.
    this.#queued = Array.from({ length: chunks }, (_, index) => chunks - 1 - index);
    this.#durations = Float64Array.from({ length: chunks }, () =>
      this.#around(options.secondsPerChunk, options.spread),
    );
    this.#results = new Uint8Array(chunks);
    for (let index = 0; index < options.localSlots; index++) {
      this.#machines.set(`local-${index}`, this.#newMachine(`local-${index}`, true));
    }
  }

  run(): SimulationResult {
    for (const machine of this.#machines.values()) this.#takeWork(machine);
    this.#events.push(0, { kind: "tick" });
    for (let next = this.#events.pop(); next !== undefined; next = this.#events.pop()) {
      this.#now = next.at;
      this.#handle(next.event);
    }
    const rented = [...this.#machines.values()].filter(({ isLocal }) => !isLocal);
    return {
      seconds: this.#doneAt,
      costMicros: this.#spent,
      launched: this.#launched,
      mostAtOnce: this.#mostAtOnce,
      results: this.#results,
      duplicates: this.#duplicates,
      deaths: this.#deaths,
      leftAlive: rented.length,
      drainedByBudget: this.#drainedByBudget,
    };
  }

  #around(value: number, spread: number): number {
    return value * (1 + spread * (2 * this.#random() - 1));
  }

  #newMachine(id: string, isLocal: boolean): SimulatedMachine {
    const speed = !isLocal && this.#random() < this.#options.slow ? 0.25 : 1;
    const state = isLocal ? "idle" : "booting";
    const [askedAt, idleSince, startedAt] = [this.#now, this.#now, this.#now];
    return { id, isLocal, speed, askedAt, state, runsFrom: null, idleSince, chunk: null, startedAt, turn: 0 };
  }

  #handle(event: SimulatedEvent): void {
    switch (event.kind) {
      case "tick":
        this.#tick();
        return;
      case "booted":
        if (event.machine.state !== "booting") return;
        event.machine.state = "idle";
        event.machine.idleSince = this.#now;
        this.#takeWork(event.machine);
        return;
      case "done":
        this.#finish(event.machine, event.turn);
        return;
      case "died":
        if (event.machine.state === "gone" || event.machine.state === "draining") return;
        this.#deaths++;
        this.#giveBack(event.machine);
        this.#end(event.machine);
        return;
      case "released":
        this.#end(event.machine);
        return;
    }
  }

  #tick(): void {
    this.#duplicateStragglers();
    const decision = this.#decide();
    for (const id of decision.drain) {
      const machine = this.#machines.get(id);
      if (machine !== undefined) this.#drain(machine);
    }
    for (let count = 0; count < decision.launch; count++) this.#launch();
    const isOver = this.#done === this.#options.chunks;
    const rented = this.#machines.size - this.#options.localSlots;
    if (!isOver || rented > 0) this.#events.push(this.#now + this.#options.tickSeconds, { kind: "tick" });
  }

  #decide(): ScalingDecision {
    const { secondsPerChunk, limits, tickSeconds, chunks } = this.#options;
    const rented = [...this.#machines.values()].filter(({ isLocal }) => !isLocal);
    const budget = this.#budget(rented);
    const left = secondsUntilDrain(budget);
    const wish = {
      prices: this.#options.prices,
      bootSeconds: this.#options.bootSeconds,
      usefulSeconds: 60,
      sentBytes: 0,
      atMost: limits.maxLaunchesAtOnce,
    };
    const decision = decideScaling({
      workSeconds: (chunks - this.#done) * secondsPerChunk,
      queuedChunks: this.#queued.length,
      slotsPerMachine: 1,
      machines: rented.map(({ id, state, idleSince }) => ({
        id,
        state: state === "gone" ? "draining" : state,
        idleSeconds: this.#now - idleSince,
      })),
      bootSeconds: this.#options.bootSeconds,
      limits,
      launchesAllowed: launchesAllowed(budget, wish),
      secondsUntilDrain: left <= tickSeconds ? 0 : left,
      stopping: this.#done === chunks,
    });
    if (decision.reason === "budget" && rented.length > 0) this.#drainedByBudget = true;
    return decision;
  }

  #budget(rented: readonly SimulatedMachine[]): Budget {
    const { prices, capMicros } = this.#options;
    return {
      capMicros,
      spentMicros: Math.ceil(this.#spent),
      open: rented.map(({ askedAt }) => ({ prices, elapsedSeconds: this.#now - askedAt, sentBytes: 0 })),
      releaseSeconds: RELEASE_SECONDS,
    };
  }

  #launch(): void {
    if (this.#random() < this.#options.refusals) return;
    const machine = this.#newMachine(`machine-${this.#launched++}`, false);
    this.#machines.set(machine.id, machine);
    this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#machines.size - this.#options.localSlots);
    const { bootSeconds, bootSpread, deathsPerHour } = this.#options;
    const boots = this.#around(bootSeconds, bootSpread);
    machine.runsFrom = this.#now + 0.2 * boots;
    this.#events.push(this.#now + boots, { kind: "booted", machine });
    if (deathsPerHour > 0) {
      const lifeSeconds = (-Math.log(1 - this.#random()) / deathsPerHour) * 3_600;
      this.#events.push(this.#now + lifeSeconds, { kind: "died", machine });
    }
  }

  #drain(machine: SimulatedMachine): void {
    this.#giveBack(machine);
    machine.state = "draining";
    this.#events.push(this.#now + this.#random() * RELEASE_SECONDS, { kind: "released", machine });
  }

  #end(machine: SimulatedMachine): void {
    if (machine.state === "gone") return;
    machine.state = "gone";
    this.#machines.delete(machine.id);
    const { compute, disk, diskGb, address } = this.#options.prices;
    const [from, seconds] = [machine.runsFrom ?? this.#now, this.#now - machine.askedAt];
    const hourly = (compute.picoDollars + (address?.picoDollars ?? 0)) / 3_600e6;
    const billed = this.#now > from ? Math.max(60, this.#now - from) : 0;
    const stored = ((disk?.picoDollars ?? 0) * diskGb * Math.max(60, seconds)) / (730 * 3_600e6);
    this.#spent += billed * hourly + stored;
  }

  #takeWork(machine: SimulatedMachine): void {
    const chunk = this.#queued.pop();
    if (chunk !== undefined) this.#start(machine, chunk);
  }

  #start(machine: SimulatedMachine, chunk: number): void {
    machine.state = "busy";
    machine.chunk = chunk;
    machine.startedAt = this.#now;
    const holders = this.#holders.get(chunk) ?? new Set();
    this.#holders.set(chunk, holders.add(machine));
    const seconds = (this.#durations[chunk] ?? 0) / machine.speed;
    this.#events.push(this.#now + seconds, { kind: "done", machine, turn: machine.turn });
  }

  #finish(machine: SimulatedMachine, turn: number): void {
    const { chunk } = machine;
    if (machine.turn !== turn || chunk === null || machine.state !== "busy") return;
    this.#results[chunk] = (this.#results[chunk] ?? 0) + 1;
    this.#done++;
    this.#doneAt = this.#now;
    // First result wins: whoever else works on it is told to stop.
    const holders = this.#holders.get(chunk) ?? new Set();
    this.#holders.delete(chunk);
    for (const holder of holders) {
      this.#free(holder);
      this.#takeWork(holder);
    }
  }

  #free(machine: SimulatedMachine): void {
    machine.turn++;
    machine.chunk = null;
    machine.state = "idle";
    machine.idleSince = this.#now;
  }

  #giveBack(machine: SimulatedMachine): void {
    const { chunk } = machine;
    if (chunk === null) return;
    this.#free(machine);
    const holders = this.#holders.get(chunk);
    holders?.delete(machine);
    if (holders !== undefined && holders.size > 0) return;
    this.#holders.delete(chunk);
    this.#queued.push(chunk);
    // Whoever has nothing to do would otherwise hear of it with the next chunk that ends, or never.
    const idle = [...this.#machines.values()].find((other) => other.state === "idle" && other !== machine);
    if (idle !== undefined) this.#takeWork(idle);
  }

  #duplicateStragglers(): void {
    if (this.#queued.length > 0) return;
    const idle = [...this.#machines.values()].filter(({ state }) => state === "idle");
    if (idle.length === 0) return;
    const running = [...this.#holders].map(([chunk, holders]) => ({
      key: String(chunk),
      elapsedSeconds: this.#now - Math.min(...[...holders].map(({ startedAt }) => startedAt)),
      expectedSeconds: this.#options.secondsPerChunk,
      copies: holders.size,
    }));
    for (const [index, key] of chooseDuplicates(running, 0, idle.length).entries()) {
      const machine = idle[index];
      if (machine === undefined) continue;
      this.#duplicates++;
      this.#start(machine, Number(key));
    }
  }
}
