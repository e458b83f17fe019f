import { makePrice, type Price } from "../../money/price.ts";

/** The day these were true, as far as anybody has written them down here. Shown with every amount made from them. */
const AS_OF = "2025-01-01";

interface RegionPrices {
  /** On demand, Linux, shared tenancy, dollars an hour. */
  readonly types: Readonly<Record<string, string>>;
  readonly gp3: string;
  /** The first 10 TB a month, to the internet. */
  readonly egress: string;
}

/** For when the price list can't be asked. A region that is not here has no offline price: another one's is wrong. */
const REGIONS: Readonly<Record<string, RegionPrices>> = {
  "us-east-1": {
    types: { "c5.2xlarge": "0.34", "m5.xlarge": "0.192", "g4dn.xlarge": "0.526" },
    gp3: "0.08",
    egress: "0.09",
  },
  "us-west-2": {
    types: { "c5.2xlarge": "0.34", "m5.xlarge": "0.192", "g4dn.xlarge": "0.526" },
    gp3: "0.08",
    egress: "0.09",
  },
  "eu-central-1": {
    types: { "c5.2xlarge": "0.388", "m5.xlarge": "0.23", "g4dn.xlarge": "0.658" },
    gp3: "0.0952",
    egress: "0.09",
  },
  "eu-west-1": {
    types: { "c5.2xlarge": "0.384", "m5.xlarge": "0.214", "g4dn.xlarge": "0.587" },
    gp3: "0.088",
    egress: "0.09",
  },
};

const snapshot = (dollars: string | undefined, unit: Price["unit"], region: string | null): Price | null =>
  dollars === undefined ? null : makePrice(dollars, { unit, source: "snapshot", asOf: AS_OF, region });

export function snapshotCompute(region: string, type: string): Price | null {
  return snapshot(REGIONS[region]?.types[type], "hour", region);
}

export function snapshotDisk(region: string): Price | null {
  return snapshot(REGIONS[region]?.gp3, "GB-month", region);
}

export function snapshotEgress(region: string): Price | null {
  return snapshot(REGIONS[region]?.egress, "GB", region);
}

/** The same in every region since February 2024. */
export function snapshotAddress(): Price | null {
  return snapshot("0.005", "hour", null);
}
