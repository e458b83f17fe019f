import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { MediaKind, MediaName } from "./media-names.ts";
import { readMediaName } from "./media-names.ts";

export interface FolderFile extends MediaName {
  /** Relative to the folder, with `/`: what messages show. */
  readonly shownPath: string;
  readonly absolutePath: string;
}

/** A production's folder, sorted by what its files can be. */
export interface FolderListing {
  /** `flat`: pictures and narrations beside each other; `parted`: `images/`, `audio/`, `subtitles/`. */
  readonly layout: "flat" | "parted";
  /** What scenes are made of. */
  readonly candidates: readonly FolderFile[];
  readonly soundtracks: readonly FolderFile[];
  readonly watermarks: readonly FolderFile[];
  /** Media in a place or a format that no scene takes. */
  readonly unused: readonly { readonly file: FolderFile; readonly reason: "format" | "place" }[];
}

/** Which kinds are taken from which subfolder; seed-style captions lie beside the narration. */
const SUBFOLDERS: Readonly<Record<string, readonly MediaKind[]>> = {
  images: ["image"],
  audio: ["audio", "subtitles"],
  subtitles: ["subtitles"],
};

const SOUNDTRACK_STEMS = new Set(["soundtrack", "music"]);
const WATERMARK_STEMS = new Set(["watermark", "logo"]);

/** @throws the file system's error when the folder can't be read */
export async function listFolder(directory: string): Promise<FolderListing> {
  const entries = (await readdir(directory, { withFileTypes: true })).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const subfolders = entries.filter(
    (entry) =>
      Object.hasOwn(SUBFOLDERS, entry.name.toLowerCase()) && (entry.isDirectory() || entry.isSymbolicLink()),
  );
  const root = entries
    .filter((entry) => isFile(entry) && !subfolders.includes(entry))
    .map(({ name }) => folderFile(directory, "", name));
  const layout = subfolders.some(({ name }) => /^(?:images|audio)$/i.test(name)) ? "parted" : "flat";

  const soundtracks = root.filter(
    (file) => file.kind === "audio" && SOUNDTRACK_STEMS.has(file.stem.toLowerCase()),
  );
  const watermarks = root.filter(
    (file) => file.kind === "image" && WATERMARK_STEMS.has(file.stem.toLowerCase()),
  );
  const special = new Set([...soundtracks, ...watermarks]);
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
  for (const { name } of subfolders) {
    const inside = (await readdir(join(directory, name), { withFileTypes: true }))
      .filter(isFile)
      .map((entry) => entry.name)
      .toSorted();
    for (const child of inside)
      sort(folderFile(directory, name, child), SUBFOLDERS[name.toLowerCase()] ?? []);
  }
  return { layout, candidates, soundtracks, watermarks, unused };
}

/** Links, pipes and the like count as files here, so that `checkFiles` names them. Dot files are the system's. */
function isFile(entry: { name: string; isDirectory(): boolean }): boolean {
  return !entry.isDirectory() && !entry.name.startsWith(".");
}

function folderFile(directory: string, subfolder: string, name: string): FolderFile {
  return {
    ...readMediaName(name),
    shownPath: subfolder === "" ? name : `${subfolder}/${name}`,
    absolutePath: join(directory, subfolder, name),
  };
}
