/**
 * A fake of the Akash Console's API, of the chain's node behind it, and of providers that bid. Time is the caller's.
 * Shapes are those of the Console's published schemas; behaviours those of its source: deployments numbered by the
 * server's clock, a lease that is not made twice, closing what is closed is no error, blocks of about six seconds.
 */
import { createHash } from "node:crypto";
import { type Random, randomInteger, seededRandom } from "../../../src/support/random.ts";

export interface FakeAkashOptions {
  readonly now: () => number;
  readonly seed?: number | string;
  readonly delays?: Partial<AkashDelays>;
}

/** Longest, in seconds; each is drawn evenly from 0. */
export interface AkashDelays {
  /** From the deployment to its bids. */
  readonly bids: number;
  /** From the lease to a container that answers. */
  readonly start: number;
  /** From the creation to the node's list. */
  readonly listed: number;
  /** From the end to the deposit's return. */
  readonly refund: number;
}

/** "lost-reply": carried out, and the connection dropped. */
export type AkashFault = "none" | "lost-reply" | "lost-request" | "internal-error" | "throttled" | "broken";

export interface AkashCall {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export interface FakeDeployment {
  readonly dseq: string;
  readonly groupName: string;
  readonly sdl: FakeSdl | null;
  readonly manifest: string;
  readonly createdMs: number;
  readonly listedMs: number;
  readonly deposit: number;
  readonly bids: { readonly atMs: number; readonly provider: string; readonly price: number }[];
  lease: { readonly provider: string; readonly price: number; readonly atMs: number; readyMs: number } | null;
  leaseEndedMs: number | null;
  reason: string;
  closedMs: number | null;
  refundedMs: number | null;
  /** How many asks to close are swallowed: answered well, and nothing happens. */
  deafTo: number;
}

interface FakeSdl {
  readonly services: Record<string, { readonly expose: { readonly port: number }[]; readonly env: string[] }>;
  readonly profiles: {
    readonly placement: Record<
      string,
      { readonly pricing: Record<string, { denom: string; amount: number }> }
    >;
  };
}

const GENESIS_MS = Date.UTC(2026, 0);
const BLOCK_MS = 6_098;
export const OWNER_ADDRESS = "akash1owner";

export class FakeAkash {
  readonly deployments = new Map<string, FakeDeployment>();
  readonly calls: AkashCall[] = [];
  fault: (call: AkashCall) => AkashFault = () => "none";
  apiKey: string | null = "key";
  balance = 100;
  /** Who bids at which price for a block, in millionths of a dollar. */
  providers: { readonly name: string; readonly price: number }[] = [
    { name: "akash1dear", price: 200 },
    { name: "akash1cheap", price: 90 },
    { name: "akash1middling", price: 120 },
  ];
  /** Providers that let a lease fail. */
  readonly refusing = new Set<string>();
  /** Of deployments that are made from now on. */
  deafTo = 0;
  pageSize = 2;
  /** Providers should not bid above what is offered. */
  heedsLimit = true;
  readonly #options: FakeAkashOptions;
  readonly #random: Random;
  readonly #delays: AkashDelays;

