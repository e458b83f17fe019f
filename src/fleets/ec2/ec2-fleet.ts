import type { DescribeInstancesCommandInput } from "@aws-sdk/client-ec2";
import type {
  Fleet,
  FleetCapabilities,
  LaunchAnswer,
  LaunchRequest,
  Machine,
  MachineName,
  MachineOffer,
  OfferRequest,
  TerminateAnswer,
} from "../fleet.ts";
import { callAgain } from "./ec2-call.ts";
import { codeOf, isThrottled, launchAnswerOf, serialize, toError } from "./ec2-error.ts";
import { ensureGroup, findImage, type NetworkContext, removeGroup } from "./ec2-network.ts";
import { findOffers } from "./ec2-offers.ts";
import { type LaunchPlace, launchParameters, OWNER_TAG } from "./launch-parameters.ts";
import { machineOf } from "./machine-of.ts";

const CAPABILITIES: FleetCapabilities = {
  idempotentLaunch: true,
  tagsAtLaunch: true,
  endsItself: true,
  takesBack: true,
  statesTimes: true,
  lagSeconds: 30,
  shownAfterEndSeconds: 3_600,
  minimumSeconds: 60,
};

/** How many ids go into one filter; EC2 takes 200. */
const IDS_AT_ONCE = 100;

export class Ec2Fleet implements Fleet {
  readonly name: string;
  readonly capabilities = CAPABILITIES;
  readonly #context: NetworkContext;
  /** By owner and port. Kept only when it succeeded. */
  readonly #places = new Map<string, Promise<LaunchPlace>>();
  /** Tokens of which a launch has left this process: a failure before that is certain to have launched nothing. */
  readonly #sent = new Set<string>();
  #regions: readonly string[] | null;

  constructor(context: NetworkContext) {
    const { options } = context;
    this.name = options.name;
    this.#context = context;
    this.#regions = options.listedRegions === "all" ? null : options.listedRegions;
  }

