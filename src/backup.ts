/**
 * The state of a server as one file, and back. The server must be stopped, or another folder's lock would have to be
 * shared: what is copied while it is written to is no backup. Rendered chunks are not in it: they can be made again.
 */
import { createHash } from "node:crypto";
import { chmod, open, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { App } from "./app.ts";
import { publishFile, temporaryBeside } from "./support/atomic-file.ts";
import { ReelburstError } from "./support/errors.ts";
import { isMissing, readError, writeError } from "./support/file-errors.ts";
import { makeFolder } from "./support/make-folder.ts";
import { readTar, TarWriter } from "./support/tar.ts";

export interface BackupReport {
  readonly files: number;
  readonly sizeBytes: number;
  readonly productions: number;
}

/** Last in the archive: a backup without it was cut off. */
interface Manifest {
  readonly format: "reelburst-backup";
  readonly formatVersion: 1;
  readonly program: string;
  readonly createdAt: string;
  readonly productions: number;
  readonly files: Readonly<Record<string, { readonly sizeBytes: number; readonly sha256: string }>>;
}

const MANIFEST = "backup.json";
const ROOMS = ["database", "assets", "productions"] as const;

/**
 * @param file absolute; replaced when the backup is complete
 * @throws ReelburstError DATA_FOLDER_LOCKED while a server runs, DISK_FULL, ABORTED
 */
export async function backUp(
  app: Pick<App, "openService">,
  {
    dataFolder,
    file,
    program,
    signal,
  }: { dataFolder: string; file: string; program: string; signal: AbortSignal },
): Promise<BackupReport> {
  const temporary = temporaryBeside(file);
  // Opened so that it is locked, and so that what a killed server left half done is settled first.
  const service = await app.openService({
    dataFolder,
    localFolders: [],
    tables: [],
    role: "looker",
    onEnd: () => {},
    onTrouble: () => {},
  });
  try {
    if (service.database.kind !== "pglite") {
      throw new ReelburstError(
        "BACKUP_ELSEWHERE",
        "The productions are in a PostgreSQL database, not in the data folder.",
        {
          hint: "Back that up with pg_dump, and copy the data folder's assets and productions.",
        },
      );
    }
    const counts = await service.productions.counts();
    const productions = Object.values(counts).reduce((sum, count) => sum + count, 0);
    await service.database.query("CHECKPOINT");
    await makeFolder(path.dirname(file));
    // Hashes of keys and secrets that sign are in it.
    const target = await open(temporary, "wx", 0o600);
    const files: Record<string, Manifest["files"][string]> = {};
    let sizeBytes = 0;
    try {
      const tar = new TarWriter(target);
      for await (const entry of walk(dataFolder, ROOMS)) {
        signal.throwIfAborted();
        if (entry.kind === "folder") await tar.folder(entry.name);
        else {
          const stored = await tar.file(entry.name, path.join(dataFolder, entry.name));
          files[entry.name] = stored;
          sizeBytes += stored.sizeBytes;
        }
      }
      const manifest: Manifest = {
        format: "reelburst-backup",
        formatVersion: 1,
        program,
        createdAt: new Date().toISOString(),
        productions,
        files,
      };
      await tar.text(MANIFEST, JSON.stringify(manifest));
      await tar.end();
    } finally {
      await target.close();
    }
    await publishFile(temporary, file);
    return { files: Object.keys(files).length, sizeBytes, productions };
  } catch (error) {
    throw writeError(error, file);
  } finally {
    await rm(temporary, { force: true });
    await service.close();
  }
}

/**
 * Every byte is held against the backup's own digests before the folder takes its name.
 * @param dataFolder absolute; must not hold anything yet
 * @throws ReelburstError ARCHIVE_DAMAGED, BACKUP_UNKNOWN, RESTORE_NOT_EMPTY, DISK_FULL, ABORTED
 */
export async function restore({
  file,
  dataFolder,
  signal,
}: {
  file: string;
  dataFolder: string;
  signal: AbortSignal;
}): Promise<BackupReport> {
  await requireEmpty(dataFolder);
  const source = await open(file, "r").catch((error: unknown) => {
    if (!isMissing(error)) throw readError(error, file);
    throw new ReelburstError("FILE_NOT_FOUND", `There is no backup ${file}.`, {
      path: file,
      hint: "Check its name.",
    });
  });
  const temporary = temporaryBeside(dataFolder);
  try {
    await makeFolder(temporary);
    await chmod(temporary, 0o700);
    const found = new Map<string, { sizeBytes: number; sha256: string }>();
    let manifest: Manifest | null = null;
    for await (const entry of readTar(source)) {
      signal.throwIfAborted();
      const hash = createHash("sha256");
      if (entry.name === MANIFEST && entry.kind === "file") {
        const pieces: Buffer[] = [];
        for await (const piece of entry.read()) pieces.push(piece);
        manifest = readManifest(Buffer.concat(pieces).toString("utf8"));
        continue;
      }
      const target = placeIn(temporary, entry.name);
      if (entry.kind === "folder") {
        await makeFolder(target);
        continue;
      }
      await makeFolder(path.dirname(target));
      await writeFile(target, entry.read(hash), { flag: "wx", mode: 0o600 });
      found.set(entry.name, { sizeBytes: entry.sizeBytes, sha256: hash.digest("hex") });
    }
    const report = hold(manifest, found);
    // An empty one may be there; one that has filled meanwhile stays, and stops us.
    await rmdir(dataFolder).catch(() => {});
    await requireEmpty(dataFolder);
    await rename(temporary, dataFolder);
    return report;
  } catch (error) {
    throw writeError(error, dataFolder);
  } finally {
    await source.close();
    await rm(temporary, { recursive: true, force: true });
  }
}

function hold(
  manifest: Manifest | null,
  found: ReadonlyMap<string, { readonly sizeBytes: number; readonly sha256: string }>,
): BackupReport {
  if (manifest === null) throw damaged("its list of files is missing");
  const listed = Object.entries(manifest.files);
  const wrong = listed.find(([name, { sha256 }]) => found.get(name)?.sha256 !== sha256);
  if (wrong !== undefined) throw damaged(`${wrong[0]} is missing or changed`);
  if (listed.length !== found.size) throw damaged("it holds files that are not in its list");
  const sizeBytes = listed.reduce((sum, [, file]) => sum + file.sizeBytes, 0);
  return { files: listed.length, sizeBytes, productions: manifest.productions };
}

function readManifest(text: string): Manifest {
  const manifest = JSON.parse(text) as Partial<Manifest>;
  if (manifest.format === "reelburst-backup" && manifest.formatVersion === 1 && manifest.files !== undefined)
    return manifest as Manifest;
  throw new ReelburstError("BACKUP_UNKNOWN", "This backup is of a kind that this version does not know.", {
    hint: `Restore it with the version that made it, ${String(manifest.program ?? "which it does not say")}.`,
  });
}

/** Archives come from elsewhere: none may write beside its folder. */
function placeIn(folder: string, name: string): string {
  const parts = name.split("/");
  const isOurs = (ROOMS as readonly string[]).includes(parts[0] ?? "");
  if (!isOurs || parts.some((part) => part === "" || part === "." || part === ".." || /[\\\0:]/.test(part)))
    throw damaged(`it holds ${JSON.stringify(name)}, which is no place of a backup's`);
  return path.join(folder, ...parts);
}

async function requireEmpty(dataFolder: string): Promise<void> {
  const names = await readdir(dataFolder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  if (names.length === 0) return;
  throw new ReelburstError("RESTORE_NOT_EMPTY", `${dataFolder} is not empty.`, {
    path: dataFolder,
    hint: "Restore into a new folder with --data, or move this one away.",
  });
}

/** Folders too: PostgreSQL wants its empty ones. Working files of dead processes and unfinished uploads stay out. */
async function* walk(
  root: string,
  names: readonly string[],
): AsyncGenerator<{ readonly kind: "file" | "folder"; readonly name: string }> {
  for (const name of names) {
    const entries = await readdir(path.join(root, name), { withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });
    if (entries === null) continue;
    yield { kind: "folder", name };
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = `${name}/${entry.name}`;
      if (entry.name.startsWith(".reelburst-") || inner === "assets/partial" || inner === "assets/aside")
        continue;
      if (entry.isDirectory()) yield* walk(root, [inner]);
      else if (entry.isFile()) yield { kind: "file", name: inner };
    }
  }
}

function damaged(what: string): ReelburstError {
  return new ReelburstError("ARCHIVE_DAMAGED", `The backup is damaged: ${what}.`, {
    hint: "Take another copy of it.",
  });
}
