import { constants } from "node:fs";
import { access, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, relative } from "node:path";
import { didYouMean } from "./did-you-mean.ts";
import { describeFileError } from "./file-errors.ts";
import type { Issue } from "./issue.ts";
import { errorIssue, quote } from "./issue.ts";
import { MEDIA_EXTENSIONS } from "./media-names.ts";
import type { Production } from "./production.ts";
import { isInside, isUrl } from "./source-path.ts";
import { trackPath } from "./track-path.ts";

export interface CheckFilesOptions {
  /** Refuse files whose real place, links followed, is outside the production's folder. */
  readonly confine?: boolean;
  readonly signal?: AbortSignal;
}

export type FileNoun =
  | "picture"
  | "video"
  | "narration"
  | "caption file"
  | "font"
  | "soundtrack"
  | "watermark";

export interface FileReference {
  /** Where findings about it are reported; see `Issue`. */
  readonly path: string;
  /** The user's noun for it. */
  readonly what: FileNoun;
  readonly absolutePath: string;
}

const PICTURES = MEDIA_EXTENSIONS.image;
const SOUNDS = [...MEDIA_EXTENSIONS.audio, "aac", "opus"];

/** Only a file of the same kind can be the one that was meant. */
const EXTENSIONS: Readonly<Record<FileNoun, readonly string[]>> = {
  picture: PICTURES,
  watermark: PICTURES,
  video: ["mp4", "m4v", "mov", "mkv", "webm"],
  narration: SOUNDS,
  soundtrack: SOUNDS,
  "caption file": MEDIA_EXTENSIONS.subtitles,
  font: ["ttf", "otf", "ttc", "otc"],
};

/** Enough to hide a network disk's latency, far below any limit on descriptors. */
const CONCURRENCY = 32;
const MAX_SUGGESTIONS = 20;

/**
 * Every file a production names exists, is a regular file, readable and not empty. A file named twice is
 * looked at once and reported at each place. URLs are passed over: fetching tells about them. Says nothing about what is inside: decoding does that.
 * @throws the signal's reason when aborted
 */
export function checkFiles(production: Production, options: CheckFilesOptions = {}): Promise<Issue[]> {
  return checkReferences(listReferences(production), production.baseDirectory, options);
}

/** `checkFiles` for files that no production names yet. Findings are in the order of `references`. */
export async function checkReferences(
  named: readonly FileReference[],
  baseDirectory: string,
  options: CheckFilesOptions = {},
): Promise<Issue[]> {
  const references = named.filter(({ absolutePath }) => !isUrl(absolutePath));
  const firstByFile = new Map(references.map((reference) => [reference.absolutePath, reference]));
  const pending = [...firstByFile.values()];
  const root = options.confine === true ? await realpath(baseDirectory) : null;
  const found = new Map<string, { issue: Issue; what: FileNoun }>();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        options.signal?.throwIfAborted();
        const issue = await checkFile(next, baseDirectory, root);
        if (issue !== null) found.set(next.absolutePath, { issue, what: next.what });
      }
    }),
  );
  await suggestNames(found);
  return references.flatMap(({ absolutePath, path }) => {
    const issue = found.get(absolutePath)?.issue;
    return issue === undefined ? [] : [{ ...issue, path }];
  });
}

async function checkFile(
  { path, what, absolutePath }: FileReference,
  base: string,
  root: string | null,
): Promise<Issue | null> {
  const name = isInside(base, absolutePath) ? relative(base, absolutePath) : absolutePath;
  try {
    const stats = await stat(absolutePath);
    if (root !== null && !isInside(root, await realpath(absolutePath))) {
      return errorIssue(
        "PATH_OUTSIDE_BASE",
        path,
        "The file is a link that leads out of the production's folder.",
        "Copy the file into the production's folder.",
      );
    }
    const shown = JSON.stringify(name);
    if (stats.isDirectory())
      return errorIssue("FILE_NOT_REGULAR", path, `${shown} is a folder, not a ${what}.`);
    if (!stats.isFile())
      return errorIssue("FILE_NOT_REGULAR", path, `${shown} is a device or a pipe, not a ${what}.`);
    await access(absolutePath, constants.R_OK);
    if (stats.size === 0)
      return errorIssue(
        "FILE_EMPTY",
        path,
        `The ${what} at ${shown} is empty (0 bytes).`,
        "Was it copied completely?",
      );
    return null;
  } catch (error) {
    return describeFileError(error, path, what, name);
  }
}

/** A few slips get a suggestion; when whole folders are missing, comparing all names would only take time. */
async function suggestNames(found: Map<string, { issue: Issue; what: FileNoun }>): Promise<void> {
  const missing = [...found]
    .filter(([, { issue }]) => issue.code === "FILE_NOT_FOUND")
    .slice(0, MAX_SUGGESTIONS);
  for (const [path, { issue, what }] of missing) {
    const neighbours = (await readdir(dirname(path)).catch(() => [])).filter((name) =>
      EXTENSIONS[what].includes(extname(name).slice(1).toLowerCase()),
    );
    const namesake = neighbours.find((name) => stemOf(name) === stemOf(path));
    const hint =
      namesake === undefined ? didYouMean(basename(path), neighbours) : `Did you mean ${quote(namesake)}?`;
    if (hint !== undefined) found.set(path, { issue: { ...issue, hint }, what });
  }
}

function stemOf(path: string): string {
  return basename(path, extname(path)).toLowerCase();
}

function listReferences(production: Production): FileReference[] {
  const references: FileReference[] = [];
  const add = (path: string, what: FileNoun, absolutePath: string | undefined | null) => {
    if (typeof absolutePath === "string") references.push({ path, what, absolutePath });
  };
  for (const [index, scene] of production.scenes.entries()) {
    add(`scenes[${index}].image.src`, "picture", scene.image?.src);
    add(`scenes[${index}].video.src`, "video", scene.video?.src);
    add(`scenes[${index}].card.font`, "font", scene.card?.font);
    add(`scenes[${index}].audio.src`, "narration", scene.audio?.src);
    for (const [place, track] of scene.subtitles.entries()) {
      const at = trackPath(scene, index, place);
      add(`${at}.src`, "caption file", track.src);
      if (track.captions.font !== scene.captions.font)
        add(`${at}.captions.font`, "font", track.captions.font);
    }
    add(`scenes[${index}].captions.font`, "font", scene.captions.font);
  }
  add("soundtrack.src", "soundtrack", production.soundtrack?.src);
  add("watermark.src", "watermark", production.watermark?.src);
  return references;
}
