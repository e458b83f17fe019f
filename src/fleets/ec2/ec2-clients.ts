import type { EC2Client } from "@aws-sdk/client-ec2";
import type { PricingClient } from "@aws-sdk/client-pricing";
import type { SSMClient } from "@aws-sdk/client-ssm";

/** The SDK, loaded when the first machine is asked for: it takes a noticeable part of a second. */
export interface Ec2Sdk {
  readonly ec2: typeof import("@aws-sdk/client-ec2");
  readonly pricing: typeof import("@aws-sdk/client-pricing");
  readonly ssm: typeof import("@aws-sdk/client-ssm");
}

export async function loadEc2Sdk(): Promise<Ec2Sdk> {
  const [ec2, pricing, ssm] = await Promise.all([
    import("@aws-sdk/client-ec2"),
    import("@aws-sdk/client-pricing"),
    import("@aws-sdk/client-ssm"),
  ]);
  return { ec2, pricing, ssm };
}

export interface ClientSettings {
  readonly endpoint: string | null;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** What carries requests; tests count them, or answer without a socket. */
  readonly requestHandler?: object | undefined;
}

export interface Ec2Clients {
  ec2(region: string): EC2Client;
  readonly pricing: PricingClient;
  ssm(region: string): SSMClient;
}

/** The price list is served from a few regions only, whichever region's prices are asked for. */
const PRICING_REGION = "us-east-1";

/**
 * One client for each region. The SDK never tries again by itself: it would repeat a launch that found no capacity three
 * times in the same zone, and sleep on a clock that no test can move.
 */
export function createEc2Clients(sdk: Ec2Sdk, settings: ClientSettings): Ec2Clients {
  const common = {
    maxAttempts: 1,
    ...(settings.endpoint !== null && { endpoint: settings.endpoint }),
    ...(settings.credentials !== undefined && { credentials: { ...settings.credentials } }),
    requestHandler: settings.requestHandler ?? { connectionTimeout: 10_000, requestTimeout: 60_000 },
  };
  const ec2 = new Map<string, EC2Client>();
  const ssm = new Map<string, SSMClient>();
  return {
    ec2: (region) => remember(ec2, region, () => new sdk.ec2.EC2Client({ ...common, region })),
    ssm: (region) => remember(ssm, region, () => new sdk.ssm.SSMClient({ ...common, region })),
    pricing: new sdk.pricing.PricingClient({ ...common, region: PRICING_REGION }),
  };
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
