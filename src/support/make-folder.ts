import { constants } from "node:fs";
import { access, mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { ReelburstError } from "./errors.ts";
import { systemCode, writeError } from "./file-errors.ts";

/**
 * Makes a folder and every missing one above it.
 *
 * Not `mkdir(…, { recursive: true })`: where a parent is there but refuses (below `/proc`, say), Node 24 asks
 * for ever, a core at full load; and on a read-only disk it says ENOENT, which helps nobody.
 *
 * @throws {ReelburstError} `NO_WRITE_PERMISSION`, `OUTPUT_NOT_WRITABLE`, `DISK_FULL`.
 */
export async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  let existing = path.resolve(folder);
  while (!(await isThere(existing)) && path.dirname(existing) !== existing) {
    missing.unshift(existing);
    existing = path.dirname(existing);
  }
  try {
    if (!(await stat(existing)).isDirectory()) throw notAFolder(existing);
    for (const each of missing) await mkdir(each).catch(ignoreExisting);
    if (missing.length > 0 && !(await isThere(folder))) await access(existing, constants.W_OK);
  } catch (error) {
    if (systemCode(error) === "ENOENT") await accessOrFail(existing, folder);
    throw writeError(error, folder);
  }
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Another process was faster. */
function ignoreExisting(error: unknown): void {
  if (systemCode(error) !== "EEXIST") throw error;
}

function notAFolder(file: string): ReelburstError {
  return new ReelburstError("OUTPUT_NOT_WRITABLE", `${file} is a file, not a folder.`, {
    path: file,
    hint: "Choose another folder.",
  });
}

/** A file system that refuses new names says ENOENT; what it means is that nothing may be written there. */
async function accessOrFail(existing: string, folder: string): Promise<never> {
  await access(existing, constants.W_OK).catch((error: unknown) => {
    throw writeError(error, folder);
  });
  throw new ReelburstError("NO_WRITE_PERMISSION", `${existing} takes no new folder.`, {
    path: folder,
    hint: "Choose another folder.",
  });
}
