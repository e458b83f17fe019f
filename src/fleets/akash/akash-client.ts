/**
 * The Akash Console's REST API (managed wallet), and of a chain's node the one call that shows the names of groups.
 * Paths and shapes are of the Console's published schemas (akash-network/console, apps/api: deployment, lease, bid,
 * block, wallet; as of August 2026) and of its API reference. Never tried against the real one.
 */
import {
  type ApiContext,
  ApiFailure,
  at,
  exchange,
  exchangeAgain,
  listAt,
  textAt,
} from "../rest/exchange.ts";
import type { AkashOptions } from "./akash-options.ts";
import { type Deployment, readDeployment } from "./deployment.ts";

export interface Bid {
  readonly provider: string;
  readonly gseq: number;
  readonly oseq: number;
  /** For a block. */
  readonly price: string;
  readonly denom: string;
}

/** A deployment as the chain lists it. */
export interface Listed {
  readonly dseq: string;
  readonly groupName: string;
}

/** How many are read of what was closed: the newest. */
const CLOSED_AT_ONCE = 100;

export class AkashClient {
  readonly #context: ApiContext;
  readonly #options: AkashOptions;
  readonly #blockTimes = new Map<number, number>();
  #address: string | null = null;

  constructor(context: ApiContext, options: AkashOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Not repeated: each call is a deployment. @throws ApiFailure */
  async create(sdl: string, dollars: number): Promise<{ readonly dseq: string; readonly manifest: string }> {
    const call = this.#call("POST", "/v1/deployments", { data: { sdl, deposit: dollars } });
    const answer = await exchangeAgain(this.#context, call, (failure) => failure.isThrottled);
    const dseq = textAt(answer, "data", "dseq");
    const manifest = textAt(answer, "data", "manifest");
    if (dseq === null || manifest === null) throw new ApiFailure(null, "an answer without a number");
    return { dseq, manifest };
  }

  /** Bids that can be taken. @throws ApiFailure */
  async bids(dseq: string): Promise<readonly Bid[]> {
    const answer = await exchange(this.#context, this.#call("GET", `/v1/bids?dseq=${seq(dseq)}`));
    return listAt(answer, "data").flatMap((entry) => {
      const bid = at(entry, "bid");
      const provider = textAt(bid, "id", "provider");
      const price = textAt(bid, "price", "amount");
      if (textAt(bid, "state") !== "open" || provider === null || price === null) return [];
      if (!/^\d{1,12}(?:\.\d{1,18})?$/.test(price)) return [];
      const gseq = Number(textAt(bid, "id", "gseq") ?? 1);
      const oseq = Number(textAt(bid, "id", "oseq") ?? 1);
      return [{ provider, gseq, oseq, price, denom: textAt(bid, "price", "denom") ?? "" }];
    });
  }

  /** Takes a bid and sends the provider what to run. May be repeated: an existing lease is not made twice. */
  async lease(dseq: string, manifest: string, { gseq, oseq, provider }: Bid): Promise<void> {
    const body = { manifest, leases: [{ dseq, gseq, oseq, provider }] };
    await exchangeAgain(this.#context, this.#call("POST", "/v1/leases", body));
  }

  /** Null: there is no such deployment, or not yet. @throws ApiFailure */
  async deployment(dseq: string, signal?: AbortSignal): Promise<Deployment | null> {
    try {
      const call = this.#call("GET", `/v1/deployments/${seq(dseq)}`, undefined, signal);
      return readDeployment(at(await exchangeAgain(this.#context, call), "data"), this.#options.denom);
    } catch (thrown) {
      if (thrown instanceof ApiFailure && thrown.status === 404) return null;
      throw thrown;
    }
  }

  /** Asks for the end; what is left of the deposit comes back with it. @throws ApiFailure */
  async close(dseq: string, signal?: AbortSignal): Promise<void> {
    await exchangeAgain(
      this.#context,
      this.#call("DELETE", `/v1/deployments/${seq(dseq)}`, undefined, signal),
    );
  }

  /** When a block was made; null where nobody says. */
  async blockTime(height: number | null, signal?: AbortSignal): Promise<number | null> {
    if (height === null) return null;
    const known = this.#blockTimes.get(height);
    if (known !== undefined) return known;
    try {
      const answer = await exchange(
        this.#context,
        this.#call("GET", `/v1/blocks/${height}`, undefined, signal),
      );
      const ms = Date.parse(textAt(answer, "datetime") ?? "");
      if (!Number.isFinite(ms)) return null;
      this.#blockTimes.set(height, ms);
      return ms;
    } catch (thrown) {
      // A time is worth having, and not worth failing for.
      if (thrown instanceof ApiFailure) return null;
      throw thrown;
    }
  }

  /** Everything active in the account, and the newest of what was closed. @throws ApiFailure */
  async listed(signal?: AbortSignal): Promise<readonly Listed[]> {
    const address = await this.#walletAddress(signal);
    const found: Listed[] = [];
    let key: string | null = null;
    do {
      const next: string | null = key;
      const page = await this.#page(address, { "filters.state": "active" }, next, signal);
      found.push(...page.listed);
      key = page.nextKey;
    } while (key !== null && key !== "");
    const newest = { "filters.state": "closed", "pagination.reverse": "true" };
    found.push(...(await this.#page(address, newest, null, signal)).listed);
    return found;
  }

  async #page(
    address: string,
    filters: Readonly<Record<string, string>>,
    key: string | null,
    signal: AbortSignal | undefined,
  ): Promise<{ listed: Listed[]; nextKey: string | null }> {
    const query = new URLSearchParams({
      "filters.owner": address,
      ...filters,
      "pagination.limit": String(CLOSED_AT_ONCE),
      ...(key !== null && { "pagination.key": key }),
    });
    const url = `${this.#options.nodeEndpoint}/akash/deployment/v1beta4/deployments/list?${query}`;
    const answer = await exchangeAgain(this.#context, { method: "GET", url, signal });
    if (!Array.isArray(at(answer, "deployments"))) throw new ApiFailure(null, "a list without deployments");
    const listed = listAt(answer, "deployments").flatMap((entry) => {
      const dseq = textAt(entry, "deployment", "id", "dseq");
      const groupName = textAt(entry, "groups", 0, "group_spec", "name");
      return dseq === null || groupName === null ? [] : [{ dseq, groupName }];
    });
    return { listed, nextKey: textAt(answer, "pagination", "next_key") };
  }

  async #walletAddress(signal: AbortSignal | undefined): Promise<string> {
    if (this.#address !== null) return this.#address;
    const user = await exchangeAgain(this.#context, this.#call("GET", "/v1/user/me", undefined, signal));
    const userId = encodeURIComponent(textAt(user, "data", "id") ?? "");
    const wallets = await exchangeAgain(
      this.#context,
      this.#call("GET", `/v1/wallets?userId=${userId}`, undefined, signal),
    );
    const address = textAt(wallets, "data", 0, "address");
    if (address === null) throw new ApiFailure(404, "the account has no wallet");
    this.#address = address;
    return address;
  }

  #call(method: "GET" | "POST" | "DELETE", path: string, body?: unknown, signal?: AbortSignal) {
    const { endpoint, apiKey } = this.#options;
    return { method, url: `${endpoint}${path}`, headers: { "x-api-key": apiKey }, body, signal };
  }
}

/** It goes into a path. */
function seq(dseq: string): string {
  if (!/^\d{1,20}$/.test(dseq)) throw new ApiFailure(404, "no number of a deployment");
  return dseq;
}
