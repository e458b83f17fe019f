import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBilledFile } from "./billed-file.ts";
import { ledgerCsv, parseCsv } from "./csv.ts";
import { bookLine, bookLines, summarize } from "./ledger.ts";
import { type Basis, type Item, type Line, type LineFacts, makeLine } from "./line.ts";
import { reconcile } from "./reconcile.ts";
import { testPrice } from "./testing/prices.ts";

const price = testPrice("0.36");
const facts: LineFacts = {
  leaseId: "lease-1",
  pool: "ec2",
  machineId: "i-1",
  fromMs: 0,
  toMs: null,
  isFinal: false,
  doubts: [],
};
function line(
  quantity: number,
  more: Partial<LineFacts> = {},
  basis: Basis = "metered",
  item: Item = "compute",
): Line {
  return makeLine(basis, { item, price, quantity }, { ...facts, ...more });
}
const book = (lines: readonly Line[]): Line[] => [...bookLines(new Map(), lines).values()];

describe("the ledger", () => {
  it("counts a line once, however often it is booked", () => {
    expect(summarize(book([line(600), line(600), line(600)])).total).toBe(60_000);
  });

  it("does not shrink when a clock was set back, and ends with what is final", () => {
    expect(book([line(600), line(100)])[0]?.quantity).toBe(600);
    expect(book([line(600), line(580, { isFinal: true }), line(900)])[0]?.quantity).toBe(580);
    expect(book([line(580, { isFinal: true }), line(700, { isFinal: true })])[0]?.quantity).toBe(580);
  });

  it("comes to the same whatever the order and the repeats, once a final line is in", () => {
    const samples = fc.array(fc.nat(5_000).map((quantity) => line(quantity)));
    fc.assert(
      fc.property(samples, samples, fc.nat(5_000), (before, after, last) => {
        const final = line(last, { isFinal: true });
        expect(book([...before, final, ...after, final])).toEqual([final]);
      }),
    );
  });

  it("keeps the most of what grows, in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000), { minLength: 1 }), (quantities) => {
        expect(book(quantities.map((quantity) => line(quantity)))[0]?.quantity).toBe(Math.max(...quantities));
      }),
    );
  });

  it("refuses to mix two lines", () => {
    expect(() => bookLine(line(1), line(1, { leaseId: "other" }))).toThrow(RangeError);
  });

  it("counts each item by the best that is known of it", () => {
    const lines = [
      line(3_600, { machineId: null }, "quoted"),
      line(600, { isFinal: true }),
      line(500, { isFinal: true }, "billed"),
      line(60, { isFinal: true }, "metered", "disk"),
      line(3_600, { leaseId: "lease-2", machineId: null }, "quoted"),
    ];
    expect(summarize(lines)).toEqual({
      byBasis: { quoted: 720_000, metered: 66_000, billed: 50_000 },
      total: 50_000 + 6_000 + 360_000,
      isFinal: false,
    });
  });

  it("counts both machines when one lease came to two", () => {
    expect(summarize([line(600), line(600, { machineId: "i-2" })]).total).toBe(120_000);
  });
});

describe("a machine that was given up for gone and turned up", () => {
  it("is counted once, by what it came to in the end", () => {
    const lost = line(600, { isFinal: true });
    const found = line(900, { leaseId: "stray-i-1", isFinal: true });
    expect(summarize([lost, found]).total).toBe(90_000);
  });
});

describe("CSV", () => {
  it("comes back as it was, quotes, lines and formulas included", () => {
    const text = ledgerCsv([
      line(61, { pool: '=1+1,"x"\ny', doubts: ["start-is-launch", "price-at-launch"] }),
    ]);
    const [header, row] = parseCsv(text);
    expect(header?.[0]).toBe("lease");
    expect(row).toEqual([
      "lease-1",
      '\'=1+1,"x"\ny',
      "i-1",
      "metered",
      "compute",
      "1970-01-01T00:00:00.000Z",
      "",
      "61",
      "hour",
      "0.360000000000",
      "configured",
      "2026-01-01",
      "eu-central-1",
      "0.006100",
      "no",
      "start-is-launch price-at-launch",
    ]);
  });

  it("is the same bytes whatever the order of the lines", () => {
    const lines = [line(1), line(2, { leaseId: "b" }), line(3, { leaseId: "a" })];
    expect(ledgerCsv(lines.toReversed())).toBe(ledgerCsv(lines));
  });
});

describe("reconciliation", () => {
  const report = [
    "\ufefflineItem/ResourceId,lineItem/UsageType,lineItem/UsageAmount,lineItem/UnblendedCost,resourceTags/user:reelburst:lease",
    "i-1,EUC1-BoxUsage:c5.2xlarge,0.1,0.0300000000,",
    "i-1,EUC1-BoxUsage:c5.2xlarge,0.0666,0.0240000000,",
    "vol-7,EUC1-EBS:VolumeUsage.gp3,0.001,6.0E-3,lease-1",
    "eni-9,EUC1-PublicIPv4:InUseAddress,1,0.005,lease-1",
    "i-99,EUC1-BoxUsage:m5.large,24,2.4,lease-of-others",
    "bucket,EUC1-TimedStorage-ByteHrs,24,2.4,",
  ].join("\n");

  it("names the cause of every difference", () => {
    const { rows, others } = parseBilledFile(report);
    expect(others).toBe(1);
    const lines = [
      line(600, { isFinal: true, doubts: ["start-is-launch"] }),
      line(60, { isFinal: true }, "metered", "disk"),
      line(600, { leaseId: "lease-3", machineId: "i-3", isFinal: true }),
    ];
    const { differences, foreign, meteredMicros, billedMicros } = reconcile(lines, rows);
    expect(
      differences.map(({ leaseId, item, difference, cause }) => [leaseId, item, difference, cause]),
    ).toEqual([
      ["lease-1", "compute", -6_000, "start-is-launch"],
      ["lease-1", "disk", 0, "same"],
      ["lease-3", "compute", -60_000, "not-billed"],
      ["lease-1", "address", 5_000, "not-booked"],
    ]);
    expect([foreign, meteredMicros, billedMicros]).toEqual([1, 126_000, 65_000]);
  });

  it("does not explain away a bill that is higher", () => {
    const { rows } = parseBilledFile("machine,item,quantity,amount_usd\ni-1,compute,700,0.07\n");
    const lines = [line(600, { isFinal: true, doubts: ["start-is-launch", "end-not-stated"] })];
    expect(reconcile(lines, rows).differences[0]).toMatchObject({ difference: 10_000, cause: "unexplained" });
  });

  it("takes our own export", () => {
    const lines = [line(600, { isFinal: true }), line(5, {}, "metered", "egress")];
    const { rows } = parseBilledFile(ledgerCsv(lines));
    expect(reconcile(lines, rows).differences.map(({ cause }) => cause)).toEqual(["same", "same"]);
  });

  it("says which column is missing", () => {
    expect(() => parseBilledFile("machine,item,quantity\n")).toThrow(
      expect.objectContaining({
        code: "BILL_INVALID",
        message: "The billed file has no column for its amount.",
      }),
    );
  });
});
