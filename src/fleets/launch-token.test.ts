import { describe, expect, it } from "vitest";
import { TEST_PRICES } from "../money/testing/prices.ts";
import type { MachineOffer } from "./fleet.ts";
import { launchToken } from "./launch-token.ts";

const offer: MachineOffer = {
  type: "c5.2xlarge",
  region: "eu-central-1",
  zone: "eu-central-1a",
  market: "spot",
  vcpus: 8,
  prices: TEST_PRICES,
};

describe("a launch's token", () => {
  it("is the same for the same launch, and fits EC2's 64 ASCII characters", () => {
    const token = launchToken("lease-1", 1, offer);
    expect(launchToken("lease-1", 1, { ...offer, vcpus: 4 })).toBe(token);
    expect(token).toMatch(/^[a-z0-9-]{20,64}$/);
  });

  it("is another one for another lease, attempt, type, zone or market", () => {
    const tokens = [
      launchToken("lease-1", 1, offer),
      launchToken("lease-2", 1, offer),
      launchToken("lease-1", 2, offer),
      launchToken("lease-1", 1, { ...offer, type: "m5.xlarge" }),
      launchToken("lease-1", 1, { ...offer, zone: "eu-central-1b" }),
      launchToken("lease-1", 1, { ...offer, zone: null }),
      launchToken("lease-1", 1, { ...offer, region: "us-east-1" }),
      launchToken("lease-1", 1, { ...offer, market: "on-demand" }),
    ];
    expect(new Set(tokens).size).toBe(tokens.length);
  });
});
