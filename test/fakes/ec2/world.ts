/**
 * What stands behind the fake's address: machines that live in virtual time. Nothing here moves by itself; whoever asks
 * has everything happen that is due by then, in order.
 *
 * Facts from the EC2 documentation as listed in the project's notes: pending first, tokens by zone, lag, shutdown
 * behaviour, billing by whole seconds from running with a minimum of 60.
 */
import { type Random, randomInteger } from "../../../src/support/random.ts";

export type InstanceState = "pending" | "running" | "shutting-down" | "terminated" | "stopping" | "stopped";

export interface Delays {
  /** Longest, in seconds; each is drawn evenly from 0. */
  readonly pending: number;
  readonly shuttingDown: number;
  readonly visibility: number;
  readonly staleness: number;
}

export interface FakeInstance {
  readonly id: string;
  readonly region: string;
  readonly zone: string;
  readonly type: string;
  readonly vcpus: number;
  readonly market: "on-demand" | "spot";
  readonly tags: Map<string, string>;
  readonly token: string;
  readonly fingerprint: string;
  readonly groupIds: readonly string[];
  readonly diskGb: number;
  readonly launchedMs: number;
  readonly visibleMs: number;
  readonly terminatesOnShutdown: boolean;
  readonly deadMan: FakeDeadMan | null;
  readonly history: { readonly atMs: number; readonly state: InstanceState }[];
  runningMs: number | null;
  /** When billing of compute ended. */
  endedMs: number | null;
  reason: string;
  stateReason: { code: string; message: string } | null;
  takenBack: boolean;
  /** What is going to happen, the next first. */
  readonly due: { readonly atMs: number; readonly happen: () => void }[];
}

/** What a machine's user data would do, read from it: see `readUserData`. */
export interface FakeDeadMan {
  readonly idleMs: number;
  readonly lifetimeMs: number;
  readonly survivesReboot: boolean;
  fedMs: number;
  deadlineMs: number;
  isArmed: boolean;
}

const HOUR_MS = 3_600_000;

export class World {
  readonly instances = new Map<string, FakeInstance>();
  readonly #now: () => number;
  readonly #random: Random;
  readonly #delays: Delays;
  #count = 0;

  constructor(now: () => number, random: Random, delays: Delays) {
    this.#now = now;
    this.#random = random;
    this.#delays = delays;
  }

