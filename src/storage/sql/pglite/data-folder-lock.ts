import { readFileSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { writeFileAtomic } from "../../../support/atomic-file.ts";
import { ReelburstError } from "../../../support/errors.ts";
import { writeError } from "../../../support/file-errors.ts";
import { makeFolder } from "../../../support/make-folder.ts";
import { ownerOf, ownerState, processTag } from "../../../support/process-identity.ts";

/**
 * One process for one data folder. Two that open the same PGlite folder both seem to work and lose each other's
 * data, so this is what stands between a second `serve` and a damaged database.
 *
 * The lock is an exclusive transaction on a SQLite file: the kernel holds it for as long as the process lives and
 * drops it whichever way the process ends, kill -9 included. A file with a process id was rejected: after a crash
 * somebody must judge whether that process still is the one, and two that judge at once both win. Beside it
 * `owner.json` says who has it, for people and for a CLI that looks for the server; it is never asked for the truth.
 */
export interface DataFolderLock {
  /** Says where the server that owns the folder can be reached. */
  announce(address: string): Promise<void>;
  release(): Promise<void>;
}

export interface DataFolderOwner {
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Where its server answers; null when it has none or not yet. */
  readonly address: string | null;
  /** `processTag` of the owner: tells a later process of the same id apart. */
  readonly tag: string;
}

const LOCK_FILE = "folder.lock";
const OWNER_FILE = "owner.json";

/** @throws {ReelburstError} `DATA_FOLDER_LOCKED`, `NO_WRITE_PERMISSION`, `DISK_FULL`. */
export async function lockDataFolder(folder: string, startedAt: Date): Promise<DataFolderLock> {
  await makeFolder(folder);
  // The database below writes some of its files for everybody to read and write, secrets among them.
  await chmod(folder, 0o700).catch((error: unknown) => {
    throw writeError(error, folder);
  });
  // Loaded here: most commands never open a database.
  const { DatabaseSync } = await import("node:sqlite");
  let file: DatabaseSync | null = null;
  try {
    file = new DatabaseSync(path.join(folder, LOCK_FILE));
    // Nothing is ever written, so no journal needs to stay; the default would leave one after a kill.
    file.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    file?.close();
    if (isBusy(error)) throw lockedError(folder);
    throw writeError(error, folder);
  }
  const held = file;
  const ownerPath = path.join(folder, OWNER_FILE);
  const owner = { pid: process.pid, startedAt: startedAt.toISOString(), address: null, tag: processTag() };
  const announce = (address: string | null): Promise<void> =>
    writeFileAtomic(ownerPath, `${JSON.stringify({ ...owner, address })}\n`);
  try {
    await announce(null);
  } catch (error) {
    held.close();
    throw error;
  }
  let released = false;
  return {
    announce,
    async release() {
      if (released) return;
      released = true;
      // Before the lock goes: afterwards the file may be the next owner's.
      await rm(ownerPath, { force: true });
      held.close();
    },
  };
}

/** Who has the folder, as far as is known; null when nobody, or when its process is gone. */
export function readDataFolderOwner(folder: string): DataFolderOwner | null {
  try {
    const owner = JSON.parse(readFileSync(path.join(folder, OWNER_FILE), "utf8")) as DataFolderOwner;
    const identity = ownerOf(owner.tag);
    return identity === null || ownerState(identity) === "dead" ? null : owner;
  } catch {
    return null;
  }
}

/** SQLITE_BUSY. node:sqlite has no other name for it. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 5;
}

function lockedError(folder: string): ReelburstError {
  const owner = readDataFolderOwner(folder);
  const who = owner === null ? "Another process" : `Process ${owner.pid}, since ${owner.startedAt},`;
  const where = owner?.address ?? null;
  return new ReelburstError("DATA_FOLDER_LOCKED", `${who} works with the data folder ${folder}.`, {
    path: folder,
    hint:
      where === null
        ? "Stop it, or choose another data folder."
        : `Talk to the server at ${where}, stop it, or choose another data folder.`,
  });
}
