import { closest } from "./did-you-mean.ts";
import type { FolderFile, SortedFolder } from "./folder-sort.ts";
import type { Issue } from "./issue.ts";
import { errorIssue, quote, warningIssue } from "./issue.ts";
import type { MediaKind } from "./media-names.ts";
import { MEDIA_EXTENSIONS } from "./media-names.ts";

/** The user's words for what scenes are made of. */
export const NOUNS: Readonly<Record<MediaKind, string>> = {
  image: "picture",
  audio: "narration",
  subtitles: "caption file",
};

/** The first; a second one is an error. */
export function onlyOne(files: readonly FolderFile[], role: string, issues: Issue[]): FolderFile | null {
  const [first, second] = files;
  if (first !== undefined && second !== undefined) {
    issues.push(
      errorIssue(
        "FILE_AMBIGUOUS",
        second.shownPath,
        `${quote(first.shownPath)} and ${quote(second.shownPath)} could both be ${role}.`,
        "Keep one of them.",
      ),
    );
  }
  return first ?? null;
}

/** Half a scene. `spare` are the files of the missing kind that have no partner either. */
export function missingPartner(
  file: FolderFile,
  missing: "image" | "audio",
  spare: readonly string[],
): Issue {
  const noun = NOUNS[missing];
  const near = closest(file.stem, spare.map(stemOf));
  const nearPath = near === null ? undefined : spare.find((path) => stemOf(path) === near);
  const hint =
    nearPath === undefined
      ? addPartner(file, missing)
      : `${quote(nearPath)} has no partner either. Give both files the same name.`;
  return errorIssue(
    missing === "image" ? "SCENE_IMAGE_MISSING" : "SCENE_AUDIO_MISSING",
    file.shownPath,
    `${quote(file.shownPath)} has no ${noun} of the same name.`,
    hint,
  );
}

function addPartner(file: FolderFile, missing: "image" | "audio"): string {
  const extensions = MEDIA_EXTENSIONS[missing];
  // Folders of kinds lie beside each other; without them everything lies in one place.
  const folder = file.shownPath.includes("/") ? `${missing === "image" ? "images" : "audio"}/` : "";
  const example = quote(`${folder}${file.stem}.${extensions[0]}`);
  const kind = missing === "image" ? "picture" : "sound file";
  const add = `Add a ${kind} of the same name (${extensions.join(", ")}), such as ${example}`;
  return missing === "image"
    ? `${add}.`
    : `${add}, or say how long pictures without narration last: --picture-seconds 4 on the command line, duration in a production file.`;
}

function stemOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");
}

/** Captions without a picture; a .json beside the media is somebody's settings, not captions. */
export function strayCaptions(file: FolderFile): Issue[] {
  const isSettingsFile = file.shownPath.toLowerCase().endsWith(".json") && !file.shownPath.includes("/");
  return isSettingsFile
    ? []
    : [
        warningIssue(
          "FILE_UNUSED",
          file.shownPath,
          `${quote(file.shownPath)} belongs to no scene: no picture has its name.`,
        ),
      ];
}

export function describeUnused({ file, reason }: SortedFolder["unused"][number]): Issue {
  if (reason === "format") {
    return warningIssue(
      "FILE_FORMAT_UNSUPPORTED",
      file.shownPath,
      `${quote(file.shownPath)} is left out: its format is not taken from folders.`,
      `Convert it to one of ${Object.values(MEDIA_EXTENSIONS).flat().join(", ")}.`,
    );
  }
  return warningIssue(
    "FILE_UNUSED",
    file.shownPath,
    `${quote(file.shownPath)} is left out: no scene uses it.`,
  );
}

export function emptyFolder(language: string | null, inOtherLanguages: number): Issue {
  const message =
    inOtherLanguages > 0
      ? `The folder has no scenes in ${language}; its ${inOtherLanguages} scenes are in other languages.`
      : "The folder holds no scenes.";
  return errorIssue(
    "FOLDER_EMPTY",
    "$",
    message,
    "Expected images/scene_001.png with audio/scene_001.mp3 (and audio/scene_001.srt for captions), pictures and narrations of equal names side by side, or a production.yaml.",
  );
}
