/** What dropped files are: the scenes of a folder, by the same rules as the command line's, or a production file. Pure. */
import { describeUnused, onlyOne } from "../../../../src/spec/folder-issues.ts";
import { collectScenes } from "../../../../src/spec/folder-scenes.ts";
import { isMediaFolder, sortFolder } from "../../../../src/spec/folder-sort.ts";
import type { Issue } from "../../../../src/spec/issue.ts";

export interface DroppedName {
  /** With `/`, the dropped folder's own name in front when a folder was dropped. */
  readonly path: string;
}

export interface DraftScene {
  readonly id: string;
  readonly language: string | null;
  /** Paths as in `DroppedName`, without the common folder. */
  readonly image: string;
  readonly audio: string | null;
  readonly subtitles: string | null;
}

export interface ScannedFiles {
  readonly kind: "folder" | "file" | "nothing";
  readonly title: string | null;
  /** What all paths below are relative to: "" or a folder's path with `/` at its end. */
  readonly base: string;
  /** The production file, when there is one. */
  readonly productionFile: string | null;
  readonly scenes: readonly DraftScene[];
  readonly soundtrack: string | null;
  readonly watermark: string | null;
  /** Of folders with scenes in several. */
  readonly languages: readonly string[];
  readonly issues: readonly Issue[];
}

const PRODUCTION_FILE = /^production\.(?:ya?ml|json5?)$/i;
const LONE_PRODUCTION_FILE = /\.(?:ya?ml|json5?)$/i;

/** @param pictureSeconds how long a picture without narration stands */
export function scanFiles(
  files: readonly DroppedName[],
  { language, pictureSeconds }: { readonly language: string | null; readonly pictureSeconds: number },
): ScannedFiles {
  const seen = files.map(({ path }) => path).filter((path) => !/(?:^|\/)[.]/.test(path));
  const base = commonFolder(seen);
  const paths = seen.map((path) => path.slice(base.length)).toSorted((a, b) => (a < b ? -1 : 1));
  const title = base === "" ? null : (base.split("/").at(-2) ?? null);
  const nothing: ScannedFiles = {
    kind: "nothing",
    title,
    base,
    productionFile: null,
    scenes: [],
    soundtrack: null,
    watermark: null,
    languages: [],
    issues: [],
  };
  const productionFile =
    paths.find((path) => PRODUCTION_FILE.test(path)) ??
    (paths.length === 1 ? paths.find((path) => LONE_PRODUCTION_FILE.test(path)) : undefined);
  if (productionFile !== undefined) return { ...nothing, kind: "file", productionFile };

  const placed = paths.flatMap((path) => {
    const parts = path.split("/");
    const name = parts.at(-1) ?? "";
    if (parts.length === 1) return [{ folder: "", name }];
    return parts.length === 2 && isMediaFolder(parts[0] ?? "") ? [{ folder: parts[0] ?? "", name }] : [];
  });
  const subfolders = [...new Set(placed.map(({ folder }) => folder))].filter((folder) => folder !== "");
  const sorted = sortFolder(placed, subfolders);
  const languages = [...new Set(sorted.candidates.flatMap((file) => file.language ?? []))].toSorted();
  const issues: Issue[] = [];
  const scenes = collectScenes(sorted, language, pictureSeconds, issues);
  issues.push(...sorted.unused.map(describeUnused));
  return {
    ...nothing,
    kind: scenes.length > 0 || sorted.candidates.length > 0 ? "folder" : "nothing",
    scenes: scenes.map(({ durationSeconds: _, ...scene }) => scene),
    soundtrack: onlyOne(sorted.soundtracks, "the soundtrack", issues)?.shownPath ?? null,
    watermark: onlyOne(sorted.watermarks, "the watermark", issues)?.shownPath ?? null,
    languages,
    issues,
  };
}

/** The folder that all lie in and that is none of `images/`, `audio/`, `subtitles/` itself. */
function commonFolder(paths: readonly string[]): string {
  const [first] = paths;
  if (first === undefined) return "";
  let base = "";
  for (const part of first.split("/").slice(0, -1)) {
    const next = `${base}${part}/`;
    if (isMediaFolder(part) || !paths.every((path) => path.startsWith(next))) break;
    base = next;
  }
  return base;
}
