/** Files that only their owner may read: logins, and addresses that let anybody go on with an upload. */
import { chmod, open } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../support/atomic-file.ts";
import { ReelburstError } from "../support/errors.ts";
import { isMissing, readError, writeError } from "../support/file-errors.ts";
import { makeFolder } from "../support/make-folder.ts";

/** The folder is closed to others too, so that not even names show. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const folder = path.dirname(file);
  await makeFolder(folder);
  await chmod(folder, 0o700).catch((error: unknown) => {
    throw writeError(error, folder);
  });
  await writeFileAtomic(file, text, { mode: 0o600 });
}

/**
 * null: there is none.
 * @throws ReelburstError SECRET_FILE_EXPOSED when others may read it. It is not closed silently: they may have read it already.
 */
export async function readPrivateFile(file: string): Promise<string | null> {
  const handle = await open(file, "r").catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw readError(error, file);
  });
  if (handle === null) return null;
  try {
    const { mode } = await handle.stat();
    // Windows has no such bits and reports all of them.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new ReelburstError("SECRET_FILE_EXPOSED", `${file} holds a secret and may be read by others.`, {
        path: file,
        hint: "Delete it and log in again if others use this machine; else close it: chmod 600.",
      });
    }
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}
