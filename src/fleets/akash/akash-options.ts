import type { AgentInstall } from "../fleet.ts";

/** A pool of Akash deployments, resolved: nothing is left out. */
export interface AkashOptions {
  readonly name: string;
  /** Preferred first. Later ones are tried when nobody bids. */
  readonly profiles: readonly AkashProfile[];
  readonly apiKey: string;
  /** The Console's API: signs and pays. */
  readonly endpoint: string;
  /** REST of a node of the chain: the only place that names a deployment's groups, where our tags stand. */
  readonly nodeEndpoint: string;
  /** Of the managed wallet: "uact", a millionth of a dollar. */
  readonly denom: string;
  /** Provider addresses that may be chosen; null: any. A provider sees everything that runs on it. */
  readonly providers: readonly string[] | null;
  /** Auditors of which one must have signed the provider; empty: any provider. */
  readonly signedByAnyOf: readonly string[];
  /** Least deposit in dollars; the Console takes 0.5 and more. */
  readonly minimumDeposit: number;
  /** How long bids are waited for. */
  readonly bidPatienceMs: number;
  readonly pollMs: number;
  readonly install: AgentInstall;
}

export interface AkashProfile {
  readonly type: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly diskGb: number;
  /** Dollars an hour, decimal: no higher bid is taken, and a cost limit reckons with it until one is. */
  readonly maxHourly: string;
}

/** The three sizes that users of such deployments know. Their prices are limits, not a price list: there is none. */
export const AKASH_PROFILES: readonly AkashProfile[] = [
  { type: "budget", cores: 2, memoryGb: 6, diskGb: 20, maxHourly: "0.10" },
  { type: "standard", cores: 4, memoryGb: 12, diskGb: 50, maxHourly: "0.20" },
  { type: "high", cores: 8, memoryGb: 24, diskGb: 100, maxHourly: "0.40" },
];

export const AKASH_DEFAULTS = {
  endpoint: "https://console-api.akash.network",
  nodeEndpoint: "https://rpc.akt.dev/rest",
  denom: "uact",
  providers: null,
  signedByAnyOf: [],
  minimumDeposit: 0.5,
  bidPatienceMs: 90_000,
  pollMs: 5_000,
} as const;
