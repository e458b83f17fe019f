/** A finished production's files in the store that all servers share. */
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { contentTypeOf } from "../storage/content-type.ts";
import { outputKey, outputName, type VideoTier } from "../storage/layout.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { mapLimit } from "./map-limit.ts";

const UPLOADS = 3;

/** @param relativePath of a file in the production's folder, with slashes */
export function publishedKey(
  id: string,
  document: Readonly<Record<string, unknown>>,
  relativePath: string,
): string {
  return outputKey(tierOf(document), id, outputName(relativePath));
}

/** Everything in the folder, which is then deleted: from now on the store has it. */
export async function publishOutputs(
  store: ObjectStore,
  id: string,
  document: Readonly<Record<string, unknown>>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => path.join(entry.parentPath, entry.name));
  await mapLimit(files, UPLOADS, async (file) => {
    const relative = path.relative(folder, file).split(path.sep).join("/");
    const key = publishedKey(id, document, relative);
    await store.put(key, { file }, { signal, contentType: contentTypeOf(relative) });
  });
  await rm(folder, { recursive: true, force: true });
}

/** The preset that was written, which is also how long a film it is meant to be. */
function tierOf(document: Readonly<Record<string, unknown>>): VideoTier {
  const output = document["output"];
  const preset = typeof output === "object" && output !== null && "preset" in output ? output.preset : null;
  return preset === "shorts" || preset === "long" ? preset : "standard";
}