  constructor(options: FakeAkashOptions) {
    this.#options = options;
    this.#random = seededRandom(`akash ${options.seed ?? 1}`);
    this.#delays = { bids: 0, start: 0, listed: 0, refund: 0, ...options.delays };
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, searchParams } = new URL(url);
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as unknown) : null;
    const call = { method: init.method ?? "GET", path: pathname, body };
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault === "lost-request") throw new TypeError("fetch failed");
    if (fault === "internal-error") return answer(500, { error: "InternalServerError", message: "oops" });
    if (fault === "throttled") return answer(429, { error: "TooManyRequests", message: "slow down" });
    if (fault === "broken") return new Response("<html>", { status: 200 });
    const isNode = pathname.startsWith("/rest/");
    const key = (init.headers as Record<string, string>)["x-api-key"];
    const result =
      !isNode && key !== this.apiKey
        ? answer(401, { error: "Unauthorized", message: "Invalid API key" })
        : this.#answer(call, searchParams);
    if (fault === "lost-reply") throw new TypeError("fetch failed");
    return result;
  };

  #answer({ method, path, body }: AkashCall, query: URLSearchParams): Response {
    const dseq = path.split("/").at(-1) ?? "";
    if (path === "/rest/akash/deployment/v1beta4/deployments/list") return this.#nodeList(query);
    if (path === "/v1/user/me") return answer(200, { data: { id: "user-1" } });
    if (path === "/v1/wallets") return answer(200, { data: [{ address: OWNER_ADDRESS, denom: "uact" }] });
    if (path.startsWith("/v1/blocks/")) {
      return answer(200, { height: Number(dseq), datetime: new Date(blockMs(Number(dseq))).toISOString() });
    }
    if (path === "/v1/deployments" && method === "POST") return this.#create(body);
    if (path === "/v1/bids") return this.#bids(query.get("dseq") ?? "");
    if (path === "/v1/leases") return this.#lease(body);
    const deployment = this.deployments.get(dseq);
    if (deployment === undefined) return answer(404, { error: "NotFound", message: "Deployment not found" });
    this.#settle(deployment);
    if (method === "DELETE") {
      if (deployment.deafTo > 0) deployment.deafTo--;
      else this.#close(deployment, this.#options.now());
      return answer(200, { data: { success: true } });
    }
    return answer(200, { data: this.#shown(deployment) });
  }

  #create(body: unknown): Response {
    const { sdl, deposit } = (body as { data: { sdl: string; deposit?: number } }).data;
    if (deposit === undefined || deposit < 0.5)
      return answer(400, { error: "BadRequest", message: "deposit" });
    if (deposit > this.balance) return answer(402, { error: "PaymentRequired", message: "Not enough funds" });
    const parsed = JSON.parse(sdl) as FakeSdl;
    const [groupName, placement] = Object.entries(parsed.profiles.placement)[0] ?? [];
    if (groupName === undefined) return answer(400, { error: "BadRequest", message: "Invalid SDL" });
    const limit = Object.values(placement?.pricing ?? {})[0]?.amount ?? 0;
    const deployment = this.#add(groupName, parsed, deposit);
    for (const { name, price } of this.providers) {
      if (this.heedsLimit && price > limit) continue;
      deployment.bids.push({
        atMs: deployment.createdMs + this.#draw("bids"),
        provider: name,
        price,
      });
    }
    this.balance -= deposit;
    return answer(201, { data: { dseq: deployment.dseq, manifest: deployment.manifest, signTx: {} } });
  }

  #add(groupName: string, sdl: FakeSdl | null, deposit: number): FakeDeployment {
    let createdMs = this.#options.now();
    while (this.deployments.has(String(createdMs))) createdMs++;
    const deployment: FakeDeployment = {
      dseq: String(createdMs),
      groupName,
      sdl,
      manifest: createHash("sha256").update(JSON.stringify(sdl)).digest("hex"),
      createdMs,
      listedMs: createdMs + this.#draw("listed"),
      deposit,
      bids: [],
      lease: null,
      leaseEndedMs: null,
      reason: "",
      closedMs: null,
      refundedMs: null,
      deafTo: this.deafTo,
    };
    this.deployments.set(deployment.dseq, deployment);
    return deployment;
  }

  /** Somebody else's deployment in the same account, or one of ours by its name. */
  addForeign(groupName: string): FakeDeployment {
    return this.#add(groupName, null, 5);
  }

  #bids(dseq: string): Response {
    const deployment = this.deployments.get(dseq);
    if (deployment === undefined) return answer(404, { error: "NotFound", message: "no such" });
    const nowMs = this.#options.now();
    const data = deployment.bids
      .filter(({ atMs }) => atMs <= nowMs && deployment.closedMs === null)
      .map(({ provider, price }) => ({
        bid: {
          id: { owner: OWNER_ADDRESS, dseq, gseq: 1, oseq: 1, provider, bseq: 0 },
          state: "open",
          price: { denom: "uact", amount: price.toFixed(18) },
          created_at: "1",
          resources_offer: [],
        },
        escrow_account: {},
      }));
    return answer(200, { data });
  }

  #lease(body: unknown): Response {
    const { manifest, leases } = body as { manifest: string; leases: { dseq: string; provider: string }[] };
    const [wanted] = leases;
    const deployment = this.deployments.get(wanted?.dseq ?? "");
    if (deployment === undefined || wanted === undefined)
      return answer(404, { error: "NotFound", message: "no" });
    if (deployment.manifest !== manifest) return answer(400, { error: "BadRequest", message: "manifest" });
    const nowMs = this.#options.now();
    const bid = deployment.bids.find(({ provider, atMs }) => provider === wanted.provider && atMs <= nowMs);
    if (deployment.lease === null) {
      if (bid === undefined || this.refusing.has(wanted.provider) || deployment.closedMs !== null) {
        return answer(400, { error: "BadRequest", message: "bid not open" });
      }
      deployment.lease = {
        provider: bid.provider,
        price: bid.price,
        atMs: nowMs,
        readyMs: nowMs + this.#draw("start"),
      };
    }
    return answer(200, { data: this.#shown(deployment) });
  }

  #nodeList(query: URLSearchParams): Response {
    const isClosed = query.get("filters.state") === "closed";
    const nowMs = this.#options.now();
    const all = [...this.deployments.values()].filter((deployment) => {
      this.#settle(deployment);
      return deployment.listedMs <= nowMs && (deployment.closedMs !== null) === isClosed;
    });
    if (query.get("pagination.reverse") === "true") all.reverse();
    const from = Number(query.get("pagination.key") ?? 0);
    const deployments = all.slice(from, from + this.pageSize).map((deployment) => ({
      deployment: {
        id: { owner: OWNER_ADDRESS, dseq: deployment.dseq },
        state: isClosed ? "closed" : "active",
      },
      groups: [{ id: { gseq: 1 }, state: "open", group_spec: { name: deployment.groupName } }],
      escrow_account: {},
    }));
    const next = from + this.pageSize < all.length ? String(from + this.pageSize) : null;
    return answer(200, { deployments, pagination: { next_key: next, total: String(all.length) } });
  }

  /** The provider gives up: the lease ends, the deployment stays and holds its deposit. */
  endLease(dseq: string, reason = "lease_closed_unstable"): void {
    const deployment = this.deployments.get(dseq);
    if (deployment?.lease == null) throw new RangeError(`${dseq} has no lease.`);
    deployment.leaseEndedMs ??= this.#options.now();
    deployment.reason = reason;
  }

  /** What has come due: a deposit that is used up closes everything. */
  #settle(deployment: FakeDeployment): void {
    const { lease, closedMs, leaseEndedMs, deposit } = deployment;
    if (lease === null || closedMs !== null || leaseEndedMs !== null) return;
    const usedUpMs = lease.atMs + ((deposit * 1e6) / lease.price) * BLOCK_MS;
    if (this.#options.now() >= usedUpMs) this.#close(deployment, usedUpMs);
  }

  #close(deployment: FakeDeployment, atMs: number): void {
    if (deployment.closedMs !== null) return;
    deployment.closedMs = atMs;
    if (deployment.lease !== null) deployment.leaseEndedMs ??= atMs;
    deployment.refundedMs = atMs + this.#draw("refund");
    this.balance += deployment.deposit - this.paidMicros(deployment) / 1e6;
  }

  /** The chain's own account: whole blocks at the price that was bid, never above the deposit. */
  paidMicros({ lease, leaseEndedMs, deposit }: FakeDeployment): number {
    if (lease === null) return 0;
    const toMs = leaseEndedMs ?? this.#options.now();
    return Math.min(deposit * 1e6, (heightAt(toMs) - heightAt(lease.atMs)) * lease.price);
  }

  live(): FakeDeployment[] {
    for (const deployment of this.deployments.values()) this.#settle(deployment);
    return [...this.deployments.values()].filter(({ closedMs }) => closedMs === null);
  }

  #shown(deployment: FakeDeployment): object {
    const { dseq, lease, leaseEndedMs, closedMs, refundedMs, sdl } = deployment;
    const nowMs = this.#options.now();
    const isBack = refundedMs !== null && refundedMs <= nowMs;
    const paid = this.paidMicros(deployment);
    const isUsedUp = paid >= deployment.deposit * 1e6;
    const [service, { expose: [exposed] = [] } = {}] = Object.entries(sdl?.services ?? {})[0] ?? ["agent"];
    const isUp = lease !== null && lease.readyMs <= nowMs && leaseEndedMs === null;
    return {
      deployment: {
        id: { owner: OWNER_ADDRESS, dseq },
        state: closedMs === null ? "active" : "closed",
        hash: "aGFzaA==",
        created_at: String(heightAt(deployment.createdMs)),
      },
      leases:
        lease === null
          ? []
          : [
              {
                id: { owner: OWNER_ADDRESS, dseq, gseq: 1, oseq: 1, provider: lease.provider, bseq: 0 },
                state: leaseEndedMs === null ? "active" : "closed",
                price: { denom: "uact", amount: lease.price.toFixed(18) },
                created_at: String(heightAt(lease.atMs)),
                closed_on: leaseEndedMs === null ? "0" : String(heightAt(leaseEndedMs)),
                reason: deployment.reason,
                status: isUp
                  ? {
                      forwarded_ports: {
                        [service]: [
                          {
                            port: exposed?.port,
                            externalPort: 31_234,
                            host: "provider.example",
                            available: 1,
                          },
                        ],
                      },
                      ips: {},
                      services: { [service]: { name: service, available: 1, total: 1, ready_replicas: 1 } },
                    }
                  : null,
              },
            ],
      escrow_account: {
        id: { scope: "deployment", xid: `${OWNER_ADDRESS}/${dseq}` },
        state: {
          owner: OWNER_ADDRESS,
          state: isBack ? (isUsedUp ? "overdrawn" : "closed") : "open",
          transferred: [{ denom: "uact", amount: paid.toFixed(18) }],
          settled_at: String(heightAt(nowMs)),
          funds: [{ denom: "uact", amount: (isBack ? 0 : deployment.deposit * 1e6 - paid).toFixed(18) }],
          deposits: [],
        },
      },
    };
  }

  #draw(delay: keyof AkashDelays): number {
    const longest = this.#delays[delay];
    return longest === 0 ? 0 : randomInteger(this.#random, longest * 1_000);
  }
}

function heightAt(ms: number): number {
  return Math.floor((ms - GENESIS_MS) / BLOCK_MS);
}

function blockMs(height: number): number {
  return GENESIS_MS + height * BLOCK_MS;
}

function answer(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}
