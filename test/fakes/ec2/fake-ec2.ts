/**
 * A fake of EC2, its price list and SSM's public parameters, spoken to by the real AWS SDK: over a loopback socket
 * (`listen`), or without one (`handler`) where hundreds of lifecycles are wanted. Time is the caller's.
 *
 * One piece, however long: it is one table of calls.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Random, seededRandom } from "../../../src/support/random.ts";
import { type BillLine, billOf, type Tariff } from "./billing.ts";
import { Bucket } from "./bucket.ts";
import { matches, page, Query, Refusal, type Tree, xml } from "./query.ts";
import { type Delays, type FakeInstance, readUserData, World } from "./world.ts";

export interface FakeEc2Options {
  readonly now: () => number;
  readonly seed?: number | string;
  readonly delays?: Partial<Delays>;
  readonly zones?: Readonly<Record<string, readonly string[]>>;
  readonly pageSize?: number;
  /** Where billing of compute begins. EC2: running. */
  readonly billsFrom?: "running" | "launch";
  /** Chance that a machine dies while it starts. */
  readonly failsToStart?: number;
}

/** What is done to a call. "lost-reply": it is carried out, and the connection dropped. */
export type Fault = "none" | "lost-reply" | "lost-request" | "internal-error" | "unavailable";

export interface FakeCall {
  readonly action: string;
  readonly region: string;
  readonly query: Query;
}

export const TARIFF: Tariff = {
  onDemand: { "c5.2xlarge": 0.388, "m5.xlarge": 0.23, "g4dn.xlarge": 0.658 },
  spot: {
    "c5.2xlarge/eu-central-1a": 0.1712,
    "c5.2xlarge/eu-central-1b": 0.1533,
    "c5.2xlarge/eu-central-1c": 0.1609,
    "m5.xlarge/eu-central-1a": 0.0911,
    "m5.xlarge/eu-central-1b": 0.0902,
  },
  gp3: 0.0952,
  address: 0.005,
};

const VCPUS: Readonly<Record<string, number>> = { "c5.2xlarge": 8, "m5.xlarge": 4, "g4dn.xlarge": 4 };

const ZONES = {
  "eu-central-1": ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
  "us-east-1": ["us-east-1a", "us-east-1b"],
};

const CODES = { pending: 0, running: 16, "shutting-down": 32, terminated: 48, stopping: 64, stopped: 80 };

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

interface FakeGroup {
  readonly id: string;
  readonly region: string;
  readonly name: string;
  readonly tags: Map<string, string>;
  readonly ingress: string[];
}

export class FakeEc2 {
  readonly world: World;
  readonly calls: FakeCall[] = [];
  readonly groups = new Map<string, FakeGroup>();
  /** Token by region and place -> the instance it launched. */
  readonly tokens = new Map<string, FakeInstance>();
  /** Machines that a pool can still give, by "type/zone/market"; no entry: plenty. */
  readonly capacity = new Map<string, number>();
  vcpuLimit = Number.POSITIVE_INFINITY;
  /** Decides on the fate of each call. */
  fault: (call: FakeCall) => Fault = () => "none";
  /** The account's credentials: what every call is answered when they are not good. */
  credentials: "good" | "expired" | "unauthorized" = "good";
  /** How far EC2's clock is ahead of this machine's real one, when it is to be checked. */
  skewMs: number | null = null;
  priceListIsDown = false;
  /** Where a machine is reached. */
  addressOf: (id: string) => string = () => "127.0.0.1";
  readonly #options: FakeEc2Options;
  readonly #random: Random;
  readonly #runBucket = new Bucket(5, 2);
  readonly #describeBucket = new Bucket(100, 20);
  readonly #otherBucket = new Bucket(50, 5);
  #server: Server | null = null;
  #groupCount = 0;
  throttles = true;

  constructor(options: FakeEc2Options) {
    this.#options = options;
    this.#random = seededRandom(`ec2 ${options.seed ?? 1}`);
    const delays = { pending: 0, shuttingDown: 0, visibility: 0, staleness: 0, ...options.delays };
    this.world = new World(options.now, this.#random, delays);
  }

  async listen(): Promise<string> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        const answer = this.answer(request.headers as Record<string, string>, body);
        if (answer === null) {
          request.socket.destroy();
          return;
        }
        response.writeHead(answer.status, this.#headers(answer)).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => (this.#server === null ? resolve(null) : this.#server.close(resolve)));
  }

  /** For the SDK's `requestHandler`: the same requests, signed and serialized as ever, without a socket. */
  handler(): object {
    return {
      handle: async (request: { headers: Record<string, string>; body?: string | Uint8Array }) => {
        const body =
          typeof request.body === "string"
            ? request.body
            : new TextDecoder().decode(request.body ?? new Uint8Array());
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
        );
        const answer = this.answer(headers, body);
        if (answer === null) throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
        const response = {
          statusCode: answer.status,
          headers: this.#headers(answer),
          body: Buffer.from(answer.body),
        };
        return { response };
      },
      metadata: { handlerProtocol: "http/1.1" },
    };
  }