  launch(
    facts: Pick<
      FakeInstance,
      | "region"
      | "zone"
      | "type"
      | "vcpus"
      | "market"
      | "tags"
      | "token"
      | "fingerprint"
      | "groupIds"
      | "diskGb"
      | "terminatesOnShutdown"
      | "deadMan"
    > & { readonly failsToStart: boolean },
  ): FakeInstance {
    const nowMs = this.#now();
    const id = `i-${(++this.#count).toString(16).padStart(17, "0")}`;
    const instance: FakeInstance = {
      ...facts,
      id,
      launchedMs: wholeSecond(nowMs),
      visibleMs: nowMs + this.#draw(this.#delays.visibility),
      history: [{ atMs: nowMs, state: "pending" }],
      runningMs: null,
      endedMs: null,
      reason: "",
      stateReason: null,
      takenBack: false,
      due: [],
    };
    this.instances.set(id, instance);
    const bootedMs = nowMs + this.#draw(this.#delays.pending);
    if (facts.failsToStart) {
      this.#at(instance, bootedMs, () => {
        instance.stateReason = {
          code: "Server.InternalError",
          message: "Server.InternalError: Internal error on launch",
        };
        this.#enter(instance, "terminated", bootedMs);
        instance.endedMs = bootedMs;
      });
    } else {
      this.#at(instance, bootedMs, () => {
        instance.runningMs = wholeSecond(bootedMs);
        this.#enter(instance, "running", bootedMs);
        if (instance.deadMan !== null) {
          instance.deadMan.fedMs = bootedMs;
          instance.deadMan.deadlineMs = bootedMs + instance.deadMan.lifetimeMs;
        }
      });
    }
    return instance;
  }

  /** Everything that is due by now happens. */
  settle(): void {
    for (const instance of this.instances.values()) this.#settle(instance);
  }

  #settle(instance: FakeInstance): void {
    const nowMs = this.#now();
    for (;;) {
      const shutdownMs = this.#deadManMs(instance);
      const [next] = instance.due;
      if (shutdownMs !== null && shutdownMs <= nowMs && (next === undefined || shutdownMs < next.atMs)) {
        this.#shutDownFromInside(instance, shutdownMs);
        continue;
      }
      if (next === undefined || next.atMs > nowMs) return;
      instance.due.shift();
      next.happen();
    }
  }

  #deadManMs({ deadMan, history }: FakeInstance): number | null {
    if (deadMan === null || !deadMan.isArmed || history.at(-1)?.state !== "running") return null;
    return Math.min(deadMan.fedMs + deadMan.idleMs, deadMan.deadlineMs);
  }

  #shutDownFromInside(instance: FakeInstance, atMs: number): void {
    if (instance.deadMan !== null) instance.deadMan.isArmed = false;
    instance.stateReason = {
      code: "Client.InstanceInitiatedShutdown",
      message: "Client.InstanceInitiatedShutdown: Instance initiated shutdown",
    };
    if (instance.terminatesOnShutdown) this.#end(instance, atMs);
    else {
      instance.endedMs = wholeSecond(atMs);
      this.#enter(instance, "stopped", atMs);
    }
  }

  terminate(instance: FakeInstance): void {
    if (["shutting-down", "terminated"].includes(this.stateOf(instance))) return;
    const nowMs = this.#now();
    const text = new Date(nowMs).toISOString();
    instance.reason = `User initiated (${text.slice(0, 10)} ${text.slice(11, 19)} GMT)`;
    instance.stateReason = {
      code: "Client.UserInitiatedShutdown",
      message: "Client.UserInitiatedShutdown: User initiated shutdown",
    };
    this.#end(instance, nowMs);
  }

  /** EC2 takes a spot machine back. Interrupted in its first hour, its compute is free. */
  takeBack(id: string): void {
    const instance = this.#get(id);
    if (!["pending", "running"].includes(this.stateOf(instance))) return;
    const nowMs = this.#now();
    const text = new Date(nowMs).toISOString();
    instance.takenBack = true;
    instance.reason = `Service initiated (${text.slice(0, 10)} ${text.slice(11, 19)} GMT)`;
    instance.stateReason = {
      code: "Server.SpotInstanceTermination",
      message: "Server.SpotInstanceTermination: Spot instance termination",
    };
    this.#end(instance, nowMs);
  }

  /** Uptime begins anew and /run is empty; what is not a service is not started again. */
  reboot(id: string): void {
    const { deadMan } = this.#get(id);
    this.settle();
    if (deadMan === null) return;
    deadMan.fedMs = this.#now();
    deadMan.isArmed &&= deadMan.survivesReboot;
  }

  /** Authenticated traffic reached the agent. */
  feed(id: string): void {
    this.settle();
    const { deadMan } = this.#get(id);
    if (deadMan !== null) deadMan.fedMs = this.#now();
  }

  stateOf(instance: FakeInstance): InstanceState {
    this.#settle(instance);
    return instance.history.at(-1)?.state ?? "pending";
  }

  /** As some replica sees it: not yet visible is null, and what it sees may be old. Ended ones vanish after an hour. */
  seen(instance: FakeInstance): InstanceState | null {
    this.#settle(instance);
    const nowMs = this.#now();
    const asOfMs = nowMs - this.#draw(this.#delays.staleness);
    if (instance.visibleMs > asOfMs) return null;
    const last = instance.history.at(-1);
    if (last?.state === "terminated" && nowMs - last.atMs > HOUR_MS) return null;
    return instance.history.findLast(({ atMs }) => atMs <= asOfMs)?.state ?? null;
  }

  isLive(instance: FakeInstance): boolean {
    return this.stateOf(instance) !== "terminated";
  }

  live(): FakeInstance[] {
    return [...this.instances.values()].filter((instance) => this.isLive(instance));
  }

  #end(instance: FakeInstance, atMs: number): void {
    instance.endedMs = wholeSecond(atMs);
    instance.due.length = 0;
    this.#enter(instance, "shutting-down", atMs);
    const goneMs = atMs + this.#draw(this.#delays.shuttingDown);
    this.#at(instance, goneMs, () => this.#enter(instance, "terminated", goneMs));
  }

  #enter(instance: FakeInstance, state: InstanceState, atMs: number): void {
    instance.history.push({ atMs, state });
  }

  #at(instance: FakeInstance, atMs: number, happen: () => void): void {
    instance.due.push({ atMs, happen });
    instance.due.sort((a, b) => a.atMs - b.atMs);
  }

  #draw(longestSeconds: number): number {
    return longestSeconds === 0 ? 0 : randomInteger(this.#random, longestSeconds * 1_000);
  }

  #get(id: string): FakeInstance {
    const instance = this.instances.get(id);
    if (instance === undefined) throw new RangeError(`The fake has no ${id}.`);
    return instance;
  }
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

/**
 * What a machine's user data would do. It is not run here (a test of its own runs it in a shell): three facts are read
 * from it, and a script without them has no dead-man.
 */
export function readUserData(base64: string | null): FakeDeadMan | null {
  const script = Buffer.from(base64 ?? "", "base64").toString();
  const idle = /\$\(\(now - last\)\) -ge (\d+)/.exec(script)?.[1];
  const lifetime = /\$\(date \+%s\) \+ (\d+)/.exec(script)?.[1];
  if (idle === undefined || lifetime === undefined || !/dead-man/.test(script)) return null;
  return {
    idleMs: Number(idle) * 1_000,
    lifetimeMs: Number(lifetime) * 1_000,
    survivesReboot: /systemctl enable [^\n]*dead-man/.test(script) && /WantedBy=/.test(script),
    fedMs: 0,
    deadlineMs: Number.POSITIVE_INFINITY,
    isArmed: true,
  };
}
