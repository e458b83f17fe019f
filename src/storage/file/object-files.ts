import { type FileHandle, link, open, readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { publishFile, temporaryBeside, writeFileAtomic } from "../../support/atomic-file.ts";
import { isMissing, systemCode } from "../../support/file-errors.ts";
import { makeFolder } from "../../support/make-folder.ts";
import { isLeftover } from "../../support/temp-dir.ts";
import type { CheckedStream } from "../checked-stream.ts";
import { contentTypeOf } from "../content-type.ts";
import { openSource } from "../object-source.ts";
import type { ObjectFacts, ObjectSource } from "../object-store.ts";
import { objectExists } from "../storage-errors.ts";

/**
 * The files of a store in a folder: each object under its own key, so that a person finds the film, and beside it a
 * small hidden file with what the disk does not know.
 *
 * ```text
 * <root>/videos/shorts/p1/film.mp4
 * <root>/videos/shorts/p1/.film.mp4.facts
 * ```
 */
export const FACTS_SUFFIX = ".facts";

interface StoredFacts {
  /** Of the file these facts are about: another one of the same name is not vouched for. */
  readonly sizeBytes: number;
  readonly modifiedNs: string;
  readonly sha256: string;
  readonly contentType: string;
}

export function factsPath(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}${FACTS_SUFFIX}`);
}

/** null when there is no such file. */
export async function readFacts(file: string, key: string): Promise<ObjectFacts | null> {
  const found = await stat(file, { bigint: true }).catch(nullWhenMissing);
  if (found === null || !found.isFile()) return null;
  const sizeBytes = Number(found.size);
  const stored = await readStoredFacts(factsPath(file));
  // The object is published first and its facts follow: killed in between, or put by hand, it is there without them.
  const isOurs = stored?.sizeBytes === sizeBytes && stored.modifiedNs === String(found.mtimeNs);
  return {
    key,
    sizeBytes,
    sha256: isOurs ? stored.sha256 : null,
    contentType: isOurs ? stored.contentType : contentTypeOf(key),
    etag: `"${sizeBytes.toString(16)}-${found.mtimeNs.toString(16)}"`,
    modifiedAtMs: Number(found.mtimeNs / 1_000_000n),
  };
}

export async function writeFacts(file: string, sha256: string, contentType: string): Promise<void> {
  const found = await stat(file, { bigint: true }).catch(nullWhenMissing);
  if (found === null) return;
  const facts: StoredFacts = {
    sizeBytes: Number(found.size),
    modifiedNs: String(found.mtimeNs),
    sha256,
    contentType,
  };
  await writeFileAtomic(factsPath(file), JSON.stringify(facts));
}

/** Writes the bytes under a hidden name beside `file`; gone again when anything fails. */
export async function writeTemporary(
  file: string,
  source: ObjectSource,
  checked: CheckedStream,
  signal: AbortSignal | undefined,
): Promise<string> {
  const temporary = temporaryBeside(file);
  try {
    const handle = await openTemporary(temporary);
    await pipeline(
      openSource(source),
      checked,
      handle.createWriteStream(),
      signal === undefined ? {} : { signal },
    );
    return temporary;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/** A sweeper may remove the folder between its making and the file's: empty folders go. */
async function openTemporary(temporary: string, triesLeft = 3): Promise<FileHandle> {
  await makeFolder(path.dirname(temporary));
  try {
    return await open(temporary, "wx", 0o640);
  } catch (error) {
    if (systemCode(error) === "ENOENT" && triesLeft > 1) return openTemporary(temporary, triesLeft - 1);
    throw error;
  }
}

/** The temporary file is gone afterwards, whatever happens. */
export async function publish(
  temporary: string,
  file: string,
  key: string,
  ifAbsent: boolean,
): Promise<void> {
  try {
    if (!ifAbsent) {
      await publishFile(temporary, file);
      return;
    }
    // rename() would replace: only link() says that the name was taken, in the same step.
    const synced = `${temporary}.new.tmp`;
    await publishFile(temporary, synced);
    try {
      await link(synced, file);
    } catch (error) {
      if (systemCode(error) === "EEXIST") throw objectExists(key, error);
      throw error;
    } finally {
      await rm(synced, { force: true });
    }
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/** Objects below a folder in the order of their keys, as an object store lists them. */
export async function* walk(
  root: string,
  folder: string,
  prefix: string,
  after: string,
): AsyncGenerator<string> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(nullWhenMissing);
  const names = (entries ?? [])
    .filter((entry) => (entry.isDirectory() || entry.isFile()) && !entry.name.startsWith("."))
    // With its slash, a folder stands where its objects do: "a-b.txt" before "a/b.txt".
    .map((entry) => (entry.isDirectory() ? `${folder}${entry.name}/` : `${folder}${entry.name}`))
    .toSorted((a, b) => (a < b ? -1 : 1));
  for (const name of names) {
    if (name.endsWith("/")) {
      const isInside = name.startsWith(prefix) || prefix.startsWith(name);
      // All keys in a folder come before `after` when the folder does, except where `after` lies in it.
      if (isInside && (name > after || after.startsWith(name))) yield* walk(root, name, prefix, after);
    } else if (name.startsWith(prefix) && name > after) {
      yield name;
    }
  }
}

/** Temporary files of dead processes, facts without their object, empty folders. @returns how many files went. */
export async function sweepLeftovers(folder: string, nowMs: number, isRoot = true): Promise<number> {
  let removed = 0;
  for (const entry of (await readdir(folder, { withFileTypes: true }).catch(nullWhenMissing)) ?? []) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) removed += await sweepLeftovers(file, nowMs, false);
    else if (await isOrphan(file, nowMs)) {
      await rm(file, { force: true });
      removed++;
    }
  }
  // Refused when there is something in it, also something put this very moment.
  if (!isRoot) await rmdir(folder).catch(() => {});
  return removed;
}

async function isOrphan(file: string, nowMs: number): Promise<boolean> {
  const name = path.basename(file);
  if (name.startsWith(".reelburst-") && name.endsWith(".tmp")) return isLeftover(file, nowMs);
  if (!name.startsWith(".") || !name.endsWith(FACTS_SUFFIX)) return false;
  const object = path.join(path.dirname(file), name.slice(1, -FACTS_SUFFIX.length));
  return (await stat(object).catch(nullWhenMissing)) === null;
}

async function readStoredFacts(file: string): Promise<StoredFacts | null> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as StoredFacts;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

function nullWhenMissing(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}
