/**
 * A full disk as the user should read of it: which of their folders is on it. The file that could not be written is
 * mostly one of ours, under a name that will never exist for them.
 */
import path from "node:path";
import { ReelburstError } from "../support/errors.ts";
import { writeError } from "../support/file-errors.ts";

/** Does `work`, which writes only into the folder that the user chose for the film. */
export async function writingInto<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    const error = writeError(thrown, folder);
    if (!isFullDisk(error) || isOwnName(error.path, folder)) throw thrown;
    throw new ReelburstError("DISK_FULL", `The disk is full: the film was not written into ${folder}.`, {
      path: folder,
      hint: "Free some space on that disk, or choose an output on another one. Finished chunks are kept.",
      cause: thrown,
    });
  }
}

/** Everything that is not written into the output is written below the cache folder. */
export function namingFullDisk(thrown: unknown, outputFolder: string, cacheFolder: string): ReelburstError {
  const error = writeError(thrown, cacheFolder);
  if (!isFullDisk(error)) return ReelburstError.from(thrown);
  const file = error.path;
  if (!isBelow(file, cacheFolder) && (file === outputFolder || isOwnName(file, outputFolder))) return error;
  return new ReelburstError("DISK_FULL", `The disk is full: the cache folder ${cacheFolder} takes no more.`, {
    path: cacheFolder,
    hint: "Free some space on that disk, or set REELBURST_CACHE_DIR to a folder on another one. Finished chunks are kept.",
    cause: thrown,
  });
}

function isFullDisk(error: unknown): error is ReelburstError {
  return error instanceof ReelburstError && error.code === "DISK_FULL";
}

/** A file that the user will find there under this name. */
function isOwnName(file: string | undefined, folder: string): boolean {
  return isBelow(file, folder) && !path.basename(file).startsWith(".reelburst-");
}

function isBelow(file: string | undefined, folder: string): file is string {
  if (file === undefined) return false;
  const inside = path.relative(folder, file);
  return inside !== "" && !/^\.\.(?:[\\/]|$)/.test(inside) && !path.isAbsolute(inside);
}
