import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { isMissing } from "../../support/file-errors.ts";
import type { GarbageCandidate } from "../garbage-plan.ts";
import { type CacheLayout, DATA_SUFFIX, RECORD_SUFFIX } from "./cache-layout.ts";
import { readRecord } from "./cache-record.ts";
import { namesIn } from "./pins.ts";

export interface ScannedEntry extends GarbageCandidate {
  readonly recordPath: string;
  readonly dataPath: string | null;
}

export interface ScannedFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** A record's is the time its entry was last used. */
  readonly modifiedMs: number;
  /** Last change of content or name: a file rendered an hour ago and moved here just now is new. */
  readonly changedMs: number;
}

export interface Scan {
  readonly entries: readonly ScannedEntry[];
  /** Files no record speaks of: put in this moment, or left by a process that was killed. */
  readonly orphans: readonly ScannedFile[];
}

/**
 * Lists the cache. Files that vanish meanwhile are left out: another process collects too.
 *
 * A record is read only where names do not tell what it speaks of. Reading all of them was most of the time, and a full
 * cache holds tens of thousands. One that is damaged counts as an entry until it is asked for or its turn comes.
 */
export async function scanCache(layout: CacheLayout): Promise<Scan> {
  const entries: ScannedEntry[] = [];
  const orphans: ScannedFile[] = [];
  for (const shard of await namesIn(layout.entries)) {
    const folder = path.join(layout.entries, shard);
    const files = new Map<string, ScannedFile>();
    for (const name of await namesIn(folder)) {
      const file = await statFile(path.join(folder, name));
      if (file !== null) files.set(name, file);
    }
    const dataOf = new Map<string, string[]>();
    for (const name of files.keys()) {
      const key = name.endsWith(DATA_SUFFIX) ? name.slice(0, name.indexOf(".")) : null;
      if (key !== null) dataOf.set(key, [...(dataOf.get(key) ?? []), name]);
    }
    const claimed = new Set<string>();
    for (const [name, file] of files) {
      if (!name.endsWith(RECORD_SUFFIX) || name.startsWith(".")) continue;
      const key = name.slice(0, -RECORD_SUFFIX.length);
      const named = dataOf.get(key) ?? [];
      const record = named.length === 1 ? null : readRecord(await readText(file.path), key);
      if (named.length !== 1 && record === null) continue;
      const dataName = record === null ? (named[0] as string) : record.data;
      const data = dataName === null ? undefined : files.get(dataName);
      if (dataName !== null && data === undefined) continue;
      claimed.add(name);
      if (dataName !== null) claimed.add(dataName);
      entries.push({
        key,
        recordPath: file.path,
        dataPath: data?.path ?? null,
        sizeBytes: file.sizeBytes + (data?.sizeBytes ?? 0),
        lastUsedMs: file.modifiedMs,
      });
    }
    for (const [name, file] of files) if (!claimed.has(name) && isOurs(name)) orphans.push(file);
  }
  return { entries, orphans };
}

/** null when it is gone. */
export async function statFile(file: string): Promise<ScannedFile | null> {
  try {
    const facts = await stat(file);
    if (!facts.isFile()) return null;
    const { size: sizeBytes, mtimeMs: modifiedMs, ctimeMs } = facts;
    return { path: file, sizeBytes, modifiedMs, changedMs: Math.max(modifiedMs, ctimeMs) };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}

/** Never deletes what it did not write: someone may have pointed the cache at a folder with other things in it. */
function isOurs(name: string): boolean {
  return (
    name.endsWith(RECORD_SUFFIX) ||
    name.endsWith(DATA_SUFFIX) ||
    (name.startsWith(".reelburst-") && name.endsWith(".tmp"))
  );
}