  bill(): BillLine[] {
    this.world.settle();
    const rules = { from: this.#options.billsFrom ?? "running", nowMs: this.#options.now() };
    return billOf(this.world.instances.values(), TARIFF, rules);
  }

  /** A machine that is none of ours, or another deployment's. */
  addForeign(tags: Readonly<Record<string, string>>, region = "eu-central-1"): FakeInstance {
    return this.world.launch({
      region,
      zone: `${region}a`,
      type: "m5.xlarge",
      vcpus: 4,
      market: "on-demand",
      tags: new Map(Object.entries(tags)),
      token: "",
      fingerprint: "",
      groupIds: [],
      diskGb: 8,
      terminatesOnShutdown: false,
      deadMan: null,
      failsToStart: false,
    });
  }

  /** @returns null when the connection is to be dropped. */
  answer(headers: Readonly<Record<string, string>>, body: string): Answer | null {
    const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(headers["authorization"] ?? "")?.[1] ?? "";
    const target = headers["x-amz-target"];
    const query = new Query(target === undefined ? body : "");
    const action = target?.split(".")[1] ?? query.get("Action") ?? "";
    const call = { action, region, query };
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault === "lost-request") return null;
    const answer =
      fault === "internal-error"
        ? this.#error(new Refusal("InternalError", "An internal error has occurred", 500))
        : fault === "unavailable"
          ? this.#error(new Refusal("Unavailable", "The service is unavailable", 503))
          : this.#perform(call, headers, target === undefined ? null : body);
    return fault === "lost-reply" ? null : answer;
  }

