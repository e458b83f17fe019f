import { rm } from "node:fs/promises";
import path from "node:path";
import { isLeftover } from "../../support/temp-dir.ts";
import type { GarbageReport } from "../chunk-cache.ts";
import { planGarbage } from "../garbage-plan.ts";
import type { CacheLayout } from "./cache-layout.ts";
import { readPins } from "./pins.ts";
import { type ScannedEntry, type ScannedFile, scanCache, statFile } from "./scan.ts";

export interface CollectRules {
  readonly maxBytes: number;
  readonly nowMs: number;
  readonly keepRecentMs: number;
}

/** Room made beyond the limit once it is passed. */
const TARGET_SHARE = 0.9;

/** Several processes may collect at once: each deletion is of one entry, and one already gone is no error. */
export async function collect(layout: CacheLayout, rules: CollectRules): Promise<GarbageReport> {
  const { pinned, removed } = await readPins(layout.pins, rules.nowMs);
  const { entries, orphans } = await scanCache(layout);
  const keepSinceMs = rules.nowMs - rules.keepRecentMs;
  const targetBytes = Math.floor(rules.maxBytes * TARGET_SHARE);
  let entriesRemoved = 0;
  let entryBytesFreed = 0;
  for (const entry of planGarbage(entries, { maxBytes: rules.maxBytes, targetBytes, keepSinceMs, pinned })) {
    if (!(await removeEntry(entry))) continue;
    entriesRemoved++;
    entryBytesFreed += entry.sizeBytes;
  }
  let leftoversRemoved = removed;
  let leftoverBytesFreed = 0;
  for (const orphan of orphans) {
    if (pinned.has(keyOf(orphan)) || !(await isAbandoned(orphan, rules.nowMs, keepSinceMs))) continue;
    await rm(orphan.path, { force: true });
    leftoversRemoved++;
    leftoverBytesFreed += orphan.sizeBytes;
  }
  const bytesBefore = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  return {
    entriesRemoved,
    bytesFreed: entryBytesFreed + leftoverBytesFreed,
    entriesKept: entries.length - entriesRemoved,
    bytesKept: bytesBefore - entryBytesFreed,
    leftoversRemoved,
  };
}

/** The record goes first: killed in between, this leaves an orphan, never an entry without its bytes. */
async function removeEntry(entry: ScannedEntry): Promise<boolean> {
  // Somebody used it since it was listed.
  if ((await statFile(entry.recordPath))?.modifiedMs !== entry.lastUsedMs) return false;
  await rm(entry.recordPath, { force: true });
  if (entry.dataPath !== null) await rm(entry.dataPath, { force: true });
  return true;
}

/**
 * Data without a record may still be in use: when two processes put one key at once, the second record replaces the
 * first, and the first process goes on with the path it was given.
 */
function keyOf(orphan: ScannedFile): string {
  return path.basename(orphan.path).split(".")[0] ?? "";
}

/** A temporary file is judged by its owner; data without a record by its age, for its record may be on the way. */
async function isAbandoned(orphan: ScannedFile, nowMs: number, keepSinceMs: number): Promise<boolean> {
  if (path.basename(orphan.path).startsWith(".")) return isLeftover(orphan.path, nowMs);
  return orphan.changedMs < keepSinceMs;
}
