import { basename, resolve } from "node:path";
import { describeFileError } from "./file-errors.ts";
import {
  describeUnused,
  emptyFolder,
  missingPartner,
  NOUNS,
  onlyOne,
  strayCaptions,
} from "./folder-issues.ts";
import type { FolderFile, FolderListing } from "./folder-listing.ts";
import { listFolder } from "./folder-listing.ts";
import type { Issue } from "./issue.ts";
import { errorIssue, hasErrors, quote, warningIssue } from "./issue.ts";
import { parseLanguage, sameLanguage } from "./language.ts";
import type { MediaKind } from "./media-names.ts";
import { compareNaturally } from "./media-names.ts";
import type { ProductionInput } from "./schema.ts";
import { REMOTE_SOURCE } from "./schema-fields.ts";
import { SCENE_ID_PATTERN } from "./schema-scene.ts";

export interface FolderScanOptions {
  /** `zh`, `chinese`, `en`, ...: take the scenes of this language, and those whose names state none. */
  readonly language?: string;
  /** For pictures without narration; without it, such a picture is an error. */
  readonly defaultDurationSeconds?: number;
}

/** Paths are relative to `directory`, with `/`. */
export interface ScannedScene {
  readonly id: string;
  readonly language: string | null;
  readonly image: string;
  readonly audio: string | null;
  readonly subtitles: string | null;
  /** Only for a scene without narration. */
  readonly durationSeconds: number | null;
}

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
  let listing: FolderListing;
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

interface SceneFiles {
  readonly language: string | null;
  readonly image: FolderFile | null;
  readonly audio: FolderFile | null;
  readonly subtitles: FolderFile | null;
}

function collectScenes(
  listing: FolderListing,
  language: string | null,
  defaultSeconds: number | null,
  issues: Issue[],
): ScannedScene[] {
  const groups = Map.groupBy(listing.candidates, (file) => file.key);
  const keys = [...groups.keys()].toSorted(compareNaturally);
  const inSeveral: { key: string; languages: string[] }[] = [];
  const otherLanguage: string[] = [];
  const found: SceneFiles[] = [];
  for (const key of keys) {
    const files = groups.get(key) ?? [];
    const wanted = files.filter(
      (file) => file.language === null || language === null || sameLanguage(file.language, language),
    );
    if (wanted.length === 0) otherLanguage.push(key);
    const languages = [...new Set(wanted.flatMap((file) => file.language ?? []))];
    if (languages.length > 1) inSeveral.push({ key, languages });
    else if (wanted.length > 0) found.push(chooseFiles(wanted, languages[0] ?? null, issues));
  }
  const [example] = inSeveral;
  if (example !== undefined) {
    const languages = [...new Set(inSeveral.flatMap((entry) => entry.languages))].toSorted();
    issues.push(
      errorIssue(
        "FOLDER_LANGUAGE_AMBIGUOUS",
        "$",
        `The folder holds ${inSeveral.length} ${inSeveral.length === 1 ? "scene" : "scenes"} in several languages (${quote(example.key)} in ${example.languages.join(" and ")}).`,
        `Choose a language: ${languages.join(" or ")}.`,
      ),
    );
  }
  const scenes = nameScenes(found, language, defaultSeconds, issues);
  if (scenes.length > 0 && otherLanguage.length > 0) {
    issues.push(
      warningIssue(
        "SCENE_LANGUAGE_SKIPPED",
        "$",
        otherLanguage.length === 1
          ? `${quote(otherLanguage[0])} exists only in another language and is left out.`
          : `${otherLanguage.length} scenes exist only in another language and are left out, the first being ${quote(otherLanguage[0])}.`,
      ),
    );
  }
  if (scenes.length === 0 && !hasErrors(issues)) issues.push(emptyFolder(language, otherLanguage.length));
  return scenes;
}

/** A scene's own files; one whose name states no language serves every language that has none of its own. */
function chooseFiles(files: readonly FolderFile[], language: string | null, issues: Issue[]): SceneFiles {
  const choose = (kind: MediaKind): FolderFile | null => {
    const ofKind = files.filter((file) => file.kind === kind);
    const own = ofKind.filter((file) => file.language === language);
    const candidates = own.length > 0 ? own : ofKind;
    for (const file of ofKind)
      if (!candidates.includes(file)) issues.push(describeUnused({ file, reason: "place" }));
    return onlyOne(candidates, `the ${NOUNS[kind]} of one scene`, issues);
  };
  return { language, image: choose("image"), audio: choose("audio"), subtitles: choose("subtitles") };
}

function nameScenes(
  found: readonly SceneFiles[],
  language: string | null,
  defaultSeconds: number | null,
  issues: Issue[],
): ScannedScene[] {
  const usedIds = new Set<string>();
  const spare = {
    image: found.flatMap(({ image, audio }) => (image !== null && audio === null ? [image.shownPath] : [])),
    audio: found.flatMap(({ image, audio }) => (audio !== null && image === null ? [audio.shownPath] : [])),
  };
  return found.flatMap((files, index) => {
    const { image, audio, subtitles } = files;
    if (image === null) {
      if (audio !== null) issues.push(missingPartner(audio, "image", spare.image));
      else if (subtitles !== null) issues.push(...strayCaptions(subtitles));
      return [];
    }
    if (audio === null && defaultSeconds === null) {
      issues.push(missingPartner(image, "audio", spare.audio));
      return [];
    }
    const namesake =
      [audio, image].find((file) => file !== null && file.language === files.language) ?? image;
    return [
      {
        id: uniqueId(namesake.stem, index, usedIds),
        language: files.language ?? language,
        image: image.shownPath,
        audio: audio?.shownPath ?? null,
        subtitles: subtitles?.shownPath ?? null,
        durationSeconds: audio === null ? defaultSeconds : null,
      },
    ];
  });
}

/** Letters, digits, - and _ stay; anything else becomes _. A name without any of them becomes scene_NNN. */
function uniqueId(stem: string, index: number, used: Set<string>): string {
  const cleaned = SCENE_ID_PATTERN.test(stem)
    ? stem
    : stem
        .replace(/[^A-Za-z0-9_-]+/g, "_")
        .replace(/^_+|_+$/g, "")
        .slice(0, 64);
  const wanted = cleaned === "" ? `scene_${String(index + 1).padStart(3, "0")}` : cleaned;
  let id = wanted;
  for (let attempt = 2; used.has(id.toLowerCase()); attempt++) {
    const ending = `_${attempt}`;
    id = wanted.slice(0, 64 - ending.length) + ending;
  }
  used.add(id.toLowerCase());
  return id;
}
