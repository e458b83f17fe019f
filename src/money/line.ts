import type { MicroDollars } from "./amount.ts";
import type { Usage } from "./meter.ts";
import { amountOf, type Price } from "./price.ts";

/** quoted: foretold. metered: measured by us from what the cloud states. billed: read from the cloud's own bill. */
export type Basis = "quoted" | "metered" | "billed";

export type Item = "compute" | "memory" | "disk" | "address" | "egress" | "request";

/** One line of the ledger. `key` is its name: the same key is the same line, however often it is booked. */
export interface Line {
  readonly key: string;
  readonly leaseId: string;
  readonly pool: string;
  /** What the cloud calls the machine; null before it has a name. */
  readonly machineId: string | null;
  readonly basis: Basis;
  readonly item: Item;
  readonly price: Price;
  readonly quantity: number;
  readonly amount: MicroDollars;
  /** Milliseconds since the epoch by the cloud's clock; null where it has not said. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Nothing more is added: the machine is confirmed gone. */
  readonly isFinal: boolean;
  /** Why the amount may differ from the bill, as data; see `Doubt`. */
  readonly doubts: readonly Doubt[];
}

/** Known reasons why a metered line can be above what is billed. Never below: in doubt it counts. */
export type Doubt =
  /** The cloud states when it accepted the launch, and bills from the moment the machine ran. */
  | "start-is-launch"
  /** It ended by itself and the cloud did not say when: counted until it was first seen gone. */
  | "end-not-stated"
  /** The price changed, or may have, while it ran (spot). */
  | "price-at-launch"
  /** The cloud bills machines and tells only of what they did: their time is reckoned from it. */
  | "reckoned-from-jobs";

export type LineFacts = Pick<
  Line,
  "leaseId" | "pool" | "machineId" | "fromMs" | "toMs" | "isFinal" | "doubts"
>;

/** Names a line by what it is about. A lease may come to several machines in its life (a launch that was repeated). */
export function lineKey(leaseId: string, machineId: string | null, item: Item, basis: Basis): string {
  return [leaseId, machineId ?? "-", item, basis].join("/");
}

export function makeLine(basis: Basis, usage: Usage, facts: LineFacts): Line {
  const { item, price, quantity } = usage;
  return {
    key: lineKey(facts.leaseId, facts.machineId, item, basis),
    ...facts,
    basis,
    item,
    price,
    quantity,
    amount: amountOf(price, quantity),
  };
}
