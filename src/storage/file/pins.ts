import { randomBytes } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../../support/atomic-file.ts";
import { isMissing } from "../../support/file-errors.ts";
import { processTag } from "../../support/process-identity.ts";
import { isLeftover } from "../../support/temp-dir.ts";
import type { Pin } from "../chunk-cache.ts";

/** Writes the keys where every process that collects garbage looks. */
export async function writePin(folder: string, keys: readonly string[]): Promise<Pin> {
  const file = path.join(folder, `${processTag()}-${randomBytes(6).toString("hex")}.json`);
  await writeFileAtomic(file, JSON.stringify(keys));
  return { release: () => rm(file, { force: true }) };
}

/** Keys pinned by live processes. Pins of dead ones are deleted and counted. */
export async function readPins(
  folder: string,
  nowMs: number,
): Promise<{ pinned: Set<string>; removed: number }> {
  const pinned = new Set<string>();
  let removed = 0;
  for (const name of await namesIn(folder)) {
    const file = path.join(folder, name);
    if (await isLeftover(file, nowMs)) {
      await rm(file, { force: true });
      removed++;
    } else if (name.endsWith(".json")) {
      for (const key of await readKeys(file)) pinned.add(key);
    }
  }
  return { pinned, removed };
}

/** Names in a folder; none when there is no folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function readKeys(file: string): Promise<readonly string[]> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as string[];
  } catch (error) {
    // Released in this moment, or damaged by a power cut: either way nobody live relies on it.
    if (isMissing(error) || error instanceof SyntaxError) return [];
    throw error;
  }
}
