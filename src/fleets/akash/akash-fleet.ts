import { sleep } from "../../support/abort.ts";
import { ReelburstError, type SerializedError } from "../../support/errors.ts";
import type {
  Fleet,
  FleetCapabilities,
  LaunchAnswer,
  LaunchRequest,
  Machine,
  MachineName,
  MachineOffer,
  TerminateAnswer,
} from "../fleet.ts";
import { type ApiContext, ApiFailure, apiError } from "../rest/exchange.ts";
import { AkashClient, type Bid } from "./akash-client.ts";
import type { AkashOptions, AkashProfile } from "./akash-options.ts";
import { bidPrices, hourlyPrices } from "./block-price.ts";
import { type Deployment, machineOf, REGION } from "./deployment.ts";
import { type DeploymentTags, tagsOf } from "./group-name.ts";
import { sdlOf } from "./sdl.ts";

const CAPABILITIES: FleetCapabilities = {
  // The Console numbers deployments itself: the same request twice is two of them.
  idempotentLaunch: false,
  tagsAtLaunch: true,
  // A container that exits is started again, and billed. What ends it without us is its deposit.
  endsItself: false,
  takesBack: true,
  statesTimes: true,
  lagSeconds: 60,
  shownAfterEndSeconds: 86_400,
  minimumSeconds: 6,
};

/** How often a deployment without bids is looked at, and asked to end, before it is left to the release. */
const CLOSE_LOOKS = 36;

/**
 * A deployment of one container for each machine. Its deposit is reckoned for the lease's lifetime at the highest
 * price, so that even a deployment that everybody has forgotten ends when it is used up.
 */
export class AkashFleet implements Fleet {
  readonly name: string;
  readonly capabilities = CAPABILITIES;
  readonly #context: ApiContext;
  readonly #options: AkashOptions;
  readonly #client: AkashClient;
  readonly #tags = new Map<string, DeploymentTags>();
  /** Tokens by which a deployment may have been made. */
  readonly #sent = new Set<string>();

  constructor(context: ApiContext, options: AkashOptions) {
    this.name = options.name;
    this.#context = context;
    this.#options = options;
    this.#client = new AkashClient(context, options);
  }

