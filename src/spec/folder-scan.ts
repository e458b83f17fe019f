import { basename, resolve } from "node:path";
import { describeFileError } from "./file-errors.ts";
import { describeUnused, onlyOne } from "./folder-issues.ts";
import { listFolder } from "./folder-listing.ts";
import { collectScenes, type FolderScanOptions, type ScannedScene } from "./folder-scenes.ts";
import type { SortedFolder } from "./folder-sort.ts";
import type { Issue } from "./issue.ts";
import { errorIssue, quote } from "./issue.ts";
import { parseLanguage } from "./language.ts";
import type { ProductionInput } from "./schema.ts";
import { REMOTE_SOURCE } from "./schema-fields.ts";

export interface FolderScan {
  readonly directory: string;
  /** The folder's name; null for a file system's root. */
  readonly title: string | null;
  /** In natural order of their names: scene_2 before scene_10. */
  readonly scenes: readonly ScannedScene[];
  readonly soundtrack: string | null;
  readonly watermark: string | null;
  /** Paths are those of the files. Whatever was not taken is named here. */
  readonly issues: readonly Issue[];
}

/**
 * Finds the scenes of a folder: `images/scene_001_chinese.png` with `audio/scene_001_chinese.mp3` and perhaps
 * `audio/scene_001_chinese.srt`, or pictures and narrations of equal names side by side.
 */
export async function scanFolder(directory: string, options: FolderScanOptions = {}): Promise<FolderScan> {
  const absolute = resolve(directory);
  const title = basename(absolute) === "" ? null : basename(absolute);
  const nothing: FolderScan = {
    directory: absolute,
    title,
    scenes: [],
    soundtrack: null,
    watermark: null,
    issues: [],
  };
  const language = options.language === undefined ? null : parseLanguage(options.language);
  if (options.language !== undefined && language === null) {
    const issue = errorIssue(
      "LANGUAGE_UNKNOWN",
      "$",
      `${quote(options.language)} is not a language.`,
      "Use a tag such as zh or en, or chinese or english.",
    );
    return { ...nothing, issues: [issue] };
  }
  let listing: SortedFolder;
  try {
    listing = await listFolder(absolute);
  } catch (error) {
    return { ...nothing, issues: [describeFileError(error, directory, "folder")] };
  }
  const issues: Issue[] = [];
  const scenes = collectScenes(listing, language, options.defaultDurationSeconds ?? null, issues);
  issues.push(...listing.unused.map(describeUnused));
  return {
    ...nothing,
    scenes,
    soundtrack: onlyOne(listing.soundtracks, "the soundtrack", issues)?.shownPath ?? null,
    watermark: onlyOne(listing.watermarks, "the watermark", issues)?.shownPath ?? null,
    issues,
  };
}

/** The file a user would have written for this folder. */
export function scanToInput(scan: FolderScan): ProductionInput {
  const [first] = scan.scenes;
  const shared =
    first !== undefined && scan.scenes.every(({ language }) => language === first.language)
      ? first.language
      : null;
  return {
    version: 1,
    ...(scan.title === null ? {} : { title: scan.title }),
    ...(shared === null ? {} : { defaults: { language: shared } }),
    scenes: scan.scenes.map((scene) => ({
      id: scene.id,
      image: asSource(scene.image),
      ...(scene.audio === null ? {} : { audio: asSource(scene.audio) }),
      ...(scene.subtitles === null ? {} : { subtitles: asSource(scene.subtitles) }),
      ...(scene.durationSeconds === null ? {} : { duration: scene.durationSeconds }),
      ...(scene.language === null || scene.language === shared ? {} : { language: scene.language }),
    })),
    ...(scan.soundtrack === null ? {} : { soundtrack: asSource(scan.soundtrack) }),
    ...(scan.watermark === null ? {} : { watermark: asSource(scan.watermark) }),
  };
}

function asSource(path: string): string {
  return REMOTE_SOURCE.test(path) ? `./${path}` : path;
}
