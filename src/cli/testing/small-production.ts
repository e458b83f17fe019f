import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** A folder that is a valid production as far as its files' names and sizes go. */
export async function writeProduction(
  directory: string,
  sceneIds: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, "picture.png"), "not looked into");
  const scenes = sceneIds.map((id) => ({ id, image: "picture.png", duration: 2 }));
  await writeFile(path.join(directory, "production.json"), JSON.stringify({ version: 1, scenes, ...more }));
}

/** Pictures and narrations of equal names. */
export async function writeMedia(directory: string, names: readonly string[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of names) await writeFile(path.join(directory, name), "not looked into");
}
