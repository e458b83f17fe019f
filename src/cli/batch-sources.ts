import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { scanFolder } from "../spec/folder-scan.ts";
import { PRODUCTION_FILE_NAMES } from "../spec/load.ts";
import { compareNaturally } from "../spec/media-names.ts";
import { sourceName } from "./source.ts";

export interface BatchSource {
  /** As given, or the subfolder of what was given. */
  readonly source: string;
  /** Of its film, unique within the batch. */
  readonly name: string;
}

/** A folder that is no production itself but holds some stands for them, one level deep, in natural order. */
export async function listBatchSources(sources: readonly string[], cwd: string): Promise<BatchSource[]> {
  const found: string[] = [];
  for (const source of sources) found.push(...(await expand(source, cwd)));
  const used = new Set<string>();
  return found.map((source) => ({ source, name: uniqueName(sourceName(source, cwd), used) }));
}

async function expand(source: string, cwd: string): Promise<string[]> {
  const absolute = path.resolve(cwd, source);
  const stats = await stat(absolute).catch(() => null);
  // What is missing or unreadable is reported when its turn comes; the rest of the batch is not harmed.
  if (stats?.isDirectory() !== true || (await isProduction(absolute))) return [source];
  const entries = await readdir(absolute, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name);
  const productions: string[] = [];
  for (const name of names.toSorted(compareNaturally)) {
    if (await isProduction(path.join(absolute, name))) productions.push(path.join(source, name));
  }
  return productions.length > 0 ? productions : [source];
}

/** A folder with scenes that have something wrong is a production all the same: the user is told what. */
async function isProduction(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch(() => null);
  if (names === null) return false;
  if (PRODUCTION_FILE_NAMES.some((name) => names.includes(name))) return true;
  const { scenes, issues } = await scanFolder(directory);
  return (
    scenes.length > 0 || issues.some(({ severity, code }) => severity === "error" && code !== "FOLDER_EMPTY")
  );
}

/** Without regard to case: on some disks `A.mp4` and `a.mp4` are one file. */
function uniqueName(wanted: string, used: Set<string>): string {
  let name = wanted;
  for (let number = 2; used.has(name.toLowerCase()); number++) name = `${wanted}-${number}`;
  used.add(name.toLowerCase());
  return name;
}
