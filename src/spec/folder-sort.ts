/** A production's folder, sorted by what its files can be. Pure, and free of Node. */
import type { MediaKind, MediaName } from "./media-names.ts";
import { readMediaName } from "./media-names.ts";

export interface FolderFile extends MediaName {
  /** Relative to the folder, with `/`: what messages show. */
  readonly shownPath: string;
}

export interface SortedFolder {
  /** `flat`: pictures and narrations beside each other; `parted`: `images/`, `audio/`, `subtitles/`. */
  readonly layout: "flat" | "parted";
  /** What scenes are made of. */
  readonly candidates: readonly FolderFile[];
  readonly soundtracks: readonly FolderFile[];
  readonly watermarks: readonly FolderFile[];
  /** Media in a place or a format that no scene takes. */
  readonly unused: readonly { readonly file: FolderFile; readonly reason: "format" | "place" }[];
}

/** A file of the folder itself (`folder` is ""), or of one of its subfolders. */
export interface PlacedName {
  readonly folder: string;
  readonly name: string;
}

/** Which kinds are taken from which subfolder; seed-style captions lie beside the narration. */
const SUBFOLDERS: Readonly<Record<string, readonly MediaKind[]>> = {
  images: ["image"],
  audio: ["audio", "subtitles"],
  subtitles: ["subtitles"],
};

const SOUNDTRACK_STEMS = new Set(["soundtrack", "music"]);
const WATERMARK_STEMS = new Set(["watermark", "logo"]);

/** Whether files of this subfolder are looked at. */
export function isMediaFolder(name: string): boolean {
  return Object.hasOwn(SUBFOLDERS, name.toLowerCase());
}

/** @param subfolders those that are there, even when nothing is in them */
export function sortFolder(names: readonly PlacedName[], subfolders: readonly string[]): SortedFolder {
  const files = names.map(({ folder, name }) => ({
    folder,
    file: { ...readMediaName(name), shownPath: folder === "" ? name : `${folder}/${name}` },
  }));
  const root = files.filter(({ folder }) => folder === "").map(({ file }) => file);
  const layout = subfolders.some((name) => /^(?:images|audio)$/i.test(name)) ? "parted" : "flat";

  const soundtracks = root.filter(
    (file) => file.kind === "audio" && SOUNDTRACK_STEMS.has(file.stem.toLowerCase()),
  );
  const watermarks = root.filter(
    (file) => file.kind === "image" && WATERMARK_STEMS.has(file.stem.toLowerCase()),
  );
  const special = new Set<FolderFile>([...soundtracks, ...watermarks]);
  const candidates: FolderFile[] = [];
  const unused: { file: FolderFile; reason: "format" | "place" }[] = [];
  const sort = (file: FolderFile, kinds: readonly string[]) => {
    if (kinds.includes(file.kind)) candidates.push(file);
    else if (file.kind === "unsupported") unused.push({ file, reason: "format" });
    // A stray .json is somebody's settings, not media.
    else if (file.kind !== "other" && !file.shownPath.toLowerCase().endsWith(".json"))
      unused.push({ file, reason: "place" });
  };
  for (const file of root)
    if (!special.has(file)) sort(file, layout === "flat" ? ["image", "audio", "subtitles"] : []);
  for (const { folder, file } of files) if (folder !== "") sort(file, SUBFOLDERS[folder.toLowerCase()] ?? []);
  return { layout, candidates, soundtracks, watermarks, unused };
}
