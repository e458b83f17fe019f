import type { Line } from "../money/line.ts";
import { sleep } from "../support/abort.ts";
import { ReelburstError } from "../support/errors.ts";
import type { BootPlan, LaunchAnswer, Machine, MachineOffer } from "./fleet.ts";
import { launchToken } from "./launch-token.ts";
import { type LaunchAttempt, type Lease, withOutcome, withStatus } from "./lease.ts";
import { type LeaseManagerOptions, type LeaseStep, offerName } from "./lease-manager-options.ts";
import { finalLines } from "./lease-meter.ts";

export interface LaunchHooks {
  readonly tell: (lease: Lease, step: LeaseStep["step"], detail: string) => void;
  /** Runs the work while nobody else takes room under the cap, if there is any for this offer. */
  readonly ifAffordable: (offer: MachineOffer, work: () => Promise<Lease>) => Promise<Lease | "over-budget">;
}

/** From the intent to a machine that answers. */
export class Launching {
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
      this.#hooks.tell(this.#lease, "asked", offerName(attempt.offer));
      // Not with the caller's signal: a call that is cut off is one more that may have launched something.
      const answer = await fleet.launch(request);
      switch (answer.kind) {
        case "launched":
          if (answer.prices !== undefined) await this.#saveOffer({ ...attempt.offer, prices: answer.prices });
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

  /** What the last attempt has really come to; its token stays. */
  #saveOffer(offer: MachineOffer): Promise<Lease> {
    const { attempts } = this.#lease;
    const last = { ...this.#attempt(), offer };
    return this.#save({ ...this.#lease, attempts: [...attempts.slice(0, -1), last] });
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