  #perform(call: FakeCall, headers: Readonly<Record<string, string>>, json: string | null): Answer {
    try {
      this.#authenticate(headers);
      if (json !== null) return this.#json(call.action, JSON.parse(json) as Record<string, unknown>);
      this.#throttle(call.action);
      const result = this.#query(call);
      return {
        status: 200,
        type: "text/xml;charset=UTF-8",
        body: `<?xml version="1.0" encoding="UTF-8"?><${call.action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>${xml(result)}</${call.action}Response>`,
      };
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      if (json === null) return this.#error(thrown);
      const body = JSON.stringify({ __type: thrown.code, message: thrown.message });
      return { status: thrown.status, type: "application/x-amz-json-1.1", body };
    }
  }

  #authenticate(headers: Readonly<Record<string, string>>): void {
    if (this.credentials === "expired") throw new Refusal("RequestExpired", "Request has expired.");
    if (this.credentials === "unauthorized")
      throw new Refusal("UnauthorizedOperation", "You are not authorized.", 403);
    if (!/^AWS4-HMAC-SHA256 /.test(headers["authorization"] ?? ""))
      throw new Refusal("MissingAuthenticationToken");
    if (this.skewMs === null) return;
    const text = headers["x-amz-date"] ?? "";
    const signedMs = Date.parse(
      text.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, "$1-$2-$3T$4:$5:$6Z"),
    );
    if (Math.abs(signedMs - (Date.now() + this.skewMs)) > 300_000)
      throw new Refusal("RequestExpired", "Request has expired.");
  }

  #throttle(action: string): void {
    if (!this.throttles) return;
    const bucket =
      action === "RunInstances"
        ? this.#runBucket
        : action.startsWith("Describe")
          ? this.#describeBucket
          : this.#otherBucket;
    if (!bucket.take(this.#options.now())) {
      throw new Refusal("RequestLimitExceeded", "Request limit exceeded.", 503);
    }
  }

  #query(call: FakeCall): Tree {
    const { query, region } = call;
    switch (call.action) {
      case "RunInstances":
        return this.#runInstances(query, region);
      case "DescribeInstances":
        return this.#describeInstances(query, region);
      case "TerminateInstances":
        return this.#terminateInstances(query, region);
      case "CreateTags":
        for (const id of query.list("ResourceId")) {
          for (const index of query.indexes("Tag")) {
            const instance = this.world.instances.get(id);
            instance?.tags.set(query.get(`Tag.${index}.Key`) ?? "", query.get(`Tag.${index}.Value`) ?? "");
          }
        }
        return { return: true };
      case "DescribeRegions":
        return { regionInfo: Object.keys(this.#zones()).map((regionName) => ({ regionName })) };
      case "DescribeInstanceTypeOfferings": {
        const types = query.filters().find(({ name }) => name === "instance-type")?.values ?? [];
        const offerings = (this.#zones()[region] ?? []).flatMap((location) =>
          Object.keys(VCPUS)
            .filter((type) => types.includes(type) && !(type === "g4dn.xlarge" && location.endsWith("c")))
            .map((instanceType) => ({ instanceType, locationType: "availability-zone", location })),
        );
        const { items, next } = page(offerings, query, this.#options.pageSize ?? 4);
        return { instanceTypeOfferingSet: items, nextToken: next };
      }
      case "DescribeInstanceTypes":
        return {
          instanceTypeSet: Object.entries(VCPUS).map(([instanceType, defaultVCpus]) => ({
            instanceType,
            vCpuInfo: { defaultVCpus },
          })),
        };
      case "DescribeSpotPriceHistory":
        return this.#spotHistory(query, region);
      case "DescribeSecurityGroups":
        return this.#describeGroups(query, region);
      case "CreateSecurityGroup":
        return this.#createGroup(query, region);
      case "AuthorizeSecurityGroupIngress": {
        const group = this.groups.get(query.get("GroupId") ?? "");
        if (group === undefined) throw new Refusal("InvalidGroup.NotFound");
        const at = "IpPermissions.1";
        const rule = ["IpProtocol", "FromPort", "ToPort", "IpRanges.1.CidrIp"]
          .map((name) => query.get(`${at}.${name}`))
          .join(" ");
        if (group.ingress.includes(rule)) throw new Refusal("InvalidPermission.Duplicate");
        group.ingress.push(rule);
        return { return: true };
      }
      case "DeleteSecurityGroup": {
        const id = query.get("GroupId") ?? "";
        if (!this.groups.has(id)) throw new Refusal("InvalidGroup.NotFound");
        if (this.world.live().some(({ groupIds }) => groupIds.includes(id)))
          throw new Refusal("DependencyViolation");
        this.groups.delete(id);
        return { return: true };
      }
      default:
        throw new Refusal("InvalidAction", `The fake does not know ${call.action}.`);
    }
  }

  #runInstances(query: Query, region: string): Tree {
    this.world.settle();
    const token = query.get("ClientToken") ?? "";
    if (token.length > 64) throw new Refusal("InvalidParameterValue", "ClientToken is too long.");
    const zone = query.get("Placement.AvailabilityZone");
    const subnet = query.get("SubnetId");
    // Zonal as soon as a zone or a subnet is named: the same token elsewhere is another launch.
    const key = `${region}/${subnet ?? zone ?? "*"}/${token}`;
    const known = token === "" ? undefined : this.tokens.get(key);
    if (known !== undefined) {
      if (known.fingerprint !== query.fingerprint()) throw new Refusal("IdempotentParameterMismatch");
      if (!this.world.isLive(known)) throw new Refusal("IdempotentInstanceTerminated");
      return this.#reservation(known, "pending");
    }
    const type = query.get("InstanceType") ?? "";
    const market = query.get("InstanceMarketOptions.MarketType") === "spot" ? "spot" : "on-demand";
    const groupIds = query.list("SecurityGroupId");
    for (const id of groupIds) {
      if (!this.groups.has(id)) throw new Refusal("InvalidGroup.NotFound", `The group ${id} does not exist.`);
    }
    const placed = zone ?? (this.#zones()[region] ?? [])[0] ?? "";
    if (VCPUS[type] === undefined || !(this.#zones()[region] ?? []).includes(placed))
      throw new Refusal("Unsupported");
    this.#takeCapacity(type, placed, market);
    const instance = this.world.launch({
      region,
      zone: placed,
      type,
      vcpus: VCPUS[type] ?? 0,
      market,
      tags: query.tags("instance"),
      token,
      fingerprint: query.fingerprint(),
      groupIds,
      diskGb: Number(query.get("BlockDeviceMapping.1.Ebs.VolumeSize") ?? 8),
      terminatesOnShutdown: query.get("InstanceInitiatedShutdownBehavior") === "terminate",
      deadMan: readUserData(query.get("UserData")),
      failsToStart: this.#random() < (this.#options.failsToStart ?? 0),
    });
    if (token !== "") this.tokens.set(key, instance);
    return this.#reservation(instance, "pending");
  }

  #takeCapacity(type: string, zone: string, market: string): void {
    const used = this.world
      .live()
      .filter((instance) => instance.market === market)
      .reduce((sum, { vcpus }) => sum + vcpus, 0);
    if (used + (VCPUS[type] ?? 0) > this.vcpuLimit) {
      throw market === "spot"
        ? new Refusal("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
        : new Refusal(
            "VcpuLimitExceeded",
            "You have requested more vCPU capacity than your current vCPU limit allows.",
          );
    }
    const pool = `${type}/${zone}/${market}`;
    const left = this.capacity.get(pool);
    if (left === undefined) return;
    // As a 500, which is how the SDK comes to try it again.
    if (left <= 0)
      throw new Refusal("InsufficientInstanceCapacity", "We currently do not have sufficient capacity.", 500);
    this.capacity.set(pool, left - 1);
  }

  #reservation(instance: FakeInstance, state: keyof typeof CODES): { [name: string]: Tree } {
    return {
      reservationId: `r-${instance.id.slice(2)}`,
      ownerId: "123456789012",
      instancesSet: [
        {
          instanceId: instance.id,
          imageId: "ami-0fake",
          instanceState: { code: CODES[state], name: state },
          instanceType: instance.type,
          launchTime: new Date(instance.launchedMs).toISOString(),
          placement: { availabilityZone: instance.zone, tenancy: "default" },
          clientToken: instance.token,
          privateIpAddress: "10.0.0.1",
          ...(state === "running" && { ipAddress: this.addressOf(instance.id) }),
          ...(instance.market === "spot" && { instanceLifecycle: "spot" }),
          ...(["shutting-down", "terminated", "stopped"].includes(state) && {
            reason: instance.reason,
            ...(instance.stateReason !== null && { stateReason: instance.stateReason }),
          }),
          tagSet: [...instance.tags].map(([tag, value]) => ({ key: tag, value })),
        },
      ],
    };
  }

  #describeInstances(query: Query, region: string): Tree {
    this.world.settle();
    const ids = query.list("InstanceId");
    const filters = query.filters();
    const found: Tree[] = [];
    for (const instance of this.world.instances.values()) {
      if (instance.region !== region) continue;
      if (ids.length > 0 && !ids.includes(instance.id)) continue;
      const isAsked = filters.every(({ name, values }) =>
        values.some((value) => matches(value, fieldOf(instance, name) ?? "\0")),
      );
      if (!isAsked) continue;
      const state = this.world.seen(instance);
      if (state !== null) found.push(this.#reservation(instance, state));
    }
    if (found.length < ids.length) throw new Refusal("InvalidInstanceID.NotFound");
    const { items, next } = page(found, query, this.#options.pageSize ?? 1_000);
    return { reservationSet: items, nextToken: next };
  }

  #terminateInstances(query: Query, region: string): Tree {
    this.world.settle();
    const nowMs = this.#options.now();
    const instances = query.list("InstanceId").map((id) => {
      const instance = this.world.instances.get(id);
      // Lag holds for orders too. One bad id, and nothing is done for any.
      if (instance === undefined || instance.region !== region || instance.visibleMs > nowMs) {
        throw new Refusal("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`);
      }
      return instance;
    });
    for (const instance of instances) this.world.terminate(instance);
    return { instancesSet: instances.map(({ id }) => ({ instanceId: id })) };
  }

  #spotHistory(query: Query, region: string): Tree {
    const types = query.list("InstanceType");
    const at = new Date(this.#options.now()).toISOString();
    const old = new Date(this.#options.now() - 7_200_000).toISOString();
    const prices = Object.entries(TARIFF.spot).flatMap(([pool, price]) => {
      const [instanceType = "", availabilityZone = ""] = pool.split("/");
      if (!types.includes(instanceType) || !availabilityZone.startsWith(region)) return [];
      const entry = { instanceType, availabilityZone, productDescription: "Linux/UNIX" };
      return [
        { ...entry, spotPrice: String(price * 3), timestamp: old },
        { ...entry, spotPrice: price.toFixed(6), timestamp: at },
      ];
    });
    const { items, next } = page(prices, query, 3);
    return { spotPriceHistorySet: items, nextToken: next ?? "" };
  }

  #describeGroups(query: Query, region: string): Tree {
    const groups = [...this.groups.values()].filter(
      (group) =>
        group.region === region &&
        query.filters().every(({ name, values }) => {
          const value = name.startsWith("tag:") ? group.tags.get(name.slice(4)) : undefined;
          return value !== undefined && values.some((pattern) => matches(pattern, value));
        }),
    );
    return {
      securityGroupInfo: groups.map(({ id, name, tags }) => ({
        groupId: id,
        groupName: name,
        tagSet: [...tags].map(([tag, value]) => ({ key: tag, value })),
      })),
    };
  }

  #createGroup(query: Query, region: string): Tree {
    const name = query.get("GroupName") ?? "";
    for (const group of this.groups.values()) {
      if (group.name === name && group.region === region) throw new Refusal("InvalidGroup.Duplicate");
    }
    const id = `sg-${++this.#groupCount}`;
    this.groups.set(id, { id, region, name, tags: query.tags("security-group"), ingress: [] });
    return { groupId: id, return: true };
  }

  #json(action: string, input: Record<string, unknown>): Answer {
    const body = JSON.stringify(action === "GetParameter" ? parameterOf(input) : this.#products(input));
    return { status: 200, type: "application/x-amz-json-1.1", body };
  }

  /** With neighbours that only the filters keep out: SQL Server, reserved capacity, another region. */
  #products(input: Record<string, unknown>): object {
    if (this.priceListIsDown) throw new Refusal("InternalErrorException", "down", 500);
    const filters = (input["Filters"] ?? []) as { Field: string; Value: string }[];
    const all = [
      ...Object.entries(TARIFF.onDemand).flatMap(([instanceType, price]) => [
        product({ instanceType, preInstalledSw: "NA", capacitystatus: "Used" }, price),
        product({ instanceType, preInstalledSw: "SQL Ent", capacitystatus: "Used" }, price * 9.8),
        product({ instanceType, preInstalledSw: "NA", capacitystatus: "UnusedCapacityReservation" }, price),
        product({ instanceType, preInstalledSw: "NA", capacitystatus: "AllocatedCapacityReservation" }, 0),
        product(
          { instanceType, preInstalledSw: "NA", capacitystatus: "Used", regionCode: "us-east-1" },
          price * 0.8,
        ),
        product(
          { instanceType, preInstalledSw: "NA", capacitystatus: "Used", tenancy: "Dedicated" },
          price * 1.1,
        ),
      ]),
      product({ volumeApiName: "gp3" }, TARIFF.gp3, "GB-Mo"),
      product({ volumeApiName: "gp3", regionCode: "us-east-1" }, 0.08, "GB-Mo"),
    ];
    const found = all.filter(({ product: { attributes, productFamily } }) =>
      filters.every(({ Field, Value }) =>
        Field === "productFamily" ? productFamily === Value : attributes[Field] === Value,
      ),
    );
    return { FormatVersion: "aws_v1", PriceList: found.map((entry) => JSON.stringify(entry)) };
  }

  #zones(): Readonly<Record<string, readonly string[]>> {
    return this.#options.zones ?? ZONES;
  }

  #headers({ type }: Answer): Record<string, string> {
    return { "content-type": type, date: new Date(Date.now() + (this.skewMs ?? 0)).toUTCString() };
  }

  #error(refusal: Refusal): Answer {
    const errors = { Errors: { Error: { Code: refusal.code, Message: refusal.message } }, RequestID: "r" };
    return { status: refusal.status, type: "text/xml;charset=UTF-8", body: xml({ Response: errors }) };
  }
}

