import { ReelburstError } from "../support/errors.ts";
import { type MicroDollars, parseDecimal } from "./amount.ts";
import { parseCsv } from "./csv.ts";
import type { Item } from "./line.ts";

/** One line of the cloud's own bill. */
export interface BilledRow {
  /** From our tag on the resource; null where the bill has no such column or the resource no such tag. */
  readonly leaseId: string | null;
  readonly resourceId: string;
  readonly item: Item;
  /** In the bill's own unit, as text: only shown. */
  readonly quantity: string;
  readonly amount: MicroDollars;
}

/** The names a column may have: AWS cost and usage reports (old and 2.0), and our own export. */
const NAMES = {
  resource: ["lineItem/ResourceId", "line_item_resource_id", "machine"],
  usage: ["lineItem/UsageType", "line_item_usage_type", "item"],
  quantity: ["lineItem/UsageAmount", "line_item_usage_amount", "quantity"],
  amount: ["lineItem/UnblendedCost", "line_item_unblended_cost", "amount_usd"],
  lease: ["resourceTags/user:reelburst:lease", "resource_tags_user_reelburst_lease", "lease"],
} as const;

/** Usage types carry the region in front ("EUC1-BoxUsage:c5.2xlarge"). */
const ITEMS: readonly (readonly [RegExp, Item])[] = [
  [/(?:BoxUsage|SpotUsage)/, "compute"],
  [/EBS:VolumeUsage/, "disk"],
  [/PublicIPv4/, "address"],
  [/DataTransfer-Out-Bytes/, "egress"],
  [/^(?:compute|memory|disk|address|egress|request)$/, "compute"],
];

/**
 * The lines about machines, disks, addresses and traffic; others of an account's bill are left out and counted.
 * @throws {ReelburstError} `BILL_INVALID`, `AMOUNT_INVALID`.
 */
export function parseBilledFile(text: string): {
  readonly rows: readonly BilledRow[];
  readonly others: number;
} {
  const [header = [], ...lines] = parseCsv(text);
  const column = (name: keyof typeof NAMES): number =>
    header.findIndex((title) => (NAMES[name] as readonly string[]).includes(title.trim()));
  const places = {
    resource: column("resource"),
    usage: column("usage"),
    quantity: column("quantity"),
    amount: column("amount"),
  };
  for (const [name, place] of Object.entries(places)) {
    if (place >= 0) continue;
    throw new ReelburstError("BILL_INVALID", `The billed file has no column for its ${name}.`, {
      hint: `Name it ${NAMES[name as keyof typeof NAMES].join(" or ")}.`,
    });
  }
  const lease = column("lease");
  const rows: BilledRow[] = [];
  let others = 0;
  for (const fields of lines) {
    const usage = fields[places.usage] ?? "";
    const item = itemOf(usage);
    if (item === null) {
      others++;
      continue;
    }
    rows.push({
      leaseId: (lease >= 0 && fields[lease]) || null,
      resourceId: fields[places.resource] ?? "",
      item,
      quantity: fields[places.quantity] ?? "",
      amount: Number(parseDecimal(plain(fields[places.amount] ?? ""), 6)),
    });
  }
  return { rows, others };
}

function itemOf(usage: string): Item | null {
  for (const [pattern, item] of ITEMS) {
    if (pattern.test(usage)) return pattern.source.startsWith("^") ? (usage as Item) : item;
  }
  return null;
}

/** Reports write small amounts as 3.4E-7. */
function plain(text: string): string {
  return /e/i.test(text) && Number.isFinite(Number(text)) ? Number(text).toFixed(12) : text;
}
