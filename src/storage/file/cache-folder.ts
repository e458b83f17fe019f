import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { ReelburstError } from "../../support/errors.ts";
import { writeError } from "../../support/file-errors.ts";
import { makeFolder } from "../../support/make-folder.ts";

/**
 * Does `work`, which writes nowhere but below the cache folder. Elsewhere "choose another folder" means the output;
 * here the user has named none and must hear which setting does.
 * @throws ReelburstError CACHE_NOT_WRITABLE; DISK_FULL, naming the folder; anything else as it is
 */
export async function inCacheFolder<Result>(
  cacheDirectory: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    const error = writeError(thrown, cacheDirectory);
    if (error instanceof ReelburstError && error.code === "DISK_FULL") {
      throw new ReelburstError(
        "DISK_FULL",
        `The disk is full: the cache folder ${cacheDirectory} takes no more.`,
        {
          path: cacheDirectory,
          hint: "Free some space on that disk, or set REELBURST_CACHE_DIR to a folder on another one.",
          cause: thrown,
        },
      );
    }
    if (!(error instanceof ReelburstError) || !REFUSALS.has(error.code)) throw thrown;
    throw new ReelburstError("CACHE_NOT_WRITABLE", `The cache folder can't be used: ${error.message}`, {
      path: error.path ?? cacheDirectory,
      hint: "Set REELBURST_CACHE_DIR to a folder that this user can write.",
      cause: thrown,
    });
  }
}

/** Made when missing, and found to take files before a minute's work wants to leave one there. */
export async function requireWritableFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  await access(folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw writeError(error, folder);
  });
}

const REFUSALS: ReadonlySet<string> = new Set(["NO_WRITE_PERMISSION", "OUTPUT_NOT_WRITABLE"]);
