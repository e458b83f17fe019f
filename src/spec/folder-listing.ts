import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isMediaFolder, type PlacedName, type SortedFolder, sortFolder } from "./folder-sort.ts";

/** @throws the file system's error when the folder can't be read */
export async function listFolder(directory: string): Promise<SortedFolder> {
  const entries = (await readdir(directory, { withFileTypes: true })).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const subfolders = entries.filter(
    (entry) => isMediaFolder(entry.name) && (entry.isDirectory() || entry.isSymbolicLink()),
  );
  const names: PlacedName[] = entries
    .filter((entry) => isFile(entry) && !subfolders.includes(entry))
    .map(({ name }) => ({ folder: "", name }));
  for (const { name: folder } of subfolders) {
    const inside = (await readdir(join(directory, folder), { withFileTypes: true }))
      .filter(isFile)
      .map((entry) => entry.name)
      .toSorted();
    names.push(...inside.map((name) => ({ folder, name })));
  }
  return sortFolder(
    names,
    subfolders.map(({ name }) => name),
  );
}

/** Links, pipes and the like count as files here, so that `checkFiles` names them. Dot files are the system's. */
function isFile(entry: { name: string; isDirectory(): boolean }): boolean {
  return !entry.isDirectory() && !entry.name.startsWith(".");
}
