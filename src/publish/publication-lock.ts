import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { ReelburstError } from "../support/errors.ts";
import { writeError } from "../support/file-errors.ts";
import { makeFolder } from "../support/make-folder.ts";

/**
 * One process at a time for one film: two that begin together would each upload it. The lock is an exclusive SQLite
 * transaction, which the kernel drops however the process ends; a file with a process id was rejected, since two that find
 * it stale at once would both go on.
 * @throws ReelburstError PUBLISH_BUSY
 */
export async function lockPublication(file: string): Promise<{ release(): void }> {
  await makeFolder(path.dirname(file));
  const { DatabaseSync } = await import("node:sqlite");
  let held: DatabaseSync | null = null;
  try {
    held = new DatabaseSync(file);
    held.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    held?.close();
    // SQLITE_BUSY; node:sqlite has no other name for it.
    if (error instanceof Error && "errcode" in error && error.errcode === 5) {
      throw new ReelburstError("PUBLISH_BUSY", "Another process is publishing this very film.", {
        path: file,
        hint: "Wait for it, or stop it and run again.",
      });
    }
    throw writeError(error, file);
  }
  const database = held;
  return { release: () => database.close() };
}