  /** At the highest price that is taken. What is agreed on comes with the launch. */
  async offers(): Promise<readonly MachineOffer[]> {
    const nowMs = this.#context.clock.now();
    return this.#options.profiles.map(({ type, cores, maxHourly }) => ({
      type,
      region: REGION,
      zone: null,
      market: "on-demand" as const,
      vcpus: cores,
      prices: hourlyPrices(maxHourly, nowMs),
    }));
  }

  async launch(request: LaunchRequest): Promise<LaunchAnswer> {
    if (this.#sent.has(request.token)) {
      const error = new ReelburstError("CLOUD_UNAVAILABLE", "This launch was sent to Akash before.");
      return { kind: "unknown", error: error.toJSON() };
    }
    const profile = this.#options.profiles.find(({ type }) => type === request.offer.type);
    let made: { readonly dseq: string; readonly manifest: string };
    try {
      if (profile === undefined) {
        throw new ReelburstError("NO_MACHINE_OFFERED", `There is no profile ${request.offer.type}.`);
      }
      const sdl = sdlOf(request, profile, this.#options);
      const deposit = this.#deposit(profile, request.boot.deadMan.lifetimeSeconds);
      this.#sent.add(request.token);
      made = await this.#client.create(sdl, deposit);
    } catch (thrown) {
      const error = apiError(thrown, "Akash").toJSON();
      if (thrown instanceof ApiFailure && thrown.isTransient && !thrown.isThrottled) {
        return { kind: "unknown", error };
      }
      this.#sent.delete(request.token);
      return { kind: "refused", scope: "fleet", error };
    }
    this.#tags.set(made.dseq, request);
    return await this.#takeBid(request, profile, made);
  }

  /** Enough for the lifetime, in cents. */
  #deposit({ maxHourly }: AkashProfile, lifetimeSeconds: number): number {
    const needed = (Number(maxHourly) * lifetimeSeconds) / 3_600;
    return Math.max(this.#options.minimumDeposit, Math.ceil(needed * 100) / 100);
  }

  async #takeBid(
    request: LaunchRequest,
    profile: AkashProfile,
    { dseq, manifest }: { readonly dseq: string; readonly manifest: string },
  ): Promise<LaunchAnswer> {
    const { clock } = this.#context;
    const { bidPatienceMs, pollMs } = this.#options;
    const refused = new Set<string>();
    const startedMs = clock.monotonicMs();
    let wereThere = false;
    while (clock.monotonicMs() - startedMs < bidPatienceMs) {
      await sleep(pollMs, { clock });
      const bids = await this.#client.bids(dseq).catch(() => [] as Bid[]);
      const best = this.#best(bids, profile, refused);
      if (best === null) continue;
      // One look more: the first to bid is seldom the cheapest.
      if (!wereThere) {
        wereThere = true;
        continue;
      }
      try {
        await this.#client.lease(dseq, manifest, best);
      } catch (thrown) {
        const { lease } = (await this.#client.deployment(dseq).catch(() => null)) ?? { lease: null };
        const isCertain = thrown instanceof ApiFailure && !thrown.isTransient;
        if (isCertain && lease?.isActive !== true) {
          refused.add(best.provider);
          continue;
        }
        // It may be leased. The boot's time limit judges, and whoever gives up on it knows its number.
      }
      return { kind: "launched", ...(await this.#launched(request, dseq, best)) };
    }
    return await this.#withdraw(dseq);
  }

  #best(bids: readonly Bid[], { maxHourly }: AkashProfile, refused: ReadonlySet<string>): Bid | null {
    const { providers, denom } = this.#options;
    const limit = hourlyPrices(maxHourly, 0).compute.picoDollars;
    const cost = (bid: Bid): number => bidPrices(bid.price, 0).compute.picoDollars;
    const wanted = bids.filter(
      (bid) =>
        bid.denom === denom &&
        cost(bid) <= limit &&
        !refused.has(bid.provider) &&
        (providers === null || providers.includes(bid.provider)),
    );
    return wanted.sort((a, b) => cost(a) - cost(b) || (a.provider < b.provider ? -1 : 1))[0] ?? null;
  }

  async #launched(request: LaunchRequest, dseq: string, bid: Bid) {
    const seen = await this.#client.deployment(dseq).catch(() => null);
    const deployment: Deployment = seen ?? {
      dseq,
      isClosed: false,
      isSettled: false,
      paid: null,
      lease: null,
    };
    const machine = await this.#machine(deployment, request.offer.type);
    // Missing or not leased yet is lag here: it was just taken.
    return {
      machine: { ...machine, neverRan: false },
      prices: bidPrices(bid.price, this.#context.clock.now()),
    };
  }

  /** Nobody bid. "Refused" is said only when it is closed and the deposit is back. */
  async #withdraw(dseq: string): Promise<LaunchAnswer> {
    let error: SerializedError = new ReelburstError(
      "CAPACITY_UNAVAILABLE",
      "No provider on Akash bids for this, at this price.",
      { retryable: true, hint: "Raise the profile's maxHourly, or allow more providers." },
    ).toJSON();
    for (let look = 1; look <= CLOSE_LOOKS; look++) {
      try {
        const deployment = await this.#client.deployment(dseq);
        if (deployment?.isSettled === true) return { kind: "refused", scope: "type", error };
        if (deployment?.isClosed !== true) await this.#client.close(dseq);
      } catch (thrown) {
        error = apiError(thrown, "Akash").toJSON();
      }
      await sleep(this.#options.pollMs, { clock: this.#context.clock });
    }
    // Found by its name, and closed, by the release.
    return { kind: "unknown", error };
  }

  async list(owner: string, signal?: AbortSignal): Promise<readonly Machine[]> {
    try {
      const machines: Machine[] = [];
      for (const { dseq, groupName } of await this.#client.listed(signal)) {
        const tags = tagsOf(groupName);
        // Also the names of groups are no proof: letter by letter.
        if (tags === null || tags.owner !== owner) continue;
        this.#tags.set(dseq, tags);
        const deployment = await this.#client.deployment(dseq, signal);
        // The node shows what the Console does not know yet: it is there.
        const seen = deployment ?? { dseq, isClosed: false, isSettled: false, paid: null, lease: null };
        machines.push(await this.#machine(seen, "", signal));
      }
      return machines;
    } catch (thrown) {
      throw apiError(thrown, "Akash");
    }
  }

  async describe(machines: readonly MachineName[], signal?: AbortSignal): Promise<readonly Machine[]> {
    try {
      const found: Machine[] = [];
      for (const { id } of machines) {
        const deployment = await this.#client.deployment(id, signal);
        if (deployment !== null) found.push(await this.#machine(deployment, "", signal));
      }
      return found;
    } catch (thrown) {
      throw apiError(thrown, "Akash");
    }
  }

  async #machine(deployment: Deployment, type: string, signal?: AbortSignal): Promise<Machine> {
    const { lease } = deployment;
    const times = {
      createdMs: await this.#client.blockTime(lease?.createdHeight ?? null, signal),
      closedMs: await this.#client.blockTime(lease?.closedHeight ?? null, signal),
    };
    return machineOf(deployment, this.#tags.get(deployment.dseq) ?? null, type, times);
  }

  async terminate(
    machines: readonly MachineName[],
    signal?: AbortSignal,
  ): Promise<readonly TerminateAnswer[]> {
    const answers: TerminateAnswer[] = [];
    for (const { id } of machines) {
      try {
        await this.#client.close(id, signal);
        answers.push({ kind: "asked" });
      } catch (thrown) {
        const isUnknown = thrown instanceof ApiFailure && thrown.status === 404;
        answers.push(
          isUnknown ? { kind: "not-found" } : { kind: "failed", error: apiError(thrown, "Akash").toJSON() },
        );
      }
    }
    return answers;
  }

  /** A deployment takes everything of its own with it. */
  async tidy(): Promise<void> {}
}