function fieldOf(instance: FakeInstance, name: string): string | undefined {
  if (name.startsWith("tag:")) return instance.tags.get(name.slice(4));
  return { "instance-id": instance.id, "client-token": instance.token }[name];
}

interface FakeProduct {
  readonly product: { readonly productFamily: string; readonly attributes: Readonly<Record<string, string>> };
  readonly terms: object;
  readonly publicationDate: string;
}

function product(facts: Readonly<Record<string, string>>, price: number, unit = "Hrs"): FakeProduct {
  const attributes: Record<string, string> = { regionCode: "eu-central-1", ...facts };
  if (unit === "Hrs") {
    attributes["operatingSystem"] = "Linux";
    attributes["tenancy"] = facts["tenancy"] ?? "Shared";
  }
  const pricePerUnit = { USD: price.toFixed(10) };
  return {
    product: { productFamily: unit === "Hrs" ? "Compute Instance" : "Storage", attributes },
    terms: { OnDemand: { T1: { priceDimensions: { D1: { unit, pricePerUnit } } } } },
    publicationDate: "2026-11-01T00:00:00Z",
  };
}

function parameterOf(input: Record<string, unknown>): object {
  const name = String(input["Name"]);
  if (!name.startsWith("/aws/service/ami-amazon-linux-latest/")) throw new Refusal("ParameterNotFound");
  return { Parameter: { Name: name, Type: "String", Value: "ami-0fake0000000000a", Version: 1 } };
}
