/** A list of productions and what is heard of them. Pure. */
import type { Summary } from "../../api/types.ts";
import { isEnded } from "../../states.ts";

export type Filter = "all" | "active" | "succeeded" | "failed" | "canceled";

/** Newest first; of two views of one production the later stays. */
export function merge(before: readonly Summary[], heard: readonly Summary[]): readonly Summary[] {
  const byId = new Map(before.map((row) => [row.id, row]));
  for (const row of heard) {
    const known = byId.get(row.id);
    if (known === undefined || known.updatedAt <= row.updatedAt) byId.set(row.id, row);
  }
  // The server's own order wherever it is known; what is new came last.
  const order = new Map(before.map(({ id }, index) => [id, index]));
  return [...byId.values()].toSorted((a, b) => {
    const [first, second] = [order.get(a.id), order.get(b.id)];
    if (first !== undefined && second !== undefined) return first - second;
    return a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0;
  });
}

export function matches(row: Summary, filter: Filter, search: string): boolean {
  if (filter === "active" && isEnded(row.status)) return false;
  if (filter !== "all" && filter !== "active" && row.status !== filter) return false;
  return search === "" || (row.title ?? "").toLowerCase().includes(search.toLowerCase());
}
