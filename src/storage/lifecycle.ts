import { throwIfAborted } from "../support/abort.ts";
import { checkPrefix } from "./object-key.ts";
import type { CallOptions, ObjectStore } from "./object-store.ts";

/** How long objects are kept: those whose key begins with `prefix` go `days` after they were stored. */
export interface LifecycleRule {
  /** Ends in "/": a rule is about a folder. */
  readonly prefix: string;
  /** Whole days, at least 1: S3 knows nothing finer. */
  readonly days: number;
}

export interface LifecycleReport {
  /** `installed`: the store keeps the rules and deletes by itself. `swept`: it was done now, by us. */
  readonly mode: "installed" | "swept";
  readonly objectsRemoved: number;
  readonly bytesRemoved: number;
  /** What dead processes left in the middle of a write. */
  readonly leftoversRemoved: number;
}

/** @throws {TypeError} rules are ours, not the user's: a wrong one is a mistake in the program. */
export function checkRules(rules: readonly LifecycleRule[]): void {
  for (const { prefix, days } of rules) {
    checkPrefix(prefix);
    if (!prefix.endsWith("/")) throw new TypeError(`${prefix} is not a folder.`);
    if (!Number.isInteger(days) || days < 1) throw new TypeError(`${prefix}: ${days} is no number of days.`);
    // S3 lets the shorter time win, a folder of ours would have to choose: neither is what the writer meant.
    const around = rules.find((other) => other.prefix !== prefix && prefix.startsWith(other.prefix));
    if (around !== undefined)
      throw new TypeError(`${prefix} lies in ${around.prefix}, which has a rule of its own.`);
  }
}

const DAY_MS = 24 * 3600 * 1000;

/**
 * Deletes what is over its time, for stores that do not do it themselves. Several machines may sweep at once.
 * @param nowMs wall time.
 */
export async function sweepExpired(
  store: Pick<ObjectStore, "list" | "delete">,
  rules: readonly LifecycleRule[],
  nowMs: number,
  { signal }: CallOptions = {},
): Promise<{ readonly objectsRemoved: number; readonly bytesRemoved: number }> {
  checkRules(rules);
  let objectsRemoved = 0;
  let bytesRemoved = 0;
  for (const rule of rules) {
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<ObjectStore["list"]>> = await store.list({
        prefix: rule.prefix,
        cursor,
        signal,
      });
      for (const { key, sizeBytes, modifiedAtMs } of page.objects) {
        throwIfAborted(signal);
        if (nowMs - modifiedAtMs < rule.days * DAY_MS) continue;
        await store.delete(key, { signal });
        objectsRemoved++;
        bytesRemoved += sizeBytes;
      }
      cursor = page.nextCursor;
    } while (cursor !== null);
  }
  return { objectsRemoved, bytesRemoved };
}
