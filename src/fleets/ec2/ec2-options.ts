import type { AgentInstall, Market } from "../fleet.ts";

/** A pool of EC2 machines, resolved: nothing is left out. */
export interface Ec2Options {
  readonly name: string;
  /** Where machines are launched. */
  readonly region: string;
  /** Where machines of ours are looked for: every region the account has, or these. */
  readonly listedRegions: "all" | readonly string[];
  /** Preferred first. Later ones are tried when capacity or quota run out. */
  readonly types: readonly string[];
  /** Which markets, in this order for each type. */
  readonly markets: readonly Market[];
  /** Highest spot price as dollars an hour; null: the on-demand price, which is EC2's own limit. */
  readonly maxSpotPrice: string | null;
  /** A public SSM parameter that names the image, or an image's id. */
  readonly image: { readonly ssmParameter: string } | { readonly imageId: string };
  readonly diskGb: number;
  /** By zone; null: the default VPC's. */
  readonly subnets: Readonly<Record<string, string>> | null;
  /** Null: one is made that admits `ingressCidr` to the agent's port and nothing else. */
  readonly securityGroupId: string | null;
  /** Who may reach the agent: our own address as "203.0.113.7/32". Needed where the group is ours to make. */
  readonly ingressCidr: string | null;
  /** An existing key pair for SSH; null: no key, no SSH. */
  readonly keyName: string | null;
  /** Another address that speaks EC2, Pricing and SSM. */
  readonly endpoint: string | null;
  readonly install: AgentInstall;
}

/** Amazon Linux 2023, kept up to date by its publisher. */
export const DEFAULT_IMAGE = {
  ssmParameter: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
} as const;

export const DEFAULT_TYPES = ["c5.2xlarge", "m5.xlarge", "g4dn.xlarge"] as const;
