/**
 * Offers and rented machines in the console's own terms. Servers of two versions are understood: prices are dollars in
 * one and millionths of a dollar in the other. Pure.
 */
export interface Offer {
  readonly pool: string;
  readonly dollars: number | null;
  readonly seconds: number | null;
  readonly basis: string;
}

export interface Rented {
  readonly id: string;
  readonly what: string;
  readonly state: string | null;
  readonly owner: string | null;
  readonly openedAt: string | null;
  readonly dollars: number | null;
}

type Loose = Readonly<Record<string, unknown>>;

export function offerOf(quote: object): Offer {
  const raw = quote as Loose;
  const notes = Array.isArray(raw["notes"]) ? raw["notes"].join(" ") : "";
  return {
    pool: text(raw["where"]) ?? text(raw["pool"]) ?? "local",
    dollars: number(raw["costUsd"]) ?? priceOf(raw["cost"]),
    seconds: number(raw["predictedSeconds"]) ?? number(raw["seconds"]),
    basis: [text(raw["basis"]) ?? text((raw["cost"] as Loose | undefined)?.["basis"]) ?? "", notes]
      .join(" ")
      .trim(),
  };
}

export function rentedOf(lease: object): Rented {
  const raw = lease as Loose;
  const what = [raw["provider"], raw["machineType"], raw["region"], raw["pool"]].flatMap(
    (each) => text(each) ?? [],
  );
  return {
    id: text(raw["id"]) ?? "",
    what: [...what, ...(raw["spot"] === true ? ["spot"] : [])].join(" · "),
    state: text(raw["state"]),
    owner: text(raw["productionId"]),
    openedAt: text(raw["openedAt"]),
    dollars: priceOf(raw["cost"]),
  };
}

function priceOf(price: unknown): number | null {
  const amount = number((price as Loose | null | undefined)?.["amount"]);
  return amount === null ? null : amount / 1e6;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
