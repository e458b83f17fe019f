import { stat } from "node:fs/promises";
import path from "node:path";
import type { Production } from "../spec/production.ts";
import { ReelburstError } from "../support/errors.ts";
import { printable } from "./text/printable.ts";

export interface OutputWish {
  /** As given with `--output`; undefined: in `cwd`. */
  readonly output: string | undefined;
  readonly cwd: string;
  /** The source's name. */
  readonly name: string;
  readonly deliver: Production["output"]["deliver"];
  /** Goes before the extension of a name that is chosen here: `preview`, a scene's id. */
  readonly variant: readonly string[];
}

/** Containers people will ask for; `--output film.mov` must not make a folder of that name. */
const OTHER_FORMATS = new Set([
  ".mov",
  ".mkv",
  ".avi",
  ".webm",
  ".m4v",
  ".wmv",
  ".flv",
  ".mpg",
  ".mpeg",
  ".ts",
  ".gif",
  ".mp3",
  ".m4a",
  ".wav",
]);

/**
 * Absolute path of the film (.mp4), or of the folder that takes one file of each scene. An existing film is replaced;
 * nothing else ever is.
 * @throws ReelburstError OUTPUT_CONFLICT
 */
export async function resolveOutput(wish: OutputWish): Promise<string> {
  if (wish.output === undefined) {
    const chosen = path.join(wish.cwd, chosenName(wish));
    return wish.deliver === "scenes" ? checkFolder(chosen) : checkFilm(chosen);
  }
  if (wish.output === "") throw conflict("--output is empty.", "Name a film (.mp4) or a folder.");
  const absolute = path.resolve(wish.cwd, wish.output);
  const kind = await kindOf(absolute);
  const extension = path.extname(absolute).toLowerCase();
  const meansFolder = kind === "folder" || /[\\/]$/.test(wish.output);
  if (!meansFolder && OTHER_FORMATS.has(extension)) {
    throw conflict(`A film is written as .mp4, not as ${extension}.`, "Name the output with .mp4.");
  }
  if (extension === ".mp4") {
    if (wish.deliver === "scenes") {
      throw conflict(
        `The production delivers one file for each scene, and ${printable(wish.output)} is one film.`,
        "Name a folder.",
      );
    }
    return checkFilm(absolute);
  }
  await checkFolder(absolute);
  if (wish.deliver !== "scenes") return checkFilm(path.join(absolute, chosenName(wish)));
  // A preview of the scenes has files of the same names: they get a folder of their own.
  return wish.variant.length === 0 ? absolute : checkFolder(path.join(absolute, chosenName(wish)));
}

/** The one place that names what the user did not: a film, or the folder for one file of each scene. */
function chosenName({ name, variant, deliver }: Pick<OutputWish, "name" | "variant" | "deliver">): string {
  const base = [name, ...variant].join(".");
  return deliver === "scenes" ? base : `${base}.mp4`;
}

async function checkFilm(file: string): Promise<string> {
  const kind = await kindOf(file);
  if (kind === "folder")
    throw conflict(`${printable(file)} is a folder; a film can't replace it.`, "Choose another --output.");
  if (kind === "other")
    throw conflict(
      `${printable(file)} is a device or a pipe; a film needs a file.`,
      "Choose another --output.",
    );
  return file;
}

async function checkFolder(folder: string): Promise<string> {
  const kind = await kindOf(folder);
  if (kind === null || kind === "folder") return folder;
  throw conflict(
    `${printable(folder)} is a file; a folder can't replace it.`,
    "Name a folder, or a film that ends in .mp4.",
  );
}

async function kindOf(file: string): Promise<"folder" | "file" | "other" | null> {
  const stats = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    if (error.code === "ENOTDIR")
      throw conflict(`A folder in ${printable(file)} is a file.`, "Choose another --output.");
    throw error;
  });
  if (stats === null) return null;
  return stats.isDirectory() ? "folder" : stats.isFile() ? "file" : "other";
}

function conflict(message: string, hint: string): ReelburstError {
  return new ReelburstError("OUTPUT_CONFLICT", message, { hint });
}
