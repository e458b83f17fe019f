/**
 * What a server deletes by itself: productions and assets that are over the time their owner has set, and what dead
 * processes have left. Without such a time nothing that anybody made or brought is ever deleted.
 */
import { readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { sweepStore } from "./clean-up-store.ts";
import { assetsInUse, expireProductions, knownProductions } from "./produce/store/expire-productions.ts";
import type { Database } from "./storage/database.ts";
import type { ObjectStore } from "./storage/object-store.ts";
import { isMissing } from "./support/file-errors.ts";
import { makeFolder } from "./support/make-folder.ts";
import { ownerOf, ownerState } from "./support/process-identity.ts";

export interface ServerRetention {
  /** Days from a production's end; null: for good. */
  readonly filmDays: number | null;
  /** Days from the upload of an asset that no production names any more; null: for good. */
  readonly assetDays: number | null;
}

export interface CleanUpReport {
  readonly productions: number;
  readonly assets: number;
  /** Folders and files that belong to nothing. */
  readonly leftovers: number;
}

const DAY_MS = 24 * 3_600_000;
/** What belongs to no production may belong to one that is being stored right now. */
const LEFTOVER_MS = 6 * 3_600_000;

export async function cleanUp(parts: {
  readonly database: Database;
  readonly dataFolder: string;
  /** Where finished films are when several servers share them. */
  readonly store?: ObjectStore | null;
  readonly retention: ServerRetention;
  readonly nowMs: number;
}): Promise<CleanUpReport> {
  const { database, dataFolder, store = null, retention, nowMs } = parts;
  const expired = new Set<string>();
  const films = path.join(dataFolder, "productions");
  if (retention.filmDays !== null) {
    // The row goes first: a crash in between leaves a folder of nobody's, which the next turn finds.
    for (;;) {
      const ids = await expireProductions(database, nowMs - retention.filmDays * DAY_MS);
      for (const id of ids) await rm(path.join(films, id), { recursive: true, force: true });
      for (const id of ids) expired.add(id);
      if (ids.length === 0) break;
    }
  }
  const assets =
    retention.assetDays === null
      ? 0
      : await sweepAssets(database, path.join(dataFolder, "assets"), nowMs - retention.assetDays * DAY_MS);
  const leftovers = await sweepLeftovers(database, films, nowMs - LEFTOVER_MS);
  const swept = store === null ? 0 : await sweepStore(database, store, expired, nowMs - LEFTOVER_MS);
  return {
    productions: expired.size,
    assets,
    leftovers: leftovers + swept,
  };
}

/**
 * Assets that nobody names are moved aside, and looked at again before they go: a production that came in between finds
 * its asset missing and is refused, or is seen and gets it back.
 */
async function sweepAssets(database: Database, folder: string, beforeMs: number): Promise<number> {
  const aside = path.join(folder, "aside");
  const putBack = (sha256: string): Promise<void> =>
    rename(path.join(aside, sha256), path.join(folder, sha256.slice(0, 2), sha256));
  // Of a turn that was killed: not looked at again, so not to be deleted.
  for (const sha256 of await namesIn(aside)) await putBack(sha256);
  const inUse = await assetsInUse(database);
  const moved: string[] = [];
  for (const name of await namesIn(folder)) {
    if (!/^[0-9a-f]{2}$/.test(name)) continue;
    for (const sha256 of await namesIn(path.join(folder, name))) {
      if (!/^[0-9a-f]{64}$/.test(sha256) || inUse.has(sha256)) continue;
      const file = path.join(folder, name, sha256);
      const age = await modifiedMs(file);
      if (age === null || age >= beforeMs) continue;
      await makeFolder(aside);
      await rename(file, path.join(aside, sha256));
      moved.push(sha256);
    }
  }
  if (moved.length > 0) {
    const wanted = await assetsInUse(database);
    for (const sha256 of moved.filter((each) => wanted.has(each))) await putBack(sha256);
  }
  const kept = new Set(await namesIn(aside));
  await rm(aside, { recursive: true, force: true });
  return moved.filter((sha256) => kept.has(sha256)).length;
}

async function sweepLeftovers(database: Database, films: string, beforeMs: number): Promise<number> {
  const ids = (await namesIn(films)).filter((name) => /^[0-9a-f]{32}$/.test(name));
  const known = await knownProductions(database, ids);
  let swept = 0;
  for (const id of ids) {
    const folder = path.join(films, id);
    const changedMs = await modifiedMs(folder);
    if (!known.has(id)) {
      if (changedMs === null || changedMs >= beforeMs) continue;
      await rm(folder, { recursive: true, force: true });
      swept += 1;
      continue;
    }
    for (const name of await namesIn(folder)) {
      const owner = name.startsWith(".reelburst-") ? ownerOf(name) : null;
      if (owner === null || ownerState(owner) === "alive") continue;
      const file = path.join(folder, name);
      // Of another machine only its age can tell whether it still works.
      const age = await modifiedMs(file);
      if (ownerState(owner) === "foreign" && (age === null || age >= beforeMs)) continue;
      await rm(file, { recursive: true, force: true });
      swept += 1;
    }
  }
  return swept;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function modifiedMs(file: string): Promise<number | null> {
  try {
    return (await stat(file)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
