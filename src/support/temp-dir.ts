import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { isMissing, writeError } from "./file-errors.ts";
import { makeFolder } from "./make-folder.ts";
import { ownerOf, ownerState, processTag } from "./process-identity.ts";

const PREFIX = "reelburst-";

/** Leftovers of another machine or container cannot be asked for their owner; after a day nobody works on them. */
export const FOREIGN_LEFTOVER_MS = 24 * 3600 * 1000;

export interface TempDir {
  readonly path: string;
  /** Deletes the folder and all in it. Calling it twice is fine. */
  remove(): Promise<void>;
}

/**
 * A new folder for this process's working files, `reelburst-<owner>-<random>` below `root`, readable by this
 * user only. A process that is killed cannot remove it; `sweepTempDirs` of a later one does.
 *
 * @throws {ReelburstError} `DISK_FULL`, `NO_WRITE_PERMISSION`.
 */
export async function createTempDir(root: string): Promise<TempDir> {
  try {
    await makeFolder(root);
    const folder = await mkdtemp(path.join(root, `${PREFIX}${processTag()}-`));
    return { path: folder, remove: () => removeFolder(folder) };
  } catch (error) {
    throw writeError(error, root);
  }
}

/**
 * Deletes the temporary folders of processes that no longer live.
 * @param nowMs wall time, to judge folders whose owner ran on another machine.
 * @returns the paths removed.
 */
export async function sweepTempDirs(root: string, nowMs: number): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of await readdir(root).catch(emptyWhenMissing)) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = path.join(root, name);
    if (!(await isLeftover(folder, nowMs))) continue;
    await removeFolder(folder);
    removed.push(folder);
  }
  return removed;
}

/** True when the name carries an owner that is dead, or one from elsewhere and the file has not changed for a day. */
export async function isLeftover(filePath: string, nowMs: number): Promise<boolean> {
  const owner = ownerOf(path.basename(filePath));
  if (owner === null) return false;
  const state = ownerState(owner);
  if (state !== "foreign") return state === "dead";
  try {
    return nowMs - (await stat(filePath)).mtimeMs > FOREIGN_LEFTOVER_MS;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function removeFolder(folder: string): Promise<void> {
  // Windows refuses while a virus scanner holds a file; a few tries later it lets go.
  return rm(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
}

function emptyWhenMissing(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}