  offers({ signal }: OfferRequest = {}): Promise<readonly MachineOffer[]> {
    return findOffers(this.#context, signal);
  }

  async launch(request: LaunchRequest): Promise<LaunchAnswer> {
    const { sdk, clients, options } = this.#context;
    let place: LaunchPlace;
    try {
      place = await this.#place(request);
    } catch (thrown) {
      const error = serialize(thrown);
      if (this.#sent.has(request.token) || toError(thrown).retryable) return { kind: "unknown", error };
      return { kind: "refused", scope: "fleet", error };
    }
    const command = new sdk.ec2.RunInstancesCommand(launchParameters(request, place, options));
    try {
      // Throttled is not executed. Everything else is for the lease manager to judge, who writes down what it does.
      const answer = await callAgain(
        this.#context,
        () => {
          this.#sent.add(request.token);
          return clients
            .ec2(request.offer.region)
            .send(command)
            .catch((thrown: unknown) => {
              throw isThrottled(thrown) ? thrown : new LaunchFailure(thrown);
            });
        },
        { worthIt: isThrottled },
      );
      const [instance] = answer.Instances ?? [];
      const machine = instance === undefined ? null : machineOf(instance, request.offer.region);
      if (machine !== null) return { kind: "launched", machine };
      return { kind: "unknown", error: serialize(new Error("RunInstances answered without an instance.")) };
    } catch (thrown) {
      return launchAnswerOf(LaunchFailure.within(thrown));
    }
  }

  #place(request: LaunchRequest): Promise<LaunchPlace> {
    const key = `${request.owner}/${request.boot.port}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = Promise.all([
      findImage(this.#context),
      ensureGroup(this.#context, request.owner, request.boot.port),
    ]).then(([imageId, securityGroupId]) => ({ imageId, securityGroupId }));
    this.#places.set(key, place);
    place.catch(() => this.#places.delete(key));
    return place;
  }

  async list(owner: string, signal?: AbortSignal): Promise<readonly Machine[]> {
    const machines: Machine[] = [];
    // One region that does not answer makes the whole list incomplete, which nobody must take for complete.
    for (const region of await this.#listedRegions(signal)) {
      const filter = { Filters: [{ Name: `tag:${OWNER_TAG}`, Values: [owner] }] };
      machines.push(...(await this.#instances(region, filter, signal)));
    }
    // Filters know wildcards; ours must not.
    return machines.filter((machine) => machine.owner === owner);
  }

  async describe(machines: readonly MachineName[], signal?: AbortSignal): Promise<readonly Machine[]> {
    const found: Machine[] = [];
    for (const [region, ids] of byRegion(machines)) {
      for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
        // A filter, not InstanceIds: there one id that is not visible yet fails the call for all.
        const filter = { Filters: [{ Name: "instance-id", Values: ids.slice(start, start + IDS_AT_ONCE) }] };
        found.push(...(await this.#instances(region, filter, signal)));
      }
    }
    return found;
  }

  async #instances(
    region: string,
    input: DescribeInstancesCommandInput,
    signal: AbortSignal | undefined,
  ): Promise<readonly Machine[]> {
    const { sdk, clients } = this.#context;
    const machines: Machine[] = [];
    let token: string | undefined;
    do {
      const command = new sdk.ec2.DescribeInstancesCommand({
        ...input,
        MaxResults: 1_000,
        ...(token !== undefined && { NextToken: token }),
      });
      const page = await callAgain(this.#context, () => clients.ec2(region).send(command), { signal });
      for (const { Instances } of page.Reservations ?? []) {
        for (const instance of Instances ?? []) {
          const machine = machineOf(instance, region);
          if (machine !== null) machines.push(machine);
        }
      }
      token = page.NextToken;
    } while (token !== undefined && token !== "");
    return machines;
  }

  async terminate(
    machines: readonly MachineName[],
    signal?: AbortSignal,
  ): Promise<readonly TerminateAnswer[]> {
    const answers = new Map<string, TerminateAnswer>();
    for (const [region, ids] of byRegion(machines)) {
      const all = await this.#terminate(region, ids, signal);
      if (all.kind === "asked" || ids.length === 1) {
        for (const id of ids) answers.set(id, all);
        continue;
      }
      // One bad id fails the call for all of them, and nothing was done.
      for (const id of ids) answers.set(id, await this.#terminate(region, [id], signal));
    }
    return machines.map(({ id }) => answers.get(id) ?? { kind: "not-found" });
  }

  async #terminate(region: string, ids: readonly string[], signal?: AbortSignal): Promise<TerminateAnswer> {
    const { sdk, clients } = this.#context;
    const command = new sdk.ec2.TerminateInstancesCommand({ InstanceIds: [...ids] });
    try {
      await callAgain(this.#context, () => clients.ec2(region).send(command), { signal });
      return { kind: "asked" };
    } catch (thrown) {
      const { cause } = toError(thrown);
      if (/^InvalidInstanceID/.test(codeOf(cause))) return { kind: "not-found" };
      return { kind: "failed", error: serialize(thrown) };
    }
  }

  async tidy(owner: string): Promise<void> {
    this.#places.clear();
    await removeGroup(this.#context, owner);
  }

  async #listedRegions(signal?: AbortSignal): Promise<readonly string[]> {
    if (this.#regions !== null) return this.#regions;
    const { sdk, clients, options } = this.#context;
    const command = new sdk.ec2.DescribeRegionsCommand({});
    const answer = await callAgain(this.#context, () => clients.ec2(options.region).send(command), {
      signal,
    });
    const regions = (answer.Regions ?? []).flatMap(({ RegionName }) => (RegionName ? [RegionName] : []));
    this.#regions = regions.includes(options.region) ? regions : [options.region, ...regions];
    return this.#regions;
  }
}

/** Carries a failed launch past `callAgain`, which would make one of our errors of it. */
class LaunchFailure extends Error {
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    super("launch", { cause: thrown });
    this.thrown = thrown;
  }

  static within(thrown: unknown): unknown {
    const { cause } = thrown as { cause?: unknown };
    return cause instanceof LaunchFailure ? cause.thrown : (cause ?? thrown);
  }
}

function byRegion(machines: readonly MachineName[]): Map<string, string[]> {
  const regions = new Map<string, string[]>();
  for (const { id, region } of machines) regions.set(region, [...(regions.get(region) ?? []), id]);
  return regions;
}
