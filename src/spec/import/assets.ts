import { REMOTE_SOURCE } from "../schema-fields.ts";

/** Files at hand for a document that names them by URL. */
export interface AssetFolder {
  /** As a production writes it, with `/`. */
  readonly path: string;
  /** Of the files in it, without folders. */
  readonly names: readonly string[];
}

export function isRemote(source: string): boolean {
  return REMOTE_SOURCE.test(source);
}

/**
 * What a download of this URL would be called: the last part of its path, decoded, without the signs that some disk
 * refuses. Null when nothing is left of it. Never `..`, never with a folder.
 */
export function fileNameOf(url: string): string | null {
  if (/^data:/i.test(url) || !URL.canParse(url)) return null;
  const last = new URL(url).pathname.split("/").at(-1) ?? "";
  const name = decoded(last)
    .split(/[/\\]/)
    .at(-1)
    ?.replace(/[\p{Cc}<>:"|?*]/gu, "_")
    .normalize("NFC")
    .slice(0, 200)
    .trim();
  return name === undefined || /^\.*$/.test(name) ? null : name;
}

/** A URL without an extension takes the one file of its name. */
export function findAsset(folder: AssetFolder, name: string): string | null {
  const wanted = plain(name);
  const same =
    folder.names.find((candidate) => candidate.normalize("NFC") === name) ??
    folder.names.find((candidate) => plain(candidate) === wanted);
  if (same !== undefined) return same;
  if (name.includes(".")) return null;
  const [only, ...others] = folder.names.filter((candidate) => stemOf(candidate) === wanted);
  return others.length > 0 ? null : (only ?? null);
}

/** `scene_001` and the extensions of pictures -> `scene_001.jpg`, when it is there. */
export function findByStem(
  folder: AssetFolder | null,
  stem: string,
  extensions: readonly string[],
): string | null {
  const wanted = plain(stem);
  return (
    folder?.names.find(
      (name) =>
        stemOf(name) === wanted && extensions.includes(name.slice(name.lastIndexOf(".") + 1).toLowerCase()),
    ) ?? null
  );
}

/** How the production names it. */
export function assetPath(folder: AssetFolder, name: string): string {
  const path = folder.path === "" ? name : `${folder.path}/${name}`;
  return isRemote(path) ? `./${path}` : path;
}

function plain(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

function stemOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return plain(dot > 0 ? name.slice(0, dot) : name);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare % is no escape; browsers save such a name as it stands.
    return text;
  }
}
