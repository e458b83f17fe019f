/** The folder that films are published into: there, writable, and free of what killed runs left in it. */
import { constants, existsSync, statSync } from "node:fs";
import { access, open, readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Production } from "../spec/production.ts";
import { temporaryBeside } from "../support/atomic-file.ts";
import { ReelburstError } from "../support/errors.ts";
import { systemCode, writeError } from "../support/file-errors.ts";
import { makeFolder } from "../support/make-folder.ts";
import { ownerOf, ownerState } from "../support/process-identity.ts";
import type { OutputPaths } from "./output-paths.ts";

/**
 * Looks at every place of the output. The scenes' own folder is opened when it is there; one that is still to be made
 * stands in a folder that has proved to take files.
 */
export async function openOutputFolders(paths: OutputPaths, { output, scenes }: Production): Promise<void> {
  const sceneFiles = output.deliver === "film" ? [] : scenes.map(({ id }) => paths.sceneFile(id));
  await openOutputFolder(paths.directory, [
    ...(output.deliver === "scenes" ? [] : [paths.film]),
    ...sceneFiles,
  ]);
  const [first] = sceneFiles;
  if (first !== undefined && existsSync(path.dirname(first))) await openOutputFolder(path.dirname(first));
}

/** What `temporaryBeside` calls unfinished files. */
const UNFINISHED = /^\.reelburst-.*\.tmp$/;

/**
 * Made when missing. Asked before a frame is rendered: to learn at the end that the film has no place would cost the
 * whole render.
 *
 * Only files of this program whose process has died on this machine are deleted; what came from another machine
 * may still be worked on, and a user's folder is no place for guesses.
 *
 * @param files what is to be written; a folder of such a name is refused
 * @throws ReelburstError NO_WRITE_PERMISSION, OUTPUT_NOT_WRITABLE, DISK_FULL
 */
export async function openOutputFolder(folder: string, files: readonly string[] = []): Promise<void> {
  for (const file of files) {
    if (existsSync(file) && statSync(file).isDirectory()) {
      throw new ReelburstError(
        "OUTPUT_NOT_WRITABLE",
        `${file} is a folder; a file of that name cannot be written.`,
        {
          path: file,
          hint: "Choose another file name.",
        },
      );
    }
  }
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
    await takeAndDropFile(folder);
    for (const name of await readdir(folder)) {
      if (UNFINISHED.test(name) && isDead(name)) await rm(path.join(folder, name), { force: true });
    }
  } catch (error) {
    throw writeError(error, folder);
  }
}

/** Permissions do not tell all: root may write anywhere, and yet /proc takes no file. */
async function takeAndDropFile(folder: string): Promise<void> {
  const file = temporaryBeside(path.join(folder, "film"));
  try {
    await (await open(file, "wx")).close();
  } catch (error) {
    if (systemCode(error) !== "ENOENT" && systemCode(error) !== "EINVAL") throw error;
    throw new ReelburstError("NO_WRITE_PERMISSION", `${folder} takes no files.`, {
      path: folder,
      hint: "Choose another folder.",
      cause: error,
    });
  } finally {
    await rm(file, { force: true });
  }
}

function isDead(name: string): boolean {
  const owner = ownerOf(name);
  return owner !== null && ownerState(owner) === "dead";
}
