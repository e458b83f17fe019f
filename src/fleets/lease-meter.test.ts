import { describe, expect, it } from "vitest";
import { bookLines, summarize } from "../money/ledger.ts";
import { TEST_PRICES } from "../money/testing/prices.ts";
import type { Machine, MachineOffer } from "./fleet.ts";
import type { LaunchAttempt, Lease } from "./lease.ts";
import { budgetOf, egressLines, finalLines, quotedLines, runningLines } from "./lease-meter.ts";

const SENT = 1_000_000;
const CLOUD = 9_000_000;
const offer: MachineOffer = {
  type: "c5.2xlarge",
  region: "eu-central-1",
  zone: "eu-central-1a",
  market: "on-demand",
  vcpus: 8,
  prices: TEST_PRICES,
};
const attempt: LaunchAttempt = {
  offer,
  token: "t",
  sentMs: SENT,
  outcome: {
    kind: "launched",
    machine: { id: "i-1", region: "eu-central-1" },
    launchedAtMs: CLOUD,
    unseen: null,
  },
};
const lease: Lease = {
  id: "lease-1",
  slot: "ec2/1",
  pool: "ec2",
  group: "film",
  owner: "rb-1",
  controllerId: "c-1",
  attempts: [attempt],
  createdMs: SENT,
  deadlineMs: SENT + 3_600_000,
  alarmedMs: null,
  version: 0,
  state: "ready",
  machine: { id: "i-1", region: "eu-central-1" },
  address: null,
};
const ended: Machine = {
  id: "i-1",
  region: "eu-central-1",
  state: "ended",
  type: "c5.2xlarge",
  zone: "eu-central-1a",
  market: "on-demand",
  owner: "rb-1",
  leaseId: "lease-1",
  token: "t",
  launchedAtMs: CLOUD,
  endedAtMs: CLOUD + 600_000,
  neverRan: false,
  takenBack: false,
  reason: null,
  address: null,
};
const quantities = (lines: readonly { item: string; quantity: number }[]) =>
  Object.fromEntries(lines.map(({ item, quantity }) => [item, quantity]));

describe("a lease's meter", () => {
  it("counts by the cloud's times, whatever clock asks", () => {
    for (const nowMs of [0, SENT + 700_000, SENT + 9_999_999]) {
      expect(quantities(finalLines(lease, attempt, ended, nowMs))).toEqual({
        compute: 600,
        address: 600,
        disk: 12_000,
      });
    }
  });

  it("counts until it was seen when the cloud does not state the end, and says so", () => {
    const [line] = finalLines(lease, attempt, { ...ended, endedAtMs: null }, SENT + 700_000);
    expect(line).toMatchObject({
      quantity: 700,
      doubts: ["start-is-launch", "end-not-stated"],
      isFinal: true,
    });
  });

  it("counts the disk alone of what never ran", () => {
    expect(quantities(finalLines(lease, attempt, { ...ended, neverRan: true }, SENT))).toEqual({
      disk: 12_000,
    });
  });

  it("replaces what was foretold and what was counted on the way, and adds what was sent", () => {
    const lines = [
      ...quotedLines(lease, offer, 3_600),
      ...runningLines(lease, SENT + 300_000),
      ...egressLines(lease, "i-1", TEST_PRICES, 2 ** 30),
      ...egressLines(lease, "i-1", TEST_PRICES, 2 ** 31),
      ...finalLines(lease, attempt, ended, SENT + 700_000),
    ];
    const ledger = [...bookLines(new Map(), lines).values()];
    expect(summarize(ledger).total).toBe(64_667 + 833 + 435 + 180_000);
    expect(ledger.filter(({ basis }) => basis === "metered")).toHaveLength(4);
  });
});

describe("a group's budget", () => {
  it("counts each machine once: by its time while it lives, by its lines when it is gone", () => {
    const rules = { capMicros: 1_000_000, releaseSeconds: 120 };
    const lines = [
      ...runningLines(lease, SENT + 300_000),
      ...egressLines(lease, "i-1", TEST_PRICES, 2 ** 30),
    ];
    const living = budgetOf([lease], lines, SENT + 300_000, rules);
    expect(living.spentMicros).toBe(90_000);
    expect(living.open.map(({ elapsedSeconds }) => elapsedSeconds)).toEqual([300]);
    const gone: Lease = { ...lease, state: "closed", reason: "done", closedMs: 0 };
    const after = budgetOf([gone], finalLines(lease, attempt, ended, 0), SENT + 300_000, rules);
    expect(after.open).toEqual([]);
    expect(after.spentMicros).toBe(64_667 + 833 + 435);
  });

  it("counts a launch that nobody has answered", () => {
    const unknown: Lease = {
      ...lease,
      state: "launching",
      attempts: [{ ...attempt, outcome: { kind: "unknown", unseen: null } }],
    };
    expect(budgetOf([unknown], [], SENT + 5_000, { capMicros: 1, releaseSeconds: 0 }).open).toHaveLength(1);
  });
});
