/** The scenes that the files of a folder make. Pure, and free of Node: the console does the same with dropped files. */
import {
  describeUnused,
  emptyFolder,
  missingPartner,
  NOUNS,
  onlyOne,
  strayCaptions,
} from "./folder-issues.ts";
import type { FolderFile, SortedFolder } from "./folder-sort.ts";
import type { Issue } from "./issue.ts";
import { errorIssue, hasErrors, quote, warningIssue } from "./issue.ts";
import { sameLanguage } from "./language.ts";
import type { MediaKind } from "./media-names.ts";
import { compareNaturally } from "./media-names.ts";
import { SCENE_ID_PATTERN } from "./scene-id.ts";

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

interface SceneFiles {
  readonly language: string | null;
  readonly image: FolderFile | null;
  readonly audio: FolderFile | null;
  readonly subtitles: FolderFile | null;
}

/** What is wrong is added to `issues`. */
export function collectScenes(
  listing: SortedFolder,
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
