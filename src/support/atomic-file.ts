import { constants } from "node:fs";
import { copyFile, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { systemCode, writeError } from "./file-errors.ts";
import { makeFolder } from "./make-folder.ts";
import { processTag } from "./process-identity.ts";

/**
 * Files that appear whole or not at all. The bytes reach the disk under a hidden name in the same folder, then
 * take their name by rename, then the folder itself is synced: a process killed at any point, or a power cut,
 * leaves the old file or the new one, never half of one.
 */

/**
 * Writes `data` as `filePath`, replacing what was there. Missing parent folders are made. With `mode` (0o600 for
 * secrets) the file has these permissions from its first byte on; a chmod afterwards would leave a
 * moment in which others may open it.
 * @throws {ReelburstError} `DISK_FULL`, `NO_WRITE_PERMISSION` or `OUTPUT_NOT_WRITABLE`, naming `filePath`.
 */
export async function writeFileAtomic(
  filePath: string,
  data: string | Uint8Array,
  { mode = 0o666 }: { readonly mode?: number } = {},
): Promise<void> {
  const temporary = temporaryBeside(filePath);
  try {
    await makeFolder(path.dirname(filePath));
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, filePath);
    await syncFolder(path.dirname(filePath));
  } catch (error) {
    await discard(temporary);
    throw writeError(error, filePath);
  }
}

/**
 * Gives a finished temporary file its final name, replacing what was there. Missing parent folders are made.
 * The temporary file is gone afterwards; when this fails it is still there, so that the caller may try again.
 *
 * Across disks rename is impossible (EXDEV): the bytes are copied to a hidden name beside the target first.
 *
 * @throws {ReelburstError} `DISK_FULL`, `NO_WRITE_PERMISSION` or `OUTPUT_NOT_WRITABLE`, naming `finalPath`.
 */
export async function publishFile(tempPath: string, finalPath: string): Promise<void> {
  try {
    await makeFolder(path.dirname(finalPath));
    // A full disk may be reported only here: writes land in memory first.
    await syncFile(tempPath);
    try {
      await rename(tempPath, finalPath);
    } catch (error) {
      if (systemCode(error) !== "EXDEV") throw error;
      await publishCopy(tempPath, finalPath);
    }
    await syncFolder(path.dirname(finalPath));
  } catch (error) {
    throw writeError(error, finalPath);
  }
}

/** The slow way across disks; exported for the caller that knows it needs it, and for tests on one disk. */
export async function publishCopy(tempPath: string, finalPath: string): Promise<void> {
  const temporary = temporaryBeside(finalPath);
  try {
    await copyFile(tempPath, temporary, constants.COPYFILE_EXCL);
    await syncFile(temporary);
    await rename(temporary, finalPath);
  } catch (error) {
    await discard(temporary);
    throw error;
  }
  await rm(tempPath, { force: true });
}

let temporaryCount = 0;

/**
 * A hidden name no player or upload script picks up, carrying its owner so that leftovers can be told from work
 * in progress (see `ownerOf`). It does not contain the target's name: that one may already be as long as names can be.
 */
export function temporaryBeside(filePath: string): string {
  return path.join(path.dirname(filePath), `.reelburst-${processTag()}-${temporaryCount++}.tmp`);
}

/** After a failure. What cannot be deleted either must not hide why the write failed; a later sweep finds it by its owner. */
async function discard(temporary: string): Promise<void> {
  await rm(temporary, { force: true }).catch(() => {});
}

async function syncFile(filePath: string): Promise<void> {
  const file = await open(filePath, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a rename survive a power cut. Some systems (Windows, some network disks) cannot sync a folder; they keep what they promise. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = systemCode(error) ?? "";
    if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP", "EBADF"].includes(code)) throw error;
  }
}
